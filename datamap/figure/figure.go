// Package figure draws a data map for a paper, composed as in Swayamdipta et al. (2020, figure 1): examples by
// variability and confidence, coloured by correctness, and beside them how each of the three is distributed.
// Nothing is sampled. The same input gives the same bytes.
package figure

import (
	"fmt"
	"image/color"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// Map is what is drawn, a column a measure; index i of each is the same example.
type Map struct {
	Title       string
	Variability []float64 // [n]
	Confidence  []float64 // [n]
	Correct     []float64 // [n] share of the epochs that predict it correctly; nil = not known
	Epochs      int       // 0 = not known
	Ambiguous   []bool    // [n] whether it lies in the region; nil = the region is not drawn
	Hard        []bool    // [n] likewise, hard-to-learn
	Fraction    float64   // of all examples that each region holds, for the caption; 0 = not said
}

// Palette is what a figure is coloured with.
type Palette struct {
	Correct []color.Color // from never to always predicted correctly, at equal distances; at least one
	Ink     color.Color   // text and lines
	Paper   color.Color   // the background
	Faint   color.Color   // the grid
}

// Formats are those of files, and the endings of their names.
var Formats = []string{"png", "svg", "pdf"}

// FormatOf gives the format that a path's ending names; any other is an error.
func FormatOf(path string) (string, error) {
	ending := filepath.Ext(path)
	if format := strings.ToLower(strings.TrimPrefix(ending, ".")); slices.Contains(Formats, format) {
		return format, nil
	}
	return "", fmt.Errorf("%s: a figure's name ends in .%s, not in %q", path, strings.Join(Formats, ", ."), ending)
}

// Write draws a map as a file of one of the Formats, 7 by 5 inches: PNG at 300 dots an inch, the other two as vectors.
// Up to 20,000 examples are a dot each; more are counted in cells, which take the colour that most of their examples
// have and are the more opaque, the more there are. Columns of different lengths, an unknown format and numbers that
// have no place on a map are errors, as are those of w.
func Write(w io.Writer, format string, m Map, p Palette) error {
	if !slices.Contains(Formats, format) {
		return fmt.Errorf("no such format: %q; there are %s", format, strings.Join(Formats, ", "))
	}
	if err := m.check(); err != nil {
		return err
	}
	if err := p.check(); err != nil {
		return err
	}
	page := newPage(format)
	s := &sheet{page, p}
	s.fill(0, 0, pageWidth, pageHeight, p.Paper)
	s.caption(&m)
	s.scatter(&m)
	s.histograms(&m)
	_, err := page.WriteTo(w)
	return err
}

// largest is the greatest coordinate that is drawn; measures of a map are below one, other people's seldom far above.
const largest = 1e6

func (m *Map) check() error {
	n := len(m.Variability)
	for _, column := range []struct {
		name        string
		length      int
		may         bool // be left out
		numbers     []float64
		least, most float64
	}{
		{"variability", n, false, m.Variability, -largest, largest},
		{"confidence", len(m.Confidence), false, m.Confidence, -largest, largest},
		{"correctness", len(m.Correct), m.Correct == nil, m.Correct, 0, 1},
		{"ambiguous", len(m.Ambiguous), m.Ambiguous == nil, nil, 0, 0},
		{"hard-to-learn", len(m.Hard), m.Hard == nil, nil, 0, 0},
	} {
		if column.length != n && !column.may {
			return fmt.Errorf("%s of %d examples, variability of %d: they are of different maps", column.name, column.length, n)
		}
		for i, v := range column.numbers {
			if !(v >= column.least && v <= column.most) { // NaN is neither
				return fmt.Errorf("example %d (from 0): a %s of %v has no place on a map", i, column.name, v)
			}
		}
	}
	return nil
}

func (p *Palette) check() error {
	if len(p.Correct) == 0 || slices.Contains(p.Correct, nil) || p.Ink == nil || p.Paper == nil || p.Faint == nil {
		return fmt.Errorf("a palette without all of its colours")
	}
	return nil
}

// level gives the index of the palette's colour for an example, that of the nearest share.
func (m *Map) level(p *Palette, i int) int {
	if m.Correct == nil {
		return len(p.Correct) - 1
	}
	return nearest(m.Correct[i], len(p.Correct))
}

// nearest is the index of the one of n shares, from 0 to 1 at equal distances, that is nearest to a share.
func nearest(share float64, n int) int {
	return min(max(int(share*float64(n-1)+0.5), 0), n-1)
}
