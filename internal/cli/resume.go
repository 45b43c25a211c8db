package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ftft/train"
	"ftft/train/launch"
	"ftft/train/rundir"
	"ftft/train/study"
)

func resumeCommand(runs *string) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "resume RUN|EXPERIMENT",
		Short: "Resume what was paused, stopped or interrupted",
		Long: `Resume what was paused, stopped or interrupted. The results have the same bits as those of a run that was never interrupted.

A paused run continues in its own process. A run that ended early continues from its newest complete checkpoint: as part of its
experiment, whose other runs follow, or alone in a process that outlives the terminal.`,
		Example: `  ftft resume demo
  ftft resume demo-erm`,
		Annotations: next(
			"ftft", "Watch it in the workbench",
			"ftft runs", "Show what the runs are doing",
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, isStudy, err := find(*runs, args[0])
			if planned := (*notStarted)(nil); errors.As(err, &planned) {
				path, err = string(planned.dir), nil
			}
			if err != nil {
				return err
			}
			if isStudy {
				return resumeStudy(cmd, rundir.StudyDir(path), force)
			}
			answer, err := resumeRun(rundir.Dir(path), force)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), answer)
			return err
		},
		ValidArgsFunction: completeRuns(runs),
	}
	cmd.Flags().BoolVar(&force, "force", false, "resume even if another version of ftft started the run")
	return cmd
}

// resumeStudy runs what is left of an experiment, and prints its progress.
func resumeStudy(cmd *cobra.Command, dir rundir.StudyDir, force bool) error {
	if err := study.Reset(dir); err != nil {
		return err
	}
	var options []string
	if force {
		options = append(options, "--force")
	}
	ended, err := startStudy(dir, options...)
	if err != nil {
		return err
	}
	return printProgress(finishing(cmd), cmd.ErrOrStderr(), dir, ended)
}

// resumeRun resumes one run, and returns how it does.
func resumeRun(dir rundir.Dir, force bool) (string, error) {
	status, _, err := statusOf(dir)
	if err != nil {
		return "", err
	}
	live, state := jobOf(dir)
	unattended := live && !dir.Attended() // its supervisor was killed
	switch {
	case status.State == rundir.Running && !unattended:
		return ask(dir, "resume", nil)
	case status.State == rundir.Complete:
		return "", fmt.Errorf("%s is complete", dir.ID())
	case live && !unattended:
		return "", fmt.Errorf("%s has a job already: it is %s%s (ftft queue)", dir.ID(), state.Phase, prefixed(", ", state.Reason))
	case rundir.Busy(dir) && !unattended:
		return "", fmt.Errorf("%s already waits for its turn (ftft queue)", dir.ID())
	}
	if s, plan, ok := planOf(dir); ok && status.State == rundir.Pending && plan.Over() {
		return resumePlanOf(dir, s)
	}
	if _, err := dir.ReadManifest(); err != nil {
		return "", err
	}
	if !unattended { // the job that is there was submitted before
		if err := train.Unchanged(dir, force); err != nil {
			return "", err
		}
	}
	if users := usersOf(dir); len(users) > 0 && !force {
		answer, err := resumePlanOf(dir, users[0])
		if err == nil && len(users) > 1 {
			answer += fmt.Sprintf("; %s, which shares the run, is not resumed", idsOf(users[1:]))
		}
		return answer, err
	}
	return resumeAlone(dir, force)
}

// resumePlanOf resumes the experiment of a run.
func resumePlanOf(dir rundir.Dir, s rundir.StudyDir) (string, error) {
	if rundir.Locked(s) {
		const message = "%s is training its other runs; resume %s when it has ended, or stop it first with ftft stop %s"
		return "", fmt.Errorf(message, s.ID(), dir.ID(), s.ID())
	}
	if err := study.Reset(s); err != nil {
		return "", err
	}
	_, err := startStudy(s)
	return fmt.Sprintf("resuming %s from %s; watch it with ftft", s.ID(), dir.ID()), err
}

// resumeAlone resumes a run in a process of its own. It returns once the run trains or waits for its turn.
func resumeAlone(dir rundir.Dir, force bool) (string, error) {
	arguments := []string{"train", string(dir), "--resume"}
	if force {
		arguments = append(arguments, "--force")
	}
	log := filepath.Join(string(dir), "train.log")
	pid, ended, err := launch.Detached(log, arguments...)
	if err != nil {
		return "", err
	}
	for began := time.Now(); time.Since(began) < answerWithin; {
		select {
		case err := <-ended:
			if err != nil {
				return "", fmt.Errorf("%s ended: %s", dir.ID(), lastLines(log, 5))
			}
			return dir.ID() + " is complete", nil
		case <-time.After(pollEvery / 5):
		}
		status, err := dir.Status()
		if err != nil {
			return "", err
		}
		tickets, err := rundir.Queue(filepath.Dir(string(dir)))
		if err != nil {
			return "", err
		}
		waits := false
		if i := slices.IndexFunc(tickets, func(t rundir.Ticket) bool { return t.Run == dir.ID() && !t.Trains }); i >= 0 {
			behind := func(t rundir.Ticket) bool { return t.Pool == tickets[i].Pool && t.Run != dir.ID() }
			waits = slices.ContainsFunc(tickets, behind)
		}
		live, state := jobOf(dir)
		switch {
		case live && state.Job != "" && dir.Attended():
			const message = "process %d follows job %s of %s%s; watch it with ftft"
			return fmt.Sprintf(message, pid, state.Job, dir.ID(), prefixed(", which waits: ", state.Reason)), nil
		case waits:
			return fmt.Sprintf("%s waits for its turn (ftft queue) in process %d", dir.ID(), pid), nil
		case status.State == rundir.Running:
			const message = "resuming %s from step %d in process %d; watch it with ftft, its output is in %s"
			return fmt.Sprintf(message, dir.ID(), status.Step, pid, log), nil
		}
	}
	return fmt.Sprintf("%s is starting in process %d; its output is in %s", dir.ID(), pid, log), nil
}
