package tui

import (
	"sync"

	tea "charm.land/bubbletea/v2"

	"ftft/train/rundir"
	"ftft/tui/view"
)

// texts caches the texts of examples.
type texts struct {
	mutex sync.Mutex             // one call of Options.Texts or Options.Tokens at a time
	known map[textKey]*view.Text // nil: requested, not read yet
}

type textKey struct {
	run rundir.Dir
	row int
}

func (w *workspace) textKey(index int32) textKey {
	return textKey{w.focus, int(w.dataMap().Rows[index])}
}

// textOf returns an example's text: nil until it has been read, empty if there is none.
func (w *workspace) textOf(index int32) *view.Text {
	if w.options.Texts == nil {
		return &view.Text{}
	}
	return w.texts.known[w.textKey(index)]
}

// readTexts reads the texts of examples in the background, except those that have been requested before.
func (w *workspace) readTexts(examples ...int32) tea.Cmd {
	if w.options.Texts == nil || w.dataMap() == nil {
		return nil
	}
	var wanted []textKey
	for _, index := range examples {
		key := w.textKey(index)
		if _, asked := w.texts.known[key]; !asked {
			w.texts.known[key] = nil
			wanted = append(wanted, key)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	return background(func() map[textKey]*view.Text {
		w.texts.mutex.Lock()
		defer w.texts.mutex.Unlock()
		got := map[textKey]*view.Text{}
		for _, key := range wanted {
			example, err := w.options.Texts(key.run, key.row)
			got[key] = &view.Text{First: example.Text, Second: example.TextPair, Columns: example.Meta, Unchecked: example.Unchecked, Problem: err}
		}
		return got
	}, func(got map[textKey]*view.Text) tea.Cmd {
		for key, text := range got {
			w.texts.known[key] = text
		}
		return nil
	})
}
