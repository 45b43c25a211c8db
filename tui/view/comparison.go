package view

import (
	"fmt"
	"math"

	"ftft/datamap"
	"ftft/train/watch"
)

// Comparison draws two runs side by side: their maps, how far the regions agree, and which examples moved where.
type Comparison struct {
	Theme    *Theme
	Names    [2]string
	Colours  [2]int // of RunColours
	Pictures [2]*watch.Picture
	Result   *datamap.Comparison // nil while it is computed
	Waiting  string              // shown while it is computed
	Cell     int                 // the cell of Result.Places that is listed, counted by rows; -1 = all examples that moved
	Total    int                 // the number of listed examples
	Cursor   int                 // the index of one of them
	MoveAt   func(i int) Move    // returns a listed example
	Text     *Text               // of the example under the cursor; nil = not read yet

	grids [2]*Grid // the maps as last drawn
	drawn [2]*watch.Picture
}

// Move is an example and its positions on both maps.
type Move struct {
	GUID, Gold string
	From, To   uint8           // indices into datamap.Places
	At         [2]*watch.Point // nil on a map without variability
	Trails     [2][]float32    // the gold label's probability by epoch
}

// shortPlaces are the names of datamap.Places in few cells.
var shortPlaces = [4]string{"ambiguous", "amb + hard", "hard", "easy"}

// Draw fills w by h cells.
func (c *Comparison) Draw(w, h int) []string {
	names := c.name(0) + c.Theme.Dim.Render(" with ") + c.name(1)
	title := Spread(c.Theme.Title.Render("Compare ")+names, c.Theme.Dim.Render("esc back"), w)
	if c.Result == nil {
		return Fit(append([]string{title, ""}, Wrap("  "+c.Waiting, w)...), w, h)
	}
	lines := append([]string{title}, c.maps(w, c.mapsHeight(h))...)
	return Fit(append(lines, c.moves(w, h-len(lines))...), w, h)
}

// mapsHeight returns the height of the maps in h cells: the table of moves and some examples must have room below them.
func (c *Comparison) mapsHeight(h int) int {
	if h < 17 {
		return max(h*2/5, 4)
	}
	return max(h*2/5, 8)
}

// name returns the name of the run on a side, with its sign, in its colour.
func (c *Comparison) name(side int) string {
	style := c.Theme.SeriesStyle(c.Colours[side])
	return c.Theme.Sign(c.Colours[side]) + style.Render(" "+Clean(c.Names[side]))
}

// maps draws both maps, with the example under the cursor on each.
func (c *Comparison) maps(w, h int) []string {
	left := (w - 1) / 2
	var at [2]*watch.Point
	if c.Cursor < c.Total {
		at = c.MoveAt(c.Cursor).At
	}
	return Beside(c.oneMap(0, left, h, at[0]), c.oneMap(1, w-1-left, h, at[1]), " ")
}

// oneMap draws the map of one side with its axes, and the example at a point.
func (c *Comparison) oneMap(side, w, h int, at *watch.Point) []string {
	picture := c.Pictures[side]
	size := fmt.Sprintf("%s examples, %d epochs", Count(picture.Map.Len()), picture.Map.Epochs)
	heading := c.name(side)
	for _, right := range []string{size + "  confidence ↑", "confidence ↑"} {
		if Width(heading)+2+Width(right) <= w {
			heading = Spread(heading, c.Theme.Dim.Render(right), w)
			break
		}
	}
	below := 1 // the labels of the axis, without its line
	if h >= 10 {
		below = 2
	}
	width, height := max(w-mapLeft, 1), max(h-1-below, 1)
	if grid := c.grids[side]; grid == nil || c.drawn[side] != picture || grid.W != width || grid.H != height {
		c.grids[side], c.drawn[side] = NewGrid(picture.Points, width, height, c.maxVariability(), 1, picture.Levels), picture
	}
	axes := &Map{Theme: c.Theme, Threshold: math.NaN(), Ambiguous: math.NaN(), grid: c.grids[side]}
	marks := noMarks
	if at != nil {
		column, row := axes.grid.place(at.Variability, at.Confidence)
		marks.Cell = row/4*axes.grid.W + column/2
	}
	lines := []string{heading}
	for y, row := range axes.grid.Render(c.Theme, marks) {
		lines = append(lines, axes.confidenceLabel(y, height)+row)
	}
	if below == 2 {
		lines = append(lines, axes.variabilityAxis(width))
	}
	return Fit(append(lines, axes.variabilityLabels(width)), w, h)
}

// maxVariability returns the right end of both maps.
func (c *Comparison) maxVariability() float32 {
	for _, picture := range c.Pictures {
		if picture.Map.Sample() {
			return 0.75 // the sample form reaches 0.71
		}
	}
	return 0.5
}

