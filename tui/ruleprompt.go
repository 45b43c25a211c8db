package tui

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"ftft/datamap"
	"ftft/datamap/rule"
	"ftft/tui/selection"
	"ftft/tui/session"
	"ftft/tui/view"
)

// rulePrompt asks for a rule and evaluates it while it is typed, so that its count or its error shows. The prompt of the selection
// also takes a fraction: 33%, or hard-to-learn 10%.
type rulePrompt struct {
	*workspace
	label  string
	apply  func(c *selection.Criteria, rule string)
	shares bool // whether it takes a fraction

	text  string // the typed text
	asked bool   // the user has pressed enter on this text, so that an error no longer waits
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
	return &rulePrompt{workspace: w, label: ":", shares: true, apply: func(c *selection.Criteria, rule string) { c.SetRule(rule, false) }}
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
	k.text, k.asked = text, false
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
	if _, isShare, _ := k.share(key.text); isShare || strings.TrimSpace(key.text) == "" {
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
	k.asked = true
	if to, isShare, err := k.share(text); isShare {
		if err != nil {
			return nil, false
		}
		return k.change(to), true
	}
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
		k.cycle, k.turn = k.completions(before+after, len(before)), -1
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

// completions returns the completions of the name before a byte of a text. A strategy can begin a fraction.
func (k *rulePrompt) completions(text string, at int) []string {
	found := rule.Complete(text, at, k.names)
	for _, strategy := range datamap.Strategies {
		if k.shares && at > 0 && strings.HasPrefix(strategy, text[:at]) {
			found = append(found, strategy)
		}
	}
	return found
}

var shareText = regexp.MustCompile(`^([a-z-]+ +)?([0-9.]+) *%$`)

// share returns the criteria of a typed fraction, with a strategy before it or without: 33%, hard-to-learn 10%. Any rule stays.
func (k *rulePrompt) share(text string) (to selection.Criteria, isShare bool, err error) {
	to = k.sel.Criteria
	parts := shareText.FindStringSubmatch(strings.TrimSpace(text))
	if parts == nil || !k.shares {
		return to, false, nil
	}
	if strategy := strings.TrimSpace(parts[1]); strategy != "" {
		if !slices.Contains(datamap.Strategies, strategy) {
			return to, true, fmt.Errorf("no strategy %s: there are %s", strategy, strings.Join(datamap.Strategies, ", "))
		}
		to.Strategy = strategy
	}
	percent, err := strconv.ParseFloat(parts[2], 64)
	if err != nil || !(percent > 0 && percent <= 100) {
		return to, true, errors.New("a fraction is above 0 % and at most 100 %")
	}
	to.Fraction, to.Whole = math.Round(percent*1e6)/1e8, false
	return to, true, nil
}

func (k *rulePrompt) state(p *prompt, w int, cell func(byte int) int) string {
	t := p.theme
	wrong := (*rule.Error)(nil)
	to, isShare, err := k.share(k.text)
	switch tried := k.current(); {
	case len(k.cycle) > 1:
		return t.Dim.Render(strings.Join(around(k.cycle, k.turn), "  "))
	case strings.TrimSpace(k.text) == "":
		return t.Dim.Render(k.hint(p))
	case err != nil:
		return t.Bad.Render(err.Error())
	case isShare:
		count := datamap.Count(len(k.sel.Order), to.Fraction)
		return k.found(p, w, fmt.Sprintf("%s: %s examples", nameCriteria(to), view.Count(count)), "enter selects them", "esc leaves")
	case tried == nil:
		return t.Dim.Render("…")
	case !k.asked && p.line.after() == "" && errors.As(tried.Err, &wrong) && k.mayBecomeRight(wrong):
		return t.Dim.Render(k.continuation())
	case errors.As(tried.Err, &wrong):
		return t.Bad.Render(caret(cell(wrong.At), view.Clean(wrong.Message), w))
	case tried.Err != nil:
		return t.Bad.Render(view.Clean(firstLine(tried.Err)))
	case tried.Count == 0:
		return t.Bad.Render("No example matches.") + t.Dim.Render(" tab completes, ↑ ↓ history, esc leaves")
	default:
		count := fmt.Sprintf("%s of %s examples", view.Count(tried.Count), view.Count(len(tried.In)))
		return k.found(p, w, count, "enter selects them", "esc leaves", "tab completes", "↑ ↓ history")
	}
}

// found returns how many examples a text selects, and the hints that fit beside that into w cells.
func (k *rulePrompt) found(p *prompt, w int, count string, hints ...string) string {
	return p.theme.Good.Render(count) + p.theme.Dim.Render(" · ") + p.hint(max(w-view.Width(count)-3, 0), hints...)
}

// mayBecomeRight reports whether the user may type on to a text without this error.
func (k *rulePrompt) mayBecomeRight(wrong *rule.Error) bool {
	word := k.text[len(strings.TrimRightFunc(k.text, rule.InName)):]
	unknown := word != "" && wrong.At == len(k.text)-len(word) && len(k.completions(k.text, len(k.text))) == 0
	return wrong.Unfinished() && (!unknown || k.number())
}

// number reports whether the text is only a number, which a percent sign makes a fraction.
func (k *rulePrompt) number() bool {
	_, err := strconv.ParseFloat(strings.TrimSpace(k.text), 64)
	return k.shares && err == nil
}

// continuation says how an unfinished text can go on.
func (k *rulePrompt) continuation() string {
	if k.number() {
		return "% makes it a fraction: " + strings.TrimSpace(k.text) + "%"
	}
	if found := k.completions(k.text, len(k.text)); len(found) > 0 {
		return "tab completes: " + view.Clean(strings.Join(found, " "))
	}
	return "…"
}

// hint returns the state of an empty prompt.
func (k *rulePrompt) hint(p *prompt) string {
	switch {
	case p.trouble != "":
		return view.Clean(p.trouble)
	case len(k.names) == 0:
		return "enter with nothing: no rule"
	case k.shares:
		return "a fraction (33%, random 10%) or a rule; tab completes: " + view.Clean(strings.Join(k.names, " "))
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
