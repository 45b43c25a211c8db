package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/configs"
	"ftft/internal/disk"
	"ftft/train/rundir"
	"ftft/tui/session"
)

// firstExperiment returns the workbench of a user who has never seen one, on an experiment of three arms that is running.
func firstExperiment(t *testing.T, w, h int) *bench {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	b := newBench(t, w, h, nil)
	b.setState(rundir.Running)
	return b
}

// setState writes the plan of the experiment in a state, of a process that this machine cannot test.
func (b *bench) setState(state string) {
	b.t.Helper()
	config, err := configs.Load("demo", "train.max_steps=400", "train.batch_size=10")
	if err != nil {
		b.t.Fatal(err)
	}
	plan := rundir.Study{Name: "demo", State: state, Config: string(config.TOML()), Owner: rundir.Owner{Host: "elsewhere"},
		Created: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Runs: []rundir.StudyRun{{ID: "demo-reference", Role: rundir.Reference, Seed: 1}}}
	for _, arm := range []rundir.Arm{rundir.FTFT, rundir.Random, rundir.ERM} {
		plan.Runs = append(plan.Runs, rundir.StudyRun{ID: "demo-" + string(arm), Role: rundir.Main, Arm: arm, Seed: 1, Parent: "demo-reference"})
	}
	if err := b.study.WriteStudy(plan); err != nil {
		b.t.Fatal(err)
	}
}

// The strip of a first experiment, from its start to its results.
func TestStrip(t *testing.T) {
	for _, size := range []tea.WindowSizeMsg{{Width: 120, Height: 40}, {Width: 80, Height: 24}, {Width: 60, Height: 20}} {
		golden := func(b *bench, name string) { b.golden(fmt.Sprintf("%s-%dx%d", name, size.Width, size.Height)) }
		b := firstExperiment(t, size.Width, size.Height)
		b.readRuns()
		if b.strip.lines() != 0 {
			t.Fatal("there is a strip before it is known what the user has seen")
		}
		b.execute(b.strip.recall())
		b.readRuns()
		b.shows("reading the data", "not known yet")
		reference := b.train("demo-reference", rundir.Reference, "", nil)
		reference.Train(50)
		b.readRuns()
		golden(b, "strip-begins")
		reference.Train(250)
		b.readRuns()
		golden(b, "strip-word")
		reference.Train(100)
		reference.Finish(rundir.Finish{Status: rundir.Complete})
		b.readRuns()
		ftft := b.train("demo-ftft", rundir.Main, rundir.FTFT, firstRows(330))
		ftft.Train(100)
		b.readRuns()
		for b.strip.word().Name != "" {
			b.press("esc")
		}
		golden(b, "strip-arm")
		ftft.Train(300)
		ftft.Finish(rundir.Finish{Status: rundir.Complete})
		b.setState(rundir.Complete)
		b.readRuns()
		golden(b, "strip-ended")
	}
}

// Each word is explained once, on the screens that show it. What the user has dismissed stays dismissed, and so does the strip after
// the end of an experiment.
func TestStripIsDismissed(t *testing.T) {
	b := firstExperiment(t, 80, 24)
	b.execute(b.strip.recall())
	reference := b.train("demo-reference", rundir.Reference, "", nil)
	reference.Train(300)
	b.readRuns()
	height := b.paneHeight()
	b.shows("p(gold): the probability")
	b.press("esc")
	b.shows("confidence: mean p(gold)")
	b.press("4", "esc")
	if got := b.strip.guide.Words; len(got) != 2 || got[0] != "p(gold)" || got[1] != "ftft" {
		t.Errorf("dismissed: got %q, want p(gold) and ftft", got)
	}
	b.press("1", ":", "esc") // esc belongs to what is open, and to what has been entered
	b.press(":")
	b.typeText("confidence < 0.5")
	b.press("enter", "esc")
	b.shows("confidence: mean p(gold)")
	if b.sel.Rule != "" || b.paneHeight() != height {
		t.Errorf("got the rule %q and a pane of %d lines, want none and %d", b.sel.Rule, b.paneHeight(), height)
	}
	again := b.reopen()
	again.execute(again.strip.recall())
	again.readRuns()
	again.shows("confidence: mean p(gold)")
	for range len(explainedWords) + 1 {
		again.press("esc")
	}
	again.shows("reference: epoch 4 of 4")
	if again.press("ctrl+g"); again.paneHeight() != height+1 {
		t.Errorf("without the strip: got a pane of %d lines, want %d", again.paneHeight(), height+1)
	}
	again.press("ctrl+g")
	again.shows("reference: epoch 4 of 4")
	reference.Train(100)
	reference.Finish(rundir.Finish{Status: rundir.Complete})
	b.setState(rundir.Failed)
	again.readRuns()
	again.shows("demo has failed: 4 shows why.")
	again.press("esc")
	if guide, err := session.ReadGuide(); err != nil || !guide.Seen || !guide.Knows("p(gold)") {
		t.Errorf("got the guide %+v (%v), want the end as seen", guide, err)
	}
	b.setState(rundir.Running)
	third := b.reopen()
	third.execute(third.strip.recall())
	third.readRuns()
	if third.strip.lines() != 0 {
		t.Error("the strip is shown again after an experiment has ended")
	}
}

// No strip is drawn for an experiment that ended before the session, in a lesson, for a follower, or where there is no room.
func TestNoStrip(t *testing.T) {
	b := firstExperiment(t, 80, 24)
	b.setState(rundir.Complete)
	b.execute(b.strip.recall())
	b.readRuns()
	if b.strip.lines() != 0 {
		t.Error("an experiment that has ended has a strip")
	}
	b.setState(rundir.Running)
	b.readRuns()
	b.send(tea.WindowSizeMsg{Width: 39, Height: 11})
	if b.strip.dir == "" || b.strip.lines() != 0 {
		t.Errorf("on a small screen: got %d lines, want none", b.strip.lines())
	}
	for _, change := range []func(*Options){
		func(o *Options) { o.Follow = b.study.Run("demo-reference") },
		func(o *Options) { o.Lesson = &Lesson{} },
	} {
		options := b.options
		change(&options)
		if a := New(options); a.strip.recall() != nil {
			t.Errorf("got the guide read in a lesson or for a follower")
		}
	}
}

// An unreadable guide is reported, and nothing is explained then: it would be explained in each session.
func TestUnreadableGuide(t *testing.T) {
	b := firstExperiment(t, 80, 24)
	if err := session.ExtendGuide(session.Guide{Format: 1}); err != nil {
		t.Fatal(err)
	}
	if err := disk.WriteFile(disk.StateFile("guide.json"), []byte("{")); err != nil {
		t.Fatal(err)
	}
	b.execute(b.strip.recall())
	b.shows("ignoring what has been explained before")
	b.readRuns()
	if b.strip.lines() != 0 {
		t.Error("there is a strip without a readable guide")
	}
}

// The meanings of the words fit beside the progress of a run on 80 columns, except those of panels that only wide screens have.
func TestWordsFit(t *testing.T) {
	b := firstExperiment(t, 80, 24)
	b.execute(b.strip.recall())
	reference := b.train("demo-reference", rundir.Reference, "", nil)
	reference.Train(300)
	b.readRuns()
	for _, key := range []string{"1", "2", "3", "4", "5"} {
		b.press(key)
		for b.strip.word().Name != "" {
			line := b.strip.draw()[0]
			if strings.Contains(line, "…") || !strings.Contains(line, "esc: next") {
				t.Errorf("cut: %s", line)
			}
			b.press("esc")
		}
	}
}
