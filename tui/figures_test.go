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

// kinds are what files of the formats begin with.
var kinds = map[string]string{"png": "\x89PNG", "svg": "<?xml", "pdf": "%PDF-"}

func TestTheScreenIsWrittenToAFile(t *testing.T) {
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
		for ending, begins := range kinds {
			name := "my figure " + screen + "." + ending
			b.press(screen, "w", "ctrl+u")
			typing(name)
			b.press("enter")
			b.shows("Written: " + name)
			if file, err := os.ReadFile(filepath.Join(folder, name)); err != nil || !bytes.HasPrefix(file, []byte(begins)) {
				t.Errorf("%s: %.10q %v", name, file, err)
			}
		}
	}
	for i, says := range []string{"Data map", "Training loss", "Examples:", "Runs", "Launch the main model"} {
		b.press(fmt.Sprint(i+1), "w", "ctrl+u")
		typing("t" + fmt.Sprint(i) + ".txt")
		b.press("enter")
		text, err := os.ReadFile(fmt.Sprintf("t%d.txt", i))
		if err != nil || !strings.Contains(string(text), says) || bytes.Contains(text, []byte("\x1b")) {
			t.Errorf("view %d: %s %v", i+1, text, err)
		}
	}
	if !strings.Contains(b.shown(), "Written: t4.txt") {
		t.Error("the screen is not as it was")
	}
	// Screens without a figure are drawn as they are.
	for _, screen := range []string{"3", "4", "5"} {
		for extension, begins := range map[string]string{"png": "\x89PNG", "svg": "<svg ", "ansi": "\x1b["} {
			name := "screen " + screen + "." + extension
			b.press(screen, "w", "ctrl+u")
			typing(name)
			b.press("enter")
			b.shows("Written: " + name)
			if file, err := os.ReadFile(name); err != nil || !bytes.HasPrefix(file, []byte(begins)) {
				t.Errorf("%s: %.10q %v", name, file, err)
			}
		}
	}
	b.press("1", "w", "ctrl+u")
	typing("map.ansi")
	b.press("enter")
	if text, err := os.ReadFile("map.ansi"); err != nil || !bytes.Contains(text, []byte("\x1b[38;5;33m")) || !strings.Contains(ansi.Strip(string(text)), "Data map") {
		t.Errorf("the map with its colours: %.200q %v", text, err)
	}
}

func TestAFileIsNotReplacedUnasked(t *testing.T) {
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
		t.Fatal("replaced without a yes")
	}
	b.press("w", "enter", "y")
	b.shows("Written: " + name)
	if mine() {
		t.Error("not replaced")
	}
	b.press("w", "esc", "3", "w", "ctrl+u", "x", ".", "p", "d", "f", "enter")
	b.shows("a screen's file ends in .png, .svg, .txt, .ansi")
	b.press("1", "w", "ctrl+u", "enter")
	b.shows("nothing is written")
	b.press("w", "backspace", "enter")
	b.shows("a figure's name ends in")
	if files, _ := os.ReadDir(folder); len(files) != 1 {
		t.Errorf("%v", files)
	}
}
