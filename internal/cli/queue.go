package cli

import (
	"errors"
	"fmt"

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
however it ends. ftft stop removes a waiting run from the queue.`,
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
			type entry struct {
				Run   string `json:"run"`
				State string `json:"state"`
			}
			list := []entry{}
			rows := [][]string{{"place", "run", "state"}}
			for i, t := range tickets {
				state := "waits"
				if t.Trains {
					state = "trains"
				}
				list = append(list, entry{t.Run, state})
				rows = append(rows, []string{fmt.Sprint(i + 1), t.Run, state})
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
