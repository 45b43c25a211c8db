package tui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"ftft/datamap/rule"
	"ftft/tui/view"
)

// What a prompt asks for.
type asking int

const (
	rulePrompt   asking = iota // for the selection
	filterPrompt               // for the list
	searchPrompt
	notePrompt   // to the example under the cursor
	figurePrompt // the file that the screen is written to
)

var promptSigns = [...]string{":", "list ", "/", "note ", "write to "}

// prompt is a line that is asked for, at the foot of the screen.
type prompt struct {
	line
	asks asking
	of   int32 // the example that a note is of

	past    []string // rules or searches before, the oldest first
	back    int      // how far the user has gone back in them; 0 = not
	draft   string   // what was typed before that
	names   []string // that a rule can use; nil before they are known
	cycle   []string // completions that tab goes through
	turn    int
	trying  bool // a rule is evaluated
	tried   ruled
	trouble string // with keeping the history
}

// prepared is what a prompt needs that takes time: names for completion, and the history.
type prepared struct {
	asks  asking
	names []string
	past  []string
	err   error
}

func promptKeys() []binding {
	on := []screen{mapScreen, examplesScreen}
	return []binding{
		{[]string{":"}, "select by a rule, such as variability > 0.2 && label == \"neutral\"", ": rule", []screen{mapScreen, examplesScreen, launchScreen}, func(a *App) tea.Cmd { return a.ask(rulePrompt, a.choice.rule) }},
		{[]string{"/"}, "search in texts and guids", "/ search", on, func(a *App) tea.Cmd { return a.ask(searchPrompt, "") }},
		{[]string{"n"}, "the next match of the search", "", on, func(a *App) tea.Cmd { return a.nextHit(1) }},
		{[]string{"N"}, "the match before", "", on, func(a *App) tea.Cmd { return a.nextHit(-1) }},
	}
}

// ask opens a prompt.
func (a *App) ask(what asking, text string) tea.Cmd {
	picture := a.seen()
	if picture == nil || picture.Map == nil {
		a.say("", errors.New("there are no examples yet: "+a.unavailable()))
		return nil
	}
	p := &prompt{line: lineOf(text), asks: what}
	if what == notePrompt {
		p.of, _ = a.under()
	}
	a.desk.prompt = p
	columns, store := a.desk.rules.columns, a.history(what)
	if what == notePrompt {
		return nil
	}
	return tea.Batch(a.try(), func() tea.Msg {
		o := prepared{asks: what}
		o.past, o.err = store.read()
		if what != searchPrompt {
			o.names = columns.names()
		}
		return o
	})
}

func (a *App) takePrepared(o prepared) tea.Cmd {
	p := a.desk.prompt
	if p == nil || p.asks != o.asks {
		return nil
	}
	p.past, p.names = o.past, o.names
	if o.err != nil {
		p.trouble = o.err.Error()
	}
	return nil
}

// promptKey gives a key to the prompt.
func (a *App) promptKey(msg tea.KeyPressMsg) tea.Cmd {
	p := a.desk.prompt
	key := msg.String()
	if key != "tab" && key != "shift+tab" {
		p.cycle = nil
	}
	switch key {
	case "ctrl+c":
		return tea.Quit
	case "esc":
		a.desk.prompt = nil
		if p.asks == searchPrompt {
			a.clearSearch()
		}
		return nil
	case "enter":
		return a.answer()
	case "up":
		p.goBack(1)
	case "down":
		p.goBack(-1)
	case "tab":
		p.complete(1)
	case "shift+tab":
		p.complete(-1)
	case "backspace":
		if len(p.text) == 0 {
			a.desk.prompt = nil
			return nil
		}
		p.press(msg)
	default:
		if !p.press(msg) {
			return nil
		}
	}
	return a.typed()
}

// typed does what follows from a text that has changed.
func (a *App) typed() tea.Cmd {
	if a.desk.prompt.asks == searchPrompt {
		return a.search(a.desk.prompt.String())
	}
	return a.try()
}

// goBack goes through what was entered before.
func (p *prompt) goBack(by int) {
	if p.back == 0 {
		p.draft = p.String()
	}
	p.back = min(max(p.back+by, 0), len(p.past))
	text := p.draft
	if p.back > 0 {
		text = p.past[len(p.past)-p.back]
	}
	p.line = lineOf(text)
}

// complete goes through what the name before the cursor can become.
func (p *prompt) complete(by int) {
	if p.asks != rulePrompt && p.asks != filterPrompt {
		return
	}
	if p.cycle == nil {
		p.cycle, p.turn = rule.Complete(p.String(), len(p.before()), p.names), -1
		if by < 0 {
			p.turn = 0
		}
	}
	if len(p.cycle) == 0 {
		p.cycle = nil
		return
	}
	p.turn = (p.turn + by + len(p.cycle)) % len(p.cycle)
	from := p.at
	for from > 0 && rule.InName(p.text[from-1]) {
		from--
	}
	p.cut(from, p.at)
	p.insert(p.cycle[p.turn])
}

