package main

import (
	"bytes"
	"image/gif"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ftft/tui/screenshot"
)

func TestDraw(t *testing.T) {
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	for name, text := range map[string]string{"1": "one", "2": "one", "3": "two"} {
		if err := os.WriteFile(path(name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	screen := screenshot.Screen{Width: 5, Height: 1, Colours: screenshot.Light}
	for name, begin := range map[string]string{"a.png": "\x89PNG", "a.svg": "<svg"} {
		if err := draw(path(name), []string{path("1")}, screen, 16, time.Second); err != nil {
			t.Fatal(err)
		}
		if file, err := os.ReadFile(path(name)); err != nil || !bytes.HasPrefix(file, []byte(begin)) {
			t.Errorf("%s: %.10q %v", name, file, err)
		}
	}
	if err := draw(path("a.gif"), []string{path("1"), path("2"), path("3")}, screen, 16, time.Second); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path("a.gif"))
	if err != nil {
		t.Fatal(err)
	}
	animation, err := gif.DecodeAll(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(animation.Delay, []int{100, 600}) {
		t.Errorf("frames stay for %v hundredths of a second: equal captures make one frame, and the last stays longer", animation.Delay)
	}
	for name, captures := range map[string][]string{
		"two.png": {path("1"), path("3")}, "a.pdf": {path("1")}, "none.png": {path("none")},
	} {
		if err := draw(path(name), captures, screen, 16, time.Second); err == nil {
			t.Errorf("%s of %d captures: no error", name, len(captures))
		}
	}
}

func TestSpread(t *testing.T) {
	texts := strings.Split("abcdefghij", "")
	for n, want := range map[int]string{20: "abcdefghij", 10: "abcdefghij", 4: "adgj", 2: "aj", 1: "a"} {
		if got := strings.Join(spread(texts, n), ""); got != want {
			t.Errorf("%d of ten: %s, not %s", n, got, want)
		}
	}
}
