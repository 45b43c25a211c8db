package figure

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"ftft/datamap"
)

func colours(indices ...int) (list []color.Color) {
	for _, n := range indices {
		list = append(list, Xterm(n))
	}
	return list
}

var (
	light = Palette{colours(202, 160, 167, 132, 97, 105, 27), Xterm(16), Xterm(231), Xterm(254)}
	dark  = Palette{colours(202, 160, 167, 132, 97, 105, 27), Xterm(255), Xterm(16), Xterm(235)}
)

// many returns a map of n examples over the range of both axes.
func many(n int) Map {
	m := Map{Title: "Many", Epochs: 4}
	for i := range n {
		confidence := float64(i*7919%n) / float64(max(n-1, 1))
		m.Confidence = append(m.Confidence, confidence)
		m.Variability = append(m.Variability, 0.5*float64(i%101)/100)
		m.Correct = append(m.Correct, math.Floor(confidence*4)/4)
		m.Ambiguous = append(m.Ambiguous, m.Variability[i] > 0.3)
		m.Hard = append(m.Hard, confidence < 0.4)
	}
	m.Fraction = 0.4
	return m
}

func write(t testing.TB, format string, m Map, p Palette) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := Write(&file, format, m, p); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return file.Bytes()
}

func picture(t testing.TB, m Map, p Palette) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(write(t, "png", m, p)))
	if err != nil {
		t.Fatal(err)
	}
	if size := img.Bounds().Size(); size != image.Pt(2100, 1500) {
		t.Fatalf("the picture has %v dots", size)
	}
	return img
}

// dotAt returns where an example must lie on a picture whose axes end at most and at 1.
func dotAt(variability, confidence, most float64) image.Point {
	x := 42 + 4.2 + variability/most*(288-2*4.2)
	y := 36 + 19.8 + confidence*(276-2*19.8)
	return image.Pt(int(x*300/72), int((360-y)*300/72))
}

func same(a, b color.Color) bool {
	return color.NRGBAModel.Convert(a) == color.NRGBAModel.Convert(b)
}

func TestExamplesAreDotsInPlaceAndColour(t *testing.T) {
	m := Map{Title: "Five", Epochs: 4,
		Variability: []float64{0, 0.1, 0.25, 0.37, 0.5}, Confidence: []float64{1, 0, 0.5, 0.33, 0.77},
		Correct: []float64{1, 0, 0.5, 0.25, 0.75}}
	for _, p := range []Palette{light, dark} {
		img := picture(t, m, p)
		for i := range m.Correct {
			at := dotAt(m.Variability[i], m.Confidence[i], 0.5)
			if got, want := img.At(at.X, at.Y), p.Correct[datamap.Levels{Epochs: 4}.Colour(int(4*m.Correct[i]))]; !same(got, want) {
				t.Errorf("example %d at %v is %v, where the palette has %v", i, at, got, want)
			}
		}
		if !same(img.At(3, 3), p.Paper) {
			t.Error("the margin is not of the paper's colour")
		}
	}
}

// Two cells with 30,000 examples are each of one colour up to their edges: the denser one is opaque, and a single example is
// visible.
func TestManyExamplesAreCellsByModeAndCount(t *testing.T) {
	var m Map
	add := func(n int, variability, confidence, correct float64) {
		for range n {
			m.Variability, m.Confidence = append(m.Variability, variability), append(m.Confidence, confidence)
			m.Correct = append(m.Correct, correct)
		}
	}
	// The middles of cells, away from the grid, on axes of 233 and 197 cells.
	const x, y = 0.5 * 100 / 233, 100.0 / 197
	add(10_000, x, y, 0)
	add(20_000, x, y, 1)
	add(1, x/2, y/2, 0.25)
	add(1, 0.5, 1, 0.25)
	img := picture(t, m, light)
	dense, lone := dotAt(x, y, 0.5), dotAt(x/2, y/2, 0.5)
	for dx := -2; dx <= 2; dx++ {
		for dy := -2; dy <= 2; dy++ {
			if got := img.At(dense.X+dx, dense.Y+dy); !same(got, light.Correct[6]) {
				t.Errorf("dot %d, %d of the dense cell is %v", dx, dy, got)
			}
			if got := img.At(lone.X+dx, lone.Y+dy); same(got, light.Paper) || !same(got, img.At(lone.X, lone.Y)) {
				t.Errorf("dot %d, %d of the lone example is %v, its middle %v", dx, dy, got, img.At(lone.X, lone.Y))
			}
		}
	}
	if got := img.At(dense.X+3, dense.Y+3); !same(got, light.Paper) {
		t.Errorf("beside the cell there is %v", got)
	}
}

