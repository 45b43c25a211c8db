package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ftft/internal/disk"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

const (
	pollEvery  = 250 * time.Millisecond
	printEvery = 5 * time.Second
	startGrace = 10 * time.Second // within which the process of an experiment must take its lock
)

// A monitor prints the progress of an experiment as plain lines.
type monitor struct {
	out     io.Writer
	dir     rundir.StudyDir
	feed    *watch.Feed
	runs    []rundir.Dir           // of the experiment: their logs are read whole
	printed map[string]*printedRun // by run
	began   time.Time
	waits   string    // why the experiment did nothing when that was printed last
	active  string    // the run that trained when the experiment's steps were printed last
	stepped time.Time // when that was
}

// A printedRun tells what has been printed of a run.
type printedRun struct {
	state                         string
	reused                        bool // complete before the monitor began
	warnings, evaluations, epochs int
	progress                      time.Time
	preparing                     *phasePrinter
	job                           string // how its job stood
}

// printProgress prints the progress of an experiment until it ends. When ctx ends, it asks the experiment's process to end, which
// saves the model. ended receives the end of that process; if it is nil, the experiment ends when its lock is free.
func printProgress(ctx context.Context, out io.Writer, dir rundir.StudyDir, ended <-chan error) error {
	m := &monitor{out: out, dir: dir, feed: watch.New(filepath.Dir(string(dir))), printed: map[string]*printedRun{}, began: time.Now()}
	fmt.Fprintf(out, "%s: running in the background; Ctrl-C stops it, closing this terminal does not\n", dir.ID())
	asked := false
	for {
		var end error
		var over bool
		select {
		case end = <-ended:
			ended, over = nil, !rundir.Locked(dir)
			if !over { // another process took the lock first
				continue
			}
		case <-time.After(pollEvery):
			over = ended == nil && !rundir.Locked(dir) && time.Since(m.began) > startGrace/10
		}
		m.print()
		if over {
			return m.outcome(end)
		}
		if ctx.Err() != nil && !asked {
			asked = true
			fmt.Fprintln(out, "interrupted: finishing the step and saving the model; interrupt again to leave at once")
			if err := signalOwner(dir); err != nil {
				return err
			}
		}
	}
}

// outcome prints how the experiment ended, or returns it as an error. end is the error with which its process ended.
func (m *monitor) outcome(end error) error {
	plan, err := m.dir.ReadStudy()
	if err != nil {
		return errors.Join(end, err)
	}
	switch plan.State {
	case rundir.Complete:
		return nil
	case rundir.Stopped:
		fmt.Fprintf(m.out, "%s: stopped by request\n", m.dir.ID())
		return nil
	case rundir.Interrupted:
		fmt.Fprintf(m.out, "%s: interrupted; resume it with ftft resume %s\n", m.dir.ID(), m.dir)
		return errInterrupted
	case rundir.Failed:
		return fmt.Errorf("%s failed: %s", m.dir.ID(), m.causes(plan))
	default:
		why := lastLines(studyLog(m.dir), 5)
		if free, known := disk.Free(string(m.dir)); why == "" && known && free < little {
			why = "the disk is full; free some space and run it again"
		}
		return fmt.Errorf("%s: its process ended unexpectedly (%v): %s", m.dir.ID(), end, why)
	}
}

// causes returns why the runs of a failed experiment have failed, by their logs, or else the last lines of the experiment's log.
func (m *monitor) causes(plan rundir.Study) string {
	var causes []string
	for _, run := range plan.Runs {
		if run.State != rundir.Failed {
			continue
		}
		if status, err := m.dir.Run(run.ID).Status(); err == nil && status.Finish != nil && status.Finish.Message != "" {
			causes = append(causes, run.ID+": "+status.Finish.Message)
		}
	}
	if len(causes) == 0 {
		return lastLines(studyLog(m.dir), 5)
	}
	return strings.Join(causes, "\n")
}

// print prints what has changed since the last call.
func (m *monitor) print() {
	for range 2 { // the first poll finds runs, the second reads them
		found := m.runs
		for _, group := range m.feed.Poll("", m.runs...).Groups {
			if group.Dir != m.dir {
				continue
			}
			m.runs = nil
			for _, run := range group.Runs {
				m.runs = append(m.runs, run.Dir)
				if !run.Brief {
					m.printRun(run)
				}
			}
			m.printWait(group)
			m.printSteps(group)
		}
		if slices.Equal(m.runs, found) {
			return
		}
	}
}

// little is the free space, in bytes, that does not suffice to write a plan, so that a full disk cannot be reported there.
const little = 16 << 10

// printWait prints why the experiment does nothing, when that changes.
func (m *monitor) printWait(group *watch.Group) {
	waits := ""
	for _, run := range group.Runs {
		if run.Status.State == rundir.Pending && run.Status.Waits != "" {
			waits = run.Status.Waits
		}
	}
	active := slices.ContainsFunc(group.Runs, (*watch.Run).Active)
	if free, known := disk.Free(string(m.dir)); known && free < little && !active {
		waits = fmt.Sprintf("the disk of %s is full: waiting for space", m.dir)
	}
	if waits != m.waits && waits != "" {
		fmt.Fprintf(m.out, "%-*s  note: %s\n", nameWidth, m.dir.ID(), waits)
	}
	m.waits = waits
}

