package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"ftft/train/rundir"
	"ftft/train/watch"
)

const (
	pollEvery  = 250 * time.Millisecond
	sayEvery   = 5 * time.Second
	startGrace = 10 * time.Second // in which a study process that was started must take its lock
)

// A follower prints what is new of a study's runs.
type follower struct {
	out   io.Writer
	dir   rundir.StudyDir
	feed  *watch.Feed
	told  map[string]*told // by run
	began time.Time
}

// told is what has been printed of a run.
type told struct {
	state                         string
	used                          bool // complete before the study was followed
	warnings, evaluations, epochs int
	progress                      time.Time
}

// follow prints the progress of a study until it ends. When ctx ends, the study process is told so, and saves what it is
// at. ended hears of that process's end; without it the study's lock tells.
func follow(ctx context.Context, out io.Writer, dir rundir.StudyDir, ended <-chan error) error {
	f := &follower{out: out, dir: dir, feed: watch.New(filepath.Dir(string(dir))), told: map[string]*told{}, began: time.Now()}
	fmt.Fprintf(out, "%s: following; it goes on if this terminal closes, and Ctrl-C stops it\n", dir.ID())
	asked := false
	for {
		var end error
		over := false
		select {
		case end = <-ended:
			over = true
			if ended, over = nil, !rundir.Locked(dir); !over { // another process was there first
				continue
			}
		case <-time.After(pollEvery):
			over = ended == nil && !rundir.Locked(dir) && time.Since(f.began) > startGrace/10
		}
		f.print()
		if over {
			return f.outcome(end)
		}
		if ctx.Err() != nil && !asked {
			asked = true
			fmt.Fprintln(out, "interrupted: finishing the step and saving the model; once more leaves at once")
			if err := signalOwner(dir); err != nil {
				return err
			}
		}
	}
}

// outcome says how the study ended, given how its process did.
func (f *follower) outcome(end error) error {
	plan, err := f.dir.ReadStudy()
	if err != nil {
		return errors.Join(end, err)
	}
	switch plan.State {
	case rundir.Complete:
		return nil
	case rundir.Stopped:
		fmt.Fprintf(f.out, "%s: stopped by request\n", f.dir.ID())
		return nil
	case rundir.Interrupted:
		fmt.Fprintf(f.out, "%s: interrupted; run the same again to go on with what is left\n", f.dir.ID())
		return errInterrupted
	case rundir.Failed:
		return fmt.Errorf("%s failed: %s", f.dir.ID(), lastLines(studyLog(f.dir), 5))
	default:
		return fmt.Errorf("%s: its process ended without a word (%v): %s", f.dir.ID(), end, lastLines(studyLog(f.dir), 5))
	}
}

// print says what has changed since it last did.
func (f *follower) print() {
	for _, group := range f.feed.Poll("").Groups {
		if group.Dir != f.dir {
			continue
		}
		for _, run := range group.Runs {
			f.printRun(run)
		}
	}
}

func (f *follower) printRun(run *watch.Run) {
	t := f.told[run.ID()]
	isNew := t == nil
	if isNew {
		t = &told{state: rundir.Pending}
		f.told[run.ID()] = t
	}
	say := func(format string, values ...any) {
		fmt.Fprintf(f.out, "%-*s  %s\n", 22, run.ID(), fmt.Sprintf(format, values...))
	}
	if t.used {
		return
	}
	if isNew && run.Status.State == rundir.Complete && run.Status.Updated.Before(f.began) {
		t.used = true
		say("complete already, with the same config and data: used again")
		return
	}
	if run.Start != nil && t.progress.IsZero() {
		t.progress = time.Now()
		say("%d examples, %d steps of %d, %d threads", run.Start.Examples, run.Start.MaxSteps, run.Start.BatchSize, run.Start.Threads)
	}
	for ; t.warnings < len(run.Warnings); t.warnings++ {
		say("note: %s", run.Warnings[t.warnings].Message)
	}
	for t.evaluations < len(run.Evaluations) { // a line for what one step's evaluation has brought
		step, scores := run.Evaluations[t.evaluations].Step, []string{}
		if run.Status.Step <= step && run.Status.Finish == nil {
			break // the other sets' may be to come
		}
		for ; t.evaluations < len(run.Evaluations) && run.Evaluations[t.evaluations].Step == step; t.evaluations++ {
			e := run.Evaluations[t.evaluations]
			scores = append(scores, fmt.Sprintf("%s %.4f (F1 %.4f)", e.Set, e.Accuracy, e.MacroF1))
		}
		say("step %d: accuracy %s", step, strings.Join(scores, ", "))
		t.progress = time.Now()
	}
	if t.epochs < run.Epochs {
		t.epochs = run.Epochs
		say("epoch %d complete", t.epochs)
	}
	if left, ok := run.Left(); ok && time.Since(t.progress) > sayEvery {
		t.progress = time.Now()
		say("step %d of %d, loss %.4f, %.0f tokens/s, %s left", run.Status.Step, run.Start.MaxSteps, mean(run.Losses, 50), float64(run.Steps.Tokens)/run.Steps.Seconds, left.Round(time.Second))
	}
	if t.state != run.Status.State {
		t.state = run.Status.State
		if finish := run.Status.Finish; finish != nil {
			early := ""
			if finish.StoppedEarly {
				early = ", stopped early"
			}
			say("%s at step %d%s, %.1f s of training%s", t.state, run.Status.Step, early, finish.Seconds, prefixed(": ", finish.Message))
		} else if t.state != rundir.Running {
			say("%s", t.state)
		}
	}
}

// mean is that of the last n losses.
func mean(losses []float32, n int) float64 {
	sum := 0.0
	last := losses[max(0, len(losses)-n):]
	for _, v := range last {
		sum += float64(v)
	}
	return sum / float64(len(last))
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}
