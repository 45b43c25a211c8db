package screenshot

import (
	"errors"
	"image"
	"image/color"
	"image/gif"
	"io"
	"time"
)

// Frame is a screen of an animation and how long it stays.
type Frame struct {
	Screen
	Duration time.Duration // rounded down to hundredths of a second
}

// WriteGIF writes screens of equal size as an animation that repeats for ever. Each frame holds only what differs from the one
// before. A GIF has 256 colours: if there are more, the rarest become the nearest of the others.
func WriteGIF(w io.Writer, frames []Frame) error {
	if len(frames) == 0 {
		return errors.New("an animation without frames")
	}
	var pictures []*image.RGBA
	for _, f := range frames {
		if err := f.check(); err != nil {
			return err
		}
		if f.Width != frames[0].Width || f.Height != frames[0].Height {
			return errors.New("an animation of screens of different sizes")
		}
		l := newLayout(f.Screen)
		l.corner = 0 // round corners need half-transparent pixels, which a GIF does not have
		pictures = append(pictures, l.raster(pixelsPerUnit))
	}
	colours := newPalette(255, pictures...)
	unchanged := uint8(len(colours.colours))
	colours.colours = append(colours.colours, color.RGBA{})
	animation := gif.GIF{Config: image.Config{ColorModel: colours.colours, Width: pictures[0].Rect.Dx(), Height: pictures[0].Rect.Dy()}}
	var shown *image.Paletted
	for i, picture := range pictures {
		next := colours.convert(picture)
		animation.Image = append(animation.Image, difference(shown, next, unchanged))
		animation.Delay = append(animation.Delay, int(frames[i].Duration/(10*time.Millisecond)))
		animation.Disposal = append(animation.Disposal, gif.DisposalNone)
		shown = next
	}
	return gif.EncodeAll(w, &animation)
}

// difference returns the part of next that holds all pixels that differ from shown, with a number for those that do not.
// Without shown, that is all of next.
func difference(shown, next *image.Paletted, unchanged uint8) *image.Paletted {
	if shown == nil {
		return next
	}
	var area image.Rectangle
	for i, c := range next.Pix {
		if c != shown.Pix[i] {
			x, y := i%next.Stride, i/next.Stride
			area = area.Union(image.Rect(x, y, x+1, y+1))
		}
	}
	if area.Empty() {
		area = image.Rect(0, 0, 1, 1) // a frame has at least one pixel
	}
	part := image.NewPaletted(area, next.Palette)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			c := next.ColorIndexAt(x, y)
			if c == shown.ColorIndexAt(x, y) {
				c = unchanged
			}
			part.SetColorIndex(x, y, c)
		}
	}
	return part
}
