package tui

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// signatures are the first bytes of files, by format.
var signatures = map[string]string{"png": "\x89PNG", "svg": "<?xml", "pdf": "%PDF-"}

func TestWriteScreenToFile(t *testing.T) {
	b, folder := finishedExperiment(t, 120, 40), t.TempDir()
	t.Chdir(folder)
	b.press("w")
	b.shows("write to demo-reference-map.png")
	b.press("enter")
	b.shows("Written: demo-reference-map.png")
	typing := func(text string) {
		for _, r := range text {
			if key := string(r); r == ' ' {
				b.press("space")
			} else {
				b.press(key)
			}
		}
	}
	for _, screen := range []string{"1", "2"} {
		for ending, begins := range signatures {
			name := "my figure " + screen + "." + ending
			b.press(screen, "w", "ctrl+u")
			typing(name)
			b.press("enter")
			b.shows("Written: " + name)
			if file, err := os.ReadFile(filepath.Join(folder, name)); err != nil || !bytes.HasPrefix(file, []byte(begins)) {
				t.Errorf("%s: got a file that begins with %.10q (%v), want %q", name, file, err, begins)
			}
		}
	}
	for i, contents := range []string{"Data map", "Training loss", "Examples:", "Runs", "Launch the main model"} {
		b.press(fmt.Sprint(i+1), "w", "ctrl+u")
		typing("t" + fmt.Sprint(i) + ".txt")
		b.press("enter")
		text, err := os.ReadFile(fmt.Sprintf("t%d.txt", i))
		if err != nil || !strings.Contains(string(text), contents) || bytes.Contains(text, []byte("\x1b")) {
			t.Errorf("screen %d: got the text %s (%v), want it to contain %q without escape sequences", i+1, text, err, contents)
		}
	}
	b.shows("Written: t4.txt")
	// An image of a screen without a figure shows the screen itself.
	for _, screen := range []string{"3", "4", "5"} {
		for extension, begins := range map[string]string{"png": "\x89PNG", "svg": "<svg ", "ansi": "\x1b["} {
			name := "screen " + screen + "." + extension
			b.press(screen, "w", "ctrl+u")
			typing(name)
			b.press("enter")
			b.shows("Written: " + name)
			if file, err := os.ReadFile(name); err != nil || !bytes.HasPrefix(file, []byte(begins)) {
				t.Errorf("%s: got a file that begins with %.10q (%v), want %q", name, file, err, begins)
			}
		}
	}
	b.press("1", "w", "ctrl+u")
	typing("map.ansi")
	b.press("enter")
	text, err := os.ReadFile("map.ansi")
	if err != nil || !bytes.Contains(text, []byte("\x1b[38;5;33m")) || !strings.Contains(ansi.Strip(string(text)), "Data map") {
		t.Errorf("map.ansi: got %.200q (%v), want the map in colours", text, err)
	}
}

func TestWriteAsksBeforeReplacing(t *testing.T) {
	b, folder := finishedExperiment(t, 120, 40), t.TempDir()
	t.Chdir(folder)
	const name = "demo-reference-map.png"
	if err := os.WriteFile(name, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	mine := func() bool { text, err := os.ReadFile(name); return err == nil && string(text) == "mine" }
	b.press("w", "enter")
	b.shows("Replace " + name)
	b.press("n")
	if !mine() {
		t.Fatal("the file was replaced without confirmation")
	}
	b.press("w", "enter", "y")
	b.shows("Written: " + name)
	if mine() {
		t.Error("y does not replace the file")
	}
	b.press("w", "esc", "3", "w", "ctrl+u", "x", ".", "p", "d", "f", "enter")
	b.shows("a screen's file ends in .png, .svg, .txt, .ansi")
	b.press("1", "w", "ctrl+u", "enter")
	b.shows("nothing is written")
	b.press("w", "right", "backspace", "enter")
	b.shows("a figure's name ends in")
	if files, _ := os.ReadDir(folder); len(files) != 1 {
		t.Errorf("got the files %v, want one", files)
	}
}

// A folder that does not exist may be a typing error: nothing is made before the user says so.
func TestWriteAsksBeforeMakingAFolder(t *testing.T) {
	b := finishedExperiment(t, 80, 24)
	t.Chdir(t.TempDir())
	b.press("w", "ctrl+u")
	b.typeText("figures/new/map.svg")
	b.press("enter")
	b.shows("Make the folder figures/new, which does not exist? y yes, any other key cancels")
	b.press("n")
	if files, _ := os.ReadDir("."); len(files) != 0 {
		t.Fatalf("got %v without confirmation", files)
	}
	b.press("w", "ctrl+u")
	b.typeText("figures/new/map.svg")
	b.press("enter", "y")
	b.shows("Written: figures/new/map.svg")
	if _, err := os.Stat("figures/new/map.svg"); err != nil {
		t.Error(err)
	}
}
