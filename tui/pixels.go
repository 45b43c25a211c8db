package tui

import (
	"fmt"
	"image"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"ftft/tui/view"
)

// Pixels determines whether the map is drawn as an image, by the Kitty graphics protocol.
type Pixels int

// The values of Pixels.
const (
	PixelsOff  Pixels = iota // braille
	PixelsAuto               // an image, if the terminal names itself as one with Unicode placeholders
	PixelsOn                 // an image, if the terminal reports the size of its cells
)

// sendAfter is the time from a change of the map to the drawing of its image, with all changes until then.
const sendAfter = 60 * time.Millisecond

// pixels sends the map as an image to the terminal and remembers which one the terminal has. The screen shows it by cells that stand
// for parts of the image, which are text to the renderer.
type pixels struct {
	*workspace
	app     *App
	screen  *mapScreen
	rest    time.Duration
	named   bool        // the terminal has named itself as one with placeholders
	cell    image.Point // the size of a cell in pixels; zero = unknown
	live    bool        // the terminal's screen is being drawn, rather than a file
	waiting bool        // an image is being made, or soon will be
	sent    *view.Pixels
	bytes   string // the sequences of sent
	ended   bool   // the workbench is about to end
}

// wanted reports whether the user allows an image. Lessons and followers show what other terminals show.
func (p *pixels) wanted() bool {
	return p.options.Pixels != PixelsOff && p.options.Lesson == nil && p.options.Follow == ""
}

// on reports whether images are drawn. The colours of cells, which have the number of the image, need a terminal of 256 colours.
func (p *pixels) on() bool {
	l := &p.app.look
	return p.wanted() && !p.ended && (p.named || p.options.Pixels == PixelsOn) && !l.ascii && !l.mono() && l.profile != colorprofile.ANSI
}

// ask asks the terminal for its name.
func (p *pixels) ask() tea.Cmd {
	if !p.wanted() {
		return nil
	}
	return tea.RequestTerminalVersion
}

// measure asks the terminal for the size of its cells.
func (p *pixels) measure() tea.Cmd {
	if !p.wanted() {
		return nil
	}
	return tea.Raw(ansi.WindowOp(16)) // asks for the size of a cell in pixels
}

// hasPlaceholders reports whether a terminal has Unicode placeholders, by the answer to the question for its name and version
// (XTVERSION). Kitty has them from version 0.28.
func hasPlaceholders(name string) bool {
	minor := 0
	if n, _ := fmt.Sscanf(name, "kitty(0.%d", &minor); n == 1 {
		return minor >= 28
	}
	return strings.HasPrefix(name, "kitty(") || strings.HasPrefix(name, "ghostty")
}

// shown returns the image that the map on the screen shows, or nil.
func (p *pixels) shown() *view.Pixels {
	if !p.live || !p.on() {
		return nil
	}
	return p.sent
}

// update sends the image of the map if it has changed, after a rest, or deletes it if images are no longer drawn.
func (p *pixels) update() tea.Cmd {
	if !p.on() {
		return p.remove()
	}
	if _, changed := p.next(); !changed || p.waiting {
		return nil
	}
	p.waiting = true
	return tea.Tick(p.rest, func(time.Time) tea.Msg { return finished{deliver: p.send, quiet: true} })
}

// next returns what the image of the map shows now. changed reports whether the terminal has another one, or none.
func (p *pixels) next() (now view.Pixels, changed bool) {
	if p.app.front() != p.screen {
		return now, false
	}
	now, ok := p.screen.filled().Pixels(p.cell)
	return now, ok && (p.sent == nil || *p.sent != now)
}

// send draws the image in the background, then sends it. Changes until then are drawn afterwards.
func (p *pixels) send() tea.Cmd {
	now, changed := p.next()
	if p.waiting = changed && p.on(); !p.waiting {
		return nil
	}
	type outcome struct {
		bytes string
		err   error
	}
	return background(func() (o outcome) {
		o.bytes, o.err = now.Transmit()
		return o
	}, func(o outcome) tea.Cmd {
		p.waiting = false
		switch {
		case o.err != nil:
			p.say("", o.err)
			return nil
		case !p.on():
			return nil
		}
		same := p.sent != nil && o.bytes == p.bytes
		if p.sent, p.bytes = &now, o.bytes; same {
			return nil
		}
		return tea.Raw(o.bytes)
	})
}

// end deletes the image, and allows no further one. It waits until the terminal has been told: on the screen that a quitting program
// returns to, there is no image to delete.
func (p *pixels) end() tea.Cmd {
	p.ended = true
	if remove := p.remove(); remove != nil {
		return tea.Sequence(remove, tea.Tick(2*p.frame, func(time.Time) tea.Msg { return nil }))
	}
	return nil
}

// remove deletes the image from the terminal.
func (p *pixels) remove() tea.Cmd {
	if p.sent == nil {
		return nil
	}
	p.sent, p.bytes = nil, ""
	return tea.Raw(view.RemovePixels)
}
