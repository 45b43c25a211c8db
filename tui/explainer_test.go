package tui

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ftft/datamap"
	"ftft/tui/view"
)

// explained returns the explanation with a name.
func (b *bench) explained(name string) view.Explained {
	b.t.Helper()
	for _, item := range b.explainer.items() {
		if item.Name == name {
			return item
		}
	}
	b.t.Fatalf("there is no explanation of %q among %v", name, b.explainer.items())
	return view.Explained{}
}

var number = regexp.MustCompile(`-?\d+(\.\d+)?`)

// numbersIn returns the numbers of a text. A comma separates thousands.
func numbersIn(text string) (list []float64) {
	for _, found := range number.FindAllString(strings.ReplaceAll(text, ",", ""), -1) {
		v, _ := strconv.ParseFloat(found, 64)
		list = append(list, v)
	}
	return list
}

// With a rule and an exclusion, the explanation counts only the examples that remain to choose from.
func TestExplanationsOfNarrowedSelection(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.press("m", "x", ":")
	b.typeText("confidence < 0.7")
	b.press("enter", "[")
	x := b.explained("examples selected")
	in, pool, count := numbersIn(x.Numbers), len(b.sel.Order), b.sel.Count
	if want := []float64{0.99, float64(pool), float64(count)}; !slices.Equal(in, want) || pool > 999 || datamap.Count(pool, 0.99) != count {
		t.Errorf("got %+v, want the numbers %v", x, want)
	}
	last := b.seen().Map.GUIDs[b.sel.Order[b.sel.Count-1]]
	if x := b.explained("threshold"); !strings.Contains(x.Numbers, " is "+last+":") {
		t.Errorf("got %+v, want the last selected example, %s", x, last)
	}
}

// Evaluating a formula with the numbers of its explanation gives the value that the explanation and the screen show.
func TestExplanationsGiveShownValues(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	for range 3 {
		b.press("1", "down")
		shown := b.shown()
		trail := b.example().Trail
		near := func(name, value string, want float64) {
			t.Helper()
			if got := numbersIn(value)[0]; math.Abs(got-want) > 0.0015 {
				t.Errorf("%s of %s: got %s, its numbers give %.4f", name, b.example().GUID, value, want)
			}
		}
		mean, squares, n := 0.0, 0.0, float64(len(trail))
		for _, p := range trail {
			mean += float64(p) / n
		}
		for _, p := range trail {
			squares += (float64(p) - mean) * (float64(p) - mean)
		}
		confidence := b.explained("confidence")
		in := numbersIn(confidence.Numbers) // the trail, its length, its mean
		sum := 0.0
		for i, p := range trail {
			sum += in[i]
			if math.Abs(in[i]-float64(p)) > 0.0006 {
				t.Errorf("confidence, epoch %d: got the number %v, the trail has %v", i, in[i], p)
			}
		}
		near("confidence", confidence.Value, sum/in[len(trail)])
		near("confidence", confidence.Value, mean)
		near("variability", b.explained("variability").Value, math.Sqrt(squares/n))
		near("threshold closeness", b.explained("threshold closeness").Value, mean*(1-mean))
		for _, text := range []string{"confidence " + confidence.Value, "variability " + b.explained("variability").Value,
			fmt.Sprintf("correct in %v of %d", numbersIn(b.explained("correctness").Value)[0], len(trail))} {
			if !strings.Contains(shown, text) {
				t.Errorf("the screen lacks %q", text)
			}
		}
		if right := strings.Count(b.explained("correctness").Numbers, "✓"); float64(right) != numbersIn(b.explained("correctness").Value)[0] {
			t.Errorf("correctness: got %d check marks in %+v", right, b.explained("correctness"))
		}
		aum := b.explained("aum")
		in = numbersIn(aum.Numbers)
		near("aum", aum.Value, (in[0]+in[1]+in[2]+in[3])/in[4])
	}
}

