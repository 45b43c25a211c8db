package tui

import (
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"ftft/datamap/marks"
	"ftft/tui/session"
	"ftft/tui/view"
)

// prompt is a line that the user types at the foot of the screen.
type prompt struct {
	*workspace
	app  *App
	line line
	kind promptKind

	past    []string // the history, the oldest first
	back    int      // how many entries the user has gone back in the history
	draft   string   // the text that was typed before going back
	trouble string   // why the history could not be read
}

// promptKind defines what a prompt asks for.
type promptKind interface {
	// sign returns the text before the line.
	sign() string
	// history returns the name of its history, or "" if it has none.
	history() string
	// begin is called with the text that the prompt opens with.
	begin(text string) tea.Cmd
	// changed is called when the text has changed.
	changed(text string) tea.Cmd
	// enter accepts the text. It returns false if the text is wrong: the prompt stays open, and the line below it says why.
	enter(text string) (cmd tea.Cmd, done bool)
	// cancel is called when the user leaves the prompt.
	cancel()
	// state returns the line under the prompt. cell returns the cell of a byte of the text.
	state(p *prompt, w int, cell func(byte int) int) string
}

// completer is a kind of prompt with completion.
type completer interface {
	complete(p *prompt, by int)
	endCompletion()
}

// updater is a kind of prompt with background work of its own.
type updater interface {
	// update starts the work that the prompt lacks. It is called after every message.
	update() tea.Cmd
}

// openPrompt opens a prompt about the examples of the map.
func (a *App) openPrompt(kind promptKind, text string) tea.Cmd {
	if a.dataMap() == nil {
		a.say("", errors.New("there are no examples yet: "+a.unavailable()))
		return nil
	}
	return a.promptFor(kind, text)
}

// promptFor opens a prompt. Its text is selected, so that typing replaces it.
func (a *App) promptFor(kind promptKind, text string) tea.Cmd {
	p := &prompt{workspace: a.workspace, app: a, line: chosenLine(text), kind: kind}
	a.open(p)
	return tea.Batch(kind.begin(text), p.readHistory())
}

func (p *prompt) readHistory() tea.Cmd {
	if p.kind.history() == "" {
		return nil
	}
	type read struct {
		past []string
		err  error
	}
	file := session.OpenHistory(p.options.Root, p.kind.history())
	return background(func() (r read) {
		r.past, r.err = file.Read()
		return r
	}, func(r read) tea.Cmd {
		p.past = r.past
		if r.err != nil {
			p.trouble = r.err.Error()
		}
		return nil
	})
}

// keep adds a text to the history, in the background.
func (p *prompt) keep(text string) tea.Cmd {
	if text == "" || p.kind.history() == "" {
		return nil
	}
	file := session.OpenHistory(p.options.Root, p.kind.history())
	return p.complaining(func() error {
		if err := file.Add(text); err != nil {
			return fmt.Errorf("cannot keep the history: %w", err)
		}
		return nil
	})
}

func (p *prompt) name() string  { return "" }
func (p *prompt) layer() layer  { return footLayer }
func (p *prompt) place() *place { return nil }

// update has the kind of prompt catch up with a new map.
func (p *prompt) update() tea.Cmd {
	if kind, ok := p.kind.(updater); ok {
		return kind.update()
	}
	return nil
}

func (p *prompt) key(msg tea.KeyPressMsg) (cmd tea.Cmd, handled bool) {
	key := msg.String()
	completes, _ := p.kind.(completer)
	if completes != nil && key != "tab" && key != "shift+tab" {
		completes.endCompletion()
	}
	switch key {
	case "esc", "ctrl+c":
		p.app.close(p)
		p.kind.cancel()
		return nil, true
	case "enter":
		text := strings.TrimSpace(p.line.String())
		p.app.close(p)
		cmd, done := p.kind.enter(text)
		if !done {
			p.app.open(p)
			return cmd, true
		}
		return tea.Batch(cmd, p.keep(text)), true
	case "up":
		p.goBack(1)
	case "down":
		p.goBack(-1)
	case "tab", "shift+tab":
		p.line.chosen = false
		if completes == nil {
			return nil, true
		}
		completes.complete(p, map[string]int{"tab": 1, "shift+tab": -1}[key])
	case "backspace":
		if len(p.line.clusters) == 0 {
			p.app.close(p)
			return nil, true
		}
		p.line.press(msg)
	default:
		if !p.line.press(msg) {
			return nil, true
		}
	}
	return p.kind.changed(p.line.String()), true
}

func (p *prompt) paste(text string) tea.Cmd {
	p.line.insert(text)
	return p.kind.changed(p.line.String())
}

// goBack goes through the history.
func (p *prompt) goBack(by int) {
	if p.back == 0 {
		p.draft = p.line.String()
	}
	p.back = min(max(p.back+by, 0), len(p.past))
	text := p.draft
	if p.back > 0 {
		text = p.past[len(p.past)-p.back]
	}
	p.line = lineOf(text)
}

// draw returns the line and the state of the prompt under it.
func (p *prompt) draw(w, _ int, _ func(w, h int) []string) []string {
	sign := p.kind.sign()
	drawn, cell := p.line.draw(p.theme, w-len(sign)-1)
	state := p.kind.state(p, w, func(at int) int { return len(sign) + cell(at) })
	return []string{p.theme.Title.Render(sign) + drawn, state}
}

// hint returns the parts that fit into w cells, the most important part first. While the text is selected, how to replace or edit it
// comes before them.
func (p *prompt) hint(w int, parts ...string) string {
	if p.line.chosen {
		parts = append([]string{"type to replace, → edits"}, parts...)
	}
	line := ""
	for _, part := range parts {
		if line == "" {
			line = ansi.Truncate(part, w, "…")
		} else if longer := line + " · " + part; view.Width(longer) <= w {
			line = longer
		}
	}
	return p.theme.Dim.Render(line)
}

// searchPrompt searches while it is typed.
type searchPrompt struct{ *workspace }

func (k *searchPrompt) sign() string                { return "/" }
func (k *searchPrompt) history() string             { return session.Searches }
func (k *searchPrompt) begin(string) tea.Cmd        { return nil }
func (k *searchPrompt) changed(text string) tea.Cmd { return k.searchFor(text) }
func (k *searchPrompt) cancel()                     { k.clearSearch() }

func (k *searchPrompt) enter(text string) (cmd tea.Cmd, done bool) {
	cmd = k.searchFor(text)
	k.firstHit()
	return cmd, true
}

func (k *searchPrompt) state(p *prompt, w int, _ func(int) int) string {
	return p.hint(w, k.searchState(), "enter goes there, n N on and back, esc clears")
}

// notePrompt writes a note to an example.
type notePrompt struct {
	ws      *workspace
	example int32
}

func (k *notePrompt) sign() string           { return "note " }
func (k *notePrompt) history() string        { return "" }
func (k *notePrompt) begin(string) tea.Cmd   { return nil }
func (k *notePrompt) changed(string) tea.Cmd { return nil }
func (k *notePrompt) cancel()                {}

func (k *notePrompt) enter(text string) (cmd tea.Cmd, done bool) {
	guid := k.ws.dataMap().GUIDs[k.example]
	return k.ws.writeMarks(k.example, k.ws.markSubject(guid)+": noted", marks.Mark{GUID: guid, Mark: marks.Note, Note: text}), true
}

func (k *notePrompt) state(p *prompt, w int, _ func(int) int) string {
	return p.hint(w, "enter saves (empty deletes)", "esc cancels")
}
