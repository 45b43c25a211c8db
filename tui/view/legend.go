package view

import (
	"fmt"
	"strings"

	"ftft/datamap"
)

// legend returns the colours of correctness and the meaning of the signs on the map. It drops whole entries that do not fit.
func (m *Map) legend(w int) string {
	w -= mapLeft
	line := m.levels(true)
	if signs := m.signs(); len(signs) > 0 && Width(line)+Width(signs[0]) > w || Width(line) > w {
		line = m.levels(false)
	}
	for _, sign := range m.signs() {
		if Width(line)+Width(sign) > w {
			break
		}
		line += sign
	}
	return spaces(mapLeft) + line
}

// levels returns the entries of the levels of correctness: "0 of 3", or in the short form "0" and the number of epochs at the end.
func (m *Map) levels(long bool) string {
	levels, t := m.Picture.Levels, m.Theme
	if m.unknown() {
		return t.Dim.Render("correctness unknown")
	}
	sign := func(level int) string {
		if t.Glyphs {
			return string(Glyph(level)) + "="
		}
		return fmt.Sprintf("\x1b[38;5;%dm■\x1b[m ", t.level(levels, int8(level)))
	}
	var b strings.Builder
	b.WriteString(t.Dim.Render("correct in"))
	if levels.Epochs < 1 {
		b.Reset()
		b.WriteString(t.Dim.Render("correct"))
	}
	for level := range levels.Len() {
		b.WriteString("  " + sign(level) + levels.Name(level))
		if long && levels.Epochs > 0 {
			fmt.Fprintf(&b, " of %d", levels.Epochs)
		}
	}
	switch epochs := levels.Epochs; {
	case epochs < 1:
	case long:
		b.WriteString(t.Dim.Render(" epochs"))
	default:
		b.WriteString(t.Dim.Render(fmt.Sprintf(" of %d", epochs)))
	}
	return b.String()
}

// unknown reports whether the map has no correctness.
func (m *Map) unknown() bool { return m.Picture.Map != nil && m.Picture.Map.Correctness == nil }

// signs returns the legend's other entries, the most important first.
func (m *Map) signs() (signs []string) {
	t, h := m.Theme, m.Highlight
	add := func(shown bool, sign, name string) {
		if shown {
			signs = append(signs, "  "+sign+" "+t.Dim.Render(name))
		}
	}
	grey := "·"
	if !t.Glyphs {
		grey = fmt.Sprintf("\x1b[38;5;%dm⣿\x1b[m", t.Grey)
	}
	add(len(m.Path) > 0, "○", "earlier")
	add(h != nil && h.Found != nil, "●", "found")
	add(h != nil && h.Marked != nil, "◇", "marked")
	add(h != nil && h.Order != nil && h.Count < len(m.Picture.Points), grey, "not selected")
	add(m.Cursor != nil, "◆", "example")
	return signs
}

// regionNames are the names on the map.
const (
	ambiguousName = datamap.Ambiguous
	hardName      = datamap.HardToLearn
	easyName      = datamap.EasyToLearn
)

// nameRegions puts the names of the regions onto cells without points at the top and the bottom of the map. A name that has no room
// in its region stands beside it, with an arrow.
func (g *Grid) nameRegions(marks Marks) {
	g.names = nil
	if marks.Ambiguous < 0 {
		return
	}
	g.names = map[int]rune{}
	column := marks.Ambiguous
	left, right := column-1, g.W // the free part of the top row, on both sides of the line
	if from := g.W - Width(ambiguousName); from > column+1 && g.name(ambiguousName, from, 0) {
		right = from - 1
	} else {
		outside := ambiguousName + " →"
		if g.name(outside, left-Width(outside), 0) {
			left -= Width(outside) + 1
		}
	}
	placed := g.name(easyName, left-Width(easyName), 0)
	outside := "← " + easyName
	for x := column + 2; !placed && x+Width(outside) <= right; x++ {
		placed = g.name(outside, x, 0)
	}
	if marks.Hard < g.H-1 {
		g.name(hardName, g.W-Width(hardName), g.H-1)
	} else {
		outside = hardName + " ↓"
		g.name(outside, g.W-Width(outside), g.H-2)
	}
}

// name puts a name at a cell. It reports false if that lies outside or points are in the way.
func (g *Grid) name(name string, x, y int) bool {
	n := Width(name)
	if x < 0 || y < 0 || x+n > g.W {
		return false
	}
	for at := max(x-1, 0); at < min(x+n+1, g.W); at++ {
		if g.modal[y*g.W+at] >= 0 || g.names[y*g.W+at] != 0 {
			return false
		}
	}
	for i, letter := range []rune(name) {
		g.names[y*g.W+x+i] = letter
	}
	return true
}
