package tui

import (
	"fmt"
	"testing"

	"ftft/datamap"
	"ftft/train/rundir"
)

func TestFractionKeys(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	b.train("demo-reference", rundir.Reference, "", nil).Train(400)
	b.readRuns()
	for _, step := range []struct {
		key  string
		want int
	}{{"[", 320}, {"]", 330}, {"}", 380}, {"{", 330}, {"{", 280}, {"]", 290}} {
		b.press(step.key)
		chosen := 0
		for _, n := range b.sel.Chosen {
			chosen += n
		}
		if b.sel.Count != step.want || chosen != step.want || b.health.value == nil || b.health.value.Count != step.want {
			t.Errorf("after %s: got %d selected, %v by label, health %+v; want %d", step.key, b.sel.Count, b.sel.Chosen, b.health.value, step.want)
		}
		b.shows(fmt.Sprintf("%d of 1,000", step.want))
	}
	for range 120 {
		b.press("]")
	}
	if b.sel.Count != 1000 {
		t.Errorf("after 120 steps: got %d selected, want 1000", b.sel.Count)
	}
	for _, strategy := range append(datamap.Strategies[1:], datamap.Ambiguous) {
		b.press("s")
		b.shows(strategy)
	}
}
