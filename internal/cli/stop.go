package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"ftft/train/launch"
	"ftft/train/rundir"
)

func stopCommand(runs *string) *cobra.Command {
	return &cobra.Command{
		Use:   "stop RUN|EXPERIMENT",
		Short: "Stop a run or an experiment after its step, and save the model",
		Long: `Stop a run or an experiment. The run that is training finishes its step and saves the model.

If you stop an experiment, its current run is interrupted and the others do not start; "ftft resume" finishes what is left. If you
stop a run, its experiment continues with the next.

Experiments may share runs. A run that an experiment waits for while another process trains it continues when you stop the experiment;
a run that you stop is stopped for all experiments that use it.`,
		Example: `  ftft stop demo-erm
  ftft stop demo`,
		Annotations: next("ftft resume RUN|EXPERIMENT", "Resume it"),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, isStudy, err := find(*runs, args[0])
			if err != nil {
				return err
			}
			if isStudy {
				dir := rundir.StudyDir(path)
				if !rundir.Locked(dir) {
					return fmt.Errorf("%s is not running", dir.ID())
				}
				current := currentOf(dir) // before it ends
				if err := signalOwner(dir); err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s; resume it with ftft resume %s\n", dir.ID(), current.afterStop(), args[0])
				return err
			}
			dir := rundir.Dir(path)
			status, answers, err := statusOf(dir)
			if err != nil {
				return err
			}
			if !answers {
				return notRunning(dir, status)
			}
			if err := (actions{}).Stop(dir); err != nil {
				return err
			}
			stopped := "stopped"
			if users := usersOf(dir); len(users) > 1 {
				stopped += " for all experiments that use it (" + idsOf(users) + ")"
			}
			message := "%s finishes its step, saves the model and is %s; resume it with ftft resume %s"
			if waits, _ := jobOf(dir); waits && status.State != rundir.Running {
				message = "the job of %s is cancelled, and the run %s; resume it with ftft resume %s"
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), message+"\n", dir.ID(), stopped, args[0])
			return err
		},
		ValidArgsFunction: completeRuns(runs),
	}
}

// jobOf reports whether a run has a job that is not known to have ended, and which.
func jobOf(dir rundir.Dir) (live bool, state rundir.JobState) {
	state, err := dir.ReadJobState() // a native run has none
	return err == nil && state.Phase != "" && state.Phase != rundir.JobEnded, state
}

// notRunning returns the error of a request to a run that no process carries out.
func notRunning(dir rundir.Dir, status rundir.Status) error {
	if live, state := jobOf(dir); live {
		const message = "%s has a job%s and no process that follows it: ftft resume %s follows it again, and ftft stop %s then cancels it"
		return fmt.Errorf(message, dir.ID(), prefixed(" ", state.Job), dir.ID(), dir.ID())
	}
	return fmt.Errorf("%s is not running: it is %s", dir.ID(), status.State)
}

// current is the run that an experiment has begun and not ended.
type current struct {
	run     rundir.Dir // "" if there is none
	foreign bool       // another process than the experiment's child trains it, and the experiment waits for its end
	users   []rundir.StudyDir
}

// currentOf returns the current run of an experiment.
func currentOf(dir rundir.StudyDir) (c current) {
	plan, err := dir.ReadStudy()
	if err != nil {
		return c
	}
	i := slices.IndexFunc(plan.Runs, func(r rundir.StudyRun) bool { return r.State == rundir.Running })
	if i < 0 {
		return c
	}
	c.run = dir.Run(plan.Runs[i].ID)
	c.users = slices.DeleteFunc(usersOf(c.run), func(s rundir.StudyDir) bool { return s == dir })
	if status, err := c.run.Status(); err == nil && status.State == rundir.Running {
		pid := status.PID
		if attendant := c.run.Attendant(); attendant > 0 { // the parent of an outside trainer may be on another machine
			pid = attendant
		}
		parent, known := launch.Parent(pid)
		c.foreign = known && parent != plan.Owner.PID
	}
	return c
}

// afterStop describes what becomes of the current run when the process of its experiment ends.
func (c *current) afterStop() string {
	if c.foreign {
		const message = "it no longer waits for %s, which another process trains%s: that continues, and ftft stop %s stops it"
		return fmt.Sprintf(message, c.run.ID(), c.usedBy(" for "), c.run.ID())
	}
	if live, state := jobOf(c.run); live && state.Phase != rundir.JobRunning {
		return fmt.Sprintf("the job of its current run, %s%s, is cancelled", c.run.ID(), c.usedBy(", shared with "))
	}
	if len(c.users) > 0 {
		const message = "its current run, %s%s, finishes its step, saves the model and is interrupted"
		return fmt.Sprintf(message, c.run.ID(), c.usedBy(", shared with "))
	}
	return "its current run finishes its step, saves the model and is interrupted"
}

// usedBy names the other experiments that use the run, after a text; "" if there are none.
func (c *current) usedBy(text string) string {
	if len(c.users) == 0 {
		return ""
	}
	return text + idsOf(c.users)
}
