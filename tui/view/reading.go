package view

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"ftft/datamap"
)

// Truncation is how much of an example's texts the model of a run reads.
type Truncation struct {
	First, Second int   // bytes of each text that are read
	Tokens, Limit int   // tokens of the whole, with special tokens, and the most that are read
	Problem       error // why the tokens are unknown
}

// Reading draws one example in full: its texts, and every class's probability by epoch.
type Reading struct {
	Theme      *Theme
	Example    *Example    // nil = none
	Labels     []string    // [C]
	Gold       int         // the gold class; -1 = unknown
	Classes    [][]float64 // [E][C] probabilities; nil if the source has none
	Running    bool        // whether the last epoch is still running
	Truncation *Truncation // nil while it is computed, and where it cannot be
	Top        int         // the first line of the texts that is shown
}

// wideRead is the width from which the figures stand beside the texts.
const wideRead = 100

// figuresWidth returns their width there: a column for every epoch, up to half of w cells.
func (r *Reading) figuresWidth(w int) int {
	return min(max(className+classColumn*len(r.Classes), 46), w/2)
}

// Draw fills w by h cells.
func (r *Reading) Draw(w, h int) []string {
	t := r.Theme
	if r.Example == nil {
		return Fit([]string{t.Title.Render("Reading"), "", "  No example: nothing is selected."}, w, h)
	}
	e := r.Example
	place := fmt.Sprintf("%s of %s", Count(e.Place+1), Count(e.Total))
	if e.Place < 0 {
		place = "not in the list"
	}
	hint := place + "  ↑ ↓ next  ~ neighbours  y copy  i back"
	heading := Spread(t.Title.Render("Reading")+" "+Clean(e.GUID), t.Dim.Render(hint), w)
	text, room := r.text(w, h)
	shown := Fit(r.window(text, room), r.textWidth(w), room)
	if w >= wideRead {
		side := r.figuresWidth(w)
		return append([]string{heading}, Beside(shown, Fit(r.figures(side, h-1, 3), side, h-1), "  ")...)
	}
	return append(append([]string{heading}, Fit(r.figures(w, h-1-room, 1), w, h-1-room)...), shown...)
}

// textWidth returns the width of the texts.
func (r *Reading) textWidth(w int) int {
	if w >= wideRead {
		return w - r.figuresWidth(w) - 2
	}
	return w
}

// text returns the lines of the texts and how many of them fit w by h cells.
func (r *Reading) text(w, h int) (lines []string, room int) {
	lines = r.texts(r.textWidth(w))
	if w >= wideRead {
		return lines, h - 1
	}
	figures := len(r.figures(w, 0, 1))
	room = h - 1 - figures
	if chart := 8; len(lines) <= room-chart { // the chart takes what the texts leave
		room -= min(room-len(lines), chart)
	}
	return lines, max(room, min(h-1, 4))
}

// MaxTop returns the greatest useful Top in w by h cells.
func (r *Reading) MaxTop(w, h int) int {
	if r.Example == nil {
		return 0
	}
	lines, room := r.text(w, h)
	return max(len(lines)-room, 0)
}

// window returns the lines that are shown. The last one says how many follow.
func (r *Reading) window(lines []string, room int) []string {
	top := min(r.Top, max(len(lines)-room, 0))
	shown := slices.Clone(lines[top:min(top+room, len(lines))])
	if below := len(lines) - top - len(shown); below > 0 && len(shown) > 0 {
		shown[len(shown)-1] = r.Theme.Dim.Render(fmt.Sprintf("… %d more lines (J K scroll)", below+1))
	}
	return shown
}

