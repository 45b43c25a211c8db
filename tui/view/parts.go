package view

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Part is a part of a line.
type Part struct {
	Text  string
	Rank  int // what matters most has 0
	Least int // the cells that it can be cut to; 0 = shown whole or not at all
}

// Share distributes the w cells of a line to its parts, with gap cells between two. It returns the width of each part, -1 for those
// left out. Parts of a rank are cut, to their least width, before any of a lower rank is, and are left out before any of a lower rank
// is cut: what matters most is cut last.
func Share(parts []Part, gap, w int) []int {
	widths := make([]int, len(parts))
	last, shown := 0, 0
	for i := range parts {
		widths[i] = -1
		last = max(last, parts[i].Rank)
	}
	left := w
	for rank := 0; rank <= last; rank++ {
		whole := true
		for i, part := range parts {
			if part.Rank != rank {
				continue
			}
			least := Width(part.Text)
			if part.Least > 0 {
				least = min(part.Least, least)
			}
			between := gap
			if shown == 0 {
				between = 0
			}
			if least+between > left {
				whole = false
				continue
			}
			widths[i], left, shown = least, left-least-between, shown+1
		}
		for i, part := range parts {
			if more := Width(part.Text) - widths[i]; part.Rank == rank && widths[i] >= 0 && more > 0 {
				grown := min(more, left)
				widths[i], left, whole = widths[i]+grown, left-grown, whole && grown == more
			}
		}
		if !whole {
			break
		}
	}
	return widths
}

// Line joins parts in at most w cells, with gap between two. What matters most is cut last.
func Line(parts []Part, gap string, w int) string {
	parts = slices.DeleteFunc(slices.Clone(parts), func(p Part) bool { return p.Text == "" })
	var line strings.Builder
	for i, cells := range Share(parts, Width(gap), w) {
		if cells < 0 {
			continue
		}
		if line.Len() > 0 {
			line.WriteString(gap)
		}
		line.WriteString(ansi.Truncate(parts[i].Text, cells, "…"))
	}
	return line.String()
}

// Flow sets entries one after the other, two spaces apart, in lines of at most w cells. It breaks no entry; one that is longer than a
// line is cut.
func Flow(entries []string, w int) []string {
	var lines []string
	room := 0
	for _, entry := range entries {
		cells := Width(entry)
		if cells > w {
			entry = ansi.Truncate(entry, w, "…")
			cells = Width(entry)
		}
		if len(lines) > 0 && cells+2 <= room {
			lines[len(lines)-1] += "  " + entry
			room -= cells + 2
			continue
		}
		lines, room = append(lines, entry), w-cells
	}
	return lines
}
