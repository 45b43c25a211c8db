package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"ftft/configs"
	"ftft/train/metric"
	"ftft/train/rundir"
	"ftft/train/watch"
)

// RunDetail describes one run: its state and what the user can do, its scores, its warnings, and how it differs from its neighbour.
type RunDetail struct {
	Run       *watch.Run
	Label     string           // its name in its experiment
	Shared    []string         // the other experiments that use it
	Actions   []string         // what can be done now: a key and a verb each
	Neighbour string           // the ID of the run that it is compared with; empty = none
	Changes   []configs.Change // from the neighbour; nil with Waiting = not read yet
	Waiting   bool
	Problem   error // why the configs could not be read

	Output        []string // the last lines that the run's job has printed; in place of the changes
	OutputProblem error    // why they could not be read
}

// Draw fills w by h cells.
func (d *RunDetail) Draw(t *Theme, w, h int) []string {
	run := d.Run
	title := t.Strong.Render(Clean(run.ID())) + t.Dim.Render("  "+Clean(d.about()))
	if len(d.Shared) > 0 {
		title += t.Dim.Render(", shared with " + Clean(strings.Join(d.Shared, ", ")))
	}
	lines := []string{t.Dim.Render(strings.Repeat("─", max(w, 0))), title}
	status := t.wrapped(StatusText(run), w, t.State(run.State()))
	actions := Wrap(d.actions(t), w)
	if w >= wideTable {
		left := (w - 2) / 2
		facts := append(append(t.wrapped(StatusText(run), left, t.State(run.State())), Wrap(d.actions(t), left)...), d.scores(t, left)...)
		facts = append(facts, d.warnings(t, left)...)
		rest := max(h-len(lines), 0)
		return Fit(append(lines, Beside(Fit(facts, left, rest), Fit(d.beside(t, w-left-2, rest), w-left-2, rest), "  ")...), w, h)
	}
	if h < 4 {
		lines = lines[1:] // the rule gives way to what the user can do
	}
	if h < 8 {
		status, actions = shortened(status, w, h-len(lines)-1), actions[:1]
	}
	lines = append(append(lines, status...), actions...)
	if warnings := d.warnings(t, w); len(warnings) > 0 {
		lines = append(lines, warnings[0])
	}
	return Fit(append(lines, d.beside(t, w, h-len(lines))...), w, h)
}

// shortened returns the first lines of a text, at least one, with a mark where that cuts it.
func shortened(lines []string, w, most int) []string {
	most = max(most, 1)
	if len(lines) <= most {
		return lines
	}
	return append(slices.Clone(lines[:most-1]), ansi.Truncate(lines[most-1], w-1, "")+"…")
}

// wrapped breaks a text into styled lines.
func (t *Theme) wrapped(text string, w int, style interface{ Render(...string) string }) []string {
	lines := Wrap(text, w)
	for i, line := range lines {
		lines[i] = style.Render(line)
	}
	return lines
}

// about names what the run trains on and how.
func (d *RunDetail) about() string {
	run := d.Run
	parts := []string{}
	if d.Label != "" && d.Label != run.ID() {
		parts = append(parts, d.Label)
	}
	if run.Given || run.Experiment {
		return strings.Join(parts, ", ")
	}
	parts = append(parts, fmt.Sprint("seed ", run.Manifest.Seed))
	if run.Start != nil {
		start := run.Start
		parts = append(parts, fmt.Sprintf("%s examples, %s steps of %d", Count(start.Examples), Count(start.MaxSteps), start.BatchSize))
	}
	return strings.Join(parts, ", ")
}

func (d *RunDetail) actions(t *Theme) string {
	var parts []string
	for _, action := range d.Actions {
		key, verb, _ := strings.Cut(action, " ")
		parts = append(parts, t.Strong.Render(key)+" "+t.Dim.Render(verb))
	}
	return strings.Join(parts, "  ")
}

