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
	"ftft/tui/screenshot"
	"ftft/tui/view"
)

// figureWriter draws a figure in a format of figure.FormatOf.
type figureWriter func(w io.Writer, format string) error

var errNoMap = errors.New("there is no map yet: it takes two epochs")

func (a *App) figureKeys() []binding {
	return []binding{{[]string{"w"}, "write the screen to an image or a text", "", nil, a.askFigure}}
}

// askFigure asks for the file to write the screen to.
func (a *App) askFigure() tea.Cmd {
	name := strings.ToLower(a.front().home().tab)
	if a.focus != "" {
		name = a.focus.ID() + "-" + name
	}
	return a.promptFor(&figurePrompt{a}, name+".png")
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
	return p.theme.Dim.Render("Enter writes .png, .svg, .txt or .ansi (map and curves: also .pdf). Esc cancels.")
}

// drawable reports whether the screen in front has a figure. An image of any other screen shows the screen itself.
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

// figure returns what writes the screen in the format of a path's extension. What it needs is read now and drawn later.
func (a *App) figure(path string) (fill func(w io.Writer) error, err error) {
	switch extension := strings.ToLower(filepath.Ext(path)); {
	case strings.TrimSpace(path) == "":
		return nil, errors.New("no file name; nothing is written")
	case extension == ".txt":
		text := a.still(a.w, a.paneHeight())
		return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }, nil
	case extension == ".ansi" || !a.drawable():
		return a.screenshot(path)
	}
	format, err := figure.FormatOf(path)
	if err != nil {
		return nil, fmt.Errorf("%w; .txt and .ansi write the screen itself", err)
	}
	draw, err := a.front().(figured).figure(a.focus.ID())
	if err != nil {
		return nil, err
	}
	return func(w io.Writer) error { return draw(w, format) }, nil
}

// screenshot returns what writes the screen's pane as it looks now, in a format of screenshot.FormatOf.
func (a *App) screenshot(path string) (fill func(w io.Writer) error, err error) {
	format, err := screenshot.FormatOf(path)
	if err != nil {
		return nil, err
	}
	height := a.paneHeight()
	pane := screenshot.Screen{Text: strings.Join(a.drawPane(a.w, height), "\n") + "\n", Width: a.w, Height: height, Colours: screenshot.Light}
	if a.look.dark() {
		pane.Colours = screenshot.Dark
	}
	return func(w io.Writer) error { return screenshot.Write(w, format, pane) }, nil
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
