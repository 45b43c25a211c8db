package tui

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"ftft/datamap/dynamics"
	"ftft/datamap/nearest"
	"ftft/train/rundir"
)

// embedded writes embeddings of the 1,000 examples of a run: those of rows 2k and 2k+1 nearly agree.
func embedded(t *testing.T, run rundir.Dir) {
	t.Helper()
	const n, width = 1000, 12
	values := make([]float32, n*width)
	for row := range n {
		for k := range width {
			seed := row/2*width + k
			values[row*width+k] = float32(math.Sin(float64(seed*seed%9973)) + 0.001*float64(row%2))
		}
	}
	if err := dynamics.WriteNPYFloat16(run.Embeddings(), values, n, width); err != nil {
		t.Fatal(err)
	}
}

func TestNeighbours(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 20}} {
		b := finishedReference(t, size[0], size[1])
		embedded(t, b.focus)
		b.press("~")
		b.golden(fmt.Sprintf("neighbours-%dx%d", size[0], size[1]))
	}
}

// The overlay shows what the search finds, says how many have another label, and goes to the neighbour.
func TestNeighboursAreVisited(t *testing.T) {
	for _, keys := range [][]string{{"1"}, {"3"}, {"3", "i"}, {"6"}} {
		b := finishedReference(t, 120, 40)
		embedded(t, b.focus)
		b.press(keys...)
		m := b.dataMap()
		subject, _ := b.sel.Under()
		want, err := nearest.Find(b.focus.Embeddings(), 1000, int(m.Rows[subject]), mostNeighbours, nil)
		if err != nil {
			t.Fatal(err)
		}
		b.press("~")
		other, duplicates := 0, 0
		for _, one := range want {
			index, _ := m.Index(int32(one.Row))
			b.shows(fmt.Sprintf("%.4f", one.Similarity))
			if m.Gold[index] != m.Gold[subject] {
				other++
			}
			if one.Similarity >= nearest.Duplicate {
				duplicates++
			}
		}
		if duplicates == 0 {
			t.Error("the example has no near-duplicate")
		}
		b.shows("Neighbours of "+m.GUIDs[subject], fmt.Sprintf("%d of 10 neighbours have another label; %d near-duplicate", other, duplicates))
		b.press("down", "down")
		neighbour, _ := m.Index(int32(want[2].Row))
		b.shows("Example "+m.GUIDs[neighbour], fmt.Sprintf("Premise %d says", want[2].Row))
		b.press("enter")
		if b.isOpen(b.near) || b.under() != m.GUIDs[neighbour] {
			t.Errorf("%v: enter: the cursor is on %s, want %s", keys, b.under(), m.GUIDs[neighbour])
		}
		b.shows(m.GUIDs[neighbour])
		b.press("~", "esc")
		if b.isOpen(b.near) || b.under() != m.GUIDs[neighbour] {
			t.Errorf("%v: esc: the cursor is on %s, want %s", keys, b.under(), m.GUIDs[neighbour])
		}
	}
}

// Without embeddings, the overlay says how to compute them.
func TestNeighboursWithoutEmbeddings(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.press("~")
	b.shows("there are none yet", "ftft embed demo-reference")
	b.press("down", "enter", "~")
	if b.isOpen(b.near) {
		t.Error("~ does not close the neighbours")
	}
	b = imported(t, 120, 40, true)
	b.press("~")
	b.shows("this source has none", "--embeddings FILE.npy")
	folder := rundir.Dir(t.TempDir())
	embedded(t, folder)
	b = imported(t, 120, 40, true)
	b.options.Embeddings = folder.Embeddings()
	b.press("~")
	b.shows("1000 embeddings for 300 examples")
}

// Embeddings that appear, or are computed again, while the overlay is open are found without a key.
func TestNeighboursAppear(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.press("~")
	b.shows("there are none yet", "looks for the file every 2s")
	polls := func() {
		for range checkEvery {
			b.pollOnce()
		}
	}
	polls()
	b.shows("there are none yet")
	embedded(t, b.focus)
	polls()
	b.stale = true
	b.shows("of 10 neighbours have another label", "1 near-duplicate")
	if err := os.Remove(b.focus.Embeddings()); err != nil {
		t.Fatal(err)
	}
	polls()
	b.stale = true
	b.shows("there are none yet")
}

// The reader moves among the suspects on Triage.
func TestReaderOnTriage(t *testing.T) {
	b := triaging(t, 120, 40)
	guids := b.ranked("corner")
	b.press("i", "down", "down")
	b.shows("Reading "+guids[2], "3 of 1,000")
	b.press("up")
	b.shows("Reading " + guids[1])
	if b.press("esc"); b.triage.at != 1 || !strings.Contains(b.shown(), "Triage by corner") {
		t.Errorf("after the reader, the cursor is at place %d", b.triage.at)
	}
}
