package view

import (
	"fmt"
)

// Explained is a number on the screen and where it comes from.
type Explained struct {
	Name, Value string // as the screen shows it
	Formula     string
	Numbers     string // the formula with the numbers of this screen
	Source      string // the paper that defines it; "" = none
}

// Explain lists the numbers of a screen and explains the one under the cursor.
type Explain struct {
	Theme   *Theme
	Subject string // what the numbers describe
	Items   []Explained
	Cursor  int
}

// Draw fills w by h cells.
func (x *Explain) Draw(w, h int) []string {
	t := x.Theme
	lines := []string{Spread(t.Title.Render("Explain")+" "+Clean(x.Subject), t.Dim.Render("↑ ↓ choose  e back"), w)}
	if len(x.Items) == 0 {
		return Fit(append(lines, "", "  This screen has no numbers yet."), w, h)
	}
	item := x.Items[min(x.Cursor, len(x.Items)-1)]
	below := []string{"", t.Strong.Render(item.Name + " = " + item.Value)}
	for _, part := range []struct{ name, text string }{{"formula", item.Formula}, {"values", item.Numbers}, {"source", item.Source}} {
		if part.text == "" {
			continue
		}
		for i, line := range Wrap(part.text, max(w-11, 1)) {
			name := ""
			if i == 0 {
				name = part.name
			}
			below = append(below, t.key(name, line))
		}
	}
	room := max(h-1-len(below), min(3, h-1))
	first := min(max(x.Cursor-room/2, 0), max(len(x.Items)-room, 0))
	for i := first; i < min(first+room, len(x.Items)); i++ {
		line := " " + Fit([]string{x.Items[i].Name}, min(28, w/2), 1)[0] + " " + x.Items[i].Value
		if i == x.Cursor {
			line = t.Picked.Render(Fit([]string{line}, w, 1)[0])
		}
		lines = append(lines, line)
	}
	return Fit(append(lines, below...), w, h)
}

// Sum writes values as a sum with a number of decimals. Of more than a dozen values it leaves out those in the middle.
func Sum(values []float64, decimals int) string {
	const most = 12
	text := ""
	for i, v := range values {
		if len(values) > most && i >= most/2 && i < len(values)-most/2 {
			if i == most/2 {
				text += " + …"
			}
			continue
		}
		if i > 0 {
			text += " + "
		}
		text += fmt.Sprintf("%.*f", decimals, v)
	}
	if text == "" {
		return "0"
	}
	return text
}
