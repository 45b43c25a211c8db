package tui

import (
	"context"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/tui/selection"
	"ftft/tui/view"
)

// searcher searches guids and texts in the background.
type searcher struct{ stop context.CancelFunc }

// Texts are searched in blocks, so that those in view can be read meanwhile. A search in a large map waits a little for the next key.
const (
	searchBlock = 512
	searchRest  = 60 * time.Millisecond
)

// found is the result of a search. err is the error if texts could not be searched.
type found struct {
	hits []int32
	err  error
}

// searchFor begins the search for a text; "" ends it.
func (w *workspace) searchFor(text string) tea.Cmd {
	if text == w.sel.Search.Text {
		return nil
	}
	w.clearSearch()
	m := w.dataMap()
	if text == "" || m == nil {
		return nil
	}
	ctx, stop := context.WithCancel(context.Background())
	w.search.stop = stop
	w.sel.Search = selection.Search{Text: text, Running: true, Map: m, Outside: -1}
	work := w.searchTexts(ctx, m, strings.ToLower(text))
	return func() tea.Msg {
		result := work()
		if ctx.Err() != nil {
			return nil
		}
		return finished{deliver: func() tea.Cmd { return w.takeHits(m, text, result) }}
	}
}

// searchTexts returns the work of a search; text is in lower case.
func (w *workspace) searchTexts(ctx context.Context, m *datamap.Map, text string) func() found {
	run, read := w.focus, w.options.Texts
	contains := func(s string) bool { return strings.Contains(strings.ToLower(s), text) }
	return func() (f found) {
		if m.Len() >= 4*searchBlock {
			select {
			case <-ctx.Done():
				return f
			case <-time.After(searchRest):
			}
		}
		for from := 0; from < m.Len() && ctx.Err() == nil; from += searchBlock {
			w.texts.mutex.Lock()
			for i := from; i < min(from+searchBlock, m.Len()); i++ {
				if contains(m.GUIDs[i]) {
					f.hits = append(f.hits, int32(i))
					continue
				}
				if read == nil || f.err != nil {
					continue
				}
				example, err := read(run, int(m.Rows[i]))
				if err != nil {
					f.err = err
				} else if contains(example.Text) || contains(example.TextPair) {
					f.hits = append(f.hits, int32(i))
				}
			}
			w.texts.mutex.Unlock()
		}
		return f
	}
}

func (w *workspace) takeHits(m *datamap.Map, text string, f found) tea.Cmd {
	s := &w.sel.Search
	if s.Map != m || s.Text != text {
		return nil
	}
	s.SetHits(f.hits)
	if f.err != nil {
		w.say("", fmt.Errorf("only guids were searched: %w", f.err))
	}
	if s.Jump {
		s.Jump = false
		w.firstHit()
	}
	return nil
}

func (w *workspace) clearSearch() {
	if w.search.stop != nil {
		w.search.stop()
		w.search.stop = nil
	}
	w.sel.ClearSearch()
}

// firstHit goes to the first match, at once or when it has been found, unless the cursor is on a match.
func (w *workspace) firstHit() {
	switch s := &w.sel.Search; {
	case s.Running:
		s.Jump = true
	case w.sel.OnHit():
		w.say(w.searchState(), nil)
	default:
		w.nextHit(1)
	}
}

// nextHit goes to the next match or the previous one.
func (w *workspace) nextHit(by int) tea.Cmd {
	s := &w.sel.Search
	switch {
	case s.Text == "":
		w.say("No search yet: / begins one.", nil)
		return nil
	case len(s.Hits) == 0:
		w.say(w.searchState(), nil)
		return nil
	}
	number, listed := w.sel.NextHit(by)
	where := ""
	if !listed {
		where = ", not in the list"
	}
	w.say(fmt.Sprintf("/%s: match %s of %s%s", view.Clean(s.Text), view.Count(number+1), view.Count(len(s.Hits)), where), nil)
	return nil
}

// searchState describes the result of the search.
func (w *workspace) searchState() string {
	switch s := &w.sel.Search; {
	case s.Text == "":
		return "search in texts and guids"
	case s.Running:
		return "searching …"
	case len(s.Hits) == 1:
		return "1 match"
	case len(s.Hits) == 0:
		return "no match"
	default:
		return view.Count(len(s.Hits)) + " matches"
	}
}
