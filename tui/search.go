package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/tui/view"
)

// search is what is looked for in guids and texts, upper or lower case.
type search struct {
	text    string // "" = nothing
	stop    context.CancelFunc
	looking bool
	of      *datamap.Map
	hits    []int32 // examples, ascending
	in      []bool  // [n] which they are; nil = none
	astray  int32   // a match under the cursor that is not in the list; -1 = the cursor is in the list
	jump    bool    // go to the first match when they have come
}

// hits are what a search has found.
type hits struct {
	of   *datamap.Map
	text string
	list []int32
	err  error
}

// The texts are searched so many at a time, so that those in view can be fetched meanwhile; a search that is being typed
// waits a little for the next key.
const (
	searchBlock = 512
	searchRest  = 60 * time.Millisecond
)

// search looks for a text; "" ends that.
func (a *App) search(text string) tea.Cmd {
	s := &a.desk.search
	if text == s.text {
		return nil
	}
	a.clearSearch()
	picture := a.seen()
	if text == "" || picture == nil || picture.Map == nil {
		return nil
	}
	ctx, stop := context.WithCancel(context.Background())
	s.text, s.stop, s.looking, s.of = text, stop, true, picture.Map
	m, run := picture.Map, a.focus
	return func() tea.Msg {
		if m.Len() >= 4*searchBlock {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(searchRest):
			}
		}
		found := hits{of: m, text: text}
		wanted := strings.ToLower(text)
		for from := 0; from < m.Len() && ctx.Err() == nil; from += searchBlock {
			a.reading.Lock()
			for i := from; i < min(from+searchBlock, m.Len()); i++ {
				if holds(m.GUIDs[i], wanted) {
					found.list = append(found.list, int32(i))
					continue
				}
				if a.options.Texts == nil || found.err != nil {
					continue
				}
				example, err := a.options.Texts(run, int(m.Rows[i]))
				if err != nil {
					found.err = err
				} else if holds(example.Text, wanted) || holds(example.TextPair, wanted) {
					found.list = append(found.list, int32(i))
				}
			}
			a.reading.Unlock()
		}
		if ctx.Err() != nil {
			return nil
		}
		return found
	}
}

func holds(text, wanted string) bool { return strings.Contains(strings.ToLower(text), wanted) }

func (a *App) takeHits(found hits) tea.Cmd {
	s := &a.desk.search
	if s.of != found.of || s.text != found.text {
		return nil
	}
	s.looking, s.hits, s.in = false, found.list, make([]bool, found.of.Len())
	for _, index := range found.list {
		s.in[index] = true
	}
	a.desk.shade = nil
	if found.err != nil {
		a.say("", fmt.Errorf("only guids were searched: %w", found.err))
	}
	if s.jump {
		s.jump = false
		return a.firstHit()
	}
	return nil
}

func (a *App) clearSearch() {
	if stop := a.desk.search.stop; stop != nil {
		stop()
	}
	a.desk.search, a.desk.shade = search{astray: -1}, nil
}

// firstHit goes to the first match when the prompt is left, at once or when it has come, unless the cursor is on one.
func (a *App) firstHit() tea.Cmd {
	s := &a.desk.search
	if s.looking {
		s.jump = true
		return nil
	}
	if under, ok := a.under(); ok && s.in != nil && s.in[under] {
		a.say(a.searched(), nil)
		return nil
	}
	return a.nextHit(1)
}

// nextHit goes to the next match or the one before: first those in the list, in its order, then the others.
func (a *App) nextHit(by int) tea.Cmd {
	s := &a.desk.search
	switch {
	case s.text == "":
		a.say("Nothing is searched for: / begins.", nil)
		return nil
	case len(s.hits) == 0:
		a.say(a.searched(), nil)
		return nil
	}
	var places []int // in the list
	var others []int32
	listed := make([]bool, len(s.in))
	for place, index := range a.choice.list {
		if s.in[index] {
			places, listed[index] = append(places, place), true
		}
	}
	for _, index := range s.hits {
		if !listed[index] {
			others = append(others, index)
		}
	}
	at := 0
	if s.astray >= 0 {
		k, _ := slices.BinarySearch(others, s.astray)
		at = len(places) + k + by
	} else {
		k, on := slices.BinarySearch(places, a.choice.cursor)
		if at = k + by; by > 0 && !on {
			at = k
		}
	}
	at = (at + len(s.hits)) % len(s.hits)
	s.astray = -1
	where := ""
	if at < len(places) {
		a.choice.cursor = places[at]
	} else {
		s.astray, where = others[at-len(places)], ", not in the list"
	}
	a.say(fmt.Sprintf("/%s: match %s of %s%s", view.Clean(s.text), view.Count(at+1), view.Count(len(s.hits)), where), nil)
	return a.fetchTexts()
}

// searched says what the search has found.
func (a *App) searched() string {
	s := &a.desk.search
	switch {
	case s.text == "":
		return "search in texts and guids"
	case s.looking:
		return "searching …"
	case len(s.hits) == 1:
		return "1 match"
	case len(s.hits) == 0:
		return "no match"
	}
	return view.Count(len(s.hits)) + " matches"
}
