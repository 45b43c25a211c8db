package tui

import (
	"errors"
	"strings"
	"sync"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/datamap/rule"
)

// rules are those that have been asked of a map, and what they match.
type rules struct {
	of      *datamap.Map
	columns *columns
	matched map[string]*matched // by the rule's text
}

// matched is what a rule matches. Before that is known, both in and err are nil.
type matched struct {
	in    []bool // [n]
	count int
	err   error
}

// ruled is what a rule has been found to match.
type ruled struct {
	of   *datamap.Map
	text string
	matched
}

// columns keeps those that rules have asked for, so that a rule that is being typed doesn't compute a metric at every key.
type columns struct {
	mutex sync.Mutex
	open  func() rule.Table
	table rule.Table
	known map[string]rule.Column
}

// newColumns are those of a map, which are asked for when the first rule is.
func (a *App) newColumns(m *datamap.Map) *columns {
	run, marked, options := a.focus, a.desk.marks, a.options
	return &columns{known: map[string]rule.Column{}, open: func() rule.Table {
		if options.Columns == nil {
			return rule.Table{GUIDs: m.GUIDs, Column: func(string) (rule.Column, error) { return rule.Column{}, errors.New("there are none here") }}
		}
		return options.Columns(run, m, marked.all())
	}}
}

// names are those that a rule can use. Like what follows, it takes time.
func (c *columns) names() []string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.opened().Names
}

func (c *columns) opened() rule.Table {
	if c.table.Column == nil {
		c.table = c.open()
	}
	return c.table
}

// match says which examples fulfil a rule.
func (c *columns) match(text string) (in []bool, err error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	t := c.opened()
	of := t.Column
	t.Column = func(name string) (rule.Column, error) {
		if column, known := c.known[name]; known {
			return column, nil
		}
		column, err := of(name)
		if err == nil {
			c.known[name] = column
		}
		return column, err
	}
	r, err := rule.Compile(text, t)
	if err != nil {
		return nil, err
	}
	return r.Match(), nil
}

// mostRules is how many rules' matches are kept, a byte an example each.
const mostRules = 24

// match gives what a rule matches on the map looked at; what is not known is computed in the background.
func (a *App) match(text string) (*matched, tea.Cmd) {
	r := &a.desk.rules
	if found, asked := r.matched[text]; asked {
		return found, nil
	}
	if len(r.matched) >= mostRules {
		r.matched = map[string]*matched{}
	}
	r.matched[text] = &matched{}
	return r.matched[text], r.compute(text)
}

func (r *rules) compute(text string) tea.Cmd {
	of, columns := r.of, r.columns
	return func() tea.Msg { return evaluate(of, columns, text) }
}

func evaluate(of *datamap.Map, columns *columns, text string) ruled {
	found := ruled{of: of, text: text}
	if found.in, found.err = columns.match(text); found.err == nil {
		for _, is := range found.in {
			if is {
				found.count++
			}
		}
	}
	return found
}

// takeRuled takes in what a rule matches; the selection waited for it.
func (a *App) takeRuled(found ruled) tea.Cmd {
	r := &a.desk.rules
	if r.of != found.of || r.matched[found.text] == nil {
		return nil
	}
	*r.matched[found.text] = found.matched
	if found.err != nil {
		a.say("", errors.New(firstLine(found.err)))
	}
	return a.choose()
}

// unmarked are the matches of rules that don't ask for marks.
func (r *rules) unmarked() map[string]*matched {
	left := map[string]*matched{}
	for text, found := range r.matched {
		if !strings.Contains(text, "mark") {
			left[text] = found
		}
	}
	return left
}
