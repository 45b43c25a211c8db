package tui

import (
	"encoding/json"
	"errors"

	tea "charm.land/bubbletea/v2"

	"ftft/tui/view"
)

// reader shows one example in full.
type reader struct {
	*workspace
	app  *App
	top  int                          // the first line shown, while the cursor is on
	at   int32                        // this example
	kept map[textKey]*view.Truncation // how much of an example's texts the model reads; nil: being computed
}

var placeReader = &place{help: "reading (i)"}

func newReader(a *App) *reader {
	return &reader{workspace: a.workspace, app: a, kept: map[textKey]*view.Truncation{}}
}

func (r *reader) keys() []binding {
	on := []*place{placeReader}
	scroll := func(by int) func() tea.Cmd { return doing(func() { r.scroll(by) }) }
	return under(taskRead, []binding{
		{keys: []string{"i"}, help: "read the example in full, or go back", hint: "read", now: r.readable,
			do: doing(r.toggle)},
		{keys: []string{"esc"}, help: "go back", on: on, do: doing(r.toggle)},
		{keys: []string{"J", "shift+down"}, help: "scroll the texts down", on: on, do: scroll(1)},
		{keys: []string{"K", "shift+up"}, help: "scroll the texts up", on: on, do: scroll(-1)},
		{keys: []string{"pgdown"}, help: "scroll the texts down a page", on: on, do: scroll(10)},
		{keys: []string{"pgup"}, help: "scroll the texts up a page", on: on, do: scroll(-10)},
		{keys: []string{"y"}, help: "copy the texts", on: on, do: func() tea.Cmd { return r.copy("the texts", plainText) }},
		{keys: []string{"Y"}, help: "copy the example as a line of JSON", on: on, do: func() tea.Cmd {
			return r.copy("a line of JSON", jsonLine)
		}},
		{keys: []string{"ctrl+y"}, help: "copy the guid", on: on, do: func() tea.Cmd { return r.copy("the guid", guid) }},
	}...)
}

func (r *reader) name() string                                      { return "read" }
func (r *reader) layer() layer                                      { return paneLayer }
func (r *reader) place() *place                                     { return placeReader }
func (r *reader) key(tea.KeyPressMsg) (tea.Cmd, bool)               { return nil, false }
func (r *reader) draw(w, h int, _ func(w, h int) []string) []string { return r.panel().Draw(w, h) }

// readable reports whether the reader can be opened or closed: a comparison that lists no example has none to read.
func (r *reader) readable() bool {
	_, ok := r.app.list.comparison.example()
	return ok || !r.app.comparing() || r.app.isOpen(r)
}

func (r *reader) toggle() {
	if !r.readable() {
		r.say("The comparison lists no example to read.", nil)
		return
	}
	r.top = 0
	r.app.toggle(r)
	r.app.raise(r.app.explainer, r.app.commander) // the reader lies below them: a wide screen explains the numbers beside it
}

// panel returns the view of the example under the cursor.
func (r *reader) panel() *view.Reading {
	v := &view.Reading{Theme: r.theme, Example: r.example(), Gold: -1}
	index, ok := r.sel.Under()
	if !ok {
		return v
	}
	if r.at == r.cursorExample() {
		v.Top = r.top
	}
	switch c := &r.app.list.comparison; {
	case r.app.front() == r.app.triage:
		r.app.triage.judged(v.Example)
	case r.app.comparing():
		v.Example.Place, v.Example.Total = c.view.Cursor, len(c.listed)
	}
	picture := r.seen()
	v.Labels = picture.Labels
	if picture.Map.Gold != nil {
		v.Gold = int(picture.Map.Gold[index])
	}
	if logits := picture.Logits(int(index)); logits != nil {
		v.Classes, v.Running = view.Probabilities(logits), len(logits) > picture.Map.Epochs
	}
	v.Truncation = r.kept[r.textKey(index)]
	if r.options.Tokens == nil {
		v.Truncation = &view.Truncation{Problem: errNoTokenizer}
	}
	return v
}

var errNoTokenizer = errors.New("no tokenizer")

// scroll moves the texts by lines.
func (r *reader) scroll(by int) {
	if under := r.cursorExample(); r.at != under {
		r.at, r.top = under, 0
	}
	r.top = min(max(r.top+by, 0), r.panel().MaxTop(r.w, r.paneHeight()))
}

// update counts the tokens of the example, in the background.
func (r *reader) update() tea.Cmd {
	index, ok := r.sel.Under()
	if !ok || r.options.Tokens == nil {
		return nil
	}
	key := r.textKey(index)
	text := r.texts.known[key]
	if _, asked := r.kept[key]; asked || text == nil || text.Problem != nil {
		return nil
	}
	r.kept[key] = nil
	return background(func() *view.Truncation {
		r.texts.mutex.Lock()
		defer r.texts.mutex.Unlock()
		k, err := r.options.Tokens(key.run, text.First, text.Second)
		k.Problem = err
		return &k
	}, func(k *view.Truncation) tea.Cmd { r.kept[key] = k; return nil })
}

// copy asks the terminal to put a part of the example into the clipboard.
func (r *reader) copy(what string, write func(*view.Reading) string) tea.Cmd {
	v := r.panel()
	switch {
	case v.Example == nil:
		r.say("", errors.New("there is no example to copy"))
		return nil
	case v.Example.Text == nil || v.Example.Text.Problem != nil:
		r.say("", errors.New("the texts have not been read yet"))
		return nil
	}
	r.say("Copied "+what+" of "+view.Clean(v.Example.GUID)+", if the terminal lets programs copy (OSC 52).", nil)
	return tea.SetClipboard(write(v))
}

func guid(r *view.Reading) string { return r.Example.GUID }

func plainText(r *view.Reading) string {
	text := r.Example.Text.First
	if r.Example.Text.Second != "" {
		text += "\n" + r.Example.Text.Second
	}
	return text
}

// jsonLine returns the example with its figures as one line.
func jsonLine(r *view.Reading) string {
	e := r.Example
	line := struct {
		GUID          string            `json:"guid"`
		Text          string            `json:"text"`
		TextPair      string            `json:"text_pair,omitempty"`
		Label         string            `json:"label,omitempty"`
		Confidence    float64           `json:"confidence"`
		Variability   float64           `json:"variability"`
		Correctness   *int              `json:"correctness,omitempty"`
		PGold         []float32         `json:"p_gold,omitempty"`
		Labels        []string          `json:"labels,omitempty"`
		Probabilities [][]float64       `json:"probabilities,omitempty"` // [epoch][label]
		Columns       map[string]string `json:"columns,omitempty"`
	}{
		GUID: e.GUID, Text: e.Text.First, TextPair: e.Text.Second, Label: e.Gold, Confidence: e.Confidence, Variability: e.Variability,
		PGold: e.Trail, Probabilities: r.Classes, Columns: e.Text.Columns,
	}
	if e.Correct >= 0 {
		line.Correctness = &e.Correct
	}
	if r.Classes != nil {
		line.Labels = r.Labels
	}
	text, err := json.Marshal(line)
	if err != nil { // a map's numbers are finite
		return err.Error()
	}
	return string(text)
}