// scores names the sets of each score of the table.
func (d *RunDetail) scores(t *Theme, w int) []string {
	var parts []string
	for i := range watch.Columns {
		column := &watch.Columns[i]
		if score, sets := d.Run.Score(column.Kind, column.Use); column.IsScore() && sets > 0 {
			parts = append(parts, fmt.Sprintf("%.3f %s", score, Clean(metric.NameSets(d.Run.ScoredSets(column.Kind, column.Use)))))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return t.wrapped(fmt.Sprintf("Accuracy at step %s: %s", Count(d.Run.ScoredAt()), strings.Join(parts, ", ")), w, t.Dim)
}

// warnings returns the run's warnings, the latest first.
func (d *RunDetail) warnings(t *Theme, w int) (lines []string) {
	const most = 3
	all := d.Run.Warnings
	for i := len(all) - 1; i >= max(len(all)-most, 0); i-- {
		lines = append(lines, t.wrapped("Warning: "+Clean(all[i].Message), w, t.Warn)...)
	}
	if d.Run.Problem != nil {
		lines = append(lines, t.wrapped(Clean(d.Run.Problem.Error()), w, t.Bad)...)
	}
	return lines
}

// beside returns what stands beside the facts, or below them, in w by h cells: the end of the job's output, or else the changes.
func (d *RunDetail) beside(t *Theme, w, h int) []string {
	switch {
	case d.OutputProblem != nil:
		return t.wrapped(Clean(d.OutputProblem.Error()), w, t.Warn)
	case len(d.Output) == 0 || h < 2:
		return d.changes(t, h)
	}
	lines := []string{t.Dim.Render("The job's output, its last lines")}
	for _, line := range d.Output[max(len(d.Output)-(h-1), 0):] {
		lines = append(lines, ansi.Truncate(line, w, "…"))
	}
	return lines
}

// changes returns the differences to the neighbour, in h lines at most.
func (d *RunDetail) changes(t *Theme, h int) []string {
	switch {
	case d.Run.Given || d.Neighbour == "":
		return nil
	case d.Problem != nil:
		return []string{t.Warn.Render(Clean(d.Problem.Error()))}
	case d.Waiting:
		return []string{t.Dim.Render("Differences to " + Clean(d.Neighbour) + " …")}
	case len(d.Changes) == 0:
		return []string{t.Dim.Render("No difference to " + Clean(d.Neighbour) + " in config, selection and seed")}
	}
	title := t.Dim.Render("Differences to " + Clean(d.Neighbour))
	changes := make([]string, len(d.Changes))
	for i, change := range d.Changes {
		from, to := cmp.Or(Clean(change.From), "none"), cmp.Or(Clean(change.To), "none")
		changes[i] = Clean(change.Key) + ": " + t.Dim.Render(from+" -> ") + to
	}
	if h < 3 {
		return []string{title + "  " + strings.Join(changes, ", ")}
	}
	if left := len(changes) - (h - 2); left > 1 {
		changes = append(changes[:h-2], t.Dim.Render(fmt.Sprintf("and %d more", left)))
	}
	return append([]string{title}, changes...)
}

// Progress returns a run's progress bar of bar cells, its share of the steps and the time left.
func Progress(run *watch.Run, bar int) string {
	switch {
	case run.Given:
		return ""
	case run.Start == nil:
		return Bar(0, bar)
	}
	share := run.Progress()
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
	job := JobText(run)
	if run.State() == watch.Queued && run.Ahead > 0 {
		return fmt.Sprintf("Queued: %d ahead. ftft queue moves it.", run.Ahead)
	}
	switch {
	case run.Experiment:
		return "The plan of this experiment cannot be read."
	case run.Broken:
		return "This run cannot be read. ftft fsck " + Clean(run.ID()) + " checks its files."
	case run.Missing:
		return "Its folder is missing. r resumes the experiment, which trains it again."
	}
	switch {
	case run.JobWaits() && run.Waits():
		return job + " x takes it from the queue."
	case job != "" && run.JobLost() && run.Status.State != rundir.Pending:
		return job + " r resumes the run."
	case job != "" && !run.Active():
		return job
	}
	if run.Preparing.Phase != "" && !run.Active() {
		return "Preparing the first step: " + Clean(run.Preparing.String()) + "."
	}
	switch run.Status.State {
	case rundir.Pending:
		if run.Status.Waits != "" {
			return Clean(run.Status.Waits) + ". It continues when there is space."
		}
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
		return strings.TrimSpace(text + " " + job)
	case rundir.Complete:
		if finish.StoppedEarly {
			return fmt.Sprintf("Stopped early at step %s of %s; best at step %s.",
				Count(run.Status.Step), Count(run.Status.MaxSteps), Count(finish.BestStep))
		}
		return fmt.Sprintf("Complete: %s steps%s.", Count(run.Status.Step), why)
	case rundir.Stopped:
		return fmt.Sprintf("Stopped on request at step %s. Its files are intact; r resumes it.", Count(run.Status.Step))
	case rundir.Interrupted:
		gone := "its process is gone"
		if run.Job != nil && run.Job.Phase == rundir.JobEnded {
			gone = JobName(run.Job) + " has ended" + jobExit(run.Job)
		}
		return fmt.Sprintf("Interrupted at step %s%s: %s. Its files are intact; r resumes it.", Count(run.Status.Step), why, gone)
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
