package tui

import (
	"errors"
	"sync"

	"ftft/datamap"
	"ftft/datamap/rule"
)

// columns holds the columns of a map's examples that rules can name. It caches those that rules have used, so that a rule does not
// compute a metric again at every key. Its methods take time and may be called in the background.
type columns struct {
	mutex sync.Mutex
	open  func() rule.Table
	table rule.Table // opened by the first rule
	known map[string]rule.Column
}

// newColumns returns the columns of a map.
func (w *workspace) newColumns(m *datamap.Map) *columns {
	run, marked, options := w.focus, w.sel.Marks(), w.options
	return &columns{known: map[string]rule.Column{}, open: func() rule.Table {
		if options.Columns == nil {
			none := func(string) (rule.Column, error) { return rule.Column{}, errors.New("this source has no columns") }
			return rule.Table{GUIDs: m.GUIDs, Column: none}
		}
		return options.Columns(run, m, marked.All())
	}}
}

// names returns the columns that a rule can name.
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

// match reports for each example whether it matches a rule.
func (c *columns) match(text string) (in []bool, err error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	t := c.opened()
	compute := t.Column
	t.Column = func(name string) (rule.Column, error) {
		if column, known := c.known[name]; known {
			return column, nil
		}
		column, err := compute(name)
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
