package screenshot

import (
	"math"
	"sync"

	"codeberg.org/go-fonts/dejavu/dejavusansmono"
	"codeberg.org/go-fonts/dejavu/dejavusansmonobold"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// baseline is the distance of letters' feet from the upper border of a cell, in units. It centres the font's lines in the cell
// and is a whole number of pixels.
const baseline = 15.5

// slant is how far italic letters lean to the right, in units for each unit above the baseline.
const slant = 0.2

// typeface is a parsed font. It may be used by one goroutine at a time.
type typeface struct {
	mutex  sync.Mutex
	font   *sfnt.Font
	buffer sfnt.Buffer
	scale  float64 // units in a font unit: a letter is as wide as a cell
}

// regular and bold are parsed on first use, so that they do not delay the start of the program.
var (
	regular = sync.OnceValue(func() *typeface { return newTypeface(dejavusansmono.TTF) })
	bold    = sync.OnceValue(func() *typeface { return newTypeface(dejavusansmonobold.TTF) })
)

func newTypeface(data []byte) *typeface {
	parsed, err := sfnt.Parse(data)
	if err != nil {
		panic(err) // the font is part of the program
	}
	t := &typeface{font: parsed}
	m, err := parsed.GlyphIndex(&t.buffer, 'M')
	if err != nil {
		panic(err)
	}
	advance, err := parsed.GlyphAdvance(&t.buffer, m, t.size(), font.HintingNone)
	if err != nil {
		panic(err)
	}
	t.scale = cellWidth / float64(advance)
	return t
}

// size is the size at which sfnt's coordinates are font units.
func (t *typeface) size() fixed.Int26_6 { return fixed.Int26_6(t.font.UnitsPerEm()) }

// outline returns the shape of a character, or false if the font does not have it.
func (t *typeface) outline(r rune) (shape, bool) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	index, err := t.font.GlyphIndex(&t.buffer, r)
	if err != nil || index == 0 {
		return shape{}, false
	}
	segments, err := t.font.LoadGlyph(&t.buffer, index, t.size(), nil)
	if err != nil {
		return shape{}, false
	}
	s := shape{opacity: 1}
	for _, part := range segments {
		at := func(i int) point {
			return point{float64(part.Args[i].X) * t.scale, baseline + float64(part.Args[i].Y)*t.scale}
		}
		switch part.Op {
		case sfnt.SegmentOpMoveTo:
			s.add('M', at(0))
		case sfnt.SegmentOpLineTo:
			s.add('L', at(0))
		case sfnt.SegmentOpQuadTo:
			s.add('Q', at(0), at(1))
		case sfnt.SegmentOpCubeTo:
			s.add('C', at(0), at(1), at(2))
		}
	}
	return s, true
}

// stretched returns a line-drawing character of the font, stretched to the height of a cell.
func (t *typeface) stretched(s shape) shape {
	top, bottom := t.extent()
	s = s.mapped(func(p point) point { return point{p.x, (p.y - top) / (bottom - top) * cellHeight} })
	s.kind = line
	return s
}

// extent returns where the font's vertical line begins and ends.
func (t *typeface) extent() (top, bottom float64) {
	s, _ := t.outline('│')
	top, bottom = math.Inf(1), math.Inf(-1)
	for _, part := range s.segments {
		for _, p := range part.points[:part.count()] {
			top, bottom = min(top, p.y), max(bottom, p.y)
		}
	}
	return top, bottom
}

// glyph identifies a shape.
type glyph struct {
	character    rune
	bold, italic bool
	cells        int // 2 for a wide character
}

// outlined returns the shape of a glyph.
func (g glyph) outlined() shape {
	if s, ok := geometric(g.character); ok {
		return s
	}
	face := regular()
	if g.bold {
		face = bold()
	}
	s, ok := face.outline(g.character)
	switch {
	case !ok:
		return box(g.cells)
	case g.character >= 0x2500 && g.character <= 0x257f:
		return face.stretched(s)
	}
	return s.mapped(func(p point) point {
		if g.italic {
			p.x += slant * (baseline - p.y)
		}
		p.x += float64(g.cells-1) * cellWidth / 2 // the font has no wide letters: centre a narrow one
		return p
	})
}

// box is the shape of a character that the font lacks.
func box(cells int) shape {
	s := shape{kind: absent, opacity: 1}
	right := float64(cells*cellWidth) - 1.5
	s.rect(1.5, 4, right, 16)
	s.move(2.5, 5) // the other way round, which makes a hole
	s.lineTo(2.5, 15)
	s.lineTo(right-1, 15)
	s.lineTo(right-1, 5)
	return s
}