// stepsEvery is the time between two lines about the experiment, unless the run that trains changes.
const stepsEvery = time.Minute

// printSteps prints what comes next in the experiment and when it will be over, once that is known of a run that trains.
func (m *monitor) printSteps(group *watch.Group) {
	if _, known := group.Remaining(); !known {
		return
	}
	i := slices.IndexFunc(group.Runs, func(run *watch.Run) bool { return run.Active() && run.Status.Step > 0 })
	if i < 0 || group.Runs[i].ID() == m.active && time.Since(m.stepped) < stepsEvery {
		return
	}
	m.active, m.stepped = group.Runs[i].ID(), time.Now()
	fmt.Fprintf(m.out, "%-*s  %s\n", nameWidth, m.dir.ID(), view.PlanText(group))
}

// nameWidth is the width of the names at the beginning of lines.
const nameWidth = 22

// printRun prints what has changed of a run.
func (m *monitor) printRun(run *watch.Run) {
	t := m.printed[run.ID()]
	isNew := t == nil
	if isNew {
		name := fmt.Sprintf("%-*s  ", nameWidth, run.ID())
		t = &printedRun{state: rundir.Pending, preparing: &phasePrinter{out: m.out, name: name}}
		m.printed[run.ID()] = t
	}
	line := func(format string, values ...any) {
		fmt.Fprintf(m.out, "%-*s  %s\n", nameWidth, run.ID(), fmt.Sprintf(format, values...))
	}
	if t.reused {
		return
	}
	t.preparing.tell(run.Preparing)
	if isNew && run.Status.State == rundir.Complete && run.Status.Updated.Before(m.began) {
		t.reused = true
		line("already complete with the same config and data: used again")
		if warning := referenceWarning(run); warning != "" {
			line("note: %s", warning)
		}
		return
	}
	ended := run.Status.State != rundir.Pending && run.Status.State != rundir.Running
	if isNew && ended && run.Status.Updated.Before(m.began) { // the command that started that attempt has printed its end
		t.state, t.warnings, t.epochs = run.Status.State, len(run.Warnings), run.Epochs
		t.evaluations = len(run.Evaluations)
	}
	t.evaluations = min(t.evaluations, len(run.Evaluations)) // a resumed run may evaluate again after the step of its checkpoint
	if run.Start != nil && t.progress.IsZero() {
		t.progress = time.Now()
		line("%d examples, %d steps of %d, %d threads", run.Start.Examples, run.Start.MaxSteps, run.Start.BatchSize, run.Start.Threads)
	}
	if job := view.JobText(run); job != t.job {
		if t.job = job; job != "" {
			line("%s", job)
		}
	}
	for ; t.warnings < len(run.Warnings); t.warnings++ {
		line("note: %s", run.Warnings[t.warnings].Message)
	}
	for t.evaluations < len(run.Evaluations) { // one line for all sets that were evaluated after a step
		step, scores := run.Evaluations[t.evaluations].Step, []string{}
		if run.Status.Step <= step && run.Status.Finish == nil {
			break // the evaluation may not have reached the other sets
		}
		for ; t.evaluations < len(run.Evaluations) && run.Evaluations[t.evaluations].Step == step; t.evaluations++ {
			e := run.Evaluations[t.evaluations]
			scores = append(scores, fmt.Sprintf("%s %.4f (F1 %.4f)", e.EvalSet(), e.Accuracy, e.MacroF1))
		}
		line("step %d: accuracy %s", step, strings.Join(scores, ", "))
		t.progress = time.Now()
	}
	if t.epochs < run.Epochs {
		t.epochs = run.Epochs
		line("epoch %d complete", t.epochs)
	}
	if left, ok := run.Left(); ok && time.Since(t.progress) > printEvery {
		t.progress = time.Now()
		if run.Status.Step == run.Start.MaxSteps {
			line("step %d of %d, evaluating", run.Status.Step, run.Start.MaxSteps)
		} else {
			line("step %d of %d, loss %.4f, %.0f tokens/s, %s left", run.Status.Step, run.Start.MaxSteps,
				mean(run.Losses, 50), float64(run.Steps.Tokens)/run.Steps.Seconds, left.Round(time.Second))
		}
	}
	if t.state != run.Status.State {
		t.state = run.Status.State
		if finish := run.Status.Finish; finish != nil {
			early := ""
			if finish.StoppedEarly {
				early = ", stopped early"
			}
			line("%s at step %d%s, %.1f s of training%s", t.state, run.Status.Step, early, finish.Seconds, prefixed(": ", finish.Message))
			if run.Outside() && (t.state == rundir.Failed || t.state == rundir.Interrupted) {
				printed, _ := watch.ReadOutput(run.Dir) // without it the message remains
				for _, text := range printed {
					line("| %s", text)
				}
			}
			if warning := referenceWarning(run); warning != "" {
				line("note: %s", warning)
			}
		} else if t.state != rundir.Running {
			line("%s", t.state)
		}
	}
}

// referenceWarning returns the warning of a reference that has ended and is not fit to select examples, "" if there is none.
func referenceWarning(run *watch.Run) string {
	if run.Manifest.Role != rundir.Reference {
		return ""
	}
	picture, err := watch.PictureOf(run)
	if err != nil {
		return "" // whatever prevents the map also prevents the selection, and is reported there
	}
	return picture.Map.Warning()
}

// mean returns the mean of the last n losses.
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
