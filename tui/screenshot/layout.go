package screenshot

import (
	"image/color"
	"unicode"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"golang.org/x/text/unicode/norm"
)

// The cells are surrounded by a margin, whose outermost part is a border with round corners. In units.
const (
	margin       = 18
	borderWidth  = 1
	cornerRadius = 10
)

// layout is the content of an image, from back to front. Places are in units from the upper left corner of the image.
type layout struct {
	width, height int     // of the image, in units
	corner        float64 // radius of the border's corners
	colours       Colours
	rects         []rect // behind the letters
	glyphs        []placed
	strokes       []rect // lines under and through the letters
}

type rect struct {
	x, y, width, height float64
	colour              color.RGBA
}

// placed is a glyph whose cell begins at x, y.
type placed struct {
	glyph
	x, y   int
	colour color.RGBA
}

func newLayout(s Screen) *layout {
	l := &layout{width: s.Width*cellWidth + 2*margin, height: s.Height*cellHeight + 2*margin, corner: cornerRadius, colours: s.Colours}
	screen := uv.NewScreenBuffer(s.Width, s.Height)
	uv.NewStyledString(s.Text).Draw(screen, screen.Bounds())
	for row := range s.Height {
		for column := 0; column < s.Width; column++ {
			if cell := screen.CellAt(column, row); cell != nil && cell.Width > 0 {
				l.cell(cell, margin+column*cellWidth, margin+row*cellHeight)
			}
		}
	}
	return l
}

// cell adds the background of a cell, unless it is the screen's, its characters, and lines under and through them.
func (l *layout) cell(cell *uv.Cell, x, y int) {
	text, background := l.styled(cell.Style)
	if background != opaque(l.colours.Background) {
		l.fill(x, y, cell.Width*cellWidth, background)
	}
	if cell.Style.Attrs&uv.AttrConceal == 0 {
		// NFC: the font draws a letter and its accent better as one character.
		for _, r := range norm.NFC.String(ansi.Strip(cell.Content)) {
			if unicode.IsSpace(r) || r == 0x2800 || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) {
				continue
			}
			g := glyph{r, cell.Style.Attrs&uv.AttrBold != 0, cell.Style.Attrs&uv.AttrItalic != 0, cell.Width}
			if _, ok := geometric(r); ok {
				g = glyph{character: r, cells: 1} // one shape for all styles
			}
			l.glyphs = append(l.glyphs, placed{g, x, y, text})
		}
	}
	stroke := func(below float64) {
		l.strokes = append(l.strokes, rect{float64(x), float64(y) + below, float64(cell.Width * cellWidth), 1, text})
	}
	if cell.Style.Underline != uv.UnderlineNone {
		stroke(baseline + 2)
	}
	if cell.Style.Attrs&uv.AttrStrikethrough != 0 {
		stroke(10)
	}
}

// fill adds the background of a cell, or widens that of its left neighbour.
func (l *layout) fill(x, y, width int, c color.RGBA) {
	if n := len(l.rects); n > 0 {
		if last := &l.rects[n-1]; last.y == float64(y) && last.x+last.width == float64(x) && last.colour == c {
			last.width += float64(width)
			return
		}
	}
	l.rects = append(l.rects, rect{float64(x), float64(y), float64(width), cellHeight, c})
}

// faintness is the share of the text's colour that remains in faint text; the rest is the background's.
const faintness = 0.55

// styled returns the colours in which a style shows text.
func (l *layout) styled(style uv.Style) (text, background color.RGBA) {
	text, background = opaque(l.colours.Text), opaque(l.colours.Background)
	if style.Fg != nil {
		text = opaque(style.Fg)
	}
	if style.Bg != nil {
		background = opaque(style.Bg)
	}
	if style.Attrs&uv.AttrReverse != 0 {
		text, background = background, text
	}
	if style.Attrs&uv.AttrFaint != 0 {
		text = mixed(background, text, faintness)
	}
	return text, background
}

func opaque(c color.Color) color.RGBA {
	r, g, b, _ := c.RGBA()
	return color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 0xff}
}

// mixed returns the colour that lies between two, at a share of the way.
func mixed(from, to color.RGBA, share float64) color.RGBA {
	between := func(a, b uint8) uint8 { return uint8(float64(a) + float64(share*(float64(b)-float64(a))) + 0.5) }
	return color.RGBA{between(from.R, to.R), between(from.G, to.G), between(from.B, to.B), 0xff}
}

// frame returns the outline of the whole image or, with inside, of the area that the border encloses.
func (l *layout) frame(inside bool) shape {
	s, inset := shape{opacity: 1}, 0.
	if inside {
		inset = borderWidth
	}
	s.roundRect(inset, inset, float64(l.width)-inset, float64(l.height)-inset, max(l.corner-inset, 0))
	return s
}

// shapes returns the shape of each glyph that is used.
func (l *layout) shapes() map[glyph]shape {
	result := map[glyph]shape{}
	for _, p := range l.glyphs {
		if _, ok := result[p.glyph]; !ok {
			result[p.glyph] = p.outlined()
		}
	}
	return result
}
