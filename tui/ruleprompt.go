package tui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"ftft/datamap"
	"ftft/datamap/rule"
	"ftft/tui/selection"
	"ftft/tui/session"
	"ftft/tui/view"
)

// rulePrompt asks for a rule and evaluates it while it is typed, so that its count or its error shows.
type rulePrompt struct {
	*workspace
	label string
	apply func(c *selection.Criteria, rule string)

	text  string // the typed text
	names []string
	tried job[triedKey, selection.Match]

	cycle []string // the completions that tab goes through
	turn  int
}

// triedKey is what the match of a rule depends on.
type triedKey struct {
	of   *datamap.Map
	text string
}

// newRulePrompt returns the prompt for the rule of the selection.
func newRulePrompt(w *workspace) *rulePrompt {
	return &rulePrompt{workspace: w, label: ":", apply: func(c *selection.Criteria, rule string) { c.SetRule(rule, false) }}
}

// newFilterPrompt returns the prompt for the rule that filters the list.
func newFilterPrompt(w *workspace) *rulePrompt {
	return &rulePrompt{workspace: w, label: "list ", apply: func(c *selection.Criteria, rule string) { c.Filter = rule }}
}

func (k *rulePrompt) sign() string    { return k.label }
func (k *rulePrompt) history() string { return session.Rules }
func (k *rulePrompt) cancel()         {}

func (k *rulePrompt) begin(text string) tea.Cmd { return k.changed(text) }

func (k *rulePrompt) changed(text string) tea.Cmd {
	k.text = text
	return tea.Batch(k.try(), k.readNames())
}

// readNames reads the columns that a rule can name, once, in the background.
func (k *rulePrompt) readNames() tea.Cmd {
	if k.names != nil {
		return nil
	}
	k.names = []string{}
	columns := k.columns
	return background(columns.names, func(names []string) tea.Cmd { k.names = names; return nil })
}

// update evaluates the rule on a new map.
func (k *rulePrompt) update() tea.Cmd { return k.try() }

// try evaluates the typed rule.
func (k *rulePrompt) try() tea.Cmd {
	key := triedKey{k.sel.Map(), k.text}
	if strings.TrimSpace(key.text) == "" {
		return nil
	}
	columns := k.columns
	return k.tried.want(key, func() selection.Match { return selection.NewMatch(columns.match(key.text)) }, k.try)
}

// current returns the match of the typed rule, or nil before it is known.
func (k *rulePrompt) current() *selection.Match {
	if k.tried.known && k.tried.key == (triedKey{k.sel.Map(), k.text}) {
		return &k.tried.value
	}
	return nil
}

func (k *rulePrompt) enter(text string) (cmd tea.Cmd, done bool) {
	tried := k.current()
	if tried != nil && text != "" {
		if tried.Err != nil || tried.Count == 0 {
			return nil, false
		}
		k.sel.SetMatch(text, *tried)
	}
	to := k.sel.Criteria
	k.apply(&to, text)
	return k.change(to), true
}

func (k *rulePrompt) endCompletion() { k.cycle = nil }

// complete cycles through the completions of the name before the cursor.
func (k *rulePrompt) complete(p *prompt, by int) {
	before, after := p.line.before(), p.line.after()
	if k.cycle == nil {
		k.cycle, k.turn = rule.Complete(before+after, len(before), k.names), -1
		if by < 0 {
			k.turn = 0
		}
	}
	if len(k.cycle) == 0 {
		k.cycle = nil
		return
	}
	k.turn = (k.turn + by + len(k.cycle)) % len(k.cycle)
	p.line.set(strings.TrimRightFunc(before, rule.InName)+k.cycle[k.turn], after)
}

func (k *rulePrompt) state(p *prompt, w int, cell func(byte int) int) string {
	t := p.theme
	wrong := (*rule.Error)(nil)
	switch tried := k.current(); {
	case len(k.cycle) > 1:
		return t.Dim.Render(strings.Join(around(k.cycle, k.turn), "  "))
	case strings.TrimSpace(k.text) == "":
		return t.Dim.Render(k.hint(p))
	case tried == nil:
		return t.Dim.Render("…")
	case errors.As(tried.Err, &wrong):
		return t.Bad.Render(caret(cell(wrong.At), view.Clean(wrong.Message), w))
	case tried.Err != nil:
		return t.Bad.Render(view.Clean(firstLine(tried.Err)))
	case tried.Count == 0:
		return t.Bad.Render("No example matches.") + t.Dim.Render(" tab completes, ↑ ↓ history, esc leaves")
	default:
		count := fmt.Sprintf("%s of %s examples", view.Count(tried.Count), view.Count(len(tried.In)))
		return t.Good.Render(count) + t.Dim.Render(" · enter selects them, tab completes, ↑ ↓ history, esc leaves")
	}
}

// hint returns the state of an empty prompt.
func (k *rulePrompt) hint(p *prompt) string {
	switch {
	case p.trouble != "":
		return view.Clean(p.trouble)
	case len(k.names) == 0:
		return "enter with nothing: no rule"
	}
	return "tab completes: " + view.Clean(strings.Join(k.names, " "))
}

// around returns the completions from the current one on.
func around(all []string, at int) []string {
	shown := slices.Concat(all[at:], all[:at])
	for i := range shown {
		shown[i] = view.Clean(shown[i])
	}
	return shown
}

// caret writes a message beside a caret at a cell of a line of w cells, on the side that has room.
func caret(at int, message string, w int) string {
	at = min(at, w-1)
	if width := view.Width(message); at+2+width <= w || at < w/2 {
		return strings.Repeat(" ", at) + "^ " + ansi.Truncate(message, max(w-at-2, 0), "…")
	}
	message = ansi.Truncate(message, max(at-1, 0), "…")
	return strings.Repeat(" ", max(at-1-view.Width(message), 0)) + message + " ^"
}
