package screenshot

import (
	"cmp"
	"image"
	"image/color"
	"slices"
)

// palette numbers the colours of images.
type palette struct {
	colours color.Palette
	index   map[color.RGBA]uint8 // of each colour of the images
	exact   bool                 // the colours are all there
}

// newPalette returns a palette of at most size colours, size being at most 256. If the images have more, the most frequent
// ones stand for those that are nearest to them.
func newPalette(size int, images ...*image.RGBA) *palette {
	counts := map[color.RGBA]int{}
	for _, m := range images {
		for i := 0; i < len(m.Pix); i += 4 {
			counts[color.RGBA{m.Pix[i], m.Pix[i+1], m.Pix[i+2], m.Pix[i+3]}]++
		}
	}
	var order []color.RGBA
	for c := range counts {
		order = append(order, c)
	}
	slices.SortFunc(order, func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(packed(a), packed(b)))
	})
	p := &palette{index: map[color.RGBA]uint8{}, exact: len(order) <= size}
	for _, c := range order[:min(size, len(order))] {
		p.colours = append(p.colours, c)
	}
	for i, c := range order {
		if i >= size {
			i = p.colours.Index(c)
		}
		p.index[c] = uint8(i)
	}
	return p
}

// packed returns a colour as one number, to sort by.
func packed(c color.RGBA) uint32 {
	return uint32(c.R)<<24 | uint32(c.G)<<16 | uint32(c.B)<<8 | uint32(c.A)
}

// convert returns one of the palette's images with numbers for colours.
func (p *palette) convert(m *image.RGBA) *image.Paletted {
	converted := image.NewPaletted(m.Rect, p.colours)
	for i := range converted.Pix {
		converted.Pix[i] = p.index[color.RGBA{m.Pix[4*i], m.Pix[4*i+1], m.Pix[4*i+2], m.Pix[4*i+3]}]
	}
	return converted
}
