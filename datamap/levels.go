package datamap

import (
	"fmt"
	"math"
)

// LevelColours is the number of colours that levels of correctness are drawn in, from never to always correct.
const LevelColours = 7

// finest is the greatest number of epochs with a level for each count of correct epochs.
const finest = LevelColours - 1

// Levels divides correctness into the levels that maps colour. Up to six epochs, each count of correct epochs is a level. Beyond
// that, and if the number of epochs is unknown, there are five: never, three ranges, always.
type Levels struct {
	Epochs int  // 0 = unknown
	Mixed  bool // some examples have one epoch more, and get the level with the nearest share
}

// Len returns the number of levels.
func (l Levels) Len() int {
	if l.Epochs < 1 || l.Epochs > finest {
		return 5
	}
	return l.Epochs + 1
}

// At returns the level, from 0, of an example that is correct in a share of the epochs. It is -1 for NaN, an unknown share.
func (l Levels) At(share float32) int {
	if l.Epochs < 1 || l.Epochs > finest || share != share {
		return l.rangeAt(share)
	}
	return min(max(int(share*float32(l.Epochs)+0.5), 0), l.Epochs) // inlined: maps ask for every example
}

// rangeAt is At for ranges of counts, and for unknown shares.
func (l Levels) rangeAt(share float32) int {
	switch {
	case share != share:
		return -1
	case l.Epochs < 1 && share > 0 && share < 1:
		return 1 + min(int(3*share), 2)
	case share <= 0:
		return 0
	case share >= 1:
		return 4
	}
	count := int(share*float32(l.Epochs) + 0.5)
	for level := range 4 {
		if _, last := l.counts(level); count <= last {
			return level
		}
	}
	return 4
}

// counts returns the first and the last number of correct epochs of a level.
func (l Levels) counts(level int) (first, last int) {
	if l.Epochs <= finest {
		return level, level
	}
	outer := int(math.Round(float64(l.Epochs-1) / 3)) // of the first and the third range
	switch level {
	case 0:
		return 0, 0
	case 1:
		return 1, outer
	case 2:
		return outer + 1, l.Epochs - 1 - outer
	case 3:
		return l.Epochs - outer, l.Epochs - 1
	}
	return l.Epochs, l.Epochs
}

// Name returns the counts of correct epochs of a level: "2", "4–6", or "~2" if some examples have one epoch more. If the number of
// epochs is unknown, it returns a bound of the share.
func (l Levels) Name(level int) string {
	if l.Epochs < 1 {
		return [...]string{"never", "<1/3", "<2/3", "<1", "always"}[level]
	}
	first, last := l.counts(level)
	name := fmt.Sprint(first)
	if last > first {
		name += fmt.Sprint("–", last)
	}
	if l.Mixed && level > 0 && level < l.Len()-1 {
		name = "~" + name
	}
	return name
}

// levelColours has, by the number of levels, the colour of each. A colour stands for nearly the same share in every map.
var levelColours = [LevelColours + 1][]int{
	2: {0, 6}, 3: {0, 3, 6}, 4: {0, 2, 4, 6}, 5: {0, 2, 3, 4, 6}, 6: {0, 1, 2, 4, 5, 6}, 7: {0, 1, 2, 3, 4, 5, 6},
}

// Colour returns which of LevelColours colours a level is drawn in, from 0.
func (l Levels) Colour(level int) int { return levelColours[l.Len()][level] }
