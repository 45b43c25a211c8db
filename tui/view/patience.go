package view

import (
	"fmt"
	"strings"

	"ftft/train/metric"
	"ftft/train/watch"
)

// The signs on the best evaluation and on the one at which early stopping ends a run.
const bestMark, stopMark = '●', '■'

// stops marks the best evaluation of a run and the one at which early stopping ended it or, with Replaying, would have ended it.
func (c *Curves) stops(d DrawnRun, line *series) []mark {
	list := d.Run.Validations()
	patience, stopped := 0, 0
	switch finish := d.Run.Status.Finish; {
	case len(list) == 0:
		return nil
	case c.Replaying:
		patience = c.Patience
	case finish == nil || !finish.StoppedEarly:
		return nil
	default:
		stopped = d.Run.Status.Step
	}
	s := metric.Stop(list, patience, d.Run.Stop.Metric == "loss")
	if s.Stop {
		stopped = list[s.StopAt].Step
	}
	ruler := ruler{run: d.Run, axis: c.XAxis, source: d.SourceFLOPs}
	var marks []mark
	for _, m := range []struct {
		step int
		sign rune
	}{{list[s.Best].Step, bestMark}, {stopped, stopMark}} {
		x := ruler.x(m.step)
		if y, known := line.at(x); known && m.step > 0 {
			marks = append(marks, mark{x, y, m.sign})
		}
	}
	return marks
}

// MaxPatience returns the greatest patience that can stop a run.
func MaxPatience(run *watch.Run) int { return max(len(run.Validations())-1, 0) }

// patience returns a slider of the patience and a table of where each patience stops the focus, in at most h lines.
func (c *Curves) patience(w, h int) []string {
	t := c.Theme
	list := []metric.Validation(nil)
	if c.Focus != nil {
		list = c.Focus.Validations()
	}
	if len(list) == 0 {
		return []string{t.Title.Render("Early stopping"), t.Warn.Render("This run has no OOD validation scores, which early stopping needs.")}
	}
	most := MaxPatience(c.Focus)
	slider := strings.Repeat("─", c.Patience) + "●" + strings.Repeat("─", max(most-c.Patience, 0))
	score := c.Focus.Stop.Metric
	if score == "" {
		score = "accuracy"
	}
	heading := fmt.Sprintf("%s  %s %d  %s", t.Title.Render("Early stopping"), slider, c.Patience, Clean(c.focusName()))
	lines := []string{
		Spread(heading, t.Dim.Render("t more  T less"), w),
		t.Dim.Render(fmt.Sprintf(patienceColumns, "patience", "stops at step", "best at", score, "budget saved")),
	}
	var rows []string
	for p := range most + 1 {
		row := patienceRow(c.Focus, list, p)
		if p == c.Patience {
			row = t.Picked.Render(Fit([]string{row}, w, 1)[0])
		}
		rows = append(rows, row)
	}
	room := max(h-len(lines), 1)
	first := min(max(c.Patience-room/2, 0), max(len(rows)-room, 0))
	return append(lines, rows[first:min(first+room, len(rows))]...)
}

// patienceColumns is the format of the table's rows.
const patienceColumns = "%-10s%-18s%-9s%-10s%s"

// patienceRow returns the table's row of one patience.
func patienceRow(run *watch.Run, list []metric.Validation, patience int) string {
	s := metric.Stop(list, patience, run.Stop.Metric == "loss")
	name, stops, saved := fmt.Sprint(patience), "never", "none"
	if patience == 0 {
		name = "0 (off)"
	}
	budget := run.Start.MaxSteps
	switch end := list[s.StopAt].Step; {
	case s.Stop:
		stops, saved = fmt.Sprintf("%s of %s", Count(end), Count(budget)), Percent(1-float64(end)/float64(budget))
		if spent := flopsAt(run, end); spent > 0 && flopsAt(run, budget) > spent && run.Status.Step > end {
			saved += fmt.Sprintf(", %s of %s TFLOP", brief((flopsAt(run, budget)-spent)/1e12), brief(flopsAt(run, budget)/1e12))
		}
	case run.Status.Step < budget:
		stops, saved = "not up to "+Count(run.Status.Step), "unknown: the log ends here"
	}
	return fmt.Sprintf(patienceColumns, name, stops, Count(list[s.Best].Step), fmt.Sprintf("%.4f", s.Score), saved)
}

// flopsAt returns the FLOPs of training up to a step.
func flopsAt(run *watch.Run, step int) float64 {
	ruler := ruler{run: run, axis: ByCompute}
	return ruler.x(step) * 1e12
}

// focusName returns the name of the focus in the legend, or its ID.
func (c *Curves) focusName() string {
	for _, d := range c.Runs {
		if d.Run == c.Focus {
			return d.Name
		}
	}
	return c.Focus.ID()
}
