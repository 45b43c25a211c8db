package view

import (
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/ansi/kitty"

	"ftft/datamap/figure"
	"ftft/train/watch"
)

// received returns the image that a terminal makes of the sequences, and the keys of the first.
func received(t *testing.T, sequences string) (img image.Image, keys []string) {
	t.Helper()
	var data strings.Builder
	chunks := strings.SplitAfter(sequences, "\x1b\\")
	if last := len(chunks) - 1; chunks[last] != "" {
		t.Fatalf("%q follows the last sequence", chunks[last])
	}
	chunks = chunks[:len(chunks)-1]
	for i, chunk := range chunks {
		head, payload, _ := strings.Cut(strings.TrimSuffix(chunk, "\x1b\\"), ";")
		options, ok := strings.CutPrefix(head, "\x1b_G")
		if !ok || len(payload) > 4096 || i < len(chunks)-1 && len(payload)%4 != 0 {
			t.Fatalf("chunk %d of %d has %d bytes after %q", i, len(chunks), len(payload), head)
		}
		more := "m=1"
		if i == len(chunks)-1 {
			more = "m=0"
		}
		switch {
		case i == 0:
			keys = strings.Split(options, ",")
		case options != "q=2,"+more:
			t.Fatalf("chunk %d has the keys %q", i, options)
		}
		data.WriteString(payload)
	}
	if slices.Contains(keys, "m=1") != (len(chunks) > 1) {
		t.Fatalf("the first of %d chunks has the keys %q", len(chunks), keys)
	}
	raw, err := base64.StdEncoding.DecodeString(data.String())
	if err != nil {
		t.Fatal(err)
	}
	if img, err = png.Decode(strings.NewReader(string(raw))); err != nil {
		t.Fatal(err)
	}
	if _, paletted := img.(*image.Paletted); !paletted {
		t.Errorf("the image is a %T", img)
	}
	return img, keys
}

// coloured returns a theme whose levels have the colours 21, 22, ….
func coloured() *Theme {
	theme := &Theme{Unknown: 30, Line: 31, Region: 32, Grey: 33, Found: 34}
	for level := range theme.Correct {
		theme.Correct[level] = 21 + level
	}
	return theme
}

// at returns the colour of the image near a value of the map, transparent if there is none within two pixels.
func at(img image.Image, variability, confidence float64) color.NRGBA {
	size := img.Bounds().Size()
	x, y := int(2*variability*float64(size.X-1)), int((1-confidence)*float64(size.Y-1))
	for i := range 25 {
		if c := color.NRGBAModel.Convert(img.At(x+i%5-2, y+i/5-2)).(color.NRGBA); c.A > 0 {
			return c
		}
	}
	return color.NRGBA{}
}

func TestImage(t *testing.T) {
	m := dataMap(coloured(), 0, 4, false)
	m.Picture.Points = []watch.Point{
		{Variability: 0.1, Confidence: 0.9, Correct: 1}, {Variability: 0.1, Confidence: 0.9, Correct: 1}, // the densest position
		{Variability: 0.4, Confidence: 0.5, Correct: 0.5}, {Variability: 0.2, Confidence: 0.2}, {Variability: 0.3, Confidence: 0.7},
	}
	m.Highlight = &Highlight{Order: []int32{0, 1, 2, 3, 4}, Count: 4}
	m.Threshold, m.Ambiguous, m.Hard = 0.25, 0.35, 0.6
	if _, ok := m.Pixels(image.Pt(9, 20)); ok {
		t.Error("there is an image before the map's size is known")
	}
	m.Draw(75, 39) // a map of 70 by 35 cells
	for _, cell := range []image.Point{{9, 20}, {8, 16}, {20, 41}} {
		p, ok := m.Pixels(cell)
		if !ok {
			t.Fatal("there is no image")
		}
		sequences, err := p.Transmit()
		if err != nil {
			t.Fatal(err)
		}
		img, keys := received(t, sequences)
		for _, key := range []string{"a=T", "U=1", "q=2", "f=100", "i=231", "c=70", "r=35"} {
			if !slices.Contains(keys, key) {
				t.Errorf("the keys %q lack %s", keys, key)
			}
		}
		size := img.Bounds().Size()
		across := float64(size.X) / float64(70*cell.X)
		if down := float64(size.Y) / float64(35*cell.Y); across > 1.02 || down/across > 1.01 || across/down > 1.01 || size.X < 70*6 {
			t.Errorf("cells of %v: the image has %v pixels", cell, size)
		}
		never, half, always := coloured().level(four, 0), coloured().level(four, 2), coloured().level(four, 4)
		for _, want := range []struct {
			variability, confidence float64
			colours                 []int // their mean; none = transparent
		}{
			{0.1, 0.9, []int{always, 31}}, {0.4, 0.5, []int{half, half}}, {0.2, 0.2, []int{never, never}}, {0.3, 0.7, []int{33, 33}},
			{0.05, 0.05, nil},
		} {
			ink := color.NRGBA{}
			if want.colours != nil {
				a, b := figure.Xterm(want.colours[0]).(color.RGBA), figure.Xterm(want.colours[1]).(color.RGBA)
				mean := func(a, b uint8) uint8 { return uint8((int(a) + int(b)) / 2) }
				ink = color.NRGBA{mean(a.R, b.R), mean(a.G, b.G), mean(a.B, b.B), 255}
			}
			if got := at(img, want.variability, want.confidence); got != ink {
				t.Errorf("cells of %v: at %v, %v is %v, want %v", cell, want.variability, want.confidence, got, ink)
			}
		}
		for colour, want := range map[int]int{31: size.Y, 32: size.X/2 + size.Y/2} { // the threshold; the ends of the regions, dashed
			n := 0
			for y := range size.Y {
				for x := range size.X {
					if color.NRGBAModel.Convert(img.At(x, y)) == color.NRGBAModel.Convert(figure.Xterm(colour)) {
						n++
					}
				}
			}
			if n < want-12 || n > want+4 {
				t.Errorf("cells of %v: %d pixels are of a line of colour %d, want about %d", cell, n, colour, want)
			}
		}
	}
}

