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
		Short: "List the runs that train or wait for their turn; move one",
		Long: `List the runs that train or wait for their turn; move one that waits before the others, or behind them.

One run of a runs folder trains at a time, or as many as engine.slots of its config says. A run gives its place back when it ends, however
it ends; ftft stop takes one that waits out of the queue.`,
		Example: `  ftft queue
  ftft queue demo-erm --first`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				if first == last {
					return usageError{errors.New("say where to: --first or --last")}
				}
				if err := rundir.Move(*runs, args[0], first); err != nil {
					return err
				}
			} else if first || last {
				return usageError{errors.New("say which run to move")}
			}
			tickets, err := rundir.Queue(*runs)
			if err != nil {
				return err
			}
			type place struct {
				Run   string `json:"run"`
				State string `json:"state"`
			}
			list := []place{}
			rows := [][]string{{"place", "run", "state"}}
			for i, t := range tickets {
				state := "waits"
				if t.Trains {
					state = "trains"
				}
				list = append(list, place{t.Run, state})
				rows = append(rows, []string{fmt.Sprint(i + 1), t.Run, state})
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), list)
			}
			return printTable(cmd.OutOrStdout(), rows)
		},
		ValidArgsFunction: completeRuns(runs),
	}
	cmd.Flags().BoolVar(&first, "first", false, "move the run before the others that wait")
	cmd.Flags().BoolVar(&last, "last", false, "move the run behind the others")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
