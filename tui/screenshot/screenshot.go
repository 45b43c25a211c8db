// Package screenshot draws what a terminal shows as an image.
//
// A Screen is text with ANSI styles, as a program writes it and as "tmux capture-pane -e -p" prints it. layout.go parses it into
// cells, and turns these into rectangles and shapes at places; raster.go and svg.go draw those. A shape is an outline in a cell.
// Letters are outlines of DejaVu Sans Mono. Braille, lines and blocks are computed (geometry.go), so that they are crisp and join
// without gaps. An SVG holds outlines in place of text, so it does not depend on the fonts of whoever opens it. The same screen
// gives the same bytes.
//
// The package imports nothing of the project. Begin reading at Write.
package screenshot

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Screen is the content of a terminal of Width by Height cells.
type Screen struct {
	Text          string // lines, with ANSI styles; an image shows what lies within Width and Height
	Width, Height int    // in cells
	Colours       Colours
}

// Colours are a terminal's defaults, and the border of an image.
type Colours struct {
	Text       color.Color
	Background color.Color
	Border     color.Color
}

// Dark and Light are the colours of terminals with a dark and a light background.
var (
	Dark = Colours{
		Text: color.RGBA{0xd6, 0xd9, 0xdf, 0xff}, Background: color.RGBA{0x11, 0x13, 0x18, 0xff}, Border: color.RGBA{0x36, 0x3b, 0x45, 0xff},
	}
	Light = Colours{
		Text: color.RGBA{0x24, 0x29, 0x2f, 0xff}, Background: color.RGBA{0xff, 0xff, 0xff, 0xff}, Border: color.RGBA{0xd0, 0xd5, 0xdc, 0xff},
	}
)

// Formats lists what Write can write, each named as the extension of its files: two kinds of images, plain text, and text with
// ANSI styles.
var Formats = []string{"png", "svg", "txt", "ansi"}

// FormatOf returns the format that the extension of a path names. Any other extension is an error.
func FormatOf(path string) (string, error) {
	extension := filepath.Ext(path)
	if format := strings.ToLower(strings.TrimPrefix(extension, ".")); slices.Contains(Formats, format) {
		return format, nil
	}
	return "", fmt.Errorf("%s: the name of a screen's file ends in .%s, not in %q", path, strings.Join(Formats, ", ."), extension)
}

// maxCells limits each side of a screen, so that an image fits into memory.
const maxCells = 1000

// Write writes a screen in one of the Formats. It returns an error for an unknown format, for a screen without colours or without
// cells, for one with more than 1,000 cells on a side, and if w fails. A PNG shows a box for a character that DejaVu Sans Mono
// lacks, such as a Chinese one; an SVG leaves it to the fonts of whoever opens it.
func Write(w io.Writer, format string, s Screen) error {
	if err := s.check(); err != nil {
		return err
	}
	switch format {
	case "png":
		return writePNG(w, newLayout(s))
	case "svg":
		return writeSVG(w, newLayout(s))
	case "txt":
		_, err := io.WriteString(w, plain(s.Text))
		return err
	case "ansi":
		_, err := io.WriteString(w, s.Text)
		return err
	}
	return fmt.Errorf("unknown format %q: use one of %s", format, strings.Join(Formats, ", "))
}

func (s *Screen) check() error {
	if s.Width < 1 || s.Height < 1 || s.Width > maxCells || s.Height > maxCells {
		return fmt.Errorf("a screen of %d by %d cells: each side has 1 to %d", s.Width, s.Height, maxCells)
	}
	if s.Colours.Text == nil || s.Colours.Background == nil || s.Colours.Border == nil {
		return errors.New("a screen without colours: use Dark or Light")
	}
	return nil
}

// plain returns text without styles and without blanks at the ends of lines.
func plain(text string) string {
	lines := strings.Split(strings.TrimRight(ansi.Strip(text), "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \r")
	}
	return strings.Join(lines, "\n") + "\n"
}
