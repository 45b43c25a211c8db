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

// writeKeys are those of figures.
func writeKeys() []binding {
	return []binding{{[]string{"w"}, "write the screen to a picture or a text", "", nil, (*App).askFigure}}
}

// plate is a figure that has yet to be written.
type plate struct {
	path string
	fill func(w io.Writer) error
}

// taken is a plate whose file there is already.
type taken struct{ plate }

// askFigure asks for the file to write the screen to.
func (a *App) askFigure() tea.Cmd {
	name := strings.ToLower(screenNames[a.screen]) + ".txt"
	if a.drawable() {
		name = strings.TrimSuffix(name, ".txt") + ".png"
	}
	if a.focus != "" {
		name = a.focus.ID() + "-" + name
	}
	a.desk.prompt = &prompt{line: lineOf(name), asks: figurePrompt}
	return nil
}

// drawable says whether the screen can be a picture; of others there is text.
func (a *App) drawable() bool {
	switch a.place() {
	case mapScreen:
		return true
	case curvesScreen, pickScreen:
		return a.curves().End() > 0
	}
	return false
}

// writeFigure writes the screen, in the background. A file that is there is asked about first.
func (a *App) writeFigure(path string) tea.Cmd {
	fill, err := a.figure(path)
	if err != nil {
		a.say("", err)
		return nil
	}
	a.say("Writing "+path+" …", nil)
	p := plate{path, fill}
	return func() tea.Msg {
		if _, err := os.Lstat(path); err == nil {
			return taken{p}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return answer{err: err}
		}
		return p.write()
	}
}

func (p *plate) write() tea.Msg {
	if err := disk.WriteStream(p.path, p.fill); err != nil {
		return answer{err: err}
	}
	return answer{text: "Written: " + p.path}
}

// askOver asks whether to replace a file.
func (a *App) askOver(t taken) {
	a.asked = &question{text: "y replaces " + view.Clean(t.path) + ", which is there; any other key: no", keys: []string{"y"}, yes: func() tea.Cmd {
		a.say("Writing "+t.path+" …", nil)
		return func() tea.Msg { return t.write() }
	}}
}

// figure gives what writes the screen in the format of a path's ending. What it takes is taken now, and drawn later.
func (a *App) figure(path string) (fill func(w io.Writer) error, err error) {
	switch ending := strings.ToLower(filepath.Ext(path)); {
	case strings.TrimSpace(path) == "":
		return nil, errors.New("no name, nothing written")
	case ending == ".txt":
		text := a.still(a.w, a.paneHeight())
		return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }, nil
	case !a.drawable():
		return nil, fmt.Errorf("%s: of this screen there is text: a name that ends in .txt", path)
	}
	format, err := figure.FormatOf(path)
	if err != nil {
		return nil, fmt.Errorf("%w, or .txt", err)
	}
	title := a.focus.ID()
	if a.screen != mapScreen {
		drawn := a.curvesFigure(title, false)
		return func(w io.Writer) error { return figure.WriteCurves(w, format, drawn, Figures(false)) }, nil
	}
	picture, fraction := a.seen(), a.choice.fraction
	if picture == nil || picture.Map == nil {
		return nil, errors.New("there is no map yet: it takes two epochs")
	}
	return func(w io.Writer) error {
		drawn, err := figure.FromMap(picture.Map, title, fraction)
		if err != nil {
			return err
		}
		return figure.Write(w, format, drawn, Figures(false))
	}, nil
}

// curvesFigure is the curves for a file, on black or on white.
func (a *App) curvesFigure(title string, dark bool) figure.Curves {
	paper := look{name: "light"}
	if dark {
		paper.name = "dark"
	}
	c, colours := *a.curves(), paper.colours()
	c.Theme = paper.theme()
	return c.Figure(title, figure.Xterm(colours.ink))
}

// still is the screen's pane as text, in w by h cells, with glyphs in place of colours.
func (a *App) still(w, h int) string {
	theme := a.theme
	mono := look{name: "mono"}
	a.theme = mono.theme()
	defer func() { a.theme = theme }()
	var lines []string
	for _, line := range a.pane(w, h) {
		lines = append(lines, strings.TrimRight(ansi.Strip(line), " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
}
