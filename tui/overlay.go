package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// An overlay covers a part of a screen and has its own keys. The top one gets each key first.
type overlay interface {
	// name returns its name in present.json, one of session.Overlays, or "" if followers do not see it.
	name() string
	// layer returns the part of the screen that it covers.
	layer() layer
	// place returns the place of its bindings in the key table, or nil if it is not on the pane.
	place() *place
	// key handles a key before the key table does. If it returns false, the table handles the key.
	key(tea.KeyPressMsg) (cmd tea.Cmd, handled bool)
	// update starts the background work whose results it needs to draw.
	update() tea.Cmd
	// draw fills w by h cells; at the foot, it may use any number of lines. below draws what the overlay covers.
	draw(w, h int, below func(w, h int) []string) []string
}

// layer is a part of the screen.
type layer int

const (
	paneLayer layer = iota // the pane of the screen on which the overlay was opened
	pageLayer              // everything between header and footer
	footLayer              // the last lines
)

// opened is an overlay on the stack. One on the pane belongs to the screen on which it was opened, and stays there.
type opened struct {
	overlay
	on int // the index of that screen
}

// stack holds the index of the screen in front and the overlays on all screens.
type stack struct {
	at       int // the screen in front
	overlays []opened
}

// open puts an overlay on top of the stack. One that waits on another screen moves here.
func (s *stack) open(o overlay) {
	s.overlays = slices.DeleteFunc(s.overlays, func(other opened) bool { return other.overlay == o })
	s.overlays = append(s.overlays, opened{o, s.at})
}

// close removes an overlay from the stack.
func (s *stack) close(o overlay) {
	s.overlays = slices.DeleteFunc(s.overlays, func(other opened) bool { return other.overlay == o && s.visible(other) })
}

// closeAll empties the stack.
func (s *stack) closeAll() { s.overlays = nil }

// raise moves the overlays that are open on the front screen to the top of the stack, the last one uppermost.
func (s *stack) raise(overlays ...overlay) {
	for _, o := range overlays {
		if s.isOpen(o) {
			s.close(o)
			s.open(o)
		}
	}
}

// toggle opens an overlay, or closes it if it is open. It reports whether the overlay is open now.
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

// top returns the overlay that gets keys first, or nil if none is open. The layers above the pane come first.
func (s *stack) top() overlay {
	for _, l := range []layer{footLayer, pageLayer, paneLayer} {
		if o := s.topOf(l); o != nil {
			return o
		}
	}
	return nil
}

// topOf returns the top overlay of a layer, or nil if there is none.
func (s *stack) topOf(l layer) overlay {
	for _, o := range slices.Backward(s.overlays) {
		if o.layer() == l && s.visible(o) {
			return o.overlay
		}
	}
	return nil
}

// drawPane draws the front screen and the overlays on its pane.
func (a *App) drawPane(w, h int) []string {
	draw := a.front().draw
	for _, o := range a.overlays {
		if below := draw; o.layer() == paneLayer && a.visible(o) {
			draw = func(w, h int) []string { return o.draw(w, h, below) }
		}
	}
	return draw(w, h)
}

// A question is a line at the foot. One of a few keys answers it, and any other key cancels.
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

// key answers or cancels. A key that shows another screen or run cancels and does so. All others only cancel: a question guards
// what cannot be undone, and a key may have been meant for it.
func (q *question) key(msg tea.KeyPressMsg) (cmd tea.Cmd, handled bool) {
	if do := q.answers[msg.String()]; do != nil {
		q.app.close(q)
		q.app.text = ""
		return do(), true
	}
	q.cancel()
	return nil, !q.app.table.navigates(msg.String())
}

// mouse cancels at a click and ignores the rest.
func (q *question) mouse(msg tea.MouseMsg) (changed bool) {
	if _, clicked := msg.(tea.MouseClickMsg); clicked {
		q.cancel()
		return true
	}
	return false
}

func (q *question) cancel() {
	q.app.close(q)
	q.app.say("Cancelled.", nil)
}

func (q *question) draw(int, int, func(w, h int) []string) []string {
	return []string{q.app.theme.Warn.Render(q.text)}
}
