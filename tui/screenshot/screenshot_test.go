package screenshot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write the golden files")

// every has a cell of each kind.
const every = "a ─┬┃╭╌═ ▄█░▚ ⣿⠁ ■▲◆ ½ é e\u0301\n" +
	"\x1b[1mbold\x1b[0m \x1b[2mfaint\x1b[0m \x1b[3mit\x1b[0m \x1b[4mun\x1b[0m \x1b[9mst\x1b[0m \x1b[8mhid\x1b[0m\n" +
	"\x1b[38;5;202m256\x1b[48;5;33mback\x1b[0m \x1b[38;2;1;2;3mtrue\x1b[0m \x1b[7mrev \x1b[0m \x1b[34mbasic\x1b[0m\n" +
	"漢字 & <\n"

func screenOf(text string, width, height int) Screen {
	return Screen{Text: text, Width: width, Height: height, Colours: Dark}
}

func written(t *testing.T, format string, s Screen) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, format, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// drawn returns the pixels of a PNG without its margin.
func drawn(t *testing.T, s Screen) image.Image {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(written(t, "png", s)))
	if err != nil {
		t.Fatal(err)
	}
	const around = margin * pixelsPerUnit
	size := picture.Bounds().Size()
	if want := image.Pt(2*around+s.Width*cellWidth*pixelsPerUnit, 2*around+s.Height*cellHeight*pixelsPerUnit); size != want {
		t.Fatalf("an image of %v, not %v", size, want)
	}
	inside := image.NewRGBA(image.Rect(0, 0, size.X-2*around, size.Y-2*around))
	for y := range inside.Rect.Dy() {
		for x := range inside.Rect.Dx() {
			inside.Set(x, y, picture.At(x+around, y+around))
		}
	}
	return inside
}

func TestGoldenSVG(t *testing.T) {
	got := written(t, "svg", screenOf(every, 34, 4))
	path := filepath.Join("testdata", "every.svg")
	if *update {
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from what is drawn now; see what changed with -update and git diff", path)
	}
}

func TestTheSameScreenGivesTheSameBytes(t *testing.T) {
	for _, format := range Formats {
		if !bytes.Equal(written(t, format, screenOf(every, 34, 4)), written(t, format, screenOf(every, 34, 4))) {
			t.Errorf("two files of format %s differ", format)
		}
	}
}

// An SVG must be XML, and refer only to shapes that it defines.
func TestSVGIsComplete(t *testing.T) {
	s := screenOf(every, 34, 4)
	decoder := xml.NewDecoder(bytes.NewReader(written(t, "svg", s)))
	defined, used, texts := map[string]bool{}, 0, ""
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			for _, a := range token.Attr {
				switch {
				case token.Name.Local == "path" && a.Name.Local == "id":
					defined[a.Value] = true
				case token.Name.Local == "use" && a.Name.Local == "href":
					used++
					if !defined[strings.TrimPrefix(a.Value, "#")] {
						t.Errorf("%s is used without a definition", a.Value)
					}
				}
			}
		case xml.CharData:
			texts += strings.TrimSpace(string(token))
		}
	}
	const lacking = "漢字"
	l := newLayout(s)
	if want := len(l.glyphs) - utf8.RuneCountInString(lacking); used != want || len(defined) > used {
		t.Errorf("%d shapes, used %d times, for %d characters", len(defined), used, want)
	}
	if texts != lacking {
		t.Errorf("%q is text, which only the characters that the font lacks should be", texts)
	}
}

func TestStyles(t *testing.T) {
	ground, ink := opaque(Dark.Background), opaque(Dark.Text)
	orange, blue := color.RGBA{0xff, 0x5f, 0, 0xff}, color.RGBA{0, 0x87, 0xff, 0xff} // xterm's 202 and 33
	for _, test := range []struct {
		name, text       string
		text0, behind    color.RGBA // of "█", which fills its cell, and of the blank cell after it
		strokes          int
		bold, italicized bool
	}{
		{"plain", "█ ", ink, ground, 0, false, false},
		{"256 colours", "\x1b[38;5;202;48;5;33m█ ", orange, blue, 0, false, false},
		{"true colour", "\x1b[38;2;1;2;3;48;2;4;5;6m█ ", color.RGBA{1, 2, 3, 255}, color.RGBA{4, 5, 6, 255}, 0, false, false},
		{"basic colours", "\x1b[31;42m█ ", color.RGBA{0x80, 0, 0, 255}, color.RGBA{0, 0x80, 0, 255}, 0, false, false},
		{"reverse", "\x1b[7m█ ", ground, ink, 0, false, false},
		{"reverse of colours", "\x1b[38;5;202;48;5;33;7m█ ", blue, orange, 0, false, false},
		{"faint", "\x1b[2m█ ", mixed(ground, ink, faintness), ground, 0, false, false},
		{"concealed", "\x1b[8m█ ", ground, ground, 0, false, false},
		{"reset", "\x1b[38;5;202m\x1b[0m█ ", ink, ground, 0, false, false},
		{"across lines", "\x1b[38;5;202m\n█ ", orange, ground, 0, false, false},
		{"underlined", "\x1b[4m█ ", ink, ground, 2, false, false},
		{"struck through", "\x1b[9m█ ", ink, ground, 2, false, false},
		{"bold italic", "\x1b[1;3m█a", ink, ink, 0, true, true},
	} {
		s := screenOf(strings.TrimPrefix(test.text, "\n"), 2, 1+strings.Count(test.text, "\n"))
		picture := drawn(t, s)
		y := picture.Bounds().Dy() - 2 // below all strokes
		if got := color.RGBAModel.Convert(picture.At(10, y)); got != test.text0 {
			t.Errorf("%s: text in %v, not %v", test.name, got, test.text0)
		}
		if got := color.RGBAModel.Convert(picture.At(30, y)); got != test.behind && !test.bold {
			t.Errorf("%s: background %v, not %v", test.name, got, test.behind)
		}
		l := newLayout(s)
		if len(l.strokes) != test.strokes {
			t.Errorf("%s: %d strokes, not %d", test.name, len(l.strokes), test.strokes)
		}
		if last := len(l.glyphs) - 1; test.bold && (!l.glyphs[last].bold || !l.glyphs[last].italic) {
			t.Errorf("%s: %+v", test.name, l.glyphs[last])
		}
	}
}

