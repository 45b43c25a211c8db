package datamap

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// Up to six epochs, each count of correct epochs has a level of its own; beyond that, the counts are divided into ranges.
func TestLevelsFollowTheEpochs(t *testing.T) {
	for epochs, want := range map[int]string{
		1: "0 1", 2: "0 1 2", 3: "0 1 2 3", 4: "0 1 2 3 4", 5: "0 1 2 3 4 5", 6: "0 1 2 3 4 5 6",
		7: "0 1–2 3–4 5–6 7", 8: "0 1–2 3–5 6–7 8", 9: "0 1–3 4–5 6–8 9",
		10: "0 1–3 4–6 7–9 10", 100: "0 1–33 34–66 67–99 100",
		0: "never <1/3 <2/3 <1 always",
	} {
		levels, names := Levels{Epochs: epochs}, []string{}
		for level := range levels.Len() {
			names = append(names, levels.Name(level))
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%d epochs: got %s, want %s", epochs, got, want)
		}
	}
	if got := (Levels{Epochs: 2, Mixed: true}).Name(1); got != "~1" {
		t.Errorf("one of two or three epochs: got %s, want ~1", got)
	}
}

// Every count has the level that names it, and the shares of neighbours differ in level wherever each has its own.
func TestLevelOfEveryCount(t *testing.T) {
	for epochs := 1; epochs <= 60; epochs++ {
		levels := Levels{Epochs: epochs}
		for correct := range epochs + 1 {
			level := levels.At(float32(float64(correct) / float64(epochs)))
			if first, last := levels.counts(level); correct < first || correct > last {
				t.Errorf("%d of %d is at the level of %d to %d", correct, epochs, first, last)
			}
			if epochs <= 6 && levels.Name(level) != fmt.Sprint(correct) {
				t.Errorf("%d of %d is named %s", correct, epochs, levels.Name(level))
			}
		}
	}
	unknown := Levels{}
	for share, want := range map[float32]int{0: 0, 0.01: 1, 0.3: 1, 0.5: 2, 0.7: 3, 0.99: 3, 1: 4} {
		if got := unknown.At(share); got != want {
			t.Errorf("a share of %v of unknown epochs: got level %d, want %d", share, got, want)
		}
	}
	if got := (Levels{Epochs: 3}).At(float32(math.NaN())); got != -1 {
		t.Errorf("an unknown share: got level %d, want -1", got)
	}
}

// Never and always have the same colours on every map; the colours between rise with the level.
func TestLevelColours(t *testing.T) {
	for epochs := range 20 {
		levels, colours := Levels{Epochs: epochs}, []int{}
		for level := range levels.Len() {
			colours = append(colours, levels.Colour(level))
		}
		last := len(colours) - 1
		if colours[0] != 0 || colours[last] != LevelColours-1 || !slices.IsSorted(colours) || len(slices.Compact(colours)) != last+1 {
			t.Errorf("%d epochs: got colours %v, want ascending ones from 0 to %d", epochs, colours, LevelColours-1)
		}
	}
}
