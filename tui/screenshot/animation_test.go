package screenshot

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"io"
	"testing"
	"time"
)

func animated(t *testing.T, frames ...Frame) *gif.GIF {
	t.Helper()
	var b bytes.Buffer
	if err := WriteGIF(&b, frames); err != nil {
		t.Fatal(err)
	}
	animation, err := gif.DecodeAll(&b)
	if err != nil {
		t.Fatal(err)
	}
	return animation
}

// Frame by frame, an animation shows the pixels that the screens have.
func TestAnimation(t *testing.T) {
	var frames []Frame
	for _, text := range []string{"one ⣿ █", "one ⣿ ▄", "one ⣿ ▄", "\x1b[38;5;202mtwo ⠁ ▄"} {
		frames = append(frames, Frame{screenOf(text, 7, 1), 250 * time.Millisecond})
	}
	animation := animated(t, frames...)
	shown := image.NewRGBA(image.Rect(0, 0, animation.Config.Width, animation.Config.Height))
	for i, part := range animation.Image {
		draw.Draw(shown, part.Rect, part, part.Rect.Min, draw.Over)
		l := newLayout(frames[i].Screen)
		l.corner = 0
		if want := l.raster(pixelsPerUnit); !bytes.Equal(shown.Pix, want.Pix) {
			t.Errorf("frame %d has other pixels than its screen", i)
		}
		if animation.Delay[i] != 25 {
			t.Errorf("frame %d stays for %d hundredths of a second", i, animation.Delay[i])
		}
	}
	if len(animation.Image) != len(frames) || animation.LoopCount != 0 {
		t.Errorf("%d frames, repeated %d times", len(animation.Image), animation.LoopCount)
	}
	if whole, second := animation.Image[0].Rect, animation.Image[1].Rect; second.Dx() > cellWidth*pixelsPerUnit || second.Dx() >= whole.Dx() {
		t.Errorf("a frame with one cell changed is %v", second)
	}
}

// With more colours than a GIF has, the frequent ones are exact.
func TestAnimationOfManyColours(t *testing.T) {
	text := ""
	for i := range 400 {
		text += fmt.Sprintf("\x1b[38;2;%d;%d;99m█", i%20*10, i/20*10)
	}
	text += "\x1b[38;2;255;0;0m████████████████"
	animation := animated(t, Frame{screenOf(text, 416, 1), time.Second})
	m := animation.Image[0]
	red := color.RGBAModel.Convert(m.At((margin+410*cellWidth)*pixelsPerUnit, (margin+5)*pixelsPerUnit))
	if red != (color.RGBA{255, 0, 0, 255}) {
		t.Errorf("the most frequent colour is %v", red)
	}
	if got, want := color.RGBAModel.Convert(m.At(2, 2)), opaque(Dark.Background); got != want {
		t.Errorf("the background is %v", got)
	}
	if p := newPalette(256, newLayout(screenOf(text, 416, 1)).raster(1)); p.exact {
		t.Error("a palette holds more colours than it has")
	}
	written(t, "png", screenOf(text, 416, 1)) // which then has no palette
}

func TestAnimationsThatCannotBeWritten(t *testing.T) {
	for name, frames := range map[string][]Frame{
		"no frames": nil,
		"two sizes": {{screenOf("a", 1, 1), 0}, {screenOf("a", 2, 1), 0}},
		"no cells":  {{screenOf("a", 0, 1), 0}},
	} {
		if err := WriteGIF(io.Discard, frames); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