func TestRegionsHaveBoundaries(t *testing.T) {
	m := many(101)
	img := picture(t, m, light)
	vertical, horizontal := dotAt(0.305, 0, 0.5), dotAt(0, 0.39, 0.5)
	inked := func(at func(i int) color.Color, n int) (dots int) {
		for i := range n {
			if same(at(i), light.Ink) {
				dots++
			}
		}
		return dots
	}
	if n := inked(func(i int) color.Color { return img.At(vertical.X, 200+i) }, 1150); n < 400 {
		t.Errorf("where the ambiguous region begins, %d of 1150 dots are inked", n)
	}
	if n := inked(func(i int) color.Color { return img.At(175+i, horizontal.Y) }, 1200); n < 400 {
		t.Errorf("where the hard-to-learn region ends, %d of 1200 dots are inked", n)
	}
}

func TestSameInputGivesSameBytes(t *testing.T) {
	for _, n := range []int{300, 30_000} {
		for _, format := range Formats {
			first := write(t, format, many(n), light)
			procs := runtime.GOMAXPROCS(1)
			again := write(t, format, many(n), light)
			runtime.GOMAXPROCS(procs)
			if !bytes.Equal(first, again) {
				t.Errorf("two files of %d examples as %s differ", n, format)
			}
		}
	}
}

func TestUnusualMapsAreDrawn(t *testing.T) {
	yes, no := []bool{true}, []bool{false}
	maps := map[string]Map{
		"none":      {},
		"none, all": {Variability: []float64{}, Confidence: []float64{}, Correct: []float64{}, Ambiguous: []bool{}, Hard: []bool{}, Epochs: 3},
		"one":       {Variability: []float64{0.2}, Confidence: []float64{0.3}, Correct: []float64{1}, Ambiguous: yes, Hard: no, Epochs: 1},
		"at 0":      {Variability: []float64{0}, Confidence: []float64{0}, Ambiguous: yes, Hard: yes},
		"equal":     {Variability: make([]float64, 100), Confidence: make([]float64, 100), Correct: make([]float64, 100)},
		"outside":   {Variability: []float64{-0.2, 0.71, 3}, Confidence: []float64{-4, 1.001, 20}, Correct: []float64{0, 0, 1}},
		"enormous":  {Variability: []float64{-1e6, 1e6}, Confidence: []float64{1e6, -1e6}},
		"epochs":    {Variability: []float64{0.1}, Confidence: []float64{0.3}, Correct: []float64{0.5}, Epochs: math.MaxInt32},
	}
	for name, m := range maps {
		for _, format := range Formats {
			if file := write(t, format, m, dark); len(file) == 0 {
				t.Errorf("%s: an empty %s", name, format)
			}
		}
		if got := dots(elements(t, write(t, "svg", m, dark))); got != len(m.Variability) {
			t.Errorf("%s: %d dots of %d examples", name, got, len(m.Variability))
		}
	}
}

func TestAnyTitleIsDrawn(t *testing.T) {
	for _, title := range []string{
		`<text "&'> font-family:Liberation Sans; ]]>`, "two\nlines\x1b[1m\x00\ufffe", "\xff\xfe", strings.Repeat("very long ", 100),
		"Größe — 大きさ (\\)",
	} {
		m := many(10)
		m.Title = title
		for _, e := range elements(t, write(t, "svg", m, light)) {
			if e.name == "text" && e.x+e.width > pageWidth {
				t.Errorf("%q leaves the page", e.text)
			}
		}
		write(t, "pdf", m, light)
		write(t, "png", m, light)
	}
	m := many(10)
	m.Title = `<text "&'>`
	if all := texts(elements(t, write(t, "svg", m, light))); !slices.Contains(all, m.Title) {
		t.Errorf("no title among %q", all)
	}
}