func TestExplanationsOfTheSelection(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	shown := b.shown()
	in := numbersIn(b.explained("examples selected").Numbers)
	if math.Floor(in[0]*in[1]+1e-9) != in[2] || !strings.Contains(shown, "330 of 1,000") {
		t.Errorf("examples selected: got the numbers %v, want floor(q N + 1e-9) = 330 of 1,000", in)
	}
	threshold, m := b.explained("threshold"), b.seen().Map
	above := 0
	for _, v := range m.Variability {
		if v >= numbersIn(threshold.Value)[0]-0.0005 {
			above++
		}
	}
	if above < 330 || above > 340 {
		t.Errorf("got %d examples with a variability of %s or more, want the 330 selected", above, threshold.Value)
	}
	for class, label := range b.labels() {
		item := b.explained(label + " selected")
		in := numbersIn(item.Numbers)
		if int(in[0]) != b.sel.Chosen[class] || math.Abs(100*in[0]/in[1]-in[2]) > 0.05 || !strings.Contains(shown, item.Value) {
			t.Errorf("%s: got %+v, want %d selected", label, item, b.sel.Chosen[class])
		}
	}
	overlap, easy, accuracy := b.explained("overlap"), b.explained("easy share"), b.explained("accuracy in training")
	in = numbersIn(overlap.Numbers)
	if math.Abs(100*in[0]/in[1]-in[2]) > 0.05 {
		t.Errorf("overlap: the numbers do not give the value: %+v", overlap)
	}
	if both, in := in[0], numbersIn(easy.Numbers); math.Abs(100*(in[0]+2*-330+both)/in[0]-numbersIn(easy.Value)[0]) > 0.05 {
		t.Errorf("easy share: the numbers do not give the value: %+v", easy)
	}
	for _, item := range []view.Explained{overlap, easy, accuracy, b.explained("hard: top quarter"), b.explained("reference")} {
		if !strings.Contains(shown, item.Value) {
			t.Errorf("the screen lacks %s with the value %s:\n%s", item.Name, item.Value, shown)
		}
	}
}

func TestExplanationsOfCurvesAndRuns(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	b.press("2")
	shown := b.shown()
	for _, name := range []string{"training loss, smoothed", "ID accuracy", "OOD accuracy"} {
		if item := b.explained(name); !strings.Contains(shown, item.Value) {
			t.Errorf("the screen lacks %s with the value %s:\n%s", name, item.Value, shown)
		}
	}
	loss := b.explained("training loss, smoothed")
	in := numbersIn(loss.Numbers[strings.LastIndex(loss.Numbers, ": ")+1:])
	if math.Abs(in[0]/in[1]-in[2]) > 0.001 {
		t.Errorf("training loss: the numbers do not give the value: %+v", loss)
	}
	b.press("tab", "e") // the ftft run stopped early
	stopping := b.explained("early stopping")
	if !strings.Contains(stopping.Numbers, fmt.Sprintf("patience %d", b.curves.panel().Focus.Stop.Patience)) {
		t.Errorf("got %+v, want the patience of the run", stopping)
	}
	if item := b.explained("compute"); math.Abs(numbersIn(item.Numbers)[0]+250.0/400-numbersIn(item.Value)[0]/100) > 0.001 {
		t.Errorf("compute: the numbers do not give the value: %+v", item)
	}
	b.press("e", "4")
	if item := b.explained("progress"); item.Value != "62 %" && item.Value != "63 %" || !strings.Contains(b.shown(), item.Value) {
		t.Errorf("got %+v, want 250 of 400 steps in percent, as the screen shows:\n%s", item, b.shown())
	}
}

func TestExplainMode(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 20}} {
		b := finishedExperiment(t, size[0], size[1])
		b.press("e", "down")
		b.golden(fmt.Sprintf("explain-%dx%d", size[0], size[1]))
		cursor := b.sel.Cursor
		for _, screen := range []string{"1", "2", "3", "4", "5"} {
			b.press(screen)
			if !b.isOpen(b.explainer) {
				b.press("e")
			}
			b.shows("Explain", "formula", "values")
			for range len(b.explainer.items()) + 2 {
				b.press("down")
				for i, line := range strings.Split(b.shown(), "\n") {
					if len([]rune(line)) > size[0] {
						t.Errorf("screen %s, line %d is too wide: %q", screen, i, line)
					}
				}
			}
			b.press("end", "up", "esc")
			if b.isOpen(b.explainer) {
				t.Error("esc does not close the explanations")
			}
		}
		if b.sel.Cursor != cursor {
			t.Error("moving between explanations moves the cursor of the list")
		}
	}
}
