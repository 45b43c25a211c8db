package tui

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"ftft/datamap/figure"
	"ftft/internal/disk"
	"ftft/tui/view"
)

// figureWriter draws a figure in a format of figure.FormatOf.
type figureWriter func(w io.Writer, format string) error

var errNoMap = errors.New("there is no map yet: it takes two epochs")

func (a *App) figureKeys() []binding {
	return []binding{{[]string{"w"}, "write the screen to a figure or a text", "", nil, a.askFigure}}
}

// askFigure asks for the file to write the screen to.
func (a *App) askFigure() tea.Cmd {
	name := strings.ToLower(a.front().home().tab)
	if a.focus != "" {
		name = a.focus.ID() + "-" + name
	}
	if a.drawable() {
		return a.promptFor(&figurePrompt{a}, name+".png")
	}
	return a.promptFor(&figurePrompt{a}, name+".txt")
}

// figurePrompt asks for the file that the screen is written to.
type figurePrompt struct{ *App }

func (k *figurePrompt) sign() string           { return "write to " }
func (k *figurePrompt) history() string        { return "" }
func (k *figurePrompt) begin(string) tea.Cmd   { return nil }
func (k *figurePrompt) changed(string) tea.Cmd { return nil }
func (k *figurePrompt) cancel()                {}

func (k *figurePrompt) enter(path string) (cmd tea.Cmd, done bool) { return k.writeFigure(path), true }

func (k *figurePrompt) state(p *prompt, _ int, _ func(int) int) string {
	return p.theme.Dim.Render("enter writes: .png, .svg and .pdf of the map and of curves, .txt of any screen; esc leaves")
}

// drawable reports whether the screen in front can be drawn as a figure; every screen can be written as text.
func (a *App) drawable() bool {
	front, ok := a.front().(figured)
	if !ok || a.place() != a.front().place() || a.place() == placeBrush {
		return false
	}
	_, curves := front.(*curvesScreen)
	return !curves || a.curves.end() > 0
}

// writeFigure writes the screen in the background. It asks before it replaces a file.
func (a *App) writeFigure(path string) tea.Cmd {
	fill, err := a.figure(path)
	if err != nil {
		a.say("", err)
		return nil
	}
	a.say("Writing "+path+" …", nil)
	write := func() answer {
		if err := disk.WriteStream(path, fill); err != nil {
			return answer{err: err}
		}
		return answer{text: "Written: " + path}
	}
	replace := func() tea.Cmd {
		a.say("Writing "+path+" …", nil)
		return a.reporting(write)
	}
	type outcome struct {
		answer
		exists bool
	}
	return background(func() outcome {
		if _, err := os.Lstat(path); err == nil {
			return outcome{exists: true}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return outcome{answer: answer{err: err}}
		}
		return outcome{answer: write()}
	}, func(o outcome) tea.Cmd {
		if o.exists {
			return a.ask(&question{text: "Replace " + view.Clean(path) + ", which exists? y yes, any other key cancels", answers: map[string]func() tea.Cmd{"y": replace}})
		}
		a.say(o.text, o.err)
		return nil
	})
}

// figure returns what writes the screen in the format of a path's ending. What it needs is read now and drawn later.
func (a *App) figure(path string) (fill func(w io.Writer) error, err error) {
	switch ending := strings.ToLower(filepath.Ext(path)); {
	case strings.TrimSpace(path) == "":
		return nil, errors.New("no file name; nothing is written")
	case ending == ".txt":
		text := a.still(a.w, a.paneHeight())
		return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }, nil
	case !a.drawable():
		return nil, fmt.Errorf("%s: this screen can only be written as text: use a name that ends in .txt", path)
	}
	format, err := figure.FormatOf(path)
	if err != nil {
		return nil, fmt.Errorf("%w, or .txt", err)
	}
	draw, err := a.front().(figured).figure(a.focus.ID())
	if err != nil {
		return nil, err
	}
	return func(w io.Writer) error { return draw(w, format) }, nil
}

// still is the screen's pane as text, in w by h cells, with glyphs in place of colours.
func (a *App) still(w, h int) string {
	theme := a.theme
	mono := look{name: "mono"}
	a.theme = mono.theme()
	defer func() { a.theme = theme }()
	var lines []string
	for _, line := range a.drawPane(w, h) {
		lines = append(lines, strings.TrimRight(ansi.Strip(line), " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
}
