package view

import (
	"fmt"
	"math"
	"strings"

	"charm.land/lipgloss/v2"

	"ftft/datamap"
	"ftft/train/watch"
)

// Map draws the data map with its axes: variability to the right, confidence upwards, correctness as colour. With a single epoch,
// which has no variability, it draws the distribution of confidence.
type Map struct {
	Theme     *Theme
	Picture   *watch.Picture // nil before there is one
	Waiting   string         // shown instead
	Strategy  string
	Threshold float64      // of the variability (ambiguous strategy) or the confidence; NaN = none
	Cursor    *watch.Point // the example under the cursor; nil = none
	Ambiguous float64      // the least variability of the ambiguous region; NaN = regions are not drawn
	Hard      float64      // the greatest confidence of the hard-to-learn region

	Highlight *Highlight    // the examples that stand out; nil = none
	Path      []watch.Point // the example's positions after earlier epochs
	Box       *Box          // a rectangle that is being drawn; nil = none
	Title     string        // shown instead of the name of the vertical axis; "" = none
	Image     *Pixels       // the image that the terminal has, drawn instead of braille; nil = none

	grid        *Grid // the map as last drawn
	drawn       *watch.Picture
	highlighted *Highlight // on the grid
}

// The cells that the axes take: the labels and the line of confidence; the line of variability, its labels and the legend.
const mapLeft, mapBelow = 5, 3

// Draw fills w by h cells.
func (m *Map) Draw(w, h int) []string {
	switch {
	case m.Picture == nil || m.Picture.Problem == nil && len(m.Picture.Points)+len(m.Picture.PGold) == 0:
		return Fit([]string{"", "  " + m.Waiting}, w, h)
	case m.Picture.Problem != nil:
		lines := append([]string{"", m.Theme.Bad.Render("Cannot read these dynamics."), ""}, Wrap(Clean(m.Picture.Problem.Error()), w)...)
		return Fit(lines, w, h)
	case w < mapLeft+10 || h < mapBelow+5:
		return Fit([]string{"The map needs a larger window."}, w, h)
	case len(m.Picture.Points) == 0:
		return m.histogram(w, h)
	}
	width, height := w-mapLeft, h-mapBelow-1
	m.bin(width, height)
	m.updateGrid()
	m.grid.pixels = m.Image.isOf(m, width, height)
	rows := m.grid.Render(m.Theme, m.marks())
	lines := []string{m.title(w)}
	for y, row := range rows {
		lines = append(lines, m.confidenceLabel(y, height)+row)
	}
	lines = append(lines, m.variabilityAxis(width), m.variabilityLabels(width), m.legend(w))
	return Fit(lines, w, h)
}

// bin computes the grid, unless it is of the same picture and size.
func (m *Map) bin(w, h int) {
	if m.grid != nil && m.drawn == m.Picture && m.grid.W == w && m.grid.H == h {
		return
	}
	right := float32(0.5) // the greatest possible standard deviation, population form
	for _, point := range m.Picture.Points {
		if point.Variability > right+1e-6 {
			right = 0.75 // the sample form reaches 0.71
		}
	}
	m.grid, m.drawn, m.highlighted = NewGrid(m.Picture.Points, w, h, right, 1, m.Picture.Levels), m.Picture, nil
}

// marks returns the cells of the threshold, of the regions and of the example under the cursor.
func (m *Map) marks() Marks {
	marks := noMarks
	if m.Cursor != nil {
		column, row := m.grid.place(m.Cursor.Variability, m.Cursor.Confidence)
		marks.Cell = row/4*m.grid.W + column/2
	}
	if !math.IsNaN(m.Ambiguous) {
		column, row := m.grid.place(float32(m.Ambiguous), float32(m.Hard))
		marks.Ambiguous, marks.Hard = column/2, row/4
	}
	if math.IsNaN(m.Threshold) {
		return marks
	}
	if m.Strategy == datamap.Ambiguous {
		column, _ := m.grid.place(float32(m.Threshold), 0)
		marks.Column = column / 2
	} else {
		_, row := m.grid.place(0, float32(m.Threshold))
		marks.Row = row / 4
	}
	return marks
}

// title returns the longest form of the title that fits into w cells.
func (m *Map) title(w int) string {
	name, axis := m.Theme.Title.Render("Data map"), "  confidence ↑"
	lefts := []string{name + m.Theme.Dim.Render(axis+" mean p(gold)"), name + m.Theme.Dim.Render(axis), name}
	if m.Title != "" {
		lefts = []string{name + "  " + m.Theme.Warn.Render(m.Title), m.Theme.Warn.Render(m.Title)}
	}
	for _, right := range []string{m.progress(true), m.progress(false)} {
		for _, left := range lefts {
			if Width(left)+1+Width(right) <= w {
				return Spread(left, m.Theme.Dim.Render(right), w)
			}
		}
	}
	return Spread(lefts[len(lefts)-1], m.Theme.Dim.Render(m.progress(false)), w)
}