func TestWriteRefusesBadInput(t *testing.T) {
	for _, c := range []struct {
		said string
		harm func(*Map, *Palette)
	}{
		{"confidence of 9 examples, variability of 10", func(m *Map, _ *Palette) { m.Confidence = m.Confidence[:9] }},
		{"correctness of 9 examples", func(m *Map, _ *Palette) { m.Correct = m.Correct[:9] }},
		{"ambiguous of 9 examples", func(m *Map, _ *Palette) { m.Ambiguous = m.Ambiguous[:9] }},
		{"hard-to-learn of 9 examples", func(m *Map, _ *Palette) { m.Hard = m.Hard[:9] }},
		{"example 3 (from 0): the variability NaN", func(m *Map, _ *Palette) { m.Variability[3] = math.NaN() }},
		{"the confidence -Inf", func(m *Map, _ *Palette) { m.Confidence[0] = math.Inf(-1) }},
		{"the correctness 5", func(m *Map, _ *Palette) { m.Correct[0] = 5 }},
		{"the correctness -0.1", func(m *Map, _ *Palette) { m.Correct[9] = -0.1 }},
		{"palette", func(_ *Map, p *Palette) { p.Correct = p.Correct[:6] }},
		{"palette", func(_ *Map, p *Palette) { p.Faint = nil }},
	} {
		m, p := many(10), light
		c.harm(&m, &p)
		if err := Write(io.Discard, "png", m, p); err == nil || !strings.Contains(err.Error(), c.said) {
			t.Errorf("%v, where it should say %q", err, c.said)
		}
	}
	if err := Write(io.Discard, "gif", many(1), light); err == nil || !strings.Contains(err.Error(), "png, svg, pdf") {
		t.Errorf("%v", err)
	}
}

func TestFormatOf(t *testing.T) {
	for path, want := range map[string]string{"a.png": "png", "b/c.d.SVG": "svg", "x.Pdf": "pdf"} {
		if got, err := FormatOf(path); got != want || err != nil {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	for _, path := range []string{"", "map", "map.jpg", "png", "a.png/b"} {
		if _, err := FormatOf(path); err == nil || !strings.Contains(err.Error(), ".png, .svg, .pdf") {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestTicksAreRound(t *testing.T) {
	for _, c := range []struct {
		from, to float64
		most     int
		whole    bool
		labels   string
	}{
		{0, 1, 5, false, "0.0 0.2 0.4 0.6 0.8 1.0"},
		{0, 0.5, 6, false, "0.0 0.1 0.2 0.3 0.4 0.5"},
		{0, 0.1, 5, false, "0.00 0.02 0.04 0.06 0.08 0.10"},
		{-0.3, 1.2, 5, false, "0.0 0.5 1.0"},
		{-4, 20, 5, false, "0 5 10 15 20"},
		{-2, 2, 4, false, "-2 -1 0 1 2"},
		{0, 1.05, 5, true, "0 1"},
		{0, 25_000, 5, true, "0 5,000 10,000 15,000 20,000 25,000"},
		{0, 1.05e6, 5, true, "0 500,000 1,000,000"},
	} {
		_, labels := axis{from: c.from, to: c.to}.ticks(c.most, c.whole)
		if got := strings.Join(labels, " "); got != c.labels {
			t.Errorf("%g to %g: %s, not %s", c.from, c.to, got, c.labels)
		}
	}
}

func TestXterm(t *testing.T) {
	for n := 16; n < 256; n++ {
		if got, want := Xterm(n), ansi.IndexedColor(uint8(n)); !same(got, want) {
			t.Errorf("%d: %v, where a terminal shows %v", n, got, want)
		}
	}
	if !same(Xterm(9), color.RGBA{255, 0, 0, 255}) || !same(Xterm(-1), Xterm(0)) || !same(Xterm(300), Xterm(255)) {
		t.Error("the ends of the range")
	}
}

func BenchmarkWrite(b *testing.B) {
	m := many(400_000)
	for _, format := range Formats {
		b.Run(format, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := Write(io.Discard, format, m, light); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
