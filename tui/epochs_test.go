package tui

import (
	"math"
	"testing"
)

func TestEarlierEpochs(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.press(",")
	b.shows("after epoch 3 of 4", "○ earlier")
	b.golden("scrub-120x40")
	b.press(",")
	b.shows("after epoch 2 of 4")
	m := b.seen().Map
	for epochs := 2; epochs <= 4; epochs++ {
		part, err := m.Between(0, epochs)
		if err != nil {
			t.Fatal(err)
		}
		for i := int32(0); i < 1000; i += 37 {
			if p := pointAfter(m, i, epochs); math.Abs(float64(p.Variability)-part.Variability[i]) > 1e-6 || math.Abs(float64(p.Confidence)-part.Confidence[i]) > 1e-6 {
				t.Errorf("after %d epochs example %d is at %v, want %v %v", epochs, i, p, part.Variability[i], part.Confidence[i])
			}
		}
	}
	if got := b.onMap().shownPicture(); got == b.seen() || len(got.Points) != 1000 {
		t.Error("the map is the newest one")
	}
	b.press(",", ".", ".")
	if b.epochs != 0 {
		t.Errorf("after %d", b.epochs)
	}
	b.press("<")
	b.shows("after epoch 2 of 4")
	b.press(">")
	b.shows("1,000 examples · 4 epochs")
}
