package screenshot

import "slices"

// geometric returns the shape of a character that is drawn by its geometry: braille, a line or a block. It reports false
// for all others.
func geometric(r rune) (shape, bool) {
	s := shape{kind: block, opacity: 1}
	switch {
	case r >= 0x2800 && r <= 0x28ff:
		s.kind = letter
		s.braille(byte(r))
	case r >= 0x2580 && r <= 0x259f:
		s.block(r)
	case r >= 0x2500 && r <= 0x257f && arms[r-0x2500] != "":
		s.kind = line
		s.lines(arms[r-0x2500])
	default:
		return shape{}, false
	}
	return s, true
}

// dotRadius leaves a gap between the dots of braille, which are 5 units apart.
const dotRadius = 1.8

// braille adds a dot for each bit that is set. Bits 0 to 2 are the upper three dots of the left column and 3 to 5 those of the
// right; 6 and 7 are the lowest of either (Unicode 15.0, section 21.1).
func (s *shape) braille(bits byte) {
	for i, at := range [8][2]float64{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}, {0, 3}, {1, 3}} {
		if bits>>i&1 == 1 {
			s.circle(2.5+5*at[0], 2.5+5*at[1], dotRadius)
		}
	}
}

// quadrants has for each of U+2596 to U+259F the quarters that are filled: bit 0 upper left, 1 upper right, 2 lower left,
// 3 lower right.
var quadrants = [10]byte{0b0100, 0b1000, 0b0001, 0b1101, 0b1001, 0b0111, 0b1011, 0b0010, 0b0110, 0b1110}

// block adds the rectangles of a block element, U+2580 to U+259F.
func (s *shape) block(r rune) {
	const w, h = cellWidth, cellHeight
	switch {
	case r == 0x2580:
		s.rect(0, 0, w, h/2)
	case r <= 0x2588: // eighths from below
		s.rect(0, h-h*float64(r-0x2580)/8, w, h)
	case r <= 0x258f: // eighths from the left, from seven down to one
		s.rect(0, 0, w*float64(0x2590-r)/8, h)
	case r == 0x2590:
		s.rect(w/2, 0, w, h)
	case r <= 0x2593: // shades
		s.opacity = float64(r-0x2590) / 4
		s.rect(0, 0, w, h)
	case r == 0x2594:
		s.rect(0, 0, w, h/8.)
	case r == 0x2595:
		s.rect(w-w/8., 0, w, h)
	default:
		for i := range 4 {
			if quadrants[r-0x2596]>>i&1 == 1 {
				x, y := float64(i%2*w/2), float64(i/2*h/2)
				s.rect(x, y, x+w/2, y+h/2)
			}
		}
	}
}

// arms describes each of U+2500 to U+257F. Four digits are the weights of the arms that go up, to the right, down and to the
// left: 0 none, 1 light, 2 heavy. A letter before two digits is a line in dashes, horizontal or vertical: how many, and their
// weight. "(" and a digit is a rounded corner. Double lines and diagonals are empty: the font draws them.
var arms = [128]string{
	"0101", "0202", "1010", "2020", "h31", "h32", "v31", "v32", "h41", "h42", "v41", "v42", "0110", "0210", "0120", "0220",
	"0011", "0012", "0021", "0022", "1100", "1200", "2100", "2200", "1001", "1002", "2001", "2002", "1110", "1210", "2110", "1120",
	"2120", "2210", "1220", "2220", "1011", "1012", "2011", "1021", "2021", "2012", "1022", "2022", "0111", "0112", "0211", "0212",
	"0121", "0122", "0221", "0222", "1101", "1102", "1201", "1202", "2101", "2102", "2201", "2202", "1111", "1112", "1211", "1212",
	"2111", "1121", "2121", "2112", "2211", "1122", "1221", "2212", "1222", "2122", "2221", "2222", "h21", "h22", "v21", "v22",
	0x6d: "(0", "(1", "(2", "(3",
	0x74: "0001", "1000", "0100", "0010", "0002", "2000", "0200", "0020", "0201", "1020", "0102", "2010",
}

// lines adds the outline of a character, described as in arms. Weights are the widths of lines in units.
func (s *shape) lines(description string) {
	switch description[0] {
	case 'h', 'v':
		s.dashes(description[0] == 'v', float64(description[1]-'0'), float64(description[2]-'0'))
	case '(':
		s.arc(int(description[1] - '0'))
	default:
		var widths [4]float64
		for i := range widths {
			widths[i] = float64(description[i] - '0')
		}
		s.cross(widths)
	}
}

// cross adds lines from the centre to the borders. Each begins where it covers the corner that it makes with the lines across it.
func (s *shape) cross(widths [4]float64) {
	const x, y = cellWidth / 2, cellHeight / 2
	up, right, down, left := widths[0]/2, widths[1]/2, widths[2]/2, widths[3]/2
	across, along := max(right, left), max(up, down)
	if up > 0 {
		s.rect(x-up, 0, x+up, y+across)
	}
	if right > 0 {
		s.rect(x-along, y-right, cellWidth, y+right)
	}
	if down > 0 {
		s.rect(x-down, y-across, x+down, cellHeight)
	}
	if left > 0 {
		s.rect(0, y-left, x+along, y+left)
	}
}

// dashes adds n dashes of a width, with gaps between them that continue in the neighbouring cells.
func (s *shape) dashes(vertical bool, n, width float64) {
	const filled = 0.6 // of the line
	for i := range int(n) {
		from, to := (float64(i)+(1-filled)/2)/n, (float64(i)+(1+filled)/2)/n
		if vertical {
			s.rect((cellWidth-width)/2, from*cellHeight, (cellWidth+width)/2, to*cellHeight)
		} else {
			s.rect(from*cellWidth, (cellHeight-width)/2, to*cellWidth, (cellHeight+width)/2)
		}
	}
}

// arc adds a rounded corner of a light box: 0 upper left, 1 upper right, 2 lower right, 3 lower left.
func (s *shape) arc(corner int) {
	// The upper left one. The centre of its curve is at (cellWidth, below).
	const middle, below = cellWidth / 2, cellHeight/2 + cellWidth/2
	var a shape
	a.move(cellWidth, below-middle-0.5)
	outer, inner := quarter*(middle+0.5), quarter*(middle-0.5)
	a.curveTo(point{cellWidth - outer, below - middle - 0.5}, point{middle - 0.5, below - outer}, point{middle - 0.5, below})
	a.lineTo(middle-0.5, cellHeight)
	a.lineTo(middle+0.5, cellHeight)
	a.lineTo(middle+0.5, below)
	a.curveTo(point{middle + 0.5, below - inner}, point{cellWidth - inner, below - middle + 0.5}, point{cellWidth, below - middle + 0.5})
	a = a.mapped(func(p point) point {
		if corner == 1 || corner == 2 {
			p.x = cellWidth - p.x
		}
		if corner >= 2 {
			p.y = cellHeight - p.y
		}
		return p
	})
	s.segments = slices.Concat(s.segments, a.segments)
}
