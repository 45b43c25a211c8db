package view

import (
	"slices"
	"testing"

	"charm.land/lipgloss/v2"

	"ftft/train/rundir"
	"ftft/train/watch"
)

func runOf(id string, arm rundir.Arm) *watch.Run {
	run := &watch.Run{Dir: rundir.Dir(id)}
	run.Manifest.Arm = arm
	return run
}

// The arm and the order in the experiment give a run its colour. Runs that are added to a plan and newer experiments change none.
func TestColoursOfRuns(t *testing.T) {
	older := &watch.Group{Runs: []*watch.Run{
		runOf("ref", ""), runOf("ftft-1", rundir.FTFT), runOf("erm", rundir.ERM), runOf("ftft-2", rundir.FTFT),
	}}
	want := map[rundir.Dir]int{"ref": 0, "ftft-1": 1, "erm": 3, "ftft-2": 1 + ColourArms}
	check := func(groups ...*watch.Group) {
		t.Helper()
		got := RunColours(groups)
		for run, colour := range want {
			if got[run] != colour {
				t.Errorf("%s: got colour %d, want %d", run, got[run], colour)
			}
		}
	}
	check(older)
	older.Runs = append(older.Runs, runOf("ftft-3", rundir.FTFT), runOf("custom", rundir.Custom), runOf("theirs", "distilled"))
	want["ftft-3"], want["custom"], want["theirs"] = 1+2*ColourArms, 5, 5+ColourArms
	check(older)
	newer := &watch.Group{Runs: []*watch.Run{
		runOf("ftft-4", rundir.FTFT), runOf("ref", ""), runOf("ref-2", ""), runOf("ftft-2", rundir.FTFT), runOf("ftft-5", rundir.FTFT),
	}}
	// ftft-2 keeps the second colour of its arm, so the next run that is only in this experiment has the third.
	want["ref-2"], want["ftft-4"], want["ftft-5"] = ColourArms, 1, 1+2*ColourArms
	check(newer, older)
}

func TestLettersTellEqualColoursApart(t *testing.T) {
	theme := &Theme{Series: make([]lipgloss.Style, 12)}
	drawn := []DrawnRun{{Colour: 0}, {Colour: 1}, {Colour: 13}, {Colour: 1}, {Colour: 7}}
	check := func(want string) {
		t.Helper()
		SetLetters(theme, drawn)
		got := ""
		for _, d := range drawn {
			got += signOf(d.Letter)
		}
		if got != want {
			t.Errorf("got the signs %s, want %s", got, want)
		}
	}
	check("━abc━")
	theme.Glyphs = true
	check("abnch")
	drawn = slices.Repeat([]DrawnRun{{Colour: 3}}, 60) // more runs than letters
	SetLetters(theme, drawn)
}
