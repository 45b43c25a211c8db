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
			p, variability, confidence := pointAfter(m, i, epochs), part.Variability[i], part.Confidence[i]
			if math.Abs(float64(p.Variability)-variability) > 1e-6 || math.Abs(float64(p.Confidence)-confidence) > 1e-6 {
				t.Errorf("after %d epochs, example %d: got %v, want %v %v", epochs, i, p, variability, confidence)
			}
		}
	}
	if got := b.onMap().shownPicture(); got == b.seen() || len(got.Points) != 1000 {
		t.Error("got the map of all epochs, want that of the earlier ones")
	}
	b.press(",", ".", ".")
	if b.epochs != 0 {
		t.Errorf("back at the last epoch: got %d epochs, want 0 (all)", b.epochs)
	}
	b.press("<")
	b.shows("after epoch 2 of 4")
	b.press(">")
	b.shows("1,000 examples · 4 epochs")
}
