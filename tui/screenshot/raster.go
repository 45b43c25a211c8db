package screenshot

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"

	"golang.org/x/image/vector"
)

// pixelsPerUnit is the scale of a PNG: letters stand 40 pixels apart, for screens of high density and for print.
const pixelsPerUnit = 2

// writePNG writes an image with a palette if that holds all of its colours, which takes a third of the space.
func writePNG(w io.Writer, l *layout) error {
	picture := l.raster(pixelsPerUnit)
	if colours := newPalette(256, picture); colours.exact {
		return png.Encode(w, colours.convert(picture))
	}
	return png.Encode(w, picture)
}

// raster draws a layout with a number of pixels for each unit.
func (l *layout) raster(scale int) *image.RGBA {
	picture := image.NewRGBA(image.Rect(0, 0, l.width*scale, l.height*scale))
	border, inside := l.frame(false), l.frame(true)
	paint(picture, border.mask(picture.Rect, scale), image.Point{}, opaque(l.colours.Border))
	paint(picture, inside.mask(picture.Rect, scale), image.Point{}, opaque(l.colours.Background))
	for _, r := range l.rects {
		r.draw(picture, scale)
	}
	masks := map[glyph]*image.Alpha{}
	for g, s := range l.shapes() {
		// A letter may extend beyond its cell: an accent above it, italics to the right.
		const room = cellWidth
		masks[g] = s.mask(image.Rect(-room*scale, -room*scale, (g.cells*cellWidth+room)*scale, (cellHeight+room)*scale), scale)
	}
	for _, p := range l.glyphs {
		paint(picture, masks[p.glyph], image.Pt(p.x*scale, p.y*scale), p.colour)
	}
	for _, r := range l.strokes {
		r.draw(picture, scale)
	}
	return picture
}

// paint draws a colour through a mask whose origin is moved.
func paint(picture *image.RGBA, mask *image.Alpha, to image.Point, c color.RGBA) {
	draw.DrawMask(picture, mask.Rect.Add(to), image.NewUniform(c), image.Point{}, mask, mask.Rect.Min, draw.Over)
}

func (r *rect) draw(picture *image.RGBA, scale int) {
	pixels := func(units float64) int { return int(units*float64(scale) + 0.5) }
	area := image.Rect(pixels(r.x), pixels(r.y), pixels(r.x+r.width), pixels(r.y+r.height))
	draw.Draw(picture, area, image.NewUniform(r.colour), image.Point{}, draw.Src)
}

// levels is how many degrees of coverage a pixel has. With 16 the colours of most screens fit into a palette; a reader sees no
// difference from 256.
const levels = 16

// mask returns how much of each pixel of an area a shape covers. The shape's origin is the upper left corner of pixel (0, 0).
func (s *shape) mask(area image.Rectangle, scale int) *image.Alpha {
	rasterizer := vector.NewRasterizer(area.Dx(), area.Dy())
	pixel := func(p point) (x, y float32) {
		return float32(p.x*float64(scale)) - float32(area.Min.X), float32(p.y*float64(scale)) - float32(area.Min.Y)
	}
	for _, part := range s.segments {
		ax, ay := pixel(part.points[0])
		bx, by := pixel(part.points[1])
		cx, cy := pixel(part.points[2])
		switch part.op {
		case 'M':
			rasterizer.ClosePath()
			rasterizer.MoveTo(ax, ay)
		case 'L':
			rasterizer.LineTo(ax, ay)
		case 'Q':
			rasterizer.QuadTo(ax, ay, bx, by)
		case 'C':
			rasterizer.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	rasterizer.ClosePath()
	mask := image.NewAlpha(area)
	rasterizer.Draw(mask, area, image.Opaque, image.Point{})
	for i, coverage := range mask.Pix {
		level := (int(coverage)*(levels-1) + 0x7f) / 0xff
		mask.Pix[i] = uint8(float64(level*0xff/(levels-1))*s.opacity + 0.5)
	}
	return mask
}
