// Package figure draws data maps and training curves for papers, as PNG, SVG or PDF. A map is composed as in Swayamdipta et al.
// (2020, figure 1): examples by variability and confidence, coloured by correctness, beside histograms of the three. All
// examples are drawn, never a sample, and the same input gives the same bytes.
//
// It may import datamap and internal packages. Begin with Write for a map and WriteCurves for curves.
package figure

import (
	"fmt"
	"image/color"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"ftft/datamap"
)

// Map is the content of a figure: one column per metric, where index i of every column is the same example.
type Map struct {
	Title       string
	Variability []float64 // [n]
	Confidence  []float64 // [n]
	Correct     []float64 // [n] share of the epochs that predict the example correctly; nil = unknown
	Epochs      int       // 0 = unknown
	Ambiguous   []bool    // [n] whether the example lies in the region; nil = the region is not drawn
	Hard        []bool    // [n] likewise for hard-to-learn
	Fraction    float64   // the share of all examples in each region, for the caption; 0 = omit it
}

// FromMap returns the figure of a data map with the regions ambiguous and hard-to-learn, each of a fraction of the examples.
func FromMap(m *datamap.Map, title string, fraction float64) (figure Map, err error) {
	figure = Map{
		Title: title, Variability: m.Variability, Confidence: m.Confidence, Correct: m.CorrectShare(), Epochs: m.Epochs, Fraction: fraction,
	}
	if figure.Ambiguous, err = m.Region(datamap.Ambiguous, fraction); err != nil {
		return figure, err
	}
	figure.Hard, err = m.Region(datamap.HardToLearn, fraction)
	return figure, err
}

// Palette holds the colours of a figure.
type Palette struct {
	Correct []color.Color // [datamap.LevelColours] from never to always predicted correctly
	Ink     color.Color   // text and lines
	Paper   color.Color   // the background
	Faint   color.Color   // the grid
}

// Formats lists the file formats, which are also the file name extensions.
var Formats = []string{"png", "svg", "pdf"}

// FormatOf returns the format that the extension of a path names. Any other extension is an error.
func FormatOf(path string) (string, error) {
	ending := filepath.Ext(path)
	if format := strings.ToLower(strings.TrimPrefix(ending, ".")); slices.Contains(Formats, format) {
		return format, nil
	}
	return "", fmt.Errorf("%s: a figure's name ends in .%s, not in %q", path, strings.Join(Formats, ", ."), ending)
}

// Write writes a figure of 7 by 5 inches in one of Formats: PNG at 300 dots per inch, SVG and PDF as vector graphics. Up to
// 20,000 examples are one dot each. Beyond that they are counted in cells: a cell has the colour of most of its examples and
// becomes more opaque with their number. Columns of different lengths, an unknown format, values outside the axes and errors of
// w are errors.
func Write(w io.Writer, format string, m Map, p Palette) error {
	if !slices.Contains(Formats, format) {
		return fmt.Errorf("unknown format %q; available: %s", format, strings.Join(Formats, ", "))
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

// largest is the greatest coordinate that is drawn. A map's own metrics are below 1; metrics from other files may exceed it.
const largest = 1e6

func (m *Map) check() error {
	n := len(m.Variability)
	for _, column := range []struct {
		name        string
		length      int
		optional    bool
		numbers     []float64
		least, most float64
	}{
		{"variability", n, false, m.Variability, -largest, largest},
		{"confidence", len(m.Confidence), false, m.Confidence, -largest, largest},
		{"correctness", len(m.Correct), m.Correct == nil, m.Correct, 0, 1},
		{"ambiguous", len(m.Ambiguous), m.Ambiguous == nil, nil, 0, 0},
		{"hard-to-learn", len(m.Hard), m.Hard == nil, nil, 0, 0},
	} {
		if column.length != n && !column.optional {
			return fmt.Errorf("%s of %d examples, variability of %d: they belong to different maps", column.name, column.length, n)
		}
		for i, v := range column.numbers {
			if !(v >= column.least && v <= column.most) { // also true for NaN
				return fmt.Errorf("example %d (from 0): the %s %v lies outside the map", i, column.name, v)
			}
		}
	}
	return nil
}

func (p *Palette) check() error {
	if len(p.Correct) != datamap.LevelColours || slices.Contains(p.Correct, nil) || p.Ink == nil || p.Paper == nil || p.Faint == nil {
		return fmt.Errorf("the palette lacks a colour")
	}
	return nil
}

// levels divides the correctness of the examples.
func (m *Map) levels() datamap.Levels { return datamap.Levels{Epochs: m.Epochs} }

// level returns the level of correctness of example i, the one beyond all levels if it is unknown.
func (m *Map) level(i int) int {
	if m.Correct == nil {
		return m.levels().Len()
	}
	return m.levels().At(float32(m.Correct[i]))
}

// levelColours returns the colour of each level of correctness, and of unknown correctness.
func (s *sheet) levelColours(m *Map) (list []color.Color) {
	levels := m.levels()
	for level := range levels.Len() {
		list = append(list, s.Correct[levels.Colour(level)])
	}
	return append(list, mix(s.Ink, s.Paper))
}
