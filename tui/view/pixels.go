package view

import (
	"image"
	"image/color"
	"math"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/ansi/kitty"

	"ftft/datamap/figure"
	"ftft/train/watch"
)

// Pixels is what the image of a map shows: the points and the lines, which terminals with the Kitty graphics protocol show in place of
// braille. A cell has 2 by 4 dots of braille, but about 3 by 7 positions of points in the image, or 4 by 10 if there are many. Equal
// values have equal images.
type Pixels struct {
	w, h      int         // of the map, in cells
	cell      image.Point // the size of a cell in the terminal's pixels
	picture   *watch.Picture
	highlight *Highlight
	theme     *Theme
	strategy  string
	lines     [3]float64 // the threshold, then the ends of the regions ambiguous and hard-to-learn; noLine = none
}

// noLine is the value of a line that is not drawn. Unlike NaN, it equals itself.
const noLine = -1

// The width and the height of a point in the image's pixels, for maps of few points and for those of more than manyPoints.
const largeDot, smallDot, manyPoints = 3, 2, 20_000

// imageID is the image's number in the terminal. The cells that show the image have it as their xterm-256 colour.
const imageID = 231

// maxCells is the number of diacritics, which number the rows and the columns of an image.
const maxCells = 297

// The greatest width of a cell in the image's pixels, and the greatest number of positions of points. Larger images are scaled by the
// terminal.
const maxCellWidth, maxPositions = 12, 1 << 19

// Pixels returns what the image of the map shows in a terminal whose cells have a size in pixels. ok is false if the map has no points
// or has not been drawn.
func (m *Map) Pixels(cell image.Point) (p Pixels, ok bool) {
	if m.grid == nil || m.Picture == nil || m.Picture.Problem != nil || len(m.Picture.Points) == 0 || cell.X <= 0 || cell.Y <= 0 {
		return p, false
	}
	p = Pixels{w: m.grid.W, h: m.grid.H, cell: cell, picture: m.Picture, highlight: m.Highlight, theme: m.Theme, strategy: m.Strategy}
	for i, value := range []float64{m.Threshold, m.Ambiguous, m.Hard} {
		if p.lines[i] = value; math.IsNaN(value) {
			p.lines[i] = noLine
		}
	}
	return p, p.w <= maxCells && p.h <= maxCells
}

// dot returns the size of a point in the image's pixels.
func (p *Pixels) dot() int {
	if len(p.picture.Points) > manyPoints {
		return smallDot
	}
	return largeDot
}

// isOf reports whether the image can stand for a map of w by h cells: it shows the map's run, possibly an earlier state of it.
func (p *Pixels) isOf(m *Map, w, h int) bool {
	return p != nil && !m.Theme.Glyphs && p.w == w && p.h == h && (p.picture == m.Picture || p.picture.Dir == m.Picture.Dir)
}

// grid returns a map whose grid has a cell for each position of a point. The grid has the proportions of the terminal's cells that it
// covers, because terminals keep the proportions of an image.
func (p *Pixels) grid() *Map {
	dot, value := p.dot(), func(i int) float64 {
		if p.lines[i] == noLine {
			return math.NaN()
		}
		return p.lines[i]
	}
	m := &Map{
		Theme: p.theme, Picture: p.picture, Highlight: p.highlight, Strategy: p.strategy,
		Threshold: value(0), Ambiguous: value(1), Hard: value(2),
	}
	for scale := max((p.cell.X+maxCellWidth-1)/maxCellWidth, 1); ; scale++ {
		w, h := (p.w*p.cell.X/scale+dot-1)/dot, (p.h*p.cell.Y/scale+dot-1)/dot
		if w*h <= maxPositions {
			m.bin(max(w, 1), max(h, 1))
			break
		}
	}
	m.grid.choose(m.Highlight)
	return m
}

// The colours of the image: none, those of the levels, of which each has shades, and those of single things.
const (
	shades     = 4
	greyColour = uint8(1 + shades*len(tally{}))
	lineColour = greyColour + 1
	dimColour  = greyColour + 2
)

