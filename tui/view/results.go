package view

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"ftft/train/metric"
	"ftft/train/report"
	"ftft/train/rundir"
)

// Results draws what an experiment has shown: a sentence, the table of arms with their differences to erm, and the score by compute.
type Results struct {
	Theme    *Theme
	Name     string         // of the experiment or run
	Report   *report.Report // nil while it is read, or if there is none
	Waiting  string         // shown without a report
	Partial  string         // what is still to come; "" = nothing
	Problems []string       // why runs are left out
	Colours  map[string]int // of the runs, by ID
	Cursor   int            // an index into the report's lines
	Set      int            // an index into the report's SetGroups: the sets of the first column of scores
	Steps    bool           // the chart's x axis is steps, not compute
	Parts    ResultParts

	top, first, shown int // the rows as last drawn: line of the first, its index, their number
}

// ResultParts are the parts of the results that are drawn.
type ResultParts int

// The choices of parts.
const (
	TableAndChart ResultParts = iota
	OnlyChart
	OnlyTable
	ResultChoices // the number of choices
)

// minTableRows is the number of arms that the chart leaves room for.
const minTableRows = 3

// Draw fills w by h cells.
func (v *Results) Draw(w, h int) []string {
	t := v.Theme
	v.shown = 0
	title := t.Title.Render("Results") + " " + Clean(v.Name)
	if v.Report == nil || len(v.Report.Arms) == 0 {
		return Fit(append([]string{title, ""}, Wrap("  "+v.Waiting, w)...), w, h)
	}
	right := ""
	if v.Partial != "" {
		right = t.Warn.Render("Partial: " + v.Partial)
	}
	lines := []string{Spread(title+t.Dim.Render(", "+v.Report.ScoreName()), right, w)}
	for _, line := range Wrap(Clean(v.Report.SentenceOf(v.line())), w) {
		lines = append(lines, t.Strong.Render(line))
	}
	lines = append(lines, v.leftOut(w, h)...)
	if h > 24 {
		lines = append(lines, "")
	}
	room := h - len(lines)
	switch tableHeight := len(v.Report.Lines()) + 3; { // with two lines of headings, and the majority class
	case v.Parts == OnlyChart:
		return Fit(append(lines, v.chart(w, room)...), w, h)
	case v.Parts == OnlyTable || room < minTableRows+2+minChartHeight:
		return Fit(append(lines, v.table(w, room, len(lines))...), w, h)
	default:
		table := v.table(w, min(tableHeight, room-minChartHeight), len(lines))
		lines = append(lines, table...)
		if h-len(lines) > 2*minChartHeight {
			lines = append(lines, "")
		}
		return Fit(append(lines, v.chart(w, h-len(lines))...), w, h)
	}
}

// leftOut says what is left out and why, in at most a fifth of h lines.
func (v *Results) leftOut(w, h int) (lines []string) {
	for _, problem := range v.Problems {
		lines = append(lines, v.Theme.wrapped("Left out: "+problem, w, v.Theme.Bad)...)
	}
	if most := max(h/5, 1); len(lines) > most {
		lines = append(lines[:most-1], v.Theme.Bad.Render("… Runs (4) has the reasons of all."))
	}
	return lines
}

// line returns the line under the cursor.
func (v *Results) line() *report.Line {
	lines := v.Report.Lines()
	return &lines[max(min(v.Cursor, len(lines)-1), 0)]
}

// sets returns the sets of the first column of scores.
func (v *Results) sets() []metric.Set {
	groups := v.Report.SetGroups()
	if len(groups) == 0 {
		return nil
	}
	return groups[v.Set%len(groups)]
}

// LineAt returns the index of the report's line that is drawn at a row.
func (v *Results) LineAt(row int) (index int, ok bool) {
	return v.first + row - v.top, row >= v.top && row < v.top+v.shown
}

// resultColumn is a column of the table: two lines of heading, a cell for each line of the report, and one for the majority class.
type resultColumn struct {
	head  [2]string
	cell  func(l *report.Line) string
	style func(l *report.Line) lipgloss.Style // nil = plain
	last  string
	width int
}

