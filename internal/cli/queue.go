package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"ftft/train/rundir"
)

func queueCommand(runs *string) *cobra.Command {
	var first, last, asJSON bool
	cmd := &cobra.Command{
		Use:   "queue [RUN]",
		Short: "List the runs that train or wait, or move one in the queue",
		Long: `List the runs that train or wait for their turn, or move a waiting run to the front or the back of the queue.

In a runs folder one run trains at a time, or as many as engine.slots of its config allows. A run gives up its place when it ends,
however it ends. ftft stop removes a waiting run from the queue.

The jobs of a scheduler take no slots of this machine: each kind of scheduler has a queue of its own, as long as engine.slots allows.
A job that has its slot may wait in the scheduler's queue, for the reason that is shown.`,
		Example: `  ftft queue
  ftft queue demo-erm --first`,
		Annotations: next(
			"ftft queue RUN --first", "Let a waiting run train next",
			"ftft stop RUN", "Stop a run, or remove it from the queue",
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				if first == last {
					return usageError{errors.New("name the place with --first or --last")}
				}
				if err := rundir.Move(*runs, args[0], first); err != nil {
					return err
				}
			} else if first || last {
				return usageError{errors.New("name the run to move")}
			}
			tickets, err := rundir.Queue(*runs)
			if err != nil {
				return err
			}
			list := []queued{}
			rows := [][]string{{"place", "run", "state"}}
			places := map[string]int{}
			for _, t := range tickets {
				q := queuedRun(rundir.Dir(filepath.Join(*runs, t.Run)), t)
				places[t.Pool]++
				list = append(list, q)
				rows = append(rows, []string{fmt.Sprint(places[t.Pool]), t.Run, q.text()})
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), list)
			}
			return printList(cmd.OutOrStdout(), cmd.ErrOrStderr(), rows, "No run trains or waits.")
		},
		ValidArgsFunction: completeRuns(runs),
	}
	cmd.Flags().BoolVar(&first, "first", false, "move the run to the front of the queue")
	cmd.Flags().BoolVar(&last, "last", false, "move the run to the back of the queue")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// queued is a run in the queue, as JSON.
type queued struct {
	Run    string    `json:"run"`
	State  string    `json:"state"`          // trains | waits | queued (in the scheduler)
	Pool   string    `json:"pool,omitempty"` // whose slots it takes; absent = this machine's
	Job    string    `json:"job,omitempty"`
	Reason string    `json:"reason,omitempty"` // why the scheduler has not started the job
	Starts time.Time `json:"starts,omitzero"`  // when the scheduler expects to
}

// queuedRun returns the state of a run with a ticket, and of its job.
func queuedRun(dir rundir.Dir, t rundir.Ticket) queued {
	q := queued{Run: t.Run, State: "waits", Pool: t.Pool}
	if !t.Trains {
		return q
	}
	q.State = "trains"
	if live, state := jobOf(dir); live && t.Pool != "" {
		q.Job = state.Job
		if state.Phase != rundir.JobRunning {
			q.State, q.Reason, q.Starts = "queued", state.Reason, state.Starts
		}
	}
	return q
}

// text returns the state in words.
func (q queued) text() string {
	if q.Pool == "" {
		return q.State
	}
	switch q.State {
	case "waits":
		return "waits for a slot of " + q.Pool
	case "trains":
		return fmt.Sprintf("trains, job %s of %s", q.Job, q.Pool)
	}
	text := fmt.Sprintf("queued, job %s of %s", q.Job, q.Pool)
	if q.Job == "" {
		text = "is submitted to " + q.Pool
	}
	text += prefixed(": ", q.Reason)
	if !q.Starts.IsZero() {
		text += ", starts about " + q.Starts.Local().Format("2 Jan 15:04")
	}
	return text
}
