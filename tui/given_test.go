package tui

import (
	"fmt"
	"math"
	"testing"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/train/watch"
)

// given is a workbench on measures that somebody else's file holds, without logits or labels.
func given(t *testing.T, w, h int, labels bool) *bench {
	t.Helper()
	const n = 300
	var m *datamap.Map
	var err error
	if labels {
		in := datamap.Input{Classes: 2, Epochs: [][]float32{make([]float32, 2*n), make([]float32, 2*n)}}
		for i := range n {
			in.GUIDs, in.Gold = append(in.GUIDs, fmt.Sprint("g", i)), append(in.Gold, int32(i%2))
			in.Epochs[0][2*i], in.Epochs[1][2*i] = float32(math.Sin(float64(i))), float32(2*math.Cos(float64(i)))
		}
		m, err = datamap.New(in, datamap.Options{})
	} else {
		g := datamap.Measures{}
		for i := range n {
			x := float64(i) / n
			g.GUIDs = append(g.GUIDs, fmt.Sprint("g", i))
			g.Confidence, g.Variability = append(g.Confidence, x), append(g.Variability, math.Sqrt(x*(1-x))*0.9)
		}
		m, err = datamap.NewFromMeasures(g)
	}
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, App: New(Options{Feed: watch.Of("theirs", m, 1)})}
	b.send(tea.WindowSizeMsg{Width: w, Height: h})
	b.look()
	b.look()
	return b
}

func TestSomebodyElsesMap(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		for _, labels := range []bool{true, false} {
			b := given(t, size[0], size[1], labels)
			b.shows("Imported dynamics", "300 examples", "theirs", "99 of 300")
			for _, key := range []string{"s", "]", "down", "2", "3", "end", "4", "enter", "5", "enter", "x", "tab", "s", "s", "s", "1", "?"} {
				b.press(key)
				if text := b.shown(); text == "" {
					t.Fatal("an empty screen")
				}
			}
		}
	}
	b := given(t, 120, 40, false)
	b.shows("No logits")
	b.press("2")
	b.shows("Imported dynamics: no training log")
	b.press("5", "enter")
	b.shows("read-only")
}