// A bold letter has more ink than a regular one, and an italic one leans to the right.
func TestFaces(t *testing.T) {
	ink := func(g glyph) (total int, centre float64) {
		s := g.outlined()
		mask := s.mask(image.Rect(-20, -20, 40, 60), 2)
		for i, coverage := range mask.Pix {
			if y := i / mask.Stride; y < 45 { // the upper half
				total += int(coverage)
				centre += float64(coverage) * float64(i%mask.Stride)
			}
		}
		return total, centre / float64(total)
	}
	regular, centre := ink(glyph{character: 'l', cells: 1})
	if strong, _ := ink(glyph{character: 'l', cells: 1, bold: true}); strong < regular*5/4 {
		t.Errorf("bold has an ink of %d, regular %d", strong, regular)
	}
	if _, leaning := ink(glyph{character: 'l', cells: 1, italic: true}); leaning < centre+1 {
		t.Errorf("the upper half of an italic letter has its centre at %v, an upright one at %v", leaning, centre)
	}
}

func TestWideCharacters(t *testing.T) {
	l := newLayout(screenOf("漢a", 3, 1))
	if len(l.glyphs) != 2 || l.glyphs[0].cells != 2 || l.glyphs[1].x-l.glyphs[0].x != 2*cellWidth {
		t.Fatalf("%+v", l.glyphs)
	}
	if s := l.glyphs[0].outlined(); s.kind != absent {
		t.Errorf("a character that the font lacks is of kind %d", s.kind)
	}
	if l := newLayout(screenOf("\x1b[48;5;33m漢", 2, 1)); len(l.rects) != 1 || l.rects[0].width != 2*cellWidth {
		t.Errorf("behind a wide character: %+v", l.rects)
	}
	// A narrow letter of the font stands in the middle of two cells.
	wide, narrow := glyph{character: '☕', cells: 2}.outlined(), glyph{character: '☕', cells: 1}.outlined()
	if wide.kind != letter || wide.segments[0].points[0].x != narrow.segments[0].points[0].x+cellWidth/2 {
		t.Error("a letter of a wide cell is not in its middle")
	}
}

func TestGraphemes(t *testing.T) {
	composed, combined := newLayout(screenOf("é", 1, 1)), newLayout(screenOf("e\u0301", 1, 1))
	if len(combined.glyphs) != 1 || combined.glyphs[0] != composed.glyphs[0] {
		t.Errorf("%+v is not drawn as %+v", combined.glyphs, composed.glyphs)
	}
	if l := newLayout(screenOf("\u2714\ufe0f", 2, 1)); len(l.glyphs) != 1 {
		t.Errorf("a variation selector has a shape of its own: %+v", l.glyphs)
	}
	if l := newLayout(screenOf(" \u00a0\u2800", 3, 1)); len(l.glyphs) != 0 {
		t.Errorf("blanks have shapes: %+v", l.glyphs)
	}
}

func TestPlainText(t *testing.T) {
	if got := string(written(t, "txt", screenOf("\x1b[1ma\x1b[0m  \n\n b \n\n", 5, 4))); got != "a\n\n b\n" {
		t.Errorf("%q", got)
	}
	if got := string(written(t, "ansi", screenOf(every, 34, 4))); got != every {
		t.Errorf("%q", got)
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	for name, s := range map[string]Screen{
		"no cells": screenOf("a", 0, 1), "too large": screenOf("a", 1, 1001), "no colours": {Text: "a", Width: 1, Height: 1},
	} {
		if err := Write(io.Discard, "png", s); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := Write(io.Discard, "jpg", screenOf("a", 1, 1)); err == nil || !strings.Contains(err.Error(), "png, svg, txt, ansi") {
		t.Errorf("an unknown format: %v", err)
	}
	full := errors.New("full")
	for _, format := range Formats {
		if err := Write(failing{full}, format, screenOf("a", 1, 1)); !errors.Is(err, full) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestFormatOf(t *testing.T) {
	for path, want := range map[string]string{"a.png": "png", "b/a.SVG": "svg", "a.b.txt": "txt", "a.ansi": "ansi"} {
		if got, err := FormatOf(path); err != nil || got != want {
			t.Errorf("%s: %q %v", path, got, err)
		}
	}
	for _, path := range []string{"a", "a.pdf", "png", ""} {
		if got, err := FormatOf(path); err == nil {
			t.Errorf("%q is of format %q", path, got)
		}
	}
}

// All characters of the workbench's screens have a shape.
func TestTheFontHasTheCharactersOfTheWorkbench(t *testing.T) {
	paths, err := filepath.Glob("../testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no screens", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for g, s := range newLayout(screenOf(strings.ReplaceAll(string(text), "␛", "\x1b"), 300, 100)).shapes() {
			if s.kind == absent {
				t.Errorf("%s: the font lacks %q", path, g.character)
			}
		}
	}
}
