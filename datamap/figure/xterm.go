package figure

import "image/color"

// system holds the first sixteen colours with xterm's default values.
var system = [16]color.RGBA{
	{0, 0, 0, 255}, {205, 0, 0, 255}, {0, 205, 0, 255}, {205, 205, 0, 255},
	{0, 0, 238, 255}, {205, 0, 205, 255}, {0, 205, 205, 255}, {229, 229, 229, 255},
	{127, 127, 127, 255}, {255, 0, 0, 255}, {0, 255, 0, 255}, {255, 255, 0, 255},
	{92, 92, 255, 255}, {255, 0, 255, 255}, {0, 255, 255, 255}, {255, 255, 255, 255},
}

// steps holds the levels of the colour cube.
var steps = [6]uint8{0, 95, 135, 175, 215, 255}

// Xterm returns a colour of xterm's palette of 256: 16 system colours, a cube of 6 by 6 by 6 and 24 greys. An index below 0
// stands for 0, one above 255 for 255.
func Xterm(n int) color.Color {
	n = min(max(n, 0), 255)
	switch {
	case n < 16:
		return system[n]
	case n < 232:
		n -= 16
		return color.RGBA{steps[n/36], steps[n/6%6], steps[n%6], 255}
	}
	grey := uint8(8 + 10*(n-232))
	return color.RGBA{grey, grey, grey, 255}
}