// palette returns the colours of the image. One point has its level's colour; in denser positions this turns to that of the lines,
// which is lighter on a dark background and darker on a light one.
func (p *Pixels) palette() color.Palette {
	ink := func(n, shade int) color.Color {
		from, to := color.RGBAModel.Convert(figure.Xterm(n)).(color.RGBA), color.RGBAModel.Convert(figure.Xterm(p.theme.Line)).(color.RGBA)
		mix := func(a, b uint8) uint8 { return uint8(int(a) + (int(b)-int(a))*shade/(2*(shades-1))) }
		return color.RGBA{mix(from.R, to.R), mix(from.G, to.G), mix(from.B, to.B), 255}
	}
	colours := color.Palette{color.RGBA{}}
	for level := range int8(len(tally{})) {
		for shade := range shades {
			n := p.theme.Unknown
			if level != unknown {
				n = p.theme.Correct[level]
			}
			colours = append(colours, ink(n, shade))
		}
	}
	return append(colours, ink(p.theme.Grey, 0), ink(p.theme.Line, 0), ink(p.theme.Region, 0))
}

// Image draws the image.
func (p *Pixels) Image() *image.Paletted {
	m := p.grid()
	g, marks, dot := m.grid, m.marks(), p.dot()
	img := image.NewPaletted(image.Rect(0, 0, dot*g.W, dot*g.H), p.palette())
	for x := range img.Rect.Max.X {
		if x/4%2 == 0 && marks.Hard >= 0 {
			img.SetColorIndex(x, dot*marks.Hard, dimColour)
		}
		if marks.Row >= 0 {
			img.SetColorIndex(x, dot*marks.Row, lineColour)
		}
	}
	for y := range img.Rect.Max.Y {
		if y/4%2 == 0 && marks.Ambiguous >= 0 {
			img.SetColorIndex(dot*marks.Ambiguous, y, dimColour)
		}
		if marks.Column >= 0 {
			img.SetColorIndex(dot*marks.Column, y, lineColour)
		}
	}
	for cell, level := range g.modal {
		if level < 0 {
			continue
		}
		if g.chosen.modal != nil {
			level = g.chosen.modal[cell]
		}
		index := greyColour
		if level >= 0 {
			if level != unknown {
				level = int8(g.Level.Colour(int(level)))
			}
			index = uint8(1 + shades*int(level) + g.shade(cell))
		}
		for i := range dot * dot {
			img.SetColorIndex(dot*(cell%g.W)+i%dot, dot*(cell/g.W)+i/dot, index)
		}
	}
	return img
}

// shade returns the shade of a cell with points, by the logarithm of their number.
func (g *Grid) shade(cell int) int {
	if g.most <= 1 {
		return shades - 1
	}
	return int((shades-1)*math.Log(float64(g.count[cell]))/math.Log(float64(g.most)) + 0.5)
}

// Transmit returns the escape sequences that hand the image to the terminal, in place of the last one. The terminal does not answer,
// and shows the image where there are placeholders for it (https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders).
func (p *Pixels) Transmit() (sequences string, err error) {
	var b strings.Builder
	err = kitty.EncodeGraphics(&b, p.Image(), &kitty.Options{
		Action: kitty.TransmitAndPut, Transmission: kitty.Direct, Format: kitty.PNG, Quiet: 2, Chunk: true,
		ID: imageID, VirtualPlacement: true, Columns: p.w, Rows: p.h,
	})
	return b.String(), err
}

// RemovePixels is the escape sequence that deletes the image.
var RemovePixels = func() string {
	remove := kitty.Options{Action: kitty.Delete, Delete: kitty.DeleteID, DeleteResources: true, ID: imageID, Quiet: 2, Format: kitty.RGBA}
	return ansi.KittyGraphics(nil, remove.Options()...)
}()

// appendPlaceholder appends the character that shows a cell of the image.
func appendPlaceholder(buffer []byte, x, y int) []byte {
	return append(buffer, string([]rune{kitty.Placeholder, kitty.Diacritic(y), kitty.Diacritic(x)})...)
}