// columns returns the columns that fit w cells, the most important ones first.
func (v *Results) columns(w int) []resultColumn {
	r := v.Report
	number := func(format string, of func(*report.Arm) float64) func(*report.Line) string {
		return func(l *report.Line) string {
			if mean := l.Mean(of); mean != 0 {
				return fmt.Sprintf(format, mean)
			}
			return "-"
		}
	}
	score := func(sets []metric.Set) resultColumn {
		c := resultColumn{last: "-", cell: func(l *report.Line) string {
			if score, ok := l.Score(r, sets); ok {
				return fmt.Sprintf("%.4f", score)
			}
			return "-"
		}}
		c.head[0], c.head[1] = Clean(sets[0].Name), metric.NameSetsBriefly(sets[:1])
		if len(sets) > 1 {
			c.head[0], c.head[1] = fmt.Sprintf("mean of %d", len(sets)), metric.NameSetsBriefly(sets[:1])
		}
		if majority, ok := r.Majority(sets); ok {
			c.last = fmt.Sprintf("%.4f", majority)
		}
		return c
	}
	columns := []resultColumn{{head: [2]string{"arm"}, cell: v.arm, last: "majority class"}}
	if sets := v.sets(); sets != nil {
		columns = append(columns, score(sets), v.difference(sets))
	}
	columns = append(columns,
		resultColumn{head: [2]string{"compute", "of erm's"}, cell: number("%.1f %%", func(a *report.Arm) float64 { return 100 * a.Compute })},
		resultColumn{head: [2]string{"steps", "of budget"}, cell: func(l *report.Line) string {
			taken := l.Mean(func(a *report.Arm) float64 { return float64(a.Steps) })
			return Count(int(taken+0.5)) + "/" + Count(l.Arms[0].MaxSteps)
		}})
	for i, sets := range r.SetGroups() {
		if i != v.Set%len(r.SetGroups()) {
			columns = append(columns, score(sets))
		}
	}
	columns = append(columns,
		resultColumn{head: [2]string{"examples", "trained on"}, cell: func(l *report.Line) string { return Count(l.Arms[0].Examples) }},
		resultColumn{head: [2]string{"training", "TFLOP"}, cell: number("%.2f", func(a *report.Arm) float64 { return a.FLOPs / 1e12 })},
		resultColumn{head: [2]string{"training", "seconds"}, cell: number("%.1f", func(a *report.Arm) float64 { return a.Seconds })})
	used := 0
	for i := range columns {
		c := &columns[i]
		c.width = max(Width(c.head[0]), Width(c.head[1]), Width(c.last))
		for k := range r.Lines() {
			c.width = max(c.width, Width(c.cell(&r.Lines()[k])))
		}
		if used += c.width + 2; i > 0 && used > w {
			return columns[:i]
		}
	}
	return columns
}

// arm returns the name of a line's arm, with its seeds and its state if it has not ended.
func (v *Results) arm(l *report.Line) string {
	name := Clean(l.Name)
	if n := len(l.Arms); n > 1 {
		name += fmt.Sprintf(", %d seeds", n)
	}
	for _, a := range l.Arms {
		if a.State != rundir.Complete {
			return name + " (" + a.State + ")"
		}
	}
	return name
}

// difference returns the column of the differences to erm.
func (v *Results) difference(sets []metric.Set) resultColumn {
	r, t := v.Report, v.Theme
	unit := strings.TrimPrefix(r.InUnit()+", 95 % CI", ", ")
	return resultColumn{head: [2]string{"difference to erm", strings.TrimSpace(unit)}, cell: func(l *report.Line) string {
		if d, ok := l.Difference(sets); ok {
			return r.Bounded(d)
		}
		return "-"
	}, style: func(l *report.Line) lipgloss.Style {
		d, ok := l.Difference(sets)
		if !ok {
			return t.Dim
		}
		switch noise, known := d.Noise(); {
		case !known:
			return lipgloss.NewStyle()
		case noise:
			return t.Dim
		case r.Better(d.Value, 0):
			return t.Good
		default:
			return t.Bad
		}
	}}
}

// table draws the table in up to h lines, scrolled to the cursor. top is the line of its first heading.
func (v *Results) table(w, h, top int) []string {
	t := v.Theme
	const sign = 2 // cells before the first column
	columns := v.columns(w - sign)
	row := func(cell func(i int, c *resultColumn) string) string {
		line := ""
		for i := range columns {
			c := &columns[i]
			text := cell(i, c)
			pad := spaces(c.width - Width(text))
			if i == 0 {
				line += text + pad
			} else {
				line += "  " + pad + text
			}
		}
		return line
	}
	var lines []string
	for k := range 2 {
		lines = append(lines, t.Dim.Render(spaces(sign)+row(func(_ int, c *resultColumn) string { return c.head[k] })))
	}
	all := v.Report.Lines()
	v.top, v.shown = top+2, max(min(h-2, len(all)), 1)
	v.first = max(min(v.Cursor-v.shown/2, len(all)-v.shown), 0)
	for i := v.first; i < v.first+v.shown; i++ {
		l := &all[i]
		mark := "  "
		if n, known := v.Colours[l.Arms[0].Run]; known && l.Arms[0].Arm != rundir.EarlyERM {
			mark = t.Sign(n) + " "
		}
		if i == v.Cursor {
			lines = append(lines, mark+t.Picked.Render(Fit([]string{row(func(_ int, c *resultColumn) string { return c.cell(l) })}, w-sign, 1)[0]))
			continue
		}
		lines = append(lines, mark+row(func(_ int, c *resultColumn) string {
			if c.style == nil {
				return c.cell(l)
			}
			return c.style(l).Render(c.cell(l))
		}))
	}
	if h-2 > len(all) {
		lines = append(lines, t.Dim.Render(spaces(sign)+row(func(_ int, c *resultColumn) string { return c.last })))
	}
	return Fit(lines, w, min(h, len(lines)))
}

