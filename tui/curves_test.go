package tui

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

func TestCurvesStates(t *testing.T) {
	for _, size := range []struct{ w, h int }{{120, 40}, {80, 24}} {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			b := finishedExperiment(t, size.w, size.h)
			name := func(state string) string { return fmt.Sprintf("curves-%s-%dx%d", state, size.w, size.h) }
			b.press("2", "h", "h", "h", "+", "+")
			b.golden(name("crosshair"))
			b.press("esc", "t")
			b.golden(name("patience"))
			b.press("T", "T", "T", "T", "A", "C", "a", "a")
			b.golden(name("compute-log-all"))
			b.press("a", "a", "A", "C", "C", "C", "C", "C", "C", "d", "end", "space", "up", "space", "b")
			b.golden(name("picker"))
			b.press("d", "b")
			b.golden(name("deviation"))
		})
	}
}

func TestCurvesKeys(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	b.press("2")
	b.shows("━ reference*  ━ ftft  ● best ■ stopped early", "a steps · A linear · z smooth 0.95")
	b.press("h") // from the last step of the reference
	b.shows("at 400 steps")
	b.press("l")
	b.shows("at 400 steps")
	for range 200 {
		b.press("h")
	}
	b.shows("at 0 steps", "-")
	b.press("l", "a")
	if step := b.curves.panel().StepAt(b.curves.panel().CrosshairX); step < 9 || step > 13 {
		t.Errorf("got the crosshair at step %d, want 9 to 13 (a cell is 12 steps)", step)
	}
	b.shows("examples")
	b.press("esc", "+")
	if w := b.curves.view.Window; w.To-w.From < 2600 || w.To-w.From > 2700 {
		t.Errorf("zoomed in: got the window %v, want 2,600 to 2,700 of 4,000 examples", w)
	}
	b.press("H", "H", "H", "H", "H")
	if w := b.curves.view.Window; w.From != 0 {
		t.Errorf("moved left: got the window %v, want it to start at 0", w)
	}
	b.press("-", "z", "Z", "Z")
	b.shows("z smooth 0.9 ")
	if b.curves.view.Window != (view.Window{}) {
		t.Errorf("zoomed out: got the window %v, want everything", b.curves.view.Window)
	}
}

// The scores of the reference rise to the end, so no patience stops it; metric tests the rule itself.
func TestPatienceKeys(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	b.press("2", "t")
	b.shows("Early stopping", "t more  T less", "0 (off)   never             400")
	for range 20 {
		b.press("t")
	}
	if b.curves.view.Patience != 7 {
		t.Errorf("after 20 presses with 8 evaluations: got patience %d, want 7", b.curves.view.Patience)
	}
	b.press("tab")
	b.shows("not up to 250")
	for range 9 {
		b.press("T")
	}
	if b.curves.view.Replaying {
		t.Error("lowering patience below 0 does not end the replay")
	}
}

// Runs of several experiments can be drawn together.
func TestPickRuns(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	b.press("2", "d")
	if got := len(b.curves.drawn()); got != 2 {
		t.Fatalf("got %d curves, want 2", got)
	}
	b.press("end", "space", "up", "enter")
	names := ""
	for _, d := range b.curves.drawn() {
		names += d.Name + "; "
	}
	if want := "demo reference; demo ftft; erm-2; erm-1; "; names != want {
		t.Errorf("got curves %s, want %s", names, want)
	}
	b.press("D")
	if len(b.curves.drawn()) != 2 {
		t.Error("D does not return to the runs of the experiment")
	}
	b.press("esc", "4", "end", "d")
	if len(b.curves.drawn()) != 3 {
		t.Error("d on Runs does not draw the run under the cursor")
	}
}

func TestMouseOnCurves(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	b.press("2")
	b.send(tea.MouseClickMsg{X: 6 + 16, Y: 20, Button: tea.MouseLeft})
	if !b.curves.view.Crosshair || b.curves.view.CrosshairX < 190 || b.curves.view.CrosshairX > 210 {
		t.Errorf("click in the middle of the first chart: got the crosshair at %v, want about 200", b.curves.view.CrosshairX)
	}
	b.send(tea.MouseReleaseMsg{X: 22, Y: 20})
	b.send(tea.MouseWheelMsg{X: 22, Y: 20, Button: tea.MouseWheelUp})
	if w := b.curves.view.Window; w.To-w.From < 319 || w.To-w.From > 321 {
		t.Errorf("wheel: got the window %v, want 320 steps", w)
	}
	before := b.curves.view.Window
	b.send(tea.MouseClickMsg{X: 30, Y: 20, Button: tea.MouseLeft})
	b.send(tea.MouseMotionMsg{X: 27, Y: 20, Button: tea.MouseLeft})
	if w := b.curves.view.Window; w.From <= before.From {
		t.Errorf("dragged left: got the window %v, want one right of %v", w, before)
	}
	b.send(tea.MouseReleaseMsg{X: 27, Y: 20})
	at := b.curves.view.Window
	b.send(tea.MouseMotionMsg{X: 20, Y: 20})
	b.send(tea.MouseWheelMsg{X: 3, Y: 0, Button: tea.MouseWheelUp})
	if b.curves.view.Window != at {
		t.Error("the mouse changes the window without a button or outside the charts")
	}
	b.send(tea.MouseClickMsg{X: 22, Y: 20, Button: tea.MouseRight})
	if b.curves.view.Window != (view.Window{}) || b.curves.view.Crosshair {
		t.Error("the right button does not reset the window and the crosshair")
	}
}

// Curves and comparisons fill the terminal exactly, in every state and at every size.
func TestCurvesAndCompareFillEverySize(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	states := [][]string{
		{"2", "h"}, {"esc", "t"}, {"T", "T", "T", "T", "d"}, {"end", "space", "up", "space", "b"}, {"d", "h"}, {"C", "A"}, {"esc"},
		{"4", "g", "down", "c"}, {"d"}, {"l", "d"}, {"1", "R"}, {"2"}, {"4"}, {"esc"}, {"R"},
	}
	for _, size := range []tea.WindowSizeMsg{
		{Width: 1, Height: 1}, {Width: 20, Height: 5}, {Width: 40, Height: 12}, {Width: 41, Height: 13}, {Width: 60, Height: 20},
		{Width: 80, Height: 24}, {Width: 99, Height: 60}, {Width: 100, Height: 30}, {Width: 300, Height: 100},
	} {
		b.send(size)
		b.curves.reset()
		b.press("1")
		for _, state := range states {
			b.press(state...)
			b.pollOnce()
			b.stale = true
			lines := strings.Split(b.View().Content, "\n")
			if len(lines) != size.Height {
				t.Errorf("%dx%d, after %v: got %d lines", size.Width, size.Height, state, len(lines))
			}
			for _, line := range lines {
				if width := ansi.StringWidth(line); width != size.Width {
					t.Fatalf("%dx%d, after %v: got a line of %d cells: %q", size.Width, size.Height, state, width, ansi.Strip(line))
				}
			}
			for _, at := range [][2]int{{0, 0}, {size.Width / 2, size.Height / 2}, {size.Width - 1, size.Height - 1}} {
				b.send(tea.MouseWheelMsg{X: at[0], Y: at[1], Button: tea.MouseWheelUp})
				b.send(tea.MouseClickMsg{X: at[0], Y: at[1], Button: tea.MouseLeft})
				b.send(tea.MouseMotionMsg{X: at[1], Y: at[0], Button: tea.MouseLeft})
			}
		}
	}
}