// progress says how many examples and epochs the map has, in full or with the examples' number alone.
func (m *Map) progress(full bool) string {
	p := m.Picture
	shown := Count(max(len(p.Points), len(p.PGold)))
	if full {
		shown += " examples"
	}
	switch {
	case p.Epoch >= 0 && p.Examples > 0:
		return fmt.Sprintf("%s · epoch %d: %s seen", shown, p.Epoch+1, Percent(float64(p.Seen)/float64(p.Examples)))
	case m.Title != "":
		return shown
	case p.Map != nil && p.Map.Epochs == 1:
		return shown + " · 1 epoch"
	case p.Map != nil && p.Map.Epochs == 0:
		return shown
	case p.Map != nil:
		return fmt.Sprintf("%s · %d epochs", shown, p.Map.Epochs)
	}
	return shown
}

// confidenceLabel returns the label and the axis left of row y.
func (m *Map) confidenceLabel(y, height int) string {
	mark := "│"
	if y == m.marks().Row {
		mark = lipgloss.NewStyle().Foreground(lipgloss.ANSIColor(m.Theme.Line)).Render("▶")
		if m.Theme.Glyphs {
			mark = "▶"
		}
	}
	label := "    "
	for _, tick := range []float64{0, 0.25, 0.5, 0.75, 1} {
		if int((1-tick)*float64(height-1)+0.5) == y {
			label = fmt.Sprintf("%4.2f", tick)
		}
	}
	return m.Theme.Dim.Render(label) + mark
}

// ticks returns the columns of the ticks 0, 0.1, 0.2 … and their labels.
func (m *Map) ticks() (columns []int, labels []string) {
	for tick := float32(0); tick <= m.grid.X+1e-6; tick += 0.1 {
		column, _ := m.grid.place(tick, 0)
		columns, labels = append(columns, column/2), append(labels, fmt.Sprintf("%.1f", tick))
	}
	return columns, labels
}

func (m *Map) variabilityAxis(width int) string {
	axis := []rune(strings.Repeat("─", width))
	columns, _ := m.ticks()
	for _, column := range columns {
		axis[column] = '┬'
	}
	if column := m.marks().Column; column >= 0 {
		axis[column] = '▲'
	}
	return spaces(mapLeft-1) + "└" + string(axis)
}

// variabilityLabels returns the labels of the ticks. The axis's name stands before the last, in place of one to three labels.
func (m *Map) variabilityLabels(width int) string {
	columns, labels := m.ticks()
	last, line := len(columns)-1, []rune(spaces(width+mapLeft))
	start := func(i int) int { return min(mapLeft+columns[i]-1, len(line)-len(labels[i])) }
	from := len(line) // of the name
	for i, name := range []string{"variability: standard deviation of p(gold) →", "variability: SD of p(gold) →", "variability →"} {
		room := max(last-2-i, 0) // the last label that remains
		if from = start(last) - 2 - Width(name); from > start(room)+len(labels[room])+1 {
			copy(line[from:], []rune(name))
			break
		}
		from = len(line)
	}
	for i := range columns {
		if i == last || start(i)+len(labels[i])+1 < from {
			copy(line[start(i):], []rune(labels[i]))
		}
	}
	return m.Theme.Dim.Render(string(line))
}

// histogram draws the distribution of the gold label's probability over the examples of the last epoch.
func (m *Map) histogram(w, h int) []string {
	bins := min((w-mapLeft)/3, 40)
	height := h - 5
	counts, most := make([]int, bins), 1
	for _, p := range m.Picture.PGold {
		bin := min(int(p*float32(bins)), bins-1)
		counts[bin]++
		most = max(most, counts[bin])
	}
	lines := []string{
		Spread(m.Theme.Title.Render("Confidence")+m.Theme.Dim.Render("  examples by p(gold)"), m.Theme.Dim.Render(m.progress(true)), w),
		m.Theme.Dim.Render("The map starts after the second epoch: variability needs two."),
	}
	for y := range height {
		label := spaces(mapLeft - 1)
		if y == 0 {
			label = fmt.Sprintf("%4s", short(most))
		}
		var b strings.Builder
		b.WriteString(m.Theme.Dim.Render(label) + "│")
		for _, count := range counts {
			eighths := count*height*8/most - (height-1-y)*8
			if count > 0 && y == height-1 {
				eighths = max(eighths, 1)
			}
			b.WriteString(strings.Repeat(string(blocks[min(max(eighths, 0), 8)]), 2) + " ")
		}
		lines = append(lines, b.String())
	}
	width := bins*3 - 1
	lines = append(lines, spaces(mapLeft-1)+"└"+strings.Repeat("─", width))
	lines = append(lines, m.Theme.Dim.Render(spaces(mapLeft)+Spread("0", "p(gold) 1", width)))
	return Fit(lines, w, h)
}

// short formats a count in four cells.
func short(n int) string {
	if n < 10_000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%dk", n/1000)
}
