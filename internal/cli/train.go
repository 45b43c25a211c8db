package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"ftft/train"
	"ftft/train/job"
	"ftft/train/rundir"
)

func trainCommand(runs *string) *cobra.Command {
	var resume, force bool
	cmd := &cobra.Command{
		Use:   "train RUN",
		Short: "Train one prepared run in this process",
		Long: `Train one prepared run in this process. The run directory already has its config, manifest and examples; "ftft run" prepares and
trains the runs of an experiment.

If the run's engine is another program, this process submits its job, or follows the one that was submitted, to its end. The job
outlives this process if that is killed.

Ctrl-C or SIGTERM finishes the step and saves the model; a second signal ends the program at once. Closing the terminal does not
end it. --resume continues from the newest complete checkpoint, however the run ended, and gives the same bits as a run that was
never interrupted.`,
		Example: `  ftft train demo-reference
  ftft train demo-reference --resume`,
		Annotations: next(
			"ftft map RUN", "Draw the data map",
			"ftft report RUN", "Show the scores",
		),
		ValidArgsFunction: completeRuns(runs),
		RunE: func(cmd *cobra.Command, args []string) error {
			if force && !resume {
				return usageError{fmt.Errorf("--force needs --resume")}
			}
			path, isStudy, err := find(*runs, args[0])
			if err != nil {
				return err
			}
			if isStudy {
				return usageError{fmt.Errorf("%s is an experiment; name one of its runs, or resume it with ftft resume", args[0])}
			}
			signal.Ignore(syscall.SIGHUP)
			dir := rundir.Dir(path)
			finish, saved, err := trainRun(finishing(cmd), dir, resume, force)
			if err != nil {
				return err
			}
			if finish.Status == rundir.Interrupted {
				fmt.Fprintf(cmd.ErrOrStderr(), "interrupted%s. Resume: ftft train %s --resume\n", saved, dir)
				return errInterrupted
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&resume, "resume", false, "resume a run that was started before")
	cmd.Flags().BoolVar(&force, "force", false, "resume even if another version of ftft started the run")
	return cmd
}

// trainRun trains a run in this process, or supervises the job that does. It returns how the run ended, and what else to say if it was
// interrupted.
func trainRun(ctx context.Context, dir rundir.Dir, resume, force bool) (finish rundir.Finish, saved string, err error) {
	manifest, err := dir.ReadManifest()
	switch {
	case err == nil && train.Startable(dir, &manifest) != nil:
		return finish, "", train.Startable(dir, &manifest)
	case err == nil && manifest.Engine == rundir.Outside:
		finish, err = job.Supervise(ctx, dir, func() error {
			if started, err := hasLog(dir); err != nil {
				return fmt.Errorf("the log: %w", err)
			} else if started && !resume {
				return fmt.Errorf("%s has started already: continue it with --resume", dir)
			}
			if err := train.Unchanged(dir, force); err != nil {
				return err
			}
			return train.RestoreJob(dir)
		})
		return finish, prefixed(": ", finish.Message), err
	case resume:
		finish, err = train.Resume(ctx, dir, force)
	default:
		finish, err = train.Run(ctx, dir)
	}
	return finish, "; the model is saved", err
}

// hasLog reports whether a run has logged anything.
func hasLog(dir rundir.Dir) (bool, error) {
	info, err := os.Stat(dir.Events())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && info.Size() > 0, err
}
