package screenshot

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"image/color"
	"io"
	"strconv"
	"strings"
)

// overlap is how far lines extend into the neighbouring cells, in units: scaled down, an image would otherwise show gaps.
const overlap = 0.5

// writeSVG defines each shape once and refers to it by name wherever it is used: about 40 bytes a cell.
func writeSVG(w io.Writer, l *layout) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" `+
		`width="%d" height="%d" viewBox="0 0 %[1]d %[2]d">`+"\n", l.width, l.height)
	border, inside := l.frame(false), l.frame(true)
	fmt.Fprintf(out, `<path fill="%s" d="%s"/>`+"\n", hex(opaque(l.colours.Border)), border.path())
	fmt.Fprintf(out, `<path fill="%s" d="%s"/>`+"\n", hex(opaque(l.colours.Background)), inside.path())
	shapes := l.shapes()
	names := writeDefinitions(out, l, shapes)
	writeRects(out, l.rects)

	// Glyphs of one colour form a group; groups stand in the order of their first glyphs.
	var order []color.RGBA
	byColour := map[color.RGBA][]placed{}
	for _, p := range l.glyphs {
		if byColour[p.colour] == nil {
			order = append(order, p.colour)
		}
		byColour[p.colour] = append(byColour[p.colour], p)
	}
	for _, c := range order {
		fmt.Fprintf(out, `<g fill="%s">`+"\n", hex(c))
		for _, p := range byColour[c] {
			if shapes[p.glyph].kind == absent {
				fmt.Fprintf(out, `<text x="%d" y="%s" font-family="monospace" font-size="%d" textLength="%d" lengthAdjust="spacingAndGlyphs">`,
					p.x, number(float64(p.y)+baseline), cellHeight*4/5, p.cells*cellWidth)
				if err := xml.EscapeText(out, []byte(string(p.character))); err != nil {
					return err
				}
				out.WriteString("</text>\n")
				continue
			}
			fmt.Fprintf(out, `<use xlink:href="#%s" x="%d" y="%d"/>`+"\n", names[p.glyph], p.x, p.y)
		}
		out.WriteString("</g>\n")
	}
	writeRects(out, l.strokes)
	out.WriteString("</svg>\n")
	return out.Flush()
}

// writeDefinitions writes the shapes in the order of their first use, and returns their names.
func writeDefinitions(out *bufio.Writer, l *layout, shapes map[glyph]shape) map[glyph]string {
	names := map[glyph]string{}
	out.WriteString("<defs>\n")
	for _, p := range l.glyphs {
		s := shapes[p.glyph]
		if names[p.glyph] != "" || s.kind == absent {
			continue
		}
		name := "g" + strconv.Itoa(len(names))
		names[p.glyph] = name
		fmt.Fprintf(out, `<path id="%s"`, name)
		switch s.kind {
		case block: // antialiased borders would show between two cells
			out.WriteString(` shape-rendering="crispEdges"`)
		case line:
			s = s.mapped(func(p point) point { return point{beyond(p.x, cellWidth), beyond(p.y, cellHeight)} })
		}
		if s.opacity < 1 {
			fmt.Fprintf(out, ` fill-opacity="%s"`, number(s.opacity))
		}
		fmt.Fprintf(out, ` d="%s"/>`+"\n", s.path())
	}
	out.WriteString("</defs>\n")
	return names
}

// beyond moves a coordinate that lies on the cell's border outward.
func beyond(v, size float64) float64 {
	switch v {
	case 0:
		return -overlap
	case size:
		return size + overlap
	}
	return v
}

func writeRects(out *bufio.Writer, rects []rect) {
	for _, r := range rects {
		fmt.Fprintf(out, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s" shape-rendering="crispEdges"/>`+"\n",
			number(r.x), number(r.y), number(r.width), number(r.height), hex(r.colour))
	}
}

// path returns a shape as the data of an SVG's path.
func (s *shape) path() string {
	var b strings.Builder
	for i, part := range s.segments {
		if part.op == 'M' && i > 0 {
			b.WriteByte('Z')
		}
		b.WriteByte(part.op)
		for j, p := range part.points[:part.count()] {
			if j > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(number(p.x) + " " + number(p.y))
		}
	}
	if len(s.segments) > 0 {
		b.WriteByte('Z')
	}
	return b.String()
}

// number formats a length, rounded to a hundredth of a unit.
func number(v float64) string {
	text := strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(v, 'f', 2, 64), "0"), ".")
	if text == "-0" {
		return "0"
	}
	return text
}

func hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }
