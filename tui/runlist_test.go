package tui

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"ftft/train/rundir"
	"ftft/train/watch"
)

// ids returns the IDs of the runs in the list.
func (b *bench) ids() (list []string) {
	for _, row := range b.listing.view.Rows() {
		list = append(list, row.Run.ID())
	}
	return list
}

// sees checks the IDs of the runs in the list, and the one under the cursor.
func (b *bench) sees(cursor string, want ...string) {
	b.t.Helper()
	if got := b.ids(); !slices.Equal(got, want) {
		b.t.Errorf("the list is %q, want %q", got, want)
	}
	if got := b.underCursor(); got == nil || got.ID() != cursor {
		b.t.Errorf("the cursor is on %v, want %s", got.Dir, cursor)
	}
}

// Sorting and filtering keep the cursor on its run.
func TestRunsAreSortedAndFiltered(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	b.press("4", "down")
	b.sees("demo-ftft", "demo-reference", "demo-ftft", "erm-2", "erm-1")
	b.press("o")
	b.sees("demo-ftft", "demo-ftft", "demo-reference", "erm-1", "erm-2")
	b.shows("run↑", "by run")
	b.press("O")
	b.sees("demo-ftft", "erm-2", "erm-1", "demo-reference", "demo-ftft")
	b.press("o", "o", "o", "o") // arm, seed, state, OOD test
	b.sees("demo-ftft", "erm-2", "demo-reference", "erm-1", "demo-ftft")
	b.shows("OOD test↓")
	b.press("f")
	b.typeText("ERM")
	b.shows("2 of 4 runs")
	b.press("enter")
	b.sees("erm-1", "erm-2", "erm-1")
	b.shows(`2 of 4 with "ERM"`)
	b.press("f")
	b.typeText(" nothing")
	b.shows("No run has all of these words")
	b.press("esc")
	b.sees("erm-1", "erm-2", "erm-1")
	b.press("F", "o", "o", "o") // OOD val, ID val, progress
	b.sees("erm-1", "demo-reference", "erm-2", "erm-1", "demo-ftft")
	if want := []string{"runs", "--sort", "progress"}; !slices.Equal(b.App.list.listArgs(), want) {
		t.Errorf("the command is %q, want %q", b.App.list.listArgs(), want)
	}
	b.press("o", "o")
	b.shows("by experiment, the newest first")
}

// A click on a header sorts, a click on a row moves the cursor, and so does the wheel.
func TestMouseOnRuns(t *testing.T) {
	b := finishedExperiment(t, 80, 24)
	b.press("4")
	lines := strings.Split(b.shown(), "\n")
	click := func(text string) {
		t.Helper()
		for y, line := range lines {
			if before, _, found := strings.Cut(line, text); found {
				b.send(tea.MouseClickMsg{X: len([]rune(before)), Y: y, Button: tea.MouseLeft})
				return
			}
		}
		t.Fatalf("no %q", text)
	}
	click("erm-2")
	b.sees("erm-2", "demo-reference", "demo-ftft", "erm-2", "erm-1")
	click("OOD val")
	b.sees("erm-2", "erm-2", "demo-reference", "erm-1", "demo-ftft")
	click("OOD val")
	b.sees("erm-2", "demo-ftft", "erm-1", "demo-reference", "erm-2")
	b.send(tea.MouseWheelMsg{X: 5, Y: 5, Button: tea.MouseWheelUp})
	b.sees("demo-ftft", "demo-ftft", "erm-1", "demo-reference", "erm-2")
}

// The pane tells the differences to the run before, and what the keys do with this run.
func TestPaneBelowRuns(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	reference := b.train("demo-reference", rundir.Reference, "", nil)
	reference.Train(10)
	reference.Log(&rundir.Warning{Message: "the fan is loud"})
	defer reference.Die()
	b.readRuns()
	b.press("4")
	b.shows("p pause", "x stop", "^s save", "Warning: the fan is loud")
	b.press("down")
	b.stale = true
	b.shows("Differences to demo-reference", "arm: reference -> ftft", "Waiting for its turn.")
	if shown := b.shown(); strings.Contains(shown, "x stop") || strings.Contains(shown, "r resume") {
		t.Errorf("a run that waits can be stopped or resumed:\n%s", shown)
	}
}

// A run that is only planned trains on what the plan says, not on all examples.
func TestPlannedRunsInThePane(t *testing.T) {
	planned := func(strategy, hash string) *watch.Run {
		return &watch.Run{Planned: &rundir.StudyRun{Strategy: strategy, Fraction: 0.33, SelectionHash: hash}}
	}
	ftft := &watch.Run{Selection: &rundir.Selection{Strategy: "ambiguous", Fraction: 0.33, Count: 330}}
	erm := &watch.Run{}
	for _, c := range []struct {
		from, to *watch.Run
		want     string
	}{
		{ftft, planned("random", ""), "ambiguous 33 % -> random 33 %"},
		{ftft, planned("ambiguous", ""), ""},
		{ftft, planned("rule", "abc"), "ambiguous 33 % -> the rows that it was launched with"},
		{erm, planned("random", ""), "all examples -> random 33 %"},
		{planned("", ""), ftft, "all examples -> ambiguous 33 %"},
		{erm, ftft, "all examples -> ambiguous 33 %, 330 examples"},
	} {
		got := ""
		for _, change := range (detailKey{run: c.to, neighbour: c.from}).planned() {
			if change.Key == "trains on" {
				got = change.From + " -> " + change.To
			}
		}
		if got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// The row under the cursor is highlighted from end to end.
func TestCursorOnRunsIsTheRow(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	b.press("4", "end")
	for _, line := range strings.Split(b.View().Content, "\n") {
		if strings.Contains(line, "erm-1") && strings.Contains(line, "complete") {
			inner := strings.TrimSuffix(strings.TrimPrefix(strings.TrimRight(line, " "), "\x1b[7m"), "\x1b[m")
			if strings.Contains(inner, "\x1b") || !strings.HasPrefix(line, "\x1b[7m") {
				t.Errorf("the row is %q", line)
			}
			return
		}
	}
	t.Error("no row of erm-1")
}
