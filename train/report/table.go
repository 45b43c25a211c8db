package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ftft/train/metric"
	"ftft/train/rundir"
)

// Rows returns the report as a table: a header, one row per arm, and the majority class.
func (r *Report) Rows() [][]string {
	sets := r.allSets()
	header := []string{"arm", "examples", "steps", "compute", "training TFLOP", "time"}
	for _, s := range sets {
		header = append(header, s.String())
	}
	rows := [][]string{header}
	seeds := r.seeds()
	for _, a := range r.Arms {
		name := a.Name
		if seeds > 1 {
			name = fmt.Sprintf("%s, seed %d", name, a.Seed)
		}
		if a.State != rundir.Complete {
			name += " (" + a.State + ")"
		}
		row := []string{
			name, fmt.Sprint(a.Examples), fmt.Sprintf("%d/%d", a.Steps, a.MaxSteps),
			percent(a.Compute), a.TFLOP(), fmt.Sprintf("%.1f s", a.Seconds),
		}
		for _, s := range sets {
			row = append(row, cell(a.Scores, s.Name, r.Metric))
		}
		rows = append(rows, row)
	}
	if len(r.Arms) > 0 && len(sets) > 0 {
		row := []string{"majority class", "", "", "", "", ""}
		for _, s := range sets {
			row = append(row, cell(r.Arms[0].Baseline, s.Name, r.Metric))
		}
		rows = append(rows, row)
	}
	return rows
}

// TFLOP returns the FLOPs of the arm as tables show them, in 10^12; "-" where they are not known.
func (a *Arm) TFLOP() string {
	if a.Uncounted != "" {
		return "-"
	}
	return fmt.Sprintf("%.2f", a.FLOPs/1e12)
}

// Uncounted returns a sentence for each reason why FLOPs are not known, with the runs that it concerns.
func (r *Report) Uncounted() (sentences []string) {
	runs := map[string][]string{}
	var reasons []string
	for i := range r.Arms {
		a := &r.Arms[i]
		if a.Uncounted != "" && runs[a.Uncounted] == nil {
			reasons = append(reasons, a.Uncounted)
		}
		if a.Uncounted != "" {
			runs[a.Uncounted] = append(runs[a.Uncounted], a.Run)
		}
	}
	for _, reason := range reasons {
		sentences = append(sentences, fmt.Sprintf("FLOPs of %s are not known: %s.", strings.Join(runs[reason], ", "), reason))
	}
	return sentences
}

// allSets lists the evaluation sets that any arm was scored on: ID before OOD, validation before test, then by name.
func (r *Report) allSets() (list []metric.Set) {
	for _, a := range r.Arms {
		for name, s := range a.Scores {
			if set := (metric.Set{Name: name, Kind: s.Kind, Use: s.Use}); !slices.Contains(list, set) {
				list = append(list, set)
			}
		}
	}
	slices.SortFunc(list, func(a, b metric.Set) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(b.Use, a.Use), strings.Compare(a.Name, b.Name))
	})
	return list
}

func (r *Report) seeds() int {
	seeds := map[int64]bool{}
	for _, a := range r.Arms {
		seeds[a.Seed] = true
	}
	return len(seeds)
}

func cell(scores map[string]Score, set, name string) string {
	s, ok := scores[set]
	if !ok {
		return "-"
	}
	return fmt.Sprintf("%.4f", s.value(name))
}

func percent(x float64) string {
	if x == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*x)
}

// DifferenceRows returns the differences to erm as a table: a header and one row per arm; nil if there is none.
func (r *Report) DifferenceRows() [][]string {
	if len(r.Differences) == 0 {
		return nil
	}
	sets := r.differenceSets()
	header := []string{strings.TrimSuffix("difference to erm,"+r.InUnit(), ",")}
	for _, s := range sets {
		header = append(header, metric.NameSets(s))
	}
	rows := [][]string{append(header, "95 % interval over")}
	for _, c := range r.Differences {
		row, over := []string{c.Name}, "-"
		for _, s := range sets {
			cell := "-"
			if d, ok := c.on(s); ok {
				cell, over = r.Bounded(d), d.Over()
			}
			row = append(row, cell)
		}
		rows = append(rows, append(row, over))
	}
	return rows
}

