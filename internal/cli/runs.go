package cli

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

func runsCommand(runs *string) *cobra.Command {
	var asJSON, reverse bool
	var by string
	cmd := &cobra.Command{
		Use:   "runs [WORD...]",
		Short: "List the runs with their state, scores and progress",
		Long: `List the runs of the runs folder with their experiment, arm, state, scores and progress: all, or those with all of the words in
their name, experiment, arm, strategy or state.

A score is the mean accuracy over the evaluation sets of its kind and use, at the evaluation that reports score the run by; --json
gives each set. The list is by experiment, the newest first, or sorted by a column, the highest score and the newest first.

The states, with --json as in the table: pending (waits for the runs before it), queued (waits for a free slot, or for the scheduler
to start its job: the column job has the reason and the expected start, --json an object job), running, paused,
waiting (for space on the disk), complete, stopped, interrupted, failed, and "not started": the reference that the run needs did not
complete, or its experiment ended before it. ftft resume finishes what was stopped, interrupted or not started. A run is broken if its
manifest or its log cannot be read, and missing if it was complete and its folder is gone; the reasons follow the table.

A run that several experiments use is listed with each of them, and with the names of the others.`,
		Example: `  ftft runs
  ftft runs erm complete --sort "OOD test"
  ftft runs --json --runs /data/runs`,
		Annotations: next(
			"ftft", "Open the workbench on the newest run",
			"ftft report RUN|EXPERIMENT", "Show the scores",
			"ftft resume RUN|EXPERIMENT", "Resume what was stopped or interrupted",
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			column := watch.FindColumn(by)
			if column < 0 {
				return usageError{fmt.Errorf("--sort %q: use one of %s", by, strings.Join(columnNames(), ", "))}
			}
			order := watch.List{Column: column, Reversed: reverse, Words: strings.Join(args, " ")}
			if _, err := os.ReadDir(*runs); err != nil {
				return fmt.Errorf("%w; ftft run creates it, and --runs DIR names another folder", err)
			}
			snapshot := watch.New(*runs).Poll("")
			if snapshot.Problem != nil {
				fmt.Fprintln(cmd.ErrOrStderr(), snapshot.Problem)
			}
			list := order.Rows(snapshot.Groups)
			if !asJSON {
				defer printProblems(cmd.ErrOrStderr(), list)
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), listed(list))
			}
			empty := "No runs in " + *runs + ". Start with: ftft run demo"
			if len(snapshot.Groups) > 0 {
				empty = "No run has all of these words."
			}
			return printList(cmd.OutOrStdout(), cmd.ErrOrStderr(), runRows(list), empty)
		},
	}
	cmd.Flags().StringVar(&by, "sort", watch.Columns[0].Name, "sort by a column: "+strings.Join(columnNames(), ", "))
	completeFlag(cmd, "sort", columnNames)
	cmd.Flags().BoolVar(&reverse, "reverse", false, "reverse the order")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func columnNames() (names []string) {
	for i := range watch.Columns {
		names = append(names, watch.Columns[i].Name)
	}
	return names
}

// runRows returns the table of runs: a header and a row for each, with the scores that any run has.
func runRows(list []watch.Row) [][]string {
	var scores []watch.Column
	for _, c := range watch.Columns {
		has := func(row watch.Row) bool {
			_, sets := row.Run.Score(c.Kind, c.Use)
			return sets > 0
		}
		if c.IsScore() && slices.ContainsFunc(list, has) {
			scores = append(scores, c)
		}
	}
	shared := slices.ContainsFunc(list, func(row watch.Row) bool { return len(row.SharedWith()) > 0 })
	rows := [][]string{{"run", "experiment", "arm", "state"}}
	if shared {
		rows[0] = []string{"run", "experiment", "shared with", "arm", "state"}
	}
	for _, c := range scores {
		rows[0] = append(rows[0], c.Name)
	}
	jobs := slices.ContainsFunc(list, func(row watch.Row) bool { return jobCell(row.Run) != "-" })
	rows[0] = append(rows[0], "step", "left", "created")
	if jobs {
		rows[0] = append(rows[0], "job")
	}
	for i, r := range listed(list) {
		row := []string{r.Run, r.Study, list[i].Run.Name(), r.State}
		if shared {
			row = slices.Insert(row, 2, cmp.Or(strings.Join(r.SharedWith, ", "), "-"))
		}
		for _, c := range scores {
			text := "-"
			if score, sets := list[i].Run.Score(c.Kind, c.Use); sets > 0 {
				text = fmt.Sprintf("%.4f", score)
			}
			row = append(row, text)
		}
		created := "-"
		if !r.Created.IsZero() {
			created = r.Created.Local().Format("2006-01-02 15:04")
		}
		row = append(row, fmt.Sprintf("%d/%d", r.Step, r.MaxSteps), left(r.SecondsLeft), created)
		if jobs {
			row = append(row, jobCell(list[i].Run))
		}
		rows = append(rows, row)
	}
	return rows
}

