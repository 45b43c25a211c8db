package figure

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"
	"testing"

	"ftft/internal/slow"
)

func charts(n int) Curves {
	line := Line{Colour: Xterm(33)}
	for i := range n {
		line.X, line.Y = append(line.X, float64(i)), append(line.Y, math.Exp(-float64(i)/float64(n))+0.2*math.Sin(float64(i)))
	}
	around := Band{X: line.X, Colour: line.Colour}
	for _, y := range line.Y {
		around.Low, around.High = append(around.Low, y-0.1), append(around.High, y+0.1)
	}
	marks := []Mark{{X: float64(n) / 2, Y: line.Y[n/2], Shape: Dot, Colour: line.Colour},
		{X: float64(n - 1), Y: 1, Shape: Square, Colour: Xterm(166)}}
	c := Curves{Title: "Demo", XName: "steps", Legend: []Entry{
		{Name: "reference <&>", Colour: Xterm(33)}, {Name: "ftft 33 %", Colour: Xterm(166)}, {Name: "best", Colour: Xterm(16), Shape: Dot},
	}}
	for _, name := range []string{"Training loss", "ID accuracy", "OOD accuracy", "Learning rate", "Gradient norm"} {
		c.Charts = append(c.Charts, Chart{Name: name, Log: name == "Gradient norm", Bands: []Band{around}, Lines: []Line{line}, Marks: marks})
	}
	return c
}

func writeCurves(t *testing.T, format string, c Curves) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := WriteCurves(&file, format, c, light); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return file.Bytes()
}

// A diagonal line runs through the middle of its chart in its own colour, and no text overlaps another.
func TestCurvesLieWhereTheirValuesAre(t *testing.T) {
	c := Curves{Title: "One", XName: "steps", Charts: []Chart{
		{Name: "Line", Lines: []Line{{X: []float64{0, 10}, Y: []float64{0, 1}, Colour: Xterm(33)}}},
	}}
	img, err := png.Decode(bytes.NewReader(writeCurves(t, "png", c)))
	if err != nil {
		t.Fatal(err)
	}
	// The panel spans x from 44 to 486 and, with an empty legend, y from 42 to 300. The margin of y is a twentieth.
	at := func(share float64) image.Point {
		x, y := 44+share*(492-6-44), 42+(share+0.05)/1.1*(300-42)
		return image.Pt(int(x*300/72), int((360-y)*300/72))
	}
	for _, share := range []float64{0.1, 0.33, 0.5, 0.9} {
		found, p := false, at(share)
		for dy := -2; dy <= 2; dy++ {
			found = found || same(img.At(p.X, p.Y+dy), Xterm(33))
		}
		if !found {
			t.Errorf("at %v of the chart, %v, there is %v", share, p, img.At(p.X, p.Y))
		}
	}
	checkApart(t, elements(t, writeCurves(t, "svg", charts(300))))
}

func TestCurvesInEveryFormat(t *testing.T) {
	for _, format := range Formats {
		points := 20_000
		switch {
		case slow.Enabled():
			points = 50_000
		case format == "png": // draws each point
			points = 1000
		}
		first := writeCurves(t, format, charts(points))
		if again := writeCurves(t, format, charts(points)); !bytes.Equal(first, again) {
			t.Errorf("two files as %s differ", format)
		}
		if len(first) > 2<<20 {
			t.Errorf("%d bytes as %s: points that share a place are all drawn", len(first), format)
		}
	}
	svg := string(writeCurves(t, "svg", charts(300)))
	for _, text := range []string{"Training loss", "Gradient norm", "reference &lt;&amp;&gt;", "ftft 33 %"} {
		if !strings.Contains(svg, text) {
			t.Errorf("the SVG does not say %q", text)
		}
	}
}

func TestUnusualCurvesAreDrawn(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, line := range map[string]Line{
		"none": {Colour: color.Black}, "one": {X: []float64{3}, Y: []float64{1}, Colour: color.Black},
		"not finite": {X: []float64{1, 2, 3}, Y: []float64{nan, inf, -inf}, Colour: color.Black},
		"gaps":       {X: []float64{1, 2, 3, 4}, Y: []float64{1, nan, 0, -2}, Colour: color.Black},
		"equal":      {X: []float64{1, 2}, Y: []float64{5e-5, 5e-5}, Colour: color.Black},
	} {
		for _, log := range []bool{false, true} {
			for _, window := range []float64{0, 2.5} {
				for _, format := range Formats {
					around := Band{X: line.X, Low: line.Y, High: line.Y, Colour: line.Colour}
					curves := Curves{Charts: []Chart{{Name: name, Log: log, To: window, Lines: []Line{line}, Bands: []Band{around}}}}
					if err := WriteCurves(&bytes.Buffer{}, format, curves, light); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
			}
		}
	}
	for _, wrong := range []Curves{
		{}, {Charts: []Chart{{Lines: []Line{{X: []float64{1}, Colour: color.Black}}}}}, {Charts: []Chart{{Lines: []Line{{}}}}},
		{Charts: []Chart{{Bands: []Band{{X: []float64{1}, Low: []float64{1}, Colour: color.Black}}}}},
	} {
		if err := WriteCurves(&bytes.Buffer{}, "png", wrong, light); err == nil {
			t.Errorf("%+v is drawn", wrong)
		}
	}
}
