package tui

import (
	"iter"
	"maps"
	"slices"

	"ftft/tui/view"
)

// shade is what stands out on the map: where a rule or filters narrow the selection, what is listed; what a search has found; what
// is marked.
func (a *App) shade() *view.Shade {
	d, c, picture := &a.desk, &a.choice, a.mapped()
	if picture == nil || a.seen().Map == nil {
		return nil
	}
	narrowed := c.ranking != nil && (c.rule != "" || c.class > 0 || c.marked || c.filter != "")
	marked := d.marks != nil && len(d.marks.at) > 0
	if !narrowed && !marked && d.search.in == nil {
		return nil
	}
	if d.shade != nil && d.shadeOf == picture && narrowed == (d.shade.Chosen != nil) && !(narrowed && d.relisted) {
		return d.shade
	}
	s := &view.Shade{At: picture.At, Lit: d.search.in}
	if narrowed {
		s.Chosen = flags(a.seen().Map.Len(), slices.Values(c.list))
	}
	if marked {
		s.Marked = flags(a.seen().Map.Len(), maps.Keys(d.marks.at))
	}
	d.shade, d.shadeOf, d.relisted = s, picture, false
	return s
}

// flags says of n examples which are among some.
func flags(n int, some iter.Seq[int32]) []bool {
	in := make([]bool, n)
	for index := range some {
		in[index] = true
	}
	return in
}