// texts returns both texts, wrapped, with what the model does not read marked, and the example's other columns.
func (r *Reading) texts(w int) []string {
	t, e := r.Theme, r.Example
	if e.Text == nil || e.Text.Problem != nil {
		return e.text(w)
	}
	if e.Text.First == "" && e.Text.Second == "" && len(e.Text.Columns) == 0 {
		return []string{t.Dim.Render("This source has no texts.")}
	}
	lines := e.unchecked(w)
	for _, line := range Wrap(r.tokens(), w) {
		lines = append(lines, t.Dim.Render(line))
	}
	first, second := len(e.Text.First), len(e.Text.Second)
	if t := r.Truncation; t != nil && t.Problem == nil {
		first, second = t.First, t.Second
	}
	lines = append(append(lines, ""), r.marked(e.Text.First, first, w)...)
	if e.Text.Second != "" {
		lines = append(append(lines, ""), r.marked("→ "+e.Text.Second, second+len("→ "), w)...)
	}
	names := make([]string, 0, len(e.Text.Columns))
	for name, value := range e.Text.Columns {
		if value != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if len(names) > 0 {
		lines = append(lines, "")
	}
	for _, name := range names {
		for _, line := range Wrap(Clean(name)+": "+Clean(e.Text.Columns[name]), w) {
			lines = append(lines, t.Dim.Render(line))
		}
	}
	return lines
}

// tokens says how much the model reads.
func (r *Reading) tokens() string {
	switch t := r.Truncation; {
	case t == nil:
		return "tokens: …"
	case t.Problem != nil:
		return "Token count unknown (" + Clean(t.Problem.Error()) + ")"
	case t.Tokens > t.Limit:
		return fmt.Sprintf("%d tokens; the model reads %d (text after │ is cut)", t.Tokens, t.Limit)
	default:
		return fmt.Sprintf("%d tokens (limit %d): the model reads all", t.Tokens, t.Limit)
	}
}

// marked wraps a text with a bar after the bytes that are read.
func (r *Reading) marked(text string, length, w int) []string {
	read, rest := Clean(text[:length]), Clean(text[length:])
	if rest == "" {
		return Wrap(read, w)
	}
	letters := letters(read) // left before the bar
	lines := Wrap(strings.TrimSpace(read+" │ "+rest), w)
	for i, line := range lines {
		at := len(line)
		for k, c := range line {
			if letters == 0 {
				at = k
				break
			}
			if !unicode.IsSpace(c) {
				letters--
			}
		}
		if at < len(line) {
			lines[i] = line[:at] + r.Theme.Warn.Render(line[at:])
		}
	}
	return lines
}

// letters counts the characters that are not white space.
func letters(text string) (n int) {
	for _, r := range text {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

// figures returns the example's measures, its probabilities in up to a number of tables and, if h has room, a chart of them.
func (r *Reading) figures(w, h, tables int) []string {
	t, e := r.Theme, r.Example
	lines := []string{
		t.key("gold", fmt.Sprintf("%s  %s", t.Strong.Render(Clean(e.Gold)), t.Dim.Render(e.correct()))),
		t.key("confidence", fmt.Sprintf("%.3f  %s", e.Confidence, t.Dim.Render(fmt.Sprintf("variability %.3f", e.Variability)))),
	}
	if r.Classes == nil {
		if len(e.Trail) > 0 {
			lines = append(lines, t.key("p(gold)", e.trail()))
		}
		return lines
	}
	lines = append(lines, r.classes(w, tables)...)
	if room := h - len(lines); room >= 7 {
		lines = append(lines, r.chart(w, min(room, 16))...)
	}
	return lines
}

// The widths of the columns of the table of probabilities.
const className, classColumn = 15, 5

// classes returns every class's probability by epoch and whether the epoch's prediction is right. It shows as many of the last epochs
// as fit w cells in up to most tables, one below the other.
func (r *Reading) classes(w, most int) (lines []string) {
	room := max((w-className)/classColumn, 1)
	shown := min(len(r.Classes), most*room)
	first, tables := len(r.Classes)-shown, (shown+room-1)/room
	for table := range tables {
		lines = append(lines, r.classesIn(first+shown*table/tables, first+shown*(table+1)/tables)...)
	}
	return lines
}

// classesIn returns the table of the epochs from first to before end.
func (r *Reading) classesIn(first, end int) []string {
	t := r.Theme
	heading, signs := Fit([]string{"epoch"}, className, 1)[0], Fit([]string{"predicted"}, className, 1)[0]
	lines := []string{""}
	for class, label := range r.Labels {
		label = Fit([]string{Clean(label)}, className-2, 1)[0]
		if class == r.Gold {
			label = t.Strong.Render(label) + "*"
		} else {
			label += " "
		}
		line := label + " "
		for e := first; e < end; e++ {
			cell := fmt.Sprintf("%4.2f", r.Classes[e][class])
			if r.predicted(e) == class {
				cell = t.Strong.Render(cell)
			}
			line += cell + " "
		}
		lines = append(lines, line)
	}
	for e := first; e < end; e++ {
		number, sign := fmt.Sprintf("%4d", e+1), "   ✗"
		if r.Running && e == len(r.Classes)-1 {
			number = fmt.Sprintf("%4s", fmt.Sprint(e+1, "…"))
		}
		if r.predicted(e) == r.Gold {
			sign = "   ✓"
		}
		heading, signs = heading+number+" ", signs+sign+" "
	}
	lines[0] = t.Dim.Render(heading)
	return append(lines, t.Dim.Render(signs))
}

// predicted returns the class that an epoch predicts, the first of equally likely ones.
func (r *Reading) predicted(epoch int) int {
	return slices.Index(r.Classes[epoch], slices.Max(r.Classes[epoch]))
}

// chart draws every class's probability by epoch, the gold label's over the others.
func (r *Reading) chart(w, h int) []string {
	t := r.Theme
	c := chart{theme: t, w: w, h: h - 1, bare: true, x: scale{from: 0.5, to: float64(len(r.Classes)) + 0.5}, y: scale{from: 0, to: 1}}
	if len(r.Classes) == 1 {
		c.x = scale{from: 0, to: 2}
	}
	var curves []curve
	order := []int{}
	for class := range r.Labels {
		if class != r.Gold {
			order = append(order, class)
		}
	}
	if r.Gold >= 0 {
		order = append(order, r.Gold)
	}
	legend := t.Title.Render("p")
	for _, class := range order {
		var x, y []float64
		for e, p := range r.Classes {
			x, y = append(x, float64(e+1)), append(y, p[class])
		}
		sign := rune(0)
		if t.Glyphs {
			sign = rune('a' + class%26)
		}
		curves = append(curves, curve{style: t.SeriesStyle(class), line: newSeries(x, y), end: sign})
	}
	for class, label := range r.Labels {
		sign := "━"
		if t.Glyphs {
			sign = string(rune('a' + class%26))
		}
		legend += " " + t.SeriesStyle(class).Render(sign+" "+Clean(label))
	}
	return append([]string{legend}, c.draw(curves)...)
}

// Probabilities returns the softmax of logits. Both are [E][C].
func Probabilities(logits [][]float32) [][]float64 {
	p := make([][]float64, len(logits))
	for e := range logits {
		p[e] = make([]float64, len(logits[e]))
		for class := range p[e] {
			p[e][class] = datamap.Probability(logits[e], int32(class))
		}
	}
	return p
}