// A large image goes out in several chunks, and never has more positions than the limit.
func TestLargeImage(t *testing.T) {
	m := dataMap(coloured(), 50_000, 4, false)
	m.Draw(250, 80)
	p, _ := m.Pixels(image.Pt(12, 24))
	if g := p.grid().grid; g.W*g.H > maxPositions || len(g.slots) != 50_000 {
		t.Errorf("the grid is %d by %d, with %d points", g.W, g.H, len(g.slots))
	}
	sequences, err := p.Transmit()
	if err != nil {
		t.Fatal(err)
	}
	if received(t, sequences); strings.Count(sequences, "\x1b_G") < 3 {
		t.Errorf("%d bytes go out at once", len(sequences))
	}
	m.Draw(maxCells+mapLeft+1, 80)
	if _, ok := m.Pixels(image.Pt(12, 24)); ok {
		t.Error("the image has more columns than there are diacritics")
	}
}

// Each cell of the map has the placeholder of its row and column, of one cell's width, except where there is text.
func TestPlaceholders(t *testing.T) {
	if kitty.Diacritic(maxCells-1) == kitty.Diacritic(0) || kitty.Diacritic(maxCells) != kitty.Diacritic(0) {
		t.Errorf("there are not %d diacritics", maxCells)
	}
	m := dataMap(coloured(), 500, 4, false)
	m.Cursor, m.Ambiguous, m.Hard = &m.Picture.Points[7], 0.3, 0.3
	braille := m.Draw(65, 24)
	p, _ := m.Pixels(image.Pt(8, 16))
	m.Image = &p
	drawn := m.Draw(65, 24)
	names := 0
	for y, row := range drawn[1:21] {
		if Width(row) != 65 || ansi.StringWidth(row) != 65 || ansi.StringWidthWc(row) != 65 {
			t.Errorf("row %d is %d cells wide", y, Width(row))
		}
		if !strings.Contains(row, "\x1b[38;5;231m") {
			t.Errorf("row %d lacks the image's number: %q", y, row)
		}
		plain, x := []rune(ansi.Strip(row)), 0
		for i := mapLeft; i < len(plain); i++ {
			switch {
			case plain[i] == kitty.Placeholder:
				if plain[i+1] != kitty.Diacritic(y) || plain[i+2] != kitty.Diacritic(x) {
					t.Fatalf("the cell %d of row %d is %q", x, y, plain[i:i+3])
				}
				i += 2
			case plain[i] == '◆':
				if column, line := m.CellOf(*m.Cursor); x != column || y != line {
					t.Errorf("the cursor is in cell %d of row %d, want %d of %d", x, y, column, line)
				}
			case plain[i] >= 'a' && plain[i] <= 'z' || plain[i] == '-':
				names++
			default:
				t.Errorf("the cell %d of row %d is %q", x, y, plain[i])
			}
			x++
		}
	}
	if names < len("ambiguous") {
		t.Errorf("the regions have no names: %q", drawn)
	}
	for name, change := range map[string]func(){
		"size": func() { drawn = m.Draw(65, 25) }, "run": func() { m.Picture.Dir = "other"; drawn = m.Draw(65, 24) },
		"glyphs": func() { m.Theme = &Theme{Glyphs: true}; drawn = m.Draw(65, 24) },
	} {
		was := *m.Picture
		before := p
		before.picture = &watch.Picture{Dir: was.Dir}
		m.Image = &before
		change()
		if text := strings.Join(drawn, "\n"); strings.ContainsRune(text, kitty.Placeholder) {
			t.Errorf("another %s: the image of before is shown", name)
		}
		*m.Picture, m.Theme = was, coloured()
	}
	m.Image = nil
	if !slices.Equal(m.Draw(65, 24), braille) {
		t.Error("without an image, the map is drawn in another way than before")
	}
}