// A run has one colour on all screens and in figures, whichever runs are drawn or viewed.
func TestRunKeepsItsColour(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	ftft := b.theme.SeriesStyle(1)
	check := func(when, sign string) {
		t.Helper()
		if !strings.Contains(b.View().Content, ftft.Render(sign)) {
			t.Errorf("%s: ftft is not drawn in its colour, as %q", when, ftft.Render(sign))
		}
	}
	inFigure := func(when string) {
		t.Helper()
		for _, entry := range b.curves.drawFigure("", true).Legend {
			if strings.HasPrefix(entry.Name, "ftft") && entry.Colour != ftft.GetForeground() {
				t.Errorf("%s: ftft has the colour %v in the figure, want %v", when, entry.Colour, ftft.GetForeground())
			}
		}
	}
	b.press("2")
	check("at first", "━ ftft")
	b.press("tab")
	check("viewed", "━ ftft*")
	inFigure("viewed")
	b.press("d", "home", "space")
	check("in the list, without the reference", "━")
	check("in the legend, without the reference", "━ ftft*")
	b.press("d")
	inFigure("without the reference")
	b.press("4", "home")
	check("in the list of runs", "━")
	b.press("1")
	check("beside the map", "━ ftft*")
}

// plan writes the plan of the experiment, with more main runs after its own.
func (b *bench) plan(more ...rundir.StudyRun) {
	b.t.Helper()
	plan, err := b.study.ReadStudy()
	if err == nil {
		plan.Runs = append(plan.Runs, more...)
		err = b.study.WriteStudy(plan)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// drawnIDs returns the IDs of the runs drawn, in order.
func (b *bench) drawnIDs() string {
	var ids []string
	for _, d := range b.curves.drawn() {
		ids = append(ids, d.Run.ID())
	}
	return strings.Join(ids, " ")
}

// A run that is launched after runs were hidden and added is drawn. What the user has hidden and added is kept for the next session.
func TestLaunchedRunIsDrawn(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	b.press("2", "d", "down", "space", "end", "space") // hides ftft, adds erm-1
	if got := b.drawnIDs(); got != "demo-reference erm-1" {
		t.Fatalf("got %s", got)
	}
	b.plan(rundir.StudyRun{ID: "demo-random", Role: rundir.Main, Arm: rundir.Random, Seed: 1})
	b.train("demo-random", rundir.Main, rundir.Random, []int{1, 2, 3}).Train(100)
	b.pollOnce()
	if got := b.drawnIDs(); got != "demo-reference demo-random erm-1" {
		t.Errorf("after a launch: got %s, want the launched run drawn", got)
	}
	b.shows("━ demo random")
	b.execute(b.remember.write())
	again := &bench{t: t, App: New(b.options), study: b.study}
	again.send(tea.WindowSizeMsg{Width: 120, Height: 40})
	again.readRuns()
	again.execute(again.remember.recall())
	if got := again.drawnIDs(); got != "demo-reference demo-random erm-1" {
		t.Errorf("in the next session: got %s", got)
	}
	again.press("D")
	again.press("4", "down", "d", "d") // hidden and drawn again
	got, kept := again.drawnIDs(), again.curves.kept()
	if got != "demo-reference demo-ftft demo-random" || kept.Hidden != nil || kept.Added != nil {
		t.Errorf("got %s, hidden %v, added %v, want the experiment's own", got, kept.Hidden, kept.Added)
	}
}

// A view.json of older versions names the runs drawn. Those that are not named are hidden.
func TestReadViewWithTheRunsDrawn(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	view, err := os.ReadFile("testdata/view-drawn.json")
	if err == nil {
		err = os.WriteFile(rundir.Dir(b.study.Run("demo-reference")).View(), view, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	b.App = New(b.options)
	b.send(tea.WindowSizeMsg{Width: 120, Height: 40})
	b.readRuns()
	b.execute(b.remember.recall())
	if got := b.drawnIDs(); got != "demo-ftft erm-2" {
		t.Errorf("got %s", got)
	}
	b.plan(rundir.StudyRun{ID: "demo-random", Role: rundir.Main, Arm: rundir.Random, Seed: 1})
	b.pollOnce()
	if got := b.drawnIDs(); got != "demo-ftft demo-random erm-2" {
		t.Errorf("after a launch: got %s", got)
	}
}

// No two runs have one name in the legend, nor in the title of the screens.
func TestRunsHaveDifferentNames(t *testing.T) {
	run := func(id string, arm rundir.Arm, seed int64, fraction float64, rule string) *watch.Run {
		r := &watch.Run{Dir: rundir.Dir(id), Selection: &rundir.Selection{Fraction: fraction, Rule: rule, Count: 10}}
		r.Manifest.Arm, r.Manifest.Seed = arm, seed
		return r
	}
	shared := run("ftft", rundir.FTFT, 1, 0.33, "")
	older := &watch.Group{Dir: "older", Runs: []*watch.Run{shared, run("ftft-2", rundir.FTFT, 2, 0.33, "")}}
	newer := &watch.Group{Dir: "newer", Runs: []*watch.Run{
		run("a", rundir.FTFT, 1, 0.25, ""), run("b", rundir.FTFT, 1, 0.2501, ""),
		run("c", rundir.Random, 1, 0.5, ""), run("d", rundir.Random, 2, 0.5, ""), run("e", rundir.Random, 1, 0.50001, ""),
		run("f", rundir.Custom, 1, 1, "x > 1"), run("g", rundir.Custom, 1, 1, "y > 1"),
		shared, run("h", rundir.FTFT, 1, 0.33, ""), run("i", rundir.FTFT, 1, 0.33, ""), run("j", rundir.FTFT, 1, 0.33, ""),
	}}
	newer.Runs[9].Manifest.Set = map[string]string{"main.train.learning_rate": "0.0001", "stop.patience": "5"}
	newer.Runs[10].Selection, newer.Runs[10].Planned = nil, &rundir.StudyRun{Arm: rundir.FTFT, Strategy: "ambiguous", Fraction: 0.4}
	labels := labelsOf([]*watch.Group{newer, older, {Name: "alone", Runs: []*watch.Run{run("alone", rundir.ERM, 1, 1, "")}}})
	for id, want := range map[rundir.Dir]label{
		"a": {"ftft 25 %", "ftft 25 %"}, "b": {"ftft 25.01 %", "ftft 25.01 %"},
		"c": {"random 50 % seed 1", "random 50 %"}, "d": {"random 50 % seed 2", "random 50 %"},
		"e": {"random 50.001 % seed 1", "random 50.001 %"},
		"f": {"f", "f"}, "g": {"g", "g"},
		"ftft": {"ftft 33 % seed 1", "ftft 33 %"}, "h": {"h", "h"},
		"i": {"ftft 33 % lr 0.0001 patience 5", "ftft 33 % lr 0.0001 patience 5"}, "j": {"ftft 40 %", "ftft 40 %"},
		"alone": {"alone", "erm 100 %"},
	} {
		if got := labels[id]; got != want {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
	}
}

// The small charts beside the map show the whole axis, whatever part of it the curves show.
func TestZoomStaysOnCurves(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	before := b.shown()
	b.press("2", "+", "+", "+", "C", "h", "1")
	if got := b.shown(); got != before {
		t.Errorf("the map has changed:\n%s", got)
	}
	b.press("2")
	if b.curves.view.Window == (view.Window{}) {
		t.Error("the zoom is lost on the way back")
	}
}

// In a narrow terminal the line of the run's state leaves out bars before figures, and other runs before the viewed one.
func TestStateLineKeepsFigures(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	reference, ftft := b.train("demo-reference", rundir.Reference, "", nil), b.train("demo-ftft", rundir.Main, rundir.FTFT, firstRows(330))
	reference.Train(150)
	ftft.Train(100)
	b.readRuns()
	defer runtime.KeepAlive([]any{reference, ftft}) // they hold the runs' locks
	for w := 20; w <= 140; w++ {
		b.App.w = w
		line := ansi.Strip(b.stateLine())
		percents, bars := strings.Count(line, " %"), strings.Count(line, "░ ")
		if view.Width(line) > w || !strings.HasPrefix(line, "running") || w >= 24 && percents < 1 || bars > 0 && percents < 2 ||
			percents == 2 && !strings.Contains(line, "━ ftft") {
			t.Errorf("%d cells: got %q", w, line)
		}
	}
}