// MapAt returns the map at a cell of the comparison, drawn w cells wide, 0 or 1, and the values there.
func (c *Comparison) MapAt(column, row, w int) (side int, variability, confidence float64, ok bool) {
	left := (w - 1) / 2
	if column > left {
		side, column = 1, column-left-1
	}
	grid := c.grids[side]
	column -= mapLeft
	if c.Result == nil || grid == nil || column < 0 || row < 2 || row-2 >= grid.H || column >= grid.W {
		return 0, 0, 0, false
	}
	return side, (float64(column) + 0.5) / float64(grid.W) * float64(grid.X), 1 - (float64(row-2)+0.5)/float64(grid.H), true
}

// moves draws the agreement of the regions and the table of moves beside the list of examples.
func (c *Comparison) moves(w, h int) []string {
	const tables = 58
	if w < tables+30 {
		above := min(11, h-3)
		if h < 14 { // too low for both tables and the list
			above = min(5, h-3)
			return append(Fit(c.places(), w, above), c.list(w, h-above)...)
		}
		return append(Fit(append(c.regions(), c.places()...), w, above), c.list(w, h-above)...)
	}
	return Beside(Fit(append(append(c.regions(), ""), c.places()...), tables, h), c.list(w-tables-2, h), "  ")
}

// regions returns one line per region.
func (c *Comparison) regions() []string {
	region := "region " + datamap.Percent(c.Result.Fraction)
	heading := fmt.Sprintf("%-15s%8s%10s  %-12s%10s", region, "in both", "overlap", "95 % CI", "by chance")
	lines := []string{c.Theme.Dim.Render(heading)}
	for _, g := range c.Result.Regions {
		overlap, interval := "-", "-"
		if !math.IsNaN(g.Overlap) {
			overlap = fmt.Sprintf("%.1f %%", 100*g.Overlap)
		}
		if !math.IsNaN(g.Interval[0]) {
			interval = fmt.Sprintf("%.1f–%.1f", 100*g.Interval[0], 100*g.Interval[1])
		}
		overlap = c.Theme.Strong.Render(fmt.Sprintf("%10s", overlap))
		chance := fmt.Sprintf("%.1f %%", 100*g.Chance)
		lines = append(lines, fmt.Sprintf("%-15s%8s%s  %-12s%10s", g.Region, Count(g.Both), overlap, interval, chance))
	}
	return lines
}

// places returns the table of moves, with the cell that is listed highlighted.
func (c *Comparison) places() []string {
	head := fmt.Sprintf("%-14s", "from ↓  to →")
	for _, name := range shortPlaces {
		head += fmt.Sprintf("%11s", name)
	}
	lines := []string{c.Theme.Dim.Render(head)}
	for from, row := range c.Result.Places {
		line := fmt.Sprintf("%-14s", shortPlaces[from])
		for to, count := range row {
			text := Count(count)
			if count == 0 && c.Cell != from*4+to {
				text = "" // most cells are empty: the others stand out
			}
			cell := fmt.Sprintf("%11s", text)
			switch {
			case c.Cell == from*4+to:
				line += spaces(10-len(text)) + c.Theme.Picked.Render(" "+text)
			case c.Cell < 0 && from != to:
				line += c.Theme.Strong.Render(cell)
			case from == to:
				line += c.Theme.Dim.Render(cell)
			default:
				line += cell
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// list returns the examples of the chosen cell, those that moved farthest first, and the text of the one under the cursor.
func (c *Comparison) list(w, h int) []string {
	t := c.Theme
	what := "All that moved"
	if c.Cell >= 0 {
		what = shortPlaces[c.Cell/4] + " → " + shortPlaces[c.Cell%4]
	}
	count := fmt.Sprintf("  %s of %s in both", Count(c.Total), Count(c.Result.Common))
	lines := []string{Spread(t.Title.Render(what)+t.Dim.Render(count), t.Dim.Render("← → cell  ↑ ↓ example"), w)}
	if c.Total == 0 {
		return Fit(append(lines, "  none"), w, h)
	}
	below := min(max(h/3, 1), 5)
	room := max(h-len(lines)-below, 1)
	first := min(max(c.Cursor-room/2, 0), max(c.Total-room, 0))
	for i := first; i < min(first+room, c.Total); i++ {
		line := c.line(c.MoveAt(i))
		if i == c.Cursor {
			line = t.Picked.Render(Fit([]string{line}, w, 1)[0])
		}
		lines = append(lines, line)
	}
	return append(Fit(lines, w, h-below), Fit(c.example(w), w, below)...)
}

// line returns one example of the list.
func (c *Comparison) line(m Move) string {
	guid := Fit([]string{Clean(m.GUID)}, 12, 1)[0]
	return fmt.Sprintf("%s %-10s → %-10s %s %s", guid, shortPlaces[m.From], shortPlaces[m.To], Spark(m.Trails[0]), Spark(m.Trails[1]))
}

// example describes the example under the cursor.
func (c *Comparison) example(w int) []string {
	m := c.MoveAt(c.Cursor)
	line := c.Theme.Strong.Render(Clean(m.Gold))
	for _, at := range m.At {
		if at != nil {
			line += fmt.Sprintf("  %.2f ±%.2f", at.Confidence, at.Variability)
		}
	}
	return append([]string{line}, Wrap(c.Text.Line(), w)...)
}