// jobCell describes the job of an outside run whose log does not say how it stands; "-" for other runs.
func jobCell(run *watch.Run) string { return cmp.Or(strings.TrimSuffix(view.JobText(run), "."), "-") }

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
	SharedWith  []string   `json:"shared_with,omitempty"` // the other experiments that use the run
	Problem     string     `json:"problem,omitempty"`     // why its files cannot be read in full
	Job         *listedJob `json:"job,omitempty"`         // of an outside run, from its submission on

	ScoredAt int                  `json:"scored_at,omitempty"` // the step of the evaluation in Scores
	Scores   map[string]listedSet `json:"scores,omitempty"`    // by evaluation set
}

// A listedSet is a score on an evaluation set.
type listedSet struct {
	Kind     string  `json:"kind"`
	Use      string  `json:"use"`
	Accuracy float64 `json:"accuracy"`
}

// A listedJob is the job of an outside run, as job/state.json has it.
type listedJob struct {
	Phase     string    `json:"phase"` // submitting | queued | running | ended
	Scheduler string    `json:"scheduler"`
	Job       string    `json:"job,omitempty"` // the scheduler's ID
	PID       int       `json:"pid,omitempty"` // of a child process
	State     string    `json:"state,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Starts    time.Time `json:"starts,omitzero"`
	Polled    time.Time `json:"polled,omitzero"`
	Problem   string    `json:"problem,omitempty"` // why its state is unknown
	ExitCode  *int      `json:"exit_code,omitempty"`
}

func listed(rows []watch.Row) []listedRun {
	list := []listedRun{}
	for _, row := range rows {
		r, g := row.Run, row.Group
		one := listedRun{
			Run: r.ID(), Role: r.Manifest.Role, Arm: r.Manifest.Arm, Seed: r.Manifest.Seed, ScoredAt: r.ScoredAt(),
			State: r.State(), Step: r.Status.Step, MaxSteps: r.Status.MaxSteps, Created: row.CreatedAt(), SharedWith: row.SharedWith(),
		}
		if r.Problem != nil {
			one.Problem = r.Problem.Error()
		}
		if j := r.Job; j != nil {
			one.Job = &listedJob{j.Phase, j.Scheduler, j.Job, j.PID, j.State, j.Reason, j.Starts, j.Polled, j.Problem, j.ExitCode}
		}
		if g.Dir != "" {
			one.Study = g.Dir.ID()
		}
		if left, ok := r.Left(); ok {
			seconds := left.Seconds()
			one.SecondsLeft = &seconds
		}
		for i := range r.Evaluations {
			if e := &r.Evaluations[i]; e.Step == one.ScoredAt {
				if one.Scores == nil {
					one.Scores = map[string]listedSet{}
				}
				one.Scores[e.Set] = listedSet{e.SetKind, e.Use, e.Accuracy}
			}
		}
		list = append(list, one)
	}
	return list
}

func left(seconds *float64) string {
	if seconds == nil {
		return "-"
	}
	return time.Duration(*seconds * float64(time.Second)).Round(time.Second).String()
}

// printProblems prints why runs cannot be read in full, each run once.
func printProblems(w io.Writer, list []watch.Row) {
	printed := map[rundir.Dir]bool{}
	for _, row := range list {
		if run := row.Run; run.Problem != nil && !printed[run.Dir] {
			printed[run.Dir] = true
			fmt.Fprintf(w, "%s: %s\n", run.ID(), strings.ReplaceAll(run.Problem.Error(), "\n", "; "))
		}
	}
}
