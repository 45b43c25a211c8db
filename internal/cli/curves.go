package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"ftft/datamap/figure"
	"ftft/internal/disk"
	"ftft/internal/fault"
	"ftft/internal/safe"
	"ftft/tui"
	"ftft/tui/session"
)

func curvesCommand(runs *string) *cobra.Command {
	var s tui.CurveSettings
	var path, within string
	var light bool
	cmd := &cobra.Command{
		Use:   "curves RUN|EXPERIMENT...",
		Short: "Draw training curves, as text or as a figure",
		Long: `Draw the curves of runs, or of all runs of an experiment, in one chart each: training loss, accuracies, learning rate, gradient
norm. Without --figure they are printed as text. In the workbench, the key = shows this command for the curves on the screen.`,
		Example: `  ftft curves demo
  ftft curves demo-reference demo-ftft --figure curves.pdf
  ftft curves demo --x compute --log --charts all --figure curves.svg`,
		Annotations: next("ftft report EXPERIMENT", "Compare the arms in a table"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			for _, name := range args {
				dir, _, err := find(*runs, name)
				if err != nil {
					return err
				}
				s.Runs = append(s.Runs, dir)
			}
			if within != "" {
				if s.From, s.To, err = session.ParseRange(within); err != nil {
					return usageError{err}
				}
			}
			return drawCurves(cmd.OutOrStdout(), *runs, s, path, light)
		},
		ValidArgsFunction: completeRuns(runs),
	}
	cmd.Flags().StringVar(&s.X, "x", session.Axes[0], "unit of the x axis: "+strings.Join(session.Axes[:], ", "))
	cmd.Flags().BoolVar(&s.Log, "log", false, "use logarithmic y axes")
	cmd.Flags().Float64Var(&s.Smooth, "smooth", 0.95, "factor of the moving average over losses; 0 = none")
	cmd.Flags().StringVar(&s.Charts, "charts", session.ChartNames[0], "charts to draw: "+strings.Join(session.ChartNames, " | "))
	cmd.Flags().StringVar(&s.Seeds, "seeds", session.SeedNames[0], "draw each seed of an arm, or their mean within minmax or deviation")
	cmd.Flags().StringVar(&within, "range", "", "draw only the part A:B of the x axis")
	cmd.Flags().StringVar(&path, "figure", "", "file to write the figure to: .png, .svg, .pdf or .txt")
	cmd.Flags().BoolVar(&light, "light", true, "draw the figure on white; --light=false draws it on black")
	completeFlag(cmd, "x", func() []string { return session.Axes[:] })
	completeFlag(cmd, "charts", func() []string { return session.ChartNames })
	completeFlag(cmd, "seeds", func() []string { return session.SeedNames[:] })
	return cmd
}

// drawCurves writes the curves to the file path, or prints them as text if path is empty.
func drawCurves(out io.Writer, root string, s tui.CurveSettings, path string, light bool) error {
	format := ""
	if path != "" && !isText(path) {
		var err error
		if format, err = figure.FormatOf(path); err != nil {
			return usageError{fmt.Errorf("--figure: %w, or .txt", err)}
		}
	}
	drawn, text, err := tui.Curves(root, s, !light, textWidth, textHeight)
	switch {
	case errors.As(err, new(*fault.Bad)), errors.As(err, new(*fs.PathError)): // a run or an experiment that cannot be read
		return err
	case err != nil:
		return usageError{err}
	case path == "":
		_, err = io.WriteString(out, text)
		return err
	case format == "":
		return writeText(path, safe.Text(text))
	}
	write := func(w io.Writer) error { return figure.WriteCurves(w, format, drawn, tui.Figures(!light)) }
	return disk.WriteOutput(path, write)
}
