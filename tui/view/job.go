package view

import (
	"cmp"
	"fmt"
	"strings"

	"ftft/train/rundir"
	"ftft/train/watch"
)

// jobTime is the form of times of a scheduler, which may lie days ahead.
const jobTime = "2006-01-02 15:04"

// JobName returns what an outside run's job is called: "slurm's job 1234" or "process 77".
func JobName(job *rundir.JobState) string {
	switch {
	case job.Job != "" && job.Scheduler != "" && job.Scheduler != rundir.Outside:
		return fmt.Sprintf("%s's job %s", Clean(job.Scheduler), Clean(job.Job))
	case job.Job != "":
		return "job " + Clean(job.Job)
	case job.PID != 0 && job.Host != "":
		return fmt.Sprintf("process %d on %s", job.PID, Clean(job.Host))
	case job.PID != 0:
		return fmt.Sprint("process ", job.PID)
	}
	return "its job"
}

// JobText says how the job of an outside run stands: queued with the scheduler's reason and the expected start, started, or lost. It is
// empty where the run's own log says as much.
func JobText(run *watch.Run) string {
	job := run.Job
	if job == nil {
		return ""
	}
	text := ""
	switch name := JobName(job); {
	case run.JobWaits() && job.Phase == rundir.Submitting:
		text = "Its job is being submitted."
	case run.JobWaits():
		text = "Queued as " + name
		if why := jobReason(job); why != "" {
			text += " (" + why + ")"
		}
		if !job.Starts.IsZero() {
			text += ", expected to start at " + job.Starts.Local().Format(jobTime)
		}
		text += "."
	case run.JobStarts() && run.Status.Finish != nil: // it ends, or its scheduler has put it back and started it again
		text = upper(name)
		if job.State != "" {
			text += " (" + strings.ToLower(Clean(job.State)) + ")"
		}
		text += " has logged nothing since its trainer ended at step " + Count(run.Status.Step) + "."
	case run.JobStarts():
		text = upper(name) + " has started, and its trainer has logged nothing yet."
	case run.JobLost():
		text = upper(name) + " has ended" + jobExit(job) + ", and its trainer has not logged how."
	}
	if job.Problem != "" && job.Phase != rundir.JobEnded && (text != "" || run.Active()) {
		text = strings.TrimSpace(text + " Its state is unknown: " + strings.TrimRight(Clean(job.Problem), ".") + lastPoll(job) + ".")
	}
	return text
}

// jobReason returns why a job waits: the scheduler's words for its state and the reason.
func jobReason(job *rundir.JobState) string {
	state, reason := strings.ToLower(Clean(job.State)), strings.Trim(Clean(job.Reason), "() ")
	if reason == "" || strings.EqualFold(reason, "none") {
		return state
	}
	if state == "" || state == "pending" || state == watch.Queued {
		return reason
	}
	return state + ", " + reason
}

// jobExit returns the exit code and the reason of a job that has ended, after a word for them; empty if both are unknown.
func jobExit(job *rundir.JobState) string {
	text := ""
	if job.ExitCode != nil {
		text = fmt.Sprintf(" with exit code %d", *job.ExitCode)
	}
	if why := cmp.Or(strings.Trim(Clean(job.Reason), "() "), strings.ToLower(Clean(job.State))); why != "" {
		text += " (" + why + ")"
	}
	return text
}

// lastPoll returns when the state of a job was last known.
func lastPoll(job *rundir.JobState) string {
	if job.Polled.IsZero() {
		return ""
	}
	return "; last known at " + job.Polled.Local().Format(jobTime)
}

// upper returns a text with a capital at its beginning. Names of schedulers are lower case.
func upper(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
