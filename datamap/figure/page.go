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

// The size of a page in points (1/72 inch), and the dots of an image in an inch: a dot is 0.24 points.
const (
	pageWidth  = 504
	pageHeight = 360
	dpi        = 300
)

func newPage(format string) vg.CanvasWriterTo {
	switch format {
	case "svg":
		return &svg{Canvas: vgsvg.New(pageWidth, pageHeight)}
	case "pdf":
		return &pdf{Canvas: vgpdf.New(pageWidth, pageHeight)}
	}
	return vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(pageWidth, pageHeight), vgimg.UseDPI(dpi))}
}

// svg gives every text the width that Liberation Sans has, and names other fonts for where that is not installed.
type svg struct {
	*vgsvg.Canvas
	widths []vg.Length // of the texts, in the order of the file
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
		return []byte(` xlink:href="data:image/png;`) // which the images are
	})).WriteTo(w)
}

const fontName = `style="font-family:Liberation Sans;`

// No text of ours has these in it: a quote or an angle bracket in a title is escaped.
var amended = regexp.MustCompile(`<text |` + fontName + `| xlink:href="data:image/jpg;`)

// pdf is without the time at which it was made.
type pdf struct {
	*vgpdf.Canvas
	failed error
}

// FillString writes text in the encoding of the document's font, which has no other letters than those of western
// Europe. Where a font cannot be prepared, which takes a temporary folder, the library panics.
func (p *pdf) FillString(face font.Face, at vg.Point, text string) {
	defer func() {
		if reason := recover(); reason != nil && p.failed == nil {
			p.failed = fmt.Errorf("a PDF's font is prepared in a temporary folder: %v", reason)
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

// DrawImage turns an image upright, which the library draws upside down.
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
	// A document's table of contents counts bytes, so spaces take the times' place.
	return bytes.NewBuffer(times.ReplaceAllFunc(document.Bytes(), func(entry []byte) []byte {
		return bytes.Repeat([]byte(" "), len(entry))
	})).WriteTo(w)
}

var times = regexp.MustCompile(`/(CreationDate|ModDate) \(D:[0-9]+\)`)
