package report

import (
	"fmt"
	"slices"
	"strings"

	"ftft/train/rundir"
)

// Rows returns the report as a table: a header, one row per arm, and the majority class.
func (r *Report) Rows() [][]string {
	sets := r.sets()
	header := []string{"arm", "examples", "steps", "compute", "training TFLOP", "time"}
	for _, s := range sets {
		header = append(header, fmt.Sprintf("%s (%s)", s.name, s.kind))
	}
	rows := [][]string{header}
	seeds := r.seeds()
	for _, a := range r.Arms {
		name := string(a.Arm)
		if r.repeated(a) {
			name = a.Run
		}
		if seeds > 1 {
			name = fmt.Sprintf("%s, seed %d", name, a.Seed)
		}
		if a.State != rundir.Complete {
			name += " (" + a.State + ")"
		}
		row := []string{
			name, fmt.Sprint(a.Examples), fmt.Sprintf("%d/%d", a.Steps, a.MaxSteps),
			percent(a.Compute), fmt.Sprintf("%.2f", a.FLOPs/1e12), fmt.Sprintf("%.1f s", a.Seconds),
		}
		for _, s := range sets {
			row = append(row, cell(a.Scores, s.name, r.Metric))
		}
		rows = append(rows, row)
	}
	if len(r.Arms) > 0 && len(sets) > 0 {
		row := []string{"majority class", "", "", "", "", ""}
		for _, s := range sets {
			row = append(row, cell(r.Arms[0].Baseline, s.name, r.Metric))
		}
		rows = append(rows, row)
	}
	return rows
}

// column is one evaluation set.
type column struct{ name, kind, use string }

// sets lists the evaluation sets that any arm was scored on: ID before OOD, validation before test, then by name.
func (r *Report) sets() (list []column) {
	for _, a := range r.Arms {
		for name, s := range a.Scores {
			if c := (column{name, s.Kind, s.Use}); !slices.Contains(list, c) {
				list = append(list, c)
			}
		}
	}
	slices.SortFunc(list, func(a, b column) int {
		if c := strings.Compare(a.kind, b.kind); c != 0 {
			return c
		}
		if c := strings.Compare(b.use, a.use); c != 0 {
			return c
		}
		return strings.Compare(a.name, b.name)
	})
	return list
}

// repeated reports whether another run has an arm's name and seed, such as one launched with another fraction.
func (r *Report) repeated(a Arm) bool {
	return slices.ContainsFunc(r.Arms, func(b Arm) bool { return b.Arm == a.Arm && b.Seed == a.Seed && b.Run != a.Run })
}

func (r *Report) seeds() int {
	seeds := map[int64]bool{}
	for _, a := range r.Arms {
		seeds[a.Seed] = true
	}
	return len(seeds)
}

func cell(scores map[string]Score, set, metric string) string {
	s, ok := scores[set]
	if !ok {
		return "-"
	}
	switch metric {
	case "macro_f1":
		return fmt.Sprintf("%.4f", s.MacroF1)
	case "loss":
		return fmt.Sprintf("%.4f", s.Loss)
	}
	return fmt.Sprintf("%.4f", s.Accuracy)
}

func percent(x float64) string {
	if x == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*x)
}

// Notes explain the table's columns.
const Notes = `Compute is relative to plain fine-tuning (erm) over the whole budget: the reference's size as a fraction of the main model's,
without embedding tables, plus the fraction of the budget's steps that the arm took. FLOPs count training on real tokens, the
reference's included. Time counts the arm's own training steps. Arms that stop early are scored at the evaluation with the best
mean OOD validation score, the reference and erm at the last one.`

// Text returns the table for a terminal, in aligned columns.
func (r *Report) Text() string {
	rows := r.Rows()
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, c := range row {
			widths[i] = max(widths[i], len(c))
		}
	}
	var out strings.Builder
	for i, row := range rows {
		for j, c := range row {
			if j == 0 {
				fmt.Fprintf(&out, "%-*s", widths[j], c)
			} else {
				fmt.Fprintf(&out, "  %*s", widths[j], c)
			}
		}
		out.WriteByte('\n')
		if i == 0 {
			for j, w := range widths {
				if j > 0 {
					out.WriteString("  ")
				}
				out.WriteString(strings.Repeat("-", w))
			}
			out.WriteByte('\n')
		}
	}
	return out.String()
}

// Markdown returns the content of report.md.
func (r *Report) Markdown() string {
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n\nScores: %s.\n\n", r.Name, r.Metric)
	for i, row := range r.Rows() {
		fmt.Fprintf(&out, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			fmt.Fprintf(&out, "|%s\n", strings.Repeat("---|", len(row)))
		}
	}
	fmt.Fprintf(&out, "\n%s\n", Notes)
	return out.String()
}