// differenceSets returns the sets, and the groups of sets whose mean is compared, that any arm has a difference on.
func (r *Report) differenceSets() (sets [][]metric.Set) {
	for _, s := range r.allSets() {
		sets = append(sets, []metric.Set{s})
	}
	if len(r.Sets) > 1 {
		sets = append(sets, r.Sets)
	}
	return slices.DeleteFunc(sets, func(s []metric.Set) bool {
		return !slices.ContainsFunc(r.Differences, func(c Comparison) bool { _, ok := c.on(s); return ok })
	})
}

// Bounded returns a difference with its interval: -0.4 (-4.2 to +3.1).
func (r *Report) Bounded(d *Difference) string {
	if d.Uncertainty == Unknown {
		return r.Signed(d.Value)
	}
	return fmt.Sprintf("%s (%s to %s)", r.Signed(d.Value), r.Signed(d.Low), r.Signed(d.High))
}

// Over names what the interval is over.
func (d *Difference) Over() string {
	switch d.Uncertainty {
	case ByExamples:
		return fmt.Sprintf("examples, %d resamples", d.Resamples)
	case BySeeds:
		return fmt.Sprintf("%d seeds", d.Seeds)
	}
	return "unknown"
}

// Notes explain the tables' columns.
const Notes = `Compute is relative to plain fine-tuning (erm) over the whole budget: the reference's size as a fraction of the main model's,
without embedding tables, plus the fraction of the budget's steps that the arm took. FLOPs count training on real tokens, the
reference's included. Time counts the arm's own training steps. Arms that stop early are scored at the evaluation with the best
mean OOD validation score, the reference and erm at the last one. A difference is an arm's score minus erm's. Its 95 % interval is,
with one seed, of a paired bootstrap over the examples of the set, which leaves out the chance of another seed; with several seeds,
of Student's t over the differences by seed. A difference is within noise if its interval holds 0.`

// Text returns the table for a terminal, in aligned columns, and the runs that did not start or whose folders are missing.
func (r *Report) Text() string {
	text := aligned(r.Rows())
	if absent := r.absent(); absent != "" {
		text += "\n" + absent + "\n"
	}
	return text
}

// DifferenceText returns the table of differences for a terminal, "" if there is none.
func (r *Report) DifferenceText() string { return aligned(r.DifferenceRows()) }

// aligned returns rows in aligned columns, with a line below the first.
func aligned(rows [][]string) string {
	if len(rows) == 0 {
		return ""
	}
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

// absent names the runs of the plan that the table lacks, "" if there are none.
func (r *Report) absent() string {
	var parts []string
	if len(r.NotStarted) > 0 {
		parts = append(parts, "Not started: "+strings.Join(r.NotStarted, ", ")+".")
	}
	if len(r.Missing) > 0 {
		parts = append(parts, "Missing folders: "+strings.Join(r.Missing, ", ")+".")
	}
	return strings.Join(parts, " ")
}

// Markdown returns the content of report.md.
func (r *Report) Markdown() string {
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n\nScores: %s.\n\n", r.Name, r.Metric)
	writeMarkdown(&out, r.Rows())
	fmt.Fprintf(&out, "\n%s\n", r.Sentence)
	if rows := r.DifferenceRows(); rows != nil {
		out.WriteByte('\n')
		writeMarkdown(&out, rows)
	}
	if absent := r.absent(); absent != "" {
		fmt.Fprintf(&out, "\n%s\n", absent)
	}
	for _, sentence := range r.Uncounted() {
		fmt.Fprintf(&out, "\n%s\n", sentence)
	}
	fmt.Fprintf(&out, "\n%s\n", Notes)
	return out.String()
}

func writeMarkdown(out *strings.Builder, rows [][]string) {
	for i, row := range rows {
		fmt.Fprintf(out, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			fmt.Fprintf(out, "|%s\n", strings.Repeat("---|", len(row)))
		}
	}
}
