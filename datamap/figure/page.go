package figure

import (
	"bytes"
	"fmt"
	"image"
	"io"
	"regexp"

	"golang.org/x/text/encoding/charmap"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"
)

// The size of a page in points (1/72 inch), and the resolution of an image: one dot is 0.24 points.
const (
	pageWidth  = 504
	pageHeight = 360
	dpi        = 300
)

// newPage returns an empty page of one of Formats.
func newPage(format string) vg.CanvasWriterTo {
	switch format {
	case "svg":
		return &svg{Canvas: vgsvg.New(pageWidth, pageHeight)}
	case "pdf":
		return &pdf{Canvas: vgpdf.New(pageWidth, pageHeight)}
	}
	return vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(pageWidth, pageHeight), vgimg.UseDPI(dpi))}
}

// svg states the width of every text in Liberation Sans and names replacement fonts, so that texts fit where that is not
// installed.
type svg struct {
	*vgsvg.Canvas
	widths []vg.Length // of the texts, in file order
}

func (s *svg) FillString(face font.Face, at vg.Point, text string) {
	s.Canvas.FillString(face, at, text)
	s.widths = append(s.widths, face.Width(text))
}

func (s *svg) WriteTo(w io.Writer) (int64, error) {
	var document bytes.Buffer
	if _, err := s.Canvas.WriteTo(&document); err != nil {
		return 0, err
	}
	texts := 0
	return bytes.NewBuffer(amended.ReplaceAllFunc(document.Bytes(), func(part []byte) []byte {
		switch string(part) {
		case "<text ":
			texts++
			return fmt.Appendf(nil, `<text textLength="%.5g" lengthAdjust="spacingAndGlyphs" `, s.widths[texts-1].Points())
		case fontName:
			return []byte(`style="font-family:Liberation Sans,Arial,Helvetica,sans-serif;`)
		}
		return []byte(` xlink:href="data:image/png;`) // the library labels its PNG images as JPEG
	})).WriteTo(w)
}

const fontName = `style="font-family:Liberation Sans;`

// amended matches the parts of an SVG that WriteTo corrects. Our texts cannot match: quotes and angle brackets in them are
// escaped.
var amended = regexp.MustCompile(`<text |` + fontName + `| xlink:href="data:image/jpg;`)

// pdf omits the time of creation.
type pdf struct {
	*vgpdf.Canvas
	failed error
}

// FillString writes text in the encoding of the document's font, which has only western European letters; others become "?".
// The library panics if it cannot prepare a font in a temporary folder; WriteTo returns that as an error.
func (p *pdf) FillString(face font.Face, at vg.Point, text string) {
	defer func() {
		if reason := recover(); reason != nil && p.failed == nil {
			p.failed = fmt.Errorf("preparing a PDF font needs a temporary folder: %v", reason)
		}
	}()
	var encoded []byte
	for _, letter := range text {
		b, ok := charmap.Windows1252.EncodeRune(letter)
		if !ok {
			b = '?'
		}
		encoded = append(encoded, b)
	}
	p.Canvas.FillString(face, at, string(encoded))
}

// DrawImage draws an image upright. The library alone would draw it upside down.
func (p *pdf) DrawImage(area vg.Rectangle, picture image.Image) {
	p.Push()
	p.Translate(vg.Point{Y: area.Min.Y + area.Max.Y})
	p.Scale(1, -1)
	p.Canvas.DrawImage(area, picture)
	p.Pop()
}

func (p *pdf) WriteTo(w io.Writer) (int64, error) {
	var document bytes.Buffer
	if _, err := p.Canvas.WriteTo(&document); err != nil {
		return 0, err
	}
	if p.failed != nil {
		return 0, p.failed
	}
	// The cross-reference table holds byte offsets, so spaces replace the times.
	return bytes.NewBuffer(times.ReplaceAllFunc(document.Bytes(), func(entry []byte) []byte {
		return bytes.Repeat([]byte(" "), len(entry))
	})).WriteTo(w)
}

var times = regexp.MustCompile(`/(CreationDate|ModDate) \(D:[0-9]+\)`)
