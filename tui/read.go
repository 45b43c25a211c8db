package tui

import (
	"encoding/json"
	"errors"

	tea "charm.land/bubbletea/v2"

	"ftft/tui/view"
)

// reader is the view of one example in full, over the screen on which it was opened.
type reader struct {
	open  bool
	on    screen
	top   int
	place int                    // in the ranking, of which top is
	kept  map[textKey]*view.Kept // nil: being computed
}

// readScreen is the part of a screen that shows an example in full.
const readScreen screen = screens + 100

// readPart is how much of an example's texts a model reads.
type readPart struct {
	key textKey
	*view.Kept
}

// readKeys are those of reading.
func readKeys() []binding {
	on := []screen{readScreen}
	scroll := func(by int) func(*App) tea.Cmd {
		return func(a *App) tea.Cmd { a.scroll(by); return nil }
	}
	return []binding{
		{[]string{"i"}, "read the example in full, or go back", "i read", nil, (*App).toggleReader},
		{[]string{"esc"}, "back", "", on, (*App).toggleReader},
		{[]string{"J", "shift+down"}, "scroll the texts down", "", on, scroll(1)},
		{[]string{"K", "shift+up"}, "scroll the texts up", "", on, scroll(-1)},
		{[]string{"pgdown"}, "a page of the texts down", "", on, scroll(10)},
		{[]string{"pgup"}, "a page of the texts up", "", on, scroll(-10)},
		{[]string{"y"}, "copy the texts", "", on, func(a *App) tea.Cmd { return a.copyExample("the texts", readText) }},
		{[]string{"Y"}, "copy the example as a line of JSON", "", on, func(a *App) tea.Cmd { return a.copyExample("a line of JSON", readJSON) }},
		{[]string{"ctrl+y"}, "copy the guid", "", on, func(a *App) tea.Cmd { return a.copyExample("the guid", readGUID) }},
	}
}

func (r *reader) shown(on screen) bool { return r.open && r.on == on }

func (a *App) toggleReader() tea.Cmd {
	shown := a.reader.shown(a.screen)
	a.reader.open, a.reader.on, a.reader.top = !shown, a.screen, 0
	return a.fetchTexts()
}

// reading gives the view of the example under the cursor.
func (a *App) readingView() *view.Reading {
	r := &view.Reading{Theme: a.theme, Example: a.example(), Gold: -1}
	index, ok := a.under()
	if !ok {
		return r
	}
	if a.reader.place == a.choice.cursor {
		r.Top = a.reader.top
	}
	picture := a.seen()
	r.Labels = picture.Labels
	if picture.Map.Gold != nil {
		r.Gold = int(picture.Map.Gold[index])
	}
	if logits := picture.Logits(int(index)); logits != nil {
		r.Classes, r.Running = view.Probabilities(logits), len(logits) > picture.Map.Epochs
	}
	r.Kept = a.reader.kept[a.textKey(index)]
	if a.options.Tokens == nil {
		r.Kept = &view.Kept{Problem: errors.New("nobody has said which model reads the texts")}
	}
	return r
}

func (a *App) textKey(index int32) textKey { return textKey{a.focus, int(a.seen().Map.Rows[index])} }

// scroll moves the texts by lines.
func (a *App) scroll(by int) {
	if a.reader.place != a.choice.cursor {
		a.reader.place, a.reader.top = a.choice.cursor, 0
	}
	a.reader.top = min(max(a.reader.top+by, 0), a.readingView().Most(a.w, a.paneHeight()))
}

// keepRead has the tokens of the example that is read counted, where nobody has yet, in the background.
func (a *App) keepRead() tea.Cmd {
	index, ok := a.under()
	if !ok || !a.reader.shown(a.screen) || a.options.Tokens == nil {
		return nil
	}
	key := a.textKey(index)
	text := a.texts[key]
	if _, known := a.reader.kept[key]; known || text == nil || text.Problem != nil {
		return nil
	}
	if a.reader.kept == nil {
		a.reader.kept = map[textKey]*view.Kept{}
	}
	a.reader.kept[key] = nil
	return func() tea.Msg {
		a.reading.Lock()
		defer a.reading.Unlock()
		k, err := a.options.Tokens(key.run, text.First, text.Second)
		k.Problem = err
		return readPart{key, &k}
	}
}

// copyExample has the terminal put something of the example into the clipboard.
func (a *App) copyExample(what string, of func(*view.Reading) string) tea.Cmd {
	r := a.readingView()
	switch {
	case r.Example == nil:
		a.say("", errors.New("there is no example to copy"))
		return nil
	case r.Example.Text == nil || r.Example.Text.Problem != nil:
		a.say("", errors.New("the texts have not come yet"))
		return nil
	}
	a.say("Copied "+what+" of "+view.Clean(r.Example.GUID)+", if the terminal lets programs copy (OSC 52).", nil)
	return tea.SetClipboard(of(r))
}

func readGUID(r *view.Reading) string { return r.Example.GUID }

func readText(r *view.Reading) string {
	text := r.Example.Text.First
	if r.Example.Text.Second != "" {
		text += "\n" + r.Example.Text.Second
	}
	return text
}

// readJSON is the example with its figures as one line.
func readJSON(r *view.Reading) string {
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
	}{GUID: e.GUID, Text: e.Text.First, TextPair: e.Text.Second, Label: e.Gold, Confidence: e.Confidence, Variability: e.Variability,
		PGold: e.Trail, Probabilities: r.Classes, Columns: e.Text.Notes}
	if e.Correct >= 0 {
		line.Correctness = &e.Correct
	}
	if r.Classes != nil {
		line.Labels = r.Labels
	}
	text, err := json.Marshal(line)
	if err != nil { // numbers of a map are finite
		return err.Error()
	}
	return string(text)
}
