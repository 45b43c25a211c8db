package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"ftft/train/report"
	"ftft/train/rundir"
	"ftft/tui/view"
)

func reportCommand(runs *string) *cobra.Command {
	var asJSON, markdown bool
	cmd := &cobra.Command{
		Use:   "report RUN|EXPERIMENT",
		Short: "Compare the arms: examples, steps, compute, scores",
		Long: `Compare the arms of an experiment in a table: examples, steps, compute and scores on each evaluation set. A sentence says
with how many steps the first arm reaches erm's best score, whether it is worse in distribution and whether the reference itself scores
best. A second table holds the differences to erm with 95 % intervals: of a bootstrap over the examples with one seed, over the seeds
with several.`,
		Example: `  ftft report demo
  ftft report demo-ftft --json`,
		Annotations: next(
			"ftft curves EXPERIMENT", "Draw the training curves",
			"ftft compare SOURCE SOURCE", "Compare the data maps of two runs",
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			if asJSON && markdown {
				return usageError{fmt.Errorf("give only one of --json and --markdown")}
			}
			path, isStudy, err := find(*runs, args[0])
			if err != nil {
				return err
			}
			var r *report.Report
			if isStudy {
				r, err = report.OfStudy(rundir.StudyDir(path))
			} else {
				r, err = report.OfRun(rundir.Dir(path))
			}
			if err != nil {
				return err
			}
			if markdown {
				_, err = fmt.Fprint(cmd.OutOrStdout(), r.Markdown())
				return err
			}
			return printReport(cmd.OutOrStdout(), r, asJSON)
		},
		ValidArgsFunction: completeRuns(runs),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&markdown, "markdown", false, "print Markdown")
	return cmd
}

// noteWidth is the width of report.Notes.
const noteWidth = 127

func printReport(w io.Writer, r *report.Report, asJSON bool) error {
	if asJSON {
		return printJSON(w, r)
	}
	if len(r.Arms) == 0 {
		return fmt.Errorf("%s: no run has started", r.Name)
	}
	parts := []string{fmt.Sprintf("\n%s: %s\n", r.Name, r.Metric), r.Text(), strings.Join(view.Wrap(r.Sentence, noteWidth), "\n") + "\n"}
	if differences := r.DifferenceText(); differences != "" {
		parts = append(parts, differences)
	}
	for _, sentence := range r.Uncounted() {
		parts = append(parts, strings.Join(view.Wrap(sentence, noteWidth), "\n")+"\n")
	}
	_, err := fmt.Fprintln(w, strings.Join(append(parts, report.Notes), "\n"))
	return err
}
