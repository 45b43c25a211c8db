package cli

import (
	"cmp"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"ftft/train/rundir"
	"ftft/train/watch"
)

func runsCommand(runs *string) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "List the runs with their state and progress",
		Long: `List the runs of the runs folder with their experiment, arm, state and progress.

The states, with --json as in the table: pending (waits for the runs before it), queued (waits for a free slot), running, paused,
waiting (for space on the disk), complete, stopped, interrupted, failed, and "not started": the reference that the run needs did not
complete, or its experiment ended before it. ftft resume finishes what was stopped, interrupted or not started.`,
		Example: `  ftft runs
  ftft runs --json --runs /data/runs`,
		Annotations: next(
			"ftft", "Open the workbench on the newest run",
			"ftft report RUN|EXPERIMENT", "Show the scores",
			"ftft resume RUN|EXPERIMENT", "Resume what was stopped or interrupted",
		),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := os.ReadDir(*runs); err != nil {
				return fmt.Errorf("%w; ftft run creates it, and --runs DIR names another folder", err)
			}
			snapshot := watch.New(*runs).Poll("")
			if snapshot.Problem != nil {
				fmt.Fprintln(cmd.ErrOrStderr(), snapshot.Problem)
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), listed(snapshot.Groups))
			}
			rows := [][]string{{"run", "experiment", "arm", "state", "step", "left", "created"}}
			for _, r := range listed(snapshot.Groups) {
				arm := cmp.Or(string(r.Arm), r.Role)
				rows = append(rows, []string{
					r.Run, r.Study, arm, r.State, fmt.Sprintf("%d/%d", r.Step, r.MaxSteps), left(r.SecondsLeft),
					r.Created.Local().Format("2006-01-02 15:04"),
				})
			}
			return printList(cmd.OutOrStdout(), cmd.ErrOrStderr(), rows, "No runs in "+*runs+". Start with: ftft run demo")
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// A listedRun is a run in the output of ftft runs --json.
type listedRun struct {
	Run         string     `json:"run"`
	Study       string     `json:"study,omitempty"`
	Role        string     `json:"role"`
	Arm         rundir.Arm `json:"arm,omitempty"`
	Seed        int64      `json:"seed"`
	State       string     `json:"state"`
	Step        int        `json:"step"`
	MaxSteps    int        `json:"max_steps"`
	SecondsLeft *float64   `json:"seconds_left,omitempty"`
	Created     time.Time  `json:"created"`
}

func listed(groups []*watch.Group) []listedRun {
	list := []listedRun{}
	for _, g := range groups {
		for _, r := range g.Runs {
			one := listedRun{
				Run: r.ID(), Study: g.Dir.ID(), Role: r.Manifest.Role, Arm: r.Manifest.Arm, Seed: r.Manifest.Seed,
				State: r.State(), Step: r.Status.Step, MaxSteps: r.Status.MaxSteps, Created: r.Manifest.Created,
			}
			if g.Dir == "" {
				one.Study = ""
			}
			if one.Created.IsZero() {
				one.Created = g.Created
			}
			if left, ok := r.Left(); ok {
				seconds := left.Seconds()
				one.SecondsLeft = &seconds
			}
			list = append(list, one)
		}
	}
	return list
}

func left(seconds *float64) string {
	if seconds == nil {
		return "-"
	}
	return time.Duration(*seconds * float64(time.Second)).Round(time.Second).String()
}
