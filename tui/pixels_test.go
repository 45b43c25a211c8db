package tui

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi/kitty"

	"ftft/train/rundir"
	"ftft/tui/view"
)

// pixelBench returns a workbench on a map, in a terminal that has answered which one it is and how large its cells are. change edits its
// options.
func pixelBench(t *testing.T, name string, change func(*Options)) *bench {
	t.Helper()
	b := newBench(t, 120, 40, func(o *Options) {
		o.Pixels, o.Theme = PixelsAuto, "dark"
		if change != nil {
			change(o)
		}
	})
	b.pixels.rest = 0
	reference := b.train("demo-reference", rundir.Reference, "", nil)
	reference.Train(400)
	reference.Finish(rundir.Finish{Status: rundir.Complete})
	b.readRuns()
	b.View()
	b.send(tea.TerminalVersionMsg{Name: name})
	b.send(uv.CellSizeEvent{Width: 9, Height: 20})
	return b
}

// images returns how many images have been sent, and how many deleted, since the last call.
func (b *bench) images() (sent, deleted int) {
	for _, raw := range b.raw {
		switch {
		case strings.HasPrefix(raw, "\x1b_G") && strings.Contains(raw, "a=T"):
			sent++
		case raw == view.RemovePixels:
			deleted++
		}
	}
	b.raw = nil
	return sent, deleted
}

// inOrder executes a sequence of commands.
func (b *bench) inOrder(cmd tea.Cmd) {
	switch msg := cmd().(type) {
	case tea.RawMsg:
		b.raw = append(b.raw, fmt.Sprint(msg.Msg))
	default:
		if list := reflect.ValueOf(msg); list.Kind() == reflect.Slice {
			for i := range list.Len() {
				b.inOrder(list.Index(i).Interface().(tea.Cmd))
			}
		}
	}
}

// pixelated reports whether an image is on the screen.
func (b *bench) pixelated() bool { return strings.ContainsRune(b.shown(), kitty.Placeholder) }

// The image is sent when what it shows changes, and only then. It is deleted with the colours and at the end.
func TestImageIsSentWhenItChanges(t *testing.T) {
	b := pixelBench(t, "kitty(0.41.1)", nil)
	step := func(name string, sent, deleted int, pixelated bool) {
		t.Helper()
		b.View()
		if s, d := b.images(); s != sent || d != deleted || b.pixelated() != pixelated {
			t.Errorf("%s: %d images sent and %d deleted, want %d and %d; on the screen: %v", name, s, d, sent, deleted, b.pixelated())
		}
	}
	step("at first", 1, 0, true)
	b.readRuns()
	b.press("j", "j")
	step("the cursor moves", 0, 0, true)
	b.press("]")
	step("another fraction", 1, 0, true)
	b.press("s")
	step("another strategy", 1, 0, true)
	b.press("v", "l", "l", "esc")
	step("a brush", 0, 0, true)
	b.press("2", "]")
	step("on another screen", 0, 0, false)
	b.press("1")
	b.images()
	b.send(tea.WindowSizeMsg{Width: 110, Height: 38})
	if b.View(); b.pixelated() {
		t.Error("an image of another size is on the screen")
	}
	b.readRuns()
	step("another size", 1, 0, true)
	b.look.name = "mono"
	b.restyle()
	b.readRuns()
	step("without colours", 0, 1, false)
	b.look.name = "light"
	b.restyle()
	b.readRuns()
	step("with colours again", 1, 0, true)
	b.inOrder(b.leave())
	b.readRuns()
	if sent, deleted := b.images(); sent != 0 || deleted != 1 {
		t.Errorf("at the end, %d images are sent and %d deleted", sent, deleted)
	}
}

// While an image is made or waits, changes of the map make no further one; afterwards the newest is sent.
func TestImagesAreNotQueued(t *testing.T) {
	b := pixelBench(t, "kitty(0.41.1)", nil)
	b.images()
	var cmds []tea.Cmd
	for range 5 {
		_, cmd := b.Update(keyOf("]"))
		cmds = append(cmds, cmd)
	}
	for _, cmd := range cmds {
		b.execute(cmd)
	}
	if sent, _ := b.images(); sent != 1 {
		t.Errorf("%d images are sent for five changes", sent)
	}
	if now, _ := b.pixels.screen.filled().Pixels(b.pixels.cell); *b.pixels.sent != now {
		t.Error("the terminal does not have the newest image")
	}
}

func TestNoImage(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"off":      func(o *Options) { o.Pixels = PixelsOff },
		"ascii":    func(o *Options) { o.ASCII = true },
		"no color": func(o *Options) { o.NoColor = true },
		"mono":     func(o *Options) { o.Theme = "mono" },
		"follower": func(o *Options) { o.Follow = "demo" },
	} {
		b := newBench(t, 120, 40, func(o *Options) {
			o.Pixels = PixelsOn
			change(o)
		})
		if b.pixels.on() {
			t.Errorf("%s: images are on", name)
		}
		silent := name == "off" || name == "follower"
		if asks := b.pixels.ask() != nil || b.pixels.measure() != nil; asks == silent {
			t.Errorf("%s: whether the terminal is asked for its name or size: %v", name, asks)
		}
	}
	lesson := newBench(t, 120, 40, func(o *Options) { o.Pixels = PixelsOn })
	if lesson.options.Lesson = (&Lesson{}); lesson.pixels.on() || lesson.pixels.ask() != nil {
		t.Error("lesson: images are on")
	}
	for _, name := range []string{"", "kitty(0.26.5)", "kitty(0.9.1)", "XTerm(379)", "tmux 3.3a", "foot(1.13)"} {
		b := pixelBench(t, name, nil)
		if sent, _ := b.images(); sent != 0 || b.pixelated() {
			t.Errorf("an image is sent to %q", name)
		}
	}
	for _, name := range []string{"kitty(0.28.0)", "kitty(1.0.0)", "ghostty 1.2.0"} {
		if !hasPlaceholders(name) {
			t.Errorf("%q has no placeholders", name)
		}
	}
	b := pixelBench(t, "", func(o *Options) { o.Pixels = PixelsOn })
	if sent, _ := b.images(); sent != 1 {
		t.Error("no image is sent to a terminal without a name, where they are on")
	}
	b.send(tea.ColorProfileMsg{Profile: colorprofile.ANSI})
	if b.pixelated() {
		t.Error("an image is shown with 16 colours")
	}
}

// Files hold braille, for the image is not in them.
func TestFilesHoldNoPlaceholders(t *testing.T) {
	b := pixelBench(t, "kitty(0.41.1)", nil)
	if b.View(); !b.pixelated() {
		t.Fatal("there is no image")
	}
	pane := strings.Join(b.drawPane(b.w, b.paneHeight()), "\n")
	braille := func(r rune) bool { return r > 0x2800 && r <= 0x28ff }
	if strings.ContainsRune(pane, kitty.Placeholder) || !slices.ContainsFunc([]rune(pane), braille) {
		t.Errorf("a screenshot has no braille:\n%s", pane)
	}
	if strings.ContainsRune(b.figures.still(b.w, 30), kitty.Placeholder) {
		t.Error("a text has placeholders")
	}
}
