package tui

import (
	"strings"
	"testing"

	"ftft/datamap"
)

// The verdict on a weak reference is on the map at every size, and the form warns of what is launched with it.
func TestWeakReferenceIsShown(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 20}} {
		b := onForm(t, size[0], size[1])
		const warning = "The reference is under-trained or weak (few hard ones):"
		if strings.Contains(b.shown(), "under-trained or weak") {
			t.Errorf("a good reference is called weak:\n%s", b.shown())
		}
		weak := *b.health.value
		weak.Verdict, weak.Reason = datamap.Weak, "few hard ones"
		b.health.value = &weak
		b.press("down", "up") // draws again
		b.shows(warning)
		for b.sel.Strategy != datamap.Random {
			b.press("s")
		}
		if strings.Contains(b.shown(), warning) {
			t.Errorf("the form warns of a random selection, which does not depend on the reference:\n%s", b.shown())
		}
		b.press("1")
		b.shows("under-trained or weak")
		b.press("e", "G")
		b.shows("reference = under-trained or weak", "values     regions of 33 %: overlap ")
	}
}

// The verdict is of regions of a fixed fraction, whatever is selected; where the figures beside it have another, it says so.
func TestVerdictNamesItsFraction(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.press("1")
	b.shows("too early to tell")
	if strings.Contains(b.shown(), "(at 33 %)") {
		t.Errorf("the verdict names the fraction of the figures beside it:\n%s", b.shown())
	}
	b.press("[")
	b.shows("too early to tell (at 33 %)")
	b.press("e", "G")
	b.shows("reference = too early to tell", "epoch ≥ 3", "chance 33.0 %", "Du, Gatt and Nguyen, 2023")
}
