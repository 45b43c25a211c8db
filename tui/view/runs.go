package view

import (
	"fmt"
	"strings"

	"ftft/train/rundir"
	"ftft/train/watch"
)

// Runs draws the list of all runs in the runs folder, by experiment.
type Runs struct {
	Theme  *Theme
	Groups []*watch.Group
	Cursor int // the index of a run, counted through all groups
	Focus  rundir.Dir
	Signs  map[rundir.Dir]string // of the runs whose curves are drawn
	Hint   string                // the keys
}

// Draw fills w by h cells, scrolled to the cursor.
func (r *Runs) Draw(w, h int) []string {
	t := r.Theme
	heading := Spread(t.Title.Render("Runs"), t.Dim.Render(r.Hint), w)
	if len(r.Groups) == 0 {
		return Fit([]string{heading, "", "  No runs here yet. Start with:  ftft run demo"}, w, h)
	}
	var lines []string
	at, n, status, state := 0, 0, "", "" // at is the line of the cursor
	for _, group := range r.Groups {
		if group.Dir != "" {
			lines = append(lines, t.Strong.Render(group.Name)+"  "+t.State(group.State).Render(group.State))
		}
		for _, run := range group.Runs {
			line := r.line(run, w)
			if n == r.Cursor {
				at, status, state = len(lines), StatusText(run), run.State()
				line = t.Picked.Render(Fit([]string{line}, w, 1)[0])
			}
			lines, n = append(lines, line), n+1
		}
	}
	below := []string{""}
	for _, line := range Wrap(status, w) {
		below = append(below, t.State(state).Render(line))
	}
	room := max(h-1-len(below), 1)
	first := min(max(at-room/2, 0), max(len(lines)-room, 0))
	lines = Fit(lines[first:], w, room)
	return Fit(append(append([]string{heading}, lines...), below...), w, h)
}

// line returns one run of the list.
func (r *Runs) line(run *watch.Run, w int) string {
	mark := "  "
	if run.Dir == r.Focus {
		mark = "● "
	}
	if sign := r.Signs[run.Dir]; sign != "" {
		mark = mark[:len(mark)-1] + sign
	}
	state := r.Theme.State(run.State()).Render(fmt.Sprintf("%-11s", run.State()))
	scores := ""
	for _, kind := range []string{"id", "ood"} {
		if score, ok := reported(run, kind); ok {
			scores += fmt.Sprintf("  %s %.3f", strings.ToUpper(kind), score)
		}
	}
	name := Fit([]string{Clean(run.ID())}, min(max(w-68, 14), 40), 1)[0]
	return fmt.Sprintf("%s %s %-9s %s %s%s", mark, name, run.Name(), state, Progress(run, 12), scores)
}

// reported returns the accuracy of a run as the experiment's report has it: at the best evaluation if the arm stops early and has
// ended, otherwise at the last one.
func reported(run *watch.Run, kind string) (accuracy float64, ok bool) {
	finish := run.Status.Finish
	best := finish != nil && finish.BestStep > 0 && run.Manifest.Role == rundir.Main && run.Manifest.Arm.StopsEarly()
	for _, score := range Scores(run, kind) {
		if accuracy, ok = score.Accuracy, true; best && score.Step == finish.BestStep {
			break
		}
	}
	return accuracy, ok
}

// Progress returns a run's progress bar of bar cells, its share of the steps and the time left.
func Progress(run *watch.Run, bar int) string {
	switch {
	case run.Given:
		return ""
	case run.Start == nil:
		return Bar(0, bar)
	}
	share := float64(run.Status.Step) / float64(max(run.Start.MaxSteps, 1))
	text := Bar(share, bar) + fmt.Sprintf(" %3.0f %%", 100*share)
	if finish := run.Status.Finish; finish != nil && finish.StoppedEarly {
		text += " early"
	}
	if left, ok := run.Left(); ok && run.State() != watch.Paused {
		text += " ETA " + Duration(left)
	}
	return text
}

// StatusText says how a run stands and what the user can do.
func StatusText(run *watch.Run) string {
	if run.Given {
		return "Imported dynamics: no training log."
	}
	finish := run.Status.Finish
	why := ""
	if finish != nil && finish.Message != "" {
		why = ": " + Clean(finish.Message)
	}
	if run.State() == watch.Queued {
		return fmt.Sprintf("Queued: %d ahead. ftft queue moves it.", run.Ahead)
	}
	switch run.Status.State {
	case rundir.Pending:
		return "Waiting for its turn."
	case rundir.NotStarted:
		missed := "its experiment ended first"
		if run.Missed != "" {
			missed = Clean(run.Missed) + " did not finish"
		}
		return "Not started: " + missed + ". r resumes the experiment; complete runs are reused."
	case rundir.Running:
		switch run.State() {
		case watch.Waiting:
			return Clean(run.Status.Waits) + ". It continues when there is space; x stops it."
		case watch.Paused:
			return fmt.Sprintf("Paused at step %s of %s. p resumes; x stops it.", Count(run.Status.Step), Count(run.Status.MaxSteps))
		}
		text := fmt.Sprintf("Step %s of %s. x stops it; quitting does not.", Count(run.Status.Step), Count(run.Status.MaxSteps))
		if n := len(run.Warnings); n > 0 {
			text += " Warning: " + Clean(run.Warnings[n-1].Message)
		}
		return text
	case rundir.Complete:
		if finish.StoppedEarly {
			return fmt.Sprintf("Stopped early at step %s of %s; best at step %s.",
				Count(run.Status.Step), Count(run.Status.MaxSteps), Count(finish.BestStep))
		}
		return fmt.Sprintf("Complete: %s steps%s.", Count(run.Status.Step), why)
	case rundir.Stopped:
		return fmt.Sprintf("Stopped on request at step %s. Its files are intact; r resumes it.", Count(run.Status.Step))
	case rundir.Interrupted:
		return fmt.Sprintf("Interrupted at step %s%s: its process is gone. Its files are intact; r resumes it.", Count(run.Status.Step), why)
	case rundir.Failed:
		if finish == nil {
			return "Failed before it started: study.log of its experiment tells why. Fix the cause and run the experiment again."
		}
		text := fmt.Sprintf("Failed at step %s%s. Fix the cause and run the experiment again.", Count(run.Status.Step), why)
		if len(finish.GUIDs) > 0 {
			text += " Batch: " + Clean(strings.Join(finish.GUIDs, ", "))
		}
		return text
	}
	return Clean(run.Status.State + why)
}
