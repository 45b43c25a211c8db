package watch

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"ftft/internal/disk"
	"ftft/internal/safe"
	"ftft/train/rundir"
)

// Outside reports whether another program trains the run.
func (r *Run) Outside() bool { return r.Manifest.Engine == rundir.Outside }

// JobWaits reports whether the run's job waits in the queue of its scheduler, or is being submitted to it.
func (r *Run) JobWaits() bool {
	if r.Job == nil || r.Active() || r.Status.State == rundir.Complete || r.Job.PID != 0 {
		return false
	}
	return r.Job.Phase == rundir.Submitting || r.Job.Phase == rundir.JobQueued
}

// JobStarts reports whether the run's trainer has been started and has logged nothing yet.
func (r *Run) JobStarts() bool {
	if r.Job == nil || r.Active() || r.Status.State == rundir.Complete || r.JobWaits() {
		return false
	}
	return r.Job.Phase == rundir.JobRunning || r.Job.Phase == rundir.JobQueued || r.Job.Phase == rundir.Submitting
}

// JobLost reports whether the run's job has ended without the trainer or its supervisor having logged how the run ended.
func (r *Run) JobLost() bool {
	unfinished := r.Status.State == rundir.Pending || r.Status.State == rundir.Interrupted || r.Status.State == rundir.NotStarted
	return r.Job != nil && r.Job.Phase == rundir.JobEnded && unfinished && r.Status.Finish == nil
}

// OutputVersion tells a version of a job's output from others; zero if there is none.
type OutputVersion struct {
	Size     int64
	Modified time.Time
}

// outputVersion returns the version of a job's output.
func (r *reader) outputVersion() OutputVersion {
	info, err := os.Stat(r.dir.JobOutput())
	if err != nil || !info.Mode().IsRegular() {
		return OutputVersion{}
	}
	return OutputVersion{info.Size(), info.ModTime()}
}

// jobChanged reports whether the files of an outside run's job may have changed since the last poll.
func (r *reader) jobChanged() bool {
	if !r.last.Outside() {
		return false
	}
	info, err := os.Stat(r.dir.JobState())
	if err != nil {
		return r.job != nil
	}
	return !sameFile(info, r.job) || r.outputVersion() != r.last.Output
}

// readJob reads how far the job of an outside run has got, if that has changed, and reports whether it has. The error is why it cannot
// be read.
func (r *reader) readJob(run *Run) (changed bool, err error) {
	if run.Manifest.Engine != rundir.Outside {
		return false, nil
	}
	output := r.outputVersion()
	changed, run.Output = output != run.Output, output
	info, err := os.Stat(r.dir.JobState())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		changed = changed || run.Job != nil
		run.Job, r.job = nil, nil
		return changed, nil
	case err == nil && sameFile(info, r.job) && time.Since(info.ModTime()) > settled:
		return changed, r.jobProblem
	}
	state, err := r.dir.ReadJobState()
	r.job, r.jobProblem = info, err
	if err != nil {
		return changed, err
	}
	cleanJob(&state)
	changed = changed || run.Job == nil || !sameJob(run.Job, &state)
	run.Job = &state
	return changed, nil
}

// sameJob reports whether two states of a job look the same on screens.
func sameJob(a, b *rundir.JobState) bool {
	exit := func(s *rundir.JobState) int {
		if s.ExitCode == nil {
			return -1
		}
		return *s.ExitCode
	}
	return a.Phase == b.Phase && a.Scheduler == b.Scheduler && a.Job == b.Job && a.PID == b.PID && a.State == b.State &&
		a.Reason == b.Reason && a.Starts.Equal(b.Starts) && a.Problem == b.Problem && (a.Problem == "" || a.Polled.Equal(b.Polled)) &&
		exit(a) == exit(b) && a.Restarts == b.Restarts
}

// cleanJob escapes the texts of a job's state, in place.
func cleanJob(s *rundir.JobState) {
	for _, text := range []*string{&s.Phase, &s.Scheduler, &s.Job, &s.Host, &s.State, &s.Reason} {
		*text = safe.Word(*text)
	}
	s.Problem = safe.Text(s.Problem)
	cleanAll(s.Command)
}

const (
	outputBytes = 64 << 10 // the most that is read of a job's output, from its end
	outputLines = 20       // the most lines that are shown of it
	outputWidth = 400      // the most bytes that are shown of a line
)

// ReadOutput returns the last lines of what the job of a run has printed, at most 20, escaped. Of a line that a program has overwritten,
// such as a progress bar, the last text counts. It returns nothing if there is no output.
func ReadOutput(dir rundir.Dir) ([]string, error) {
	text, err := disk.Tail(dir.JobOutput(), outputBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the output of the job: %w", err)
	}
	var lines []string
	for len(text) > 0 && len(lines) < outputLines {
		text = bytes.TrimRight(text, "\r\n")
		at := bytes.LastIndexByte(text, '\n')
		if line := shownLine(text[at+1:]); line != "" {
			lines = append(lines, line)
		}
		text = text[:at+1]
	}
	slices.Reverse(lines)
	return lines, nil
}

// shownLine returns what a terminal would show last of a line, escaped, without the codes of colours.
func shownLine(line []byte) string {
	line = bytes.TrimRight(line, "\r")
	line = line[bytes.LastIndexByte(line, '\r')+1:]
	if len(line) > outputWidth {
		line = line[:outputWidth]
	}
	text := strings.ReplaceAll(safe.Uncoloured(string(line)), "\t", "    ")
	indented := len(text) - len(strings.TrimLeft(text, " "))
	if text = strings.TrimSpace(safe.Line(text)); text == "" {
		return ""
	}
	return strings.Repeat(" ", indented) + text
}
