package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// An overlay lies on a screen, with keys of its own. The one on top of the stack gets a key first.
type overlay interface {
	// name is its word in present.json, of session.Overlays; "" where followers do not see it.
	name() string
	// layer is the part of the screen that it takes.
	layer() layer
	// place is that of its bindings in the key table; nil above the pane.
	place() *place
	// key handles a key before the key table does. Where it reports false, the table does.
	key(tea.KeyPressMsg) (cmd tea.Cmd, handled bool)
	// update starts the background work that it lacks for what it shows.
	update() tea.Cmd
	// draw fills w by h cells; of the foot, as many lines as it likes. below draws what it lies on.
	draw(w, h int, below func(w, h int) []string) []string
}

// layer is a part of the screen.
type layer int

const (
	paneLayer layer = iota // the pane, on the screen that it was opened on
	pageLayer              // everything between header and footer
	footLayer              // the last lines
)

// opened is an overlay on the stack. Those of the pane belong to the screen that they were opened on and wait there.
type opened struct {
	overlay
	on int
}

// stack is the screen in front and the overlays on the screens.
type stack struct {
	at       int // the screen in front
	overlays []opened
}

// open puts an overlay on top of the stack. One that waits on another screen moves here.
func (s *stack) open(o overlay) {
	s.overlays = slices.DeleteFunc(s.overlays, func(other opened) bool { return other.overlay == o })
	s.overlays = append(s.overlays, opened{o, s.at})
}

// close takes an overlay off the stack.
func (s *stack) close(o overlay) {
	s.overlays = slices.DeleteFunc(s.overlays, func(other opened) bool { return other.overlay == o && s.visible(other) })
}

// closeAll empties the stack.
func (s *stack) closeAll() { s.overlays = nil }

// toggle opens an overlay, or closes it where it is open. It reports whether it is open now.
func (s *stack) toggle(o overlay) bool {
	if s.isOpen(o) {
		s.close(o)
		return false
	}
	s.open(o)
	return true
}

// isOpen reports whether an overlay is open on the front screen.
func (s *stack) isOpen(o overlay) bool {
	return slices.ContainsFunc(s.overlays, func(other opened) bool { return other.overlay == o && s.visible(other) })
}

func (s *stack) visible(o opened) bool { return o.layer() != paneLayer || o.on == s.at }

// top is the overlay that gets keys first, nil if none is open. The layers above the pane come first.
func (s *stack) top() overlay {
	for _, l := range []layer{footLayer, pageLayer, paneLayer} {
		if o := s.topOf(l); o != nil {
			return o
		}
	}
	return nil
}

// topOf is the top overlay of a layer, nil if there is none.
func (s *stack) topOf(l layer) overlay {
	for _, o := range slices.Backward(s.overlays) {
		if o.layer() == l && s.visible(o) {
			return o.overlay
		}
	}
	return nil
}

// drawPane draws the front screen with the overlays of the pane that lie on it.
func (a *App) drawPane(w, h int) []string {
	draw := a.front().draw
	for _, o := range a.overlays {
		if below := draw; o.layer() == paneLayer && a.visible(o) {
			draw = func(w, h int) []string { return o.draw(w, h, below) }
		}
	}
	return draw(w, h)
}

// A question is a line at the foot that one key answers; any other key cancels.
type question struct {
	app     *App
	text    string
	answers map[string]func() tea.Cmd // by key
}

// ask opens a question.
func (a *App) ask(q *question) tea.Cmd {
	q.app = a
	a.open(q)
	return nil
}

func (q *question) name() string    { return "" }
func (q *question) layer() layer    { return footLayer }
func (q *question) place() *place   { return nil }
func (q *question) update() tea.Cmd { return nil }

func (q *question) key(msg tea.KeyPressMsg) (cmd tea.Cmd, handled bool) {
	if msg.String() == "ctrl+c" {
		return nil, false
	}
	q.app.close(q)
	q.app.text = ""
	if do := q.answers[msg.String()]; do != nil {
		return do(), true
	}
	q.app.say("Cancelled.", nil)
	return nil, true
}

func (q *question) draw(int, int, func(w, h int) []string) []string {
	return []string{q.app.theme.Warn.Render(q.text)}
}
