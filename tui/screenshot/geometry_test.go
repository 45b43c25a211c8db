package screenshot

import (
	"image"
	"image/color"
	"strings"
	"testing"
)

// coverage returns the share of an area, in units of the cell, that a shape covers.
func coverage(s shape, x0, y0, x1, y1 float64) float64 {
	const scale = 4
	mask := s.mask(image.Rect(0, 0, cellWidth*scale, cellHeight*scale), scale)
	sum, n := 0, 0
	for y := int(y0 * scale); y < int(y1*scale); y++ {
		for x := int(x0 * scale); x < int(x1*scale); x++ {
			sum += int(mask.AlphaAt(x, y).A)
			n++
		}
	}
	return float64(sum) / float64(n) / 0xff
}

// The font has its own outlines of lines, which tell where each has an arm and which arms are heavier than others.
func TestLinesAgreeWithTheFont(t *testing.T) {
	strips := map[string][4]float64{"up": {0, 0, 10, 1}, "right": {9, 0, 10, 20}, "down": {0, 19, 10, 20}, "left": {0, 0, 1, 20}}
	for r := rune(0x2500); r <= 0x257f; r++ {
		description := arms[r-0x2500]
		if description == "" || strings.ContainsAny(description[:1], "hv") {
			continue
		}
		ours, _ := geometric(r)
		theirs, ok := regular().outline(r)
		if !ok {
			t.Fatalf("the font lacks %c", r)
		}
		theirs = regular().stretched(theirs)
		for side, a := range strips {
			width := a[2] - a[0]
			if width == 1 {
				width = a[3] - a[1]
			}
			got, want := coverage(ours, a[0], a[1], a[2], a[3])*width, coverage(theirs, a[0], a[1], a[2], a[3])*width
			// The font's light lines are about 1.2 units wide and its heavy ones twice that.
			if weight(got, 0.5, 1.5) != weight(want, 0.5, 1.8) {
				t.Errorf("%c %s: %.2f units wide, %.2f in the font", r, side, got, want)
			}
		}
	}
}

func weight(width, light, heavy float64) int {
	switch {
	case width > heavy:
		return 2
	case width > light:
		return 1
	}
	return 0
}

func TestDashes(t *testing.T) {
	for r, dashes := range map[rune]int{'┄': 3, '┅': 3, '┈': 4, '┉': 4, '╌': 2, '╍': 2, '┆': 3, '┊': 4, '╎': 2} {
		s, _ := geometric(r)
		mask := s.mask(image.Rect(0, 0, 20, 40), 2)
		across, down := 0, 0
		for i := 1; i < 20; i++ {
			if mask.AlphaAt(i, 20).A > 0x7f && mask.AlphaAt(i-1, 20).A <= 0x7f {
				across++
			}
		}
		for i := 1; i < 40; i++ {
			if mask.AlphaAt(10, i).A > 0x7f && mask.AlphaAt(10, i-1).A <= 0x7f {
				down++
			}
		}
		if max(across, down) != dashes {
			t.Errorf("%c has %d dashes, not %d", r, max(across, down), dashes)
		}
	}
}

// Blocks are the ones of the font as well; shades, which it dots, are even.
func TestBlocksAgreeWithTheFont(t *testing.T) {
	for r := rune(0x2580); r <= 0x259f; r++ {
		ours, _ := geometric(r)
		if r >= 0x2591 && r <= 0x2593 {
			if got, want := coverage(ours, 0, 0, 10, 20), float64(r-0x2590)/4; got < want-0.01 || got > want+0.01 {
				t.Errorf("%c covers %.2f, not %.2f", r, got, want)
			}
			continue
		}
		theirs, ok := regular().outline(r)
		if !ok {
			t.Fatalf("the font lacks %c", r)
		}
		theirs = regular().stretched(theirs)
		for i := range 8 { // vertical strips and, in each, eighths
			for j := range 8 {
				x, y := float64(i)*1.25, float64(j)*2.5
				if got, want := coverage(ours, x+0.25, y+0.5, x+1, y+2), coverage(theirs, x+0.25, y+0.5, x+1, y+2); got-want > 0.5 || want-got > 0.5 {
					t.Errorf("%c at %v, %v: %.2f, %.2f in the font", r, x, y, got, want)
				}
			}
		}
	}
}

// Bit by bit as Unicode numbers the dots.
func TestBrailleDots(t *testing.T) {
	places := [8][2]float64{{0, 0}, {0, 5}, {0, 10}, {5, 0}, {5, 5}, {5, 10}, {0, 15}, {5, 15}}
	for bits := range 256 {
		s, ok := geometric(rune(0x2800 + bits))
		if !ok {
			t.Fatal("no shape")
		}
		for i, at := range places {
			if got, want := coverage(s, at[0], at[1], at[0]+5, at[1]+5) > 0.3, bits>>i&1 == 1; got != want {
				t.Fatalf("U+%04X, dot %d: drawn %t, not %t", 0x2800+bits, i+1, got, want)
			}
		}
	}
}

// Lines and blocks leave no gap between cells.
func TestNeighboursJoin(t *testing.T) {
	picture := drawn(t, screenOf("──█\n──█\n│││\n│││\n║║║\n║║║", 3, 6))
	is := func(x, y int) bool { return color.RGBAModel.Convert(picture.At(x, y)) == opaque(Dark.Text) }
	for x := range 40 {
		if !is(x, 20) {
			t.Fatalf("a horizontal line has a gap at %d", x)
		}
	}
	for y := range 80 {
		if !is(50, y) || !is(40, y) || !is(59, y) {
			t.Fatalf("blocks have a gap at %d", y)
		}
		if !is(10, 80+y) {
			t.Fatalf("a vertical line has a gap at %d", y)
		}
	}
	// The font's outlines of double lines are not on whole pixels: the border must be as dark as the middle.
	for x := range 20 {
		if picture.At(x, 199) != picture.At(x, 180) || picture.At(x, 200) != picture.At(x, 180) {
			t.Fatalf("a double line has a gap at %d", x)
		}
	}
}