// try evaluates the rule as it stands, one at a time, so that its count or its error shows while it is typed.
func (a *App) try() tea.Cmd {
	p := a.desk.prompt
	text := strings.TrimSpace(p.String())
	if p.asks != rulePrompt && p.asks != filterPrompt || p.trying || text == "" || p.tried.of == a.desk.rules.of && p.tried.text == p.String() {
		return nil
	}
	p.trying = true
	of, columns, raw := a.desk.rules.of, a.desk.rules.columns, p.String()
	return func() tea.Msg { return tried{p, evaluate(of, columns, raw)} }
}

// tried is a rule that was evaluated while it was typed.
type tried struct {
	by *prompt
	ruled
}

func (a *App) takeTried(t tried) tea.Cmd {
	if t.by.trying, t.by.tried = false, t.ruled; a.desk.prompt != t.by {
		return nil
	}
	return a.try()
}

// answer does what the prompt was for.
func (a *App) answer() tea.Cmd {
	p := a.desk.prompt
	text := strings.TrimSpace(p.String())
	switch p.asks {
	case searchPrompt:
		a.desk.prompt = nil
		return tea.Batch(a.search(text), a.record(searchPrompt, text), a.firstHit())
	case notePrompt:
		a.desk.prompt = nil
		return a.note(p.of, text)
	case figurePrompt:
		a.desk.prompt = nil
		return a.writeFigure(text)
	}
	if p.tried.text == p.String() && text != "" && (p.tried.err != nil || p.tried.count == 0) {
		return nil // what is wrong stands under the line
	}
	a.desk.prompt = nil
	if p.tried.text == p.String() && p.tried.of == a.desk.rules.of && p.tried.in != nil {
		found := p.tried.matched
		a.desk.rules.matched[text] = &found
	}
	to := a.choice.pick
	if p.asks == filterPrompt {
		to.filter = text
	} else {
		to.take(text, false)
	}
	return tea.Batch(a.change(to), a.record(p.asks, text))
}

// record adds to the history, in the background.
func (a *App) record(what asking, text string) tea.Cmd {
	if text == "" {
		return nil
	}
	store := a.history(what)
	return func() tea.Msg {
		if err := store.add(text); err != nil {
			return answer{"", fmt.Errorf("the history cannot be kept: %w", err)}
		}
		return nil
	}
}

// promptLines are the prompt and what there is to say of it, in lines of w cells.
func (a *App) promptLines(w int) []string {
	p := a.desk.prompt
	sign := promptSigns[p.asks]
	drawn, cell := p.draw(a.theme, w-len(sign)-1)
	lines := []string{a.theme.Title.Render(sign) + drawn}
	wrong := (*rule.Error)(nil)
	switch {
	case len(p.cycle) > 1:
		lines = append(lines, a.theme.Dim.Render(strings.Join(around(p.cycle, p.turn), "  ")))
	case p.asks == searchPrompt:
		lines = append(lines, a.theme.Dim.Render(a.searched()+" · enter goes there, n N on and back, esc clears"))
	case p.asks == figurePrompt:
		lines = append(lines, a.theme.Dim.Render("enter writes: .png, .svg and .pdf of the map and of curves, .txt of any screen; esc leaves"))
	case p.asks == notePrompt:
		lines = append(lines, a.theme.Dim.Render("enter keeps the note, an empty one takes it back; esc leaves it"))
	case strings.TrimSpace(p.String()) == "":
		lines = append(lines, a.theme.Dim.Render(p.hint()))
	case p.tried.text != p.String():
		lines = append(lines, a.theme.Dim.Render("…"))
	case errors.As(p.tried.err, &wrong):
		lines = append(lines, a.theme.Bad.Render(caret(len(sign)+cell(wrong.At), view.Clean(wrong.Message), w)))
	case p.tried.count == 0:
		lines = append(lines, a.theme.Bad.Render("No example fulfils it.")+a.theme.Dim.Render(" tab completes, ↑ ↓ earlier ones, esc leaves"))
	default:
		lines = append(lines, a.theme.Good.Render(fmt.Sprintf("%s of %s examples", view.Count(p.tried.count), view.Count(len(p.tried.in))))+
			a.theme.Dim.Render(" · enter takes them, tab completes, ↑ ↓ earlier ones, esc leaves"))
	}
	return lines
}

func (p *prompt) hint() string {
	switch {
	case p.trouble != "":
		return view.Clean(p.trouble)
	case p.names == nil:
		return "enter with nothing: no rule"
	}
	return "tab completes: " + view.Clean(strings.Join(p.names, " "))
}

// around are a few completions from the current one on, it first.
func around(all []string, at int) []string {
	shown := slices.Concat(all[at:], all[:at])
	for i := range shown {
		shown[i] = view.Clean(shown[i])
	}
	return shown
}

// caret writes a message beside a caret at a cell of a line of w cells, on the side that has the room.
func caret(at int, message string, w int) string {
	at = min(at, w-1)
	if width := view.Width(message); at+2+width <= w || at < w/2 {
		return strings.Repeat(" ", at) + "^ " + ansi.Truncate(message, max(w-at-2, 0), "…")
	}
	message = ansi.Truncate(message, max(at-1, 0), "…")
	return strings.Repeat(" ", max(at-1-view.Width(message), 0)) + message + " ^"
}

// firstLine is an error's first line: a rule's says more below it.
func firstLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}
