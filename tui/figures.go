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

// figures writes screens to files, as figures, images or text.
type figures struct {
	*workspace
	app *App
}

func (f *figures) keys() []binding {
	return under(taskShare, binding{keys: []string{"w"}, help: "write the screen to an image or a text (Launch: also TOML)", do: f.ask})
}

// ask opens a prompt for the file to write the screen to.
func (f *figures) ask() tea.Cmd {
	name := strings.ToLower(f.app.front().home().tab)
	if f.focus != "" {
		name = f.focus.ID() + "-" + name
	}
	return f.app.promptFor(&figurePrompt{f}, name+".png")
}

// figurePrompt asks for the file that the screen is written to.
type figurePrompt struct{ figures *figures }

func (k *figurePrompt) sign() string           { return "write to " }
func (k *figurePrompt) history() string        { return "" }
func (k *figurePrompt) begin(string) tea.Cmd   { return nil }
func (k *figurePrompt) changed(string) tea.Cmd { return nil }
func (k *figurePrompt) cancel()                {}

func (k *figurePrompt) enter(path string) (cmd tea.Cmd, done bool) {
	return k.figures.write(path), true
}

func (k *figurePrompt) state(p *prompt, w int, _ func(int) int) string {
	if _, ok := k.figures.app.front().(configured); ok {
		return p.hint(w, "enter writes .png .svg .txt .ansi", ".toml: a config for ftft run", "esc cancels")
	}
	return p.hint(w, "enter writes .png .svg .txt .ansi", "map, curves: .pdf", "esc cancels")
}

// drawable reports whether the screen in front has a figure. An image of any other screen shows the screen itself.
func (f *figures) drawable() bool {
	front, ok := f.app.front().(figured)
	if !ok || f.app.place() != f.app.front().place() || f.app.place() == placeBrush {
		return false
	}
	_, curves := front.(*curvesScreen)
	return !curves || f.app.curves.end() > 0
}

// write writes the screen in the background. It asks before it replaces a file or makes a folder.
func (f *figures) write(path string) tea.Cmd {
	fill, err := f.writer(path)
	if err != nil {
		f.say("", err)
		return nil
	}
	f.say("Writing "+path+" …", nil)
	save := func() answer {
		if err := disk.MkdirAll(filepath.Dir(path)); err != nil {
			return answer{err: err}
		}
		if err := disk.WriteOutput(path, fill); err != nil {
			return answer{err: err}
		}
		return answer{text: "Written: " + path}
	}
	type outcome struct {
		answer
		doubt string
	}
	return background(func() outcome {
		doubt, err := doubtOf(path)
		if doubt != "" || err != nil {
			return outcome{answer{err: err}, doubt}
		}
		return outcome{answer: save()}
	}, func(o outcome) tea.Cmd {
		if o.doubt == "" {
			f.say(o.text, o.err)
			return nil
		}
		yes := func() tea.Cmd {
			f.say("Writing "+path+" …", nil)
			return f.reporting(save)
		}
		return f.app.ask(&question{text: o.doubt + " y yes, any other key cancels", answers: map[string]func() tea.Cmd{"y": yes}})
	})
}

// doubtOf returns the question to ask before a file is written: whether to replace it, or to make its folder. It returns "" if there
// is nothing to ask.
func doubtOf(path string) (question string, err error) {
	if _, err := os.Lstat(path); err == nil {
		return "Replace " + view.Clean(path) + ", which exists?", nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	folder := filepath.Dir(path)
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return "Make the folder " + view.Clean(folder) + ", which does not exist?", nil
	}
	return "", nil
}

// writer returns what writes the screen in the format of a path's extension. What it needs is read now and drawn later.
func (f *figures) writer(path string) (fill func(w io.Writer) error, err error) {
	switch extension := strings.ToLower(filepath.Ext(path)); {
	case strings.TrimSpace(path) == "":
		return nil, errors.New("no file name; nothing is written")
	case extension == ".txt":
		text := f.still(f.w, f.paneHeight())
		return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }, nil
	case extension == ".toml":
		front, ok := f.app.front().(configured)
		if !ok {
			return nil, errors.New("only the launch form can be written as a config (.toml)")
		}
		return front.asConfig()
	case extension == ".ansi" || !f.drawable():
		return f.screenshot(path)
	}
	format, err := figure.FormatOf(path)
	if err != nil {
		return nil, fmt.Errorf("%w; .txt and .ansi write the screen itself", err)
	}
	draw, err := f.app.front().(figured).figure(f.focus.ID())
	if err != nil {
		return nil, err
	}
	return func(w io.Writer) error { return draw(w, format) }, nil
}

// screenshot returns what writes the screen's pane as it looks now, in a format of screenshot.FormatOf.
func (f *figures) screenshot(path string) (fill func(w io.Writer) error, err error) {
	format, err := screenshot.FormatOf(path)
	if err != nil {
		return nil, err
	}
	height := f.paneHeight()
	text := strings.Join(f.app.drawPane(f.w, height), "\n") + "\n"
	pane := screenshot.Screen{Text: text, Width: f.w, Height: height, Colours: screenshot.Light}
	if f.app.look.dark() {
		pane.Colours = screenshot.Dark
	}
	return func(w io.Writer) error { return screenshot.Write(w, format, pane) }, nil
}

// still returns the screen's pane as text, in w by h cells, with glyphs in place of colours.
func (f *figures) still(w, h int) string {
	theme := f.theme
	mono := look{name: "mono"}
	f.theme = mono.theme()
	defer func() { f.theme = theme }()
	var lines []string
	for _, line := range f.app.drawPane(w, h) {
		lines = append(lines, strings.TrimRight(ansi.Strip(line), " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
}
