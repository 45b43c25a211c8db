package figure

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"image"
	"image/png"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// element holds what tests need of an SVG element.
type element struct {
	name, path, style, image, text string
	x, y, width, size              float64
	turned                         bool
}

// elements parses an SVG. Coordinates are the file's; those of texts point downward.
func elements(t testing.TB, file []byte) (list []element) {
	t.Helper()
	var turns []bool // whether one of the open elements is rotated
	for decoder := xml.NewDecoder(bytes.NewReader(file)); ; {
		token, err := decoder.Token()
		if err == io.EOF {
			return list
		} else if err != nil {
			t.Fatalf("the SVG is not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := element{name: token.Name.Local, turned: slices.Contains(turns, true)}
			for _, a := range token.Attr {
				number, _ := strconv.ParseFloat(a.Value, 64)
				switch a.Name.Local {
				case "d":
					e.path = a.Value
				case "href":
					e.image = a.Value
				case "x":
					e.x = number
				case "y":
					e.y = number + pageHeight
				case "textLength":
					e.width = number
				case "transform":
					e.turned = e.turned || strings.Contains(a.Value, "rotate")
				case "style":
					e.style = a.Value
					_, after, _ := strings.Cut(a.Value, "font-size:")
					size, _, _ := strings.Cut(after, "px")
					e.size, _ = strconv.ParseFloat(size, 64)
				}
			}
			turns = append(turns, e.turned)
			list = append(list, e)
		case xml.EndElement:
			turns = turns[:len(turns)-1]
		case xml.CharData:
			if last := len(list) - 1; last >= 0 && list[last].name == "text" {
				list[last].text += strings.TrimSpace(string(token))
			}
		}
	}
}

func texts(list []element) (all []string) {
	for _, e := range list {
		if e.name == "text" {
			all = append(all, e.text)
		}
	}
	return all
}

// dots counts the circles.
func dots(list []element) (n int) {
	for _, e := range list {
		if strings.Contains(e.path, "A") {
			n++
		}
	}
	return n
}

func TestSVGHasOneDotPerExample(t *testing.T) {
	for _, n := range []int{1, 500, maxDots} {
		list := elements(t, write(t, "svg", many(n), light))
		if got := dots(list); got != n {
			t.Errorf("%d maxDots of %d examples", got, n)
		}
	}
}

func TestVectorFormatsHoldAnImageOfManyExamples(t *testing.T) {
	m := many(100_000)
	file := write(t, "svg", m, light)
	list := elements(t, file)
	var images []string
	for _, e := range list {
		if e.image != "" {
			images = append(images, e.image)
		}
	}
	if dots(list) != 0 || len(images) != 1 {
		t.Fatalf("%d maxDots and %d images", dots(list), len(images))
	}
	encoded, ok := strings.CutPrefix(images[0], "data:image/png;base64,")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil {
		t.Fatalf("the image is not as it says: %.40s: %v", images[0], err)
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	left := img.Bounds().Min
	for i := range m.Variability {
		at := dotAt(m.Variability[i], m.Confidence[i], 0.5).Sub(image.Pt(175, 200))
		if _, _, _, alpha := img.At(left.X+at.X, left.Y+at.Y).RGBA(); alpha == 0 {
			t.Fatalf("example %d, at %v of the image, is not in it", i, at)
		}
	}
	for _, format := range []string{"svg", "pdf"} {
		if n := len(write(t, format, m, light)); n > 1e6 {
			t.Errorf("a %s of 100,000 examples has %d bytes", format, n)
		}
	}
}

func TestTextsDescribeTheFigure(t *testing.T) {
	all := texts(elements(t, write(t, "svg", many(505), light)))
	for _, text := range []string{"Many", "505 examples · 4 epochs · regions of 40 % each", "variability", "confidence", "correctness",
		"examples",
		"ambiguous", "hard-to-learn", "easy-to-learn", "correct in", "0", "1", "2", "3", "4", "of 4 epochs"} {
		if !slices.Contains(all, text) {
			t.Errorf("no text %q among %q", text, all)
		}
	}
	m := many(505)
	m.Correct, m.Ambiguous, m.Hard, m.Epochs = nil, nil, nil, 0
	for _, text := range texts(elements(t, write(t, "svg", m, light))) {
		switch text {
		case "correctness", "ambiguous", "hard-to-learn", "easy-to-learn", "505 examples · regions of 40 % each":
			t.Errorf("%q, of which nothing is known", text)
		}
	}
	for epochs, want := range map[int]string{
		3: "correct in 0 1 2 3 of 3 epochs", 6: "correct in 0 1 2 3 4 5 6 of 6 epochs", 10: "correct in 0 1–3 4–6 7–9 10 of 10 epochs",
		0: "correct never <1/3 <2/3 <1 always",
	} {
		m := many(50)
		m.Epochs = epochs
		if all := strings.Join(texts(elements(t, write(t, "svg", m, light))), " "); !strings.Contains(all, want) {
			t.Errorf("%d epochs: no legend %q in %q", epochs, want, all)
		}
	}
}

// Wherever the boundaries of the regions are, no text overlaps another or leaves the page.
func TestTextsDoNotOverlap(t *testing.T) {
	for _, most := range []float64{0.04, 0.5, 0.71} {
		for _, share := range []float64{0.005, 0.05, 0.33, 0.8, 0.995} {
			m := many(1000)
			for i := range m.Variability {
				m.Variability[i] *= most / 0.5
				m.Ambiguous[i] = m.Variability[i] > (1-share)*most
				m.Hard[i] = m.Confidence[i] < share
			}
			checkApart(t, elements(t, write(t, "svg", m, light)))
		}
	}
	checkApart(t, elements(t, write(t, "svg", many(400_000), light)))
}

// checkApart checks that upright texts do not overlap, from the baseline up to the height of a digit.
func checkApart(t *testing.T, list []element) {
	t.Helper()
	list = slices.DeleteFunc(list, func(e element) bool { return e.name != "text" || e.turned })
	if len(list) < 20 {
		t.Fatalf("%d texts: this test looks past them", len(list))
	}
	for i, a := range list {
		if a.width <= 0 || a.x < 0 || a.x+a.width > pageWidth || a.y-a.size < 0 || a.y > pageHeight {
			t.Errorf("%q at %g, %g, %g wide, leaves the page", a.text, a.x, a.y, a.width)
		}
		for _, b := range list[:i] {
			if a.x < b.x+b.width && b.x < a.x+a.width && a.y-0.7*a.size < b.y && b.y-0.7*b.size < a.y {
				t.Errorf("%q at %g, %g and %q at %g, %g overlap", a.text, a.x, a.y, b.text, b.x, b.y)
			}
		}
	}
}
