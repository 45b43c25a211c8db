// Command picture draws screens that "tmux capture-pane -e -p -N" has captured:
//
//	go run ./docs/picture [FLAGS] OUTPUT CAPTURE...
//
// OUTPUT ends in .png or .svg for one capture, or in .gif for an animation of several. Captures that equal the one before are left
// out, and of the others at most -frames are drawn, evenly spaced. docs/picture.sh calls it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"ftft/internal/disk"
	"ftft/tui/screenshot"
)

func main() {
	width, height := flag.Int("width", 120, "columns of the terminal"), flag.Int("height", 40, "rows of the terminal")
	light := flag.Bool("light", false, "draw on a light background")
	frames := flag.Int("frames", 16, "frames of an animation")
	duration := flag.Duration("duration", 500*time.Millisecond, "how long a frame stays; the last one stays six times as long")
	flag.Parse()
	if flag.NArg() < 2 || *frames < 1 {
		fmt.Fprintln(os.Stderr, "usage: picture [FLAGS] OUTPUT CAPTURE...")
		os.Exit(2)
	}
	screen := screenshot.Screen{Width: *width, Height: *height, Colours: screenshot.Dark}
	if *light {
		screen.Colours = screenshot.Light
	}
	if err := draw(flag.Arg(0), flag.Args()[1:], screen, *frames, *duration); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// draw writes the captures to a file. The screen gives their size and colours.
func draw(output string, captures []string, screen screenshot.Screen, frames int, duration time.Duration) error {
	var texts []string
	for _, path := range captures {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		texts = append(texts, string(text))
	}
	if filepath.Ext(output) == ".gif" {
		var animation []screenshot.Frame
		for _, text := range spread(slices.Compact(texts), frames) {
			frame := screenshot.Frame{Screen: screen, Duration: duration}
			frame.Text = text
			animation = append(animation, frame)
		}
		animation[len(animation)-1].Duration = 6 * duration
		return disk.WriteStream(output, func(w io.Writer) error { return screenshot.WriteGIF(w, animation) })
	}
	if len(texts) > 1 {
		return errors.New("several captures make an animation, whose name ends in .gif")
	}
	format, err := screenshot.FormatOf(output)
	if err != nil {
		return err
	}
	screen.Text = texts[0]
	return disk.WriteStream(output, func(w io.Writer) error { return screenshot.Write(w, format, screen) })
}

// spread returns at most n of the texts, evenly spaced, with the first and the last.
func spread(texts []string, n int) []string {
	if len(texts) <= n {
		return texts
	}
	var result []string
	for i := range n {
		result = append(result, texts[i*(len(texts)-1)/max(n-1, 1)])
	}
	return result
}
