package figure

import (
	"image/color"
	"math"
	"strings"
	"sync"
	"unicode"

	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"

	"ftft/datamap"
)

// sheet is a page together with its palette. Lengths are in points from the lower left corner.
type sheet struct {
	vg.Canvas
	Palette
}

// Alignments of a text: its beginning, its middle or its end is at the given position.
const (
	left   = 0.0
	middle = 0.5
	right  = 1.0
)

// Font sizes, in points.
const (
	titleSize = 10.5
	labelSize = 8
	smallSize = 7
)

// sans parses the font on first use.
var sans = sync.OnceValue(func() *opentype.Font {
	f, err := opentype.Parse(liberationsansregular.TTF)
	if err != nil {
		panic(err) // the font is part of the program
	}
	return f
})

func face(size vg.Length) font.Face {
	return font.Face{Font: font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}, Face: sans()}
}

func width(text string, size vg.Length) vg.Length {
	f := face(size)
	return f.Width(text)
}

// centred returns the distance from the middle of a line of digits down to its baseline.
func centred(size vg.Length) vg.Length { return 0.36 * size }

func (s *sheet) text(text string, size, x, baseline vg.Length, align float64) {
	s.SetColor(s.Ink)
	s.FillString(face(size), vg.Point{X: x - vg.Length(align)*width(text, size), Y: baseline}, text)
}

// upward draws text that reads from bottom to top, centred at y.
func (s *sheet) upward(text string, size, baseline, y vg.Length) {
	s.Push()
	s.Translate(vg.Point{X: baseline, Y: y})
	s.Rotate(math.Pi / 2)
	s.text(text, size, 0, 0, middle)
	s.Pop()
}

func (s *sheet) fill(x0, y0, x1, y1 vg.Length, c color.Color) {
	s.SetColor(c)
	s.Fill(vg.Rectangle{Min: vg.Point{X: x0, Y: y0}, Max: vg.Point{X: x1, Y: y1}}.Path())
}

func (s *sheet) line(x0, y0, x1, y1, width vg.Length, c color.Color) {
	s.SetColor(c)
	s.SetLineWidth(width)
	var path vg.Path
	path.Move(vg.Point{X: x0, Y: y0})
	path.Line(vg.Point{X: x1, Y: y1})
	s.Stroke(path)
}

func (s *sheet) dot(x, y, radius vg.Length, c color.Color) {
	s.SetColor(c)
	var path vg.Path
	path.Move(vg.Point{X: x + radius, Y: y})
	path.Arc(vg.Point{X: x, Y: y}, radius, 0, 2*math.Pi)
	path.Close()
	s.Fill(path)
}

// caption draws the title, cut to the width of the page, and the numbers of examples and epochs.
func (s *sheet) caption(m *Map) {
	s.text(fitting(m.Title, titleSize, histogramRight-mapLeft), titleSize, mapLeft, pageHeight-18, left)
	parts := []string{counted(len(m.Variability), "example")}
	if m.Epochs > 0 {
		parts = append(parts, counted(m.Epochs, "epoch"))
	}
	if m.Fraction > 0 && (m.Ambiguous != nil || m.Hard != nil) {
		parts = append(parts, "regions of "+datamap.Percent(m.Fraction)+" each")
	}
	s.text(strings.Join(parts, " · "), smallSize, mapLeft, pageHeight-29, left)
}

// fitting cuts a text to a width and replaces unprintable characters by spaces.
func fitting(text string, size, most vg.Length) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if width(text, size) <= most {
		return text
	}
	letters := []rune(text)
	for len(letters) > 0 && width(string(letters)+"…", size) > most {
		letters = letters[:len(letters)-1]
	}
	return string(letters) + "…"
}