// chart draws the score after each evaluation, by compute or steps, in h lines.
func (v *Results) chart(w, h int) []string {
	r, t := v.Report, v.Theme
	by, unit := "compute", " (% of plain fine-tuning)"
	bySteps := v.Steps
	curves, end := v.curves(bySteps)
	if len(curves) == 0 { // compute is not known before the models are saved
		bySteps = true
		curves, end = v.curves(bySteps)
	}
	if bySteps {
		by, unit = "steps", ""
	}
	heading, what := t.Title.Render("Quality by "+by), ": "+r.ScoreName()+" on "+Clean(metric.NameSets(r.Sets))
	if len(curves) == 0 || h < 5 {
		return Fit([]string{heading + what, t.Dim.Render("  none yet")}, w, h)
	}
	wanted, compared := v.wanted()
	if compared {
		best := curve{style: t.Dim, line: newSeries([]float64{0, end}, []float64{wanted, wanted})}
		curves = append([]curve{best}, curves...)
	}
	legend := "● reported"
	for _, more := range []string{"  ◆ reaches erm's best", "  ◆ as erm's best"} {
		if compared && Width(heading)+Width(what)+Width(legend+more) < w {
			legend += more
			break
		}
	}
	if Width(heading)+Width(unit)+Width(what)+Width(legend) < w {
		heading += t.Dim.Render(unit)
	}
	heading += what
	if Width(heading)+Width(legend) >= w {
		legend = ""
	}
	drawn := chart{theme: t, w: w, h: h - 1, axis: BySteps, x: scale{from: 0, to: end}, bare: !bySteps}
	drawn.y = v.scores(curves, max((drawn.h-chartBelow)/4, 2))
	return append([]string{Spread(heading, t.Dim.Render(legend), w)}, drawn.draw(curves)...)
}

// curves returns the curve of each run, those of the line under the cursor last, and the end of the x axis.
func (v *Results) curves(bySteps bool) (curves []curve, end float64) {
	r := v.Report
	x := func(p report.Point) float64 { return 100 * p.Compute }
	end = 100
	if bySteps {
		x, end = func(p report.Point) float64 { return float64(p.Step) }, 0
	}
	picked := v.line()
	add := func(l *report.Line) {
		for _, a := range l.Arms {
			var xs, ys []float64
			one := curve{style: v.Theme.SeriesStyle(v.Colours[a.Run])}
			for _, p := range a.Evaluations {
				if p.Compute == 0 && !bySteps {
					continue
				}
				xs, ys = append(xs, x(p)), append(ys, p.Score)
				if p.Step == a.ScoredAt {
					one.marks = append(one.marks, mark{x(p), p.Score, '●'})
				}
				if l.Compared != nil && slices.ContainsFunc(l.Compared.Reached, func(reach report.Reach) bool {
					return reach.Run == a.Run && reach.Step == p.Step
				}) {
					one.marks = append(one.marks, mark{x(p), p.Score, '◆'})
				}
				end = max(end, x(p))
			}
			if bySteps {
				end = max(end, float64(a.MaxSteps))
			}
			if len(xs) == 0 || a.Arm == rundir.EarlyERM {
				continue // the curve of erm, which is drawn
			}
			if v.Theme.Glyphs {
				one.end = Letter(v.Colours[a.Run])
			}
			one.line = newSeries(xs, ys)
			curves = append(curves, one)
		}
	}
	all := r.Lines()
	for i := range all {
		if &all[i] != picked {
			add(&all[i])
		}
	}
	add(picked)
	return curves, end
}

// wanted returns the best score of erm, the first seed's.
func (v *Results) wanted() (score float64, ok bool) {
	comparisons := []*report.Comparison{v.line().Compared}
	for i := range v.Report.Differences {
		comparisons = append(comparisons, &v.Report.Differences[i])
	}
	for _, c := range comparisons {
		if c != nil && len(c.Reached) > 0 {
			return c.Reached[0].Wanted, true
		}
	}
	return 0, false
}

// scores returns a scale with about n ticks for the curves, of at least 5 points, or a fifth of the highest loss.
func (v *Results) scores(curves []curve, n int) scale {
	e := nothing
	for _, c := range curves {
		e = e.join(c.line.between(0, len(c.line.y)).extent)
	}
	if e.empty() {
		return scale{from: 0, to: 1}
	}
	if v.Report.Metric == "loss" {
		return niceScale(e, max(e.high/5, 1e-3), math.Inf(1), n)
	}
	return niceScale(e, 0.05, 1, n)
}
