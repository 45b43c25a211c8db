package tui

import (
	"io"
	"maps"
	"math"
	"slices"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/datamap/figure"
	"ftft/train/watch"
	"ftft/tui/selection"
	"ftft/tui/view"
)

// mapScreen draws the data map, with panels beside it if there is room.
type mapScreen struct {
	*workspace
	app     *App
	view    view.Map // keeps the binned points
	brush   brush
	earlier earlier
	shading shading
}

var placeMap = &place{key: "1", tab: "Map", help: "the data map"}

func newMapScreen(a *App) *mapScreen { return &mapScreen{workspace: a.workspace, app: a} }

func (s *mapScreen) home() *place { return placeMap }

func (s *mapScreen) place() *place {
	if b := s.brushed(); b.box != nil && !b.byMouse && s.dataMap() != nil {
		return placeBrush
	}
	return placeMap
}

func (s *mapScreen) keys() []binding { return slices.Concat(s.brushKeys(), s.epochKeys()) }

func (s *mapScreen) update() tea.Cmd { return s.computeEarlier() }

func (s *mapScreen) draw(w, h int) []string {
	if !s.wide() || w < s.w { // an overlay is beside the map
		return s.drawMap(w, h)
	}
	left := int(mapShare * float64(w))
	right := w - left - 1
	selection := s.selectionPanel().Height(right)
	curves := max((h-selection)/2, 7)
	if h-selection-curves < 7 {
		curves = max(h-selection-7, 0)
	}
	panels := append(s.selectionPanel().Draw(right, selection), s.app.curves.panel().DrawPanel(right, curves)...)
	panels = append(panels, s.examplePanel().Draw(right, h-selection-curves)...)
	return view.Beside(s.drawMap(left, h), panels, " ")
}

func (s *mapScreen) drawMap(w, h int) []string { return s.filled().Draw(w, h) }

// filled returns the view of the map as it is now.
func (s *mapScreen) filled() *view.Map {
	m := &s.view
	m.Theme, m.Picture, m.Waiting = s.theme, s.shownPicture(), s.waiting()
	m.Strategy, m.Threshold, m.Cursor = s.sel.Strategy, s.sel.Threshold(), s.cursorPoint()
	m.Highlight, m.Box, m.Title, m.Path = s.shade(), s.brushed().box, s.epochTitle(), nil
	m.Ambiguous, m.Hard = s.regions()
	m.Image = s.app.pixels.shown()
	if s.epochs > 0 {
		m.Path, m.Cursor = s.path()
		m.Threshold, m.Ambiguous = math.NaN(), math.NaN() // these belong to the newest map
	}
	return m
}

// foot describes the examples in the brush, or those that the dragged threshold selects.
func (s *mapScreen) foot() string {
	b := s.brushed()
	switch {
	case s.place() == placeBrush:
		return s.brushLine() + s.theme.Dim.Render("  enter selects  esc leaves  hjkl HJKL v")
	case b.pulling:
		return s.theme.Warn.Render(s.pullLine())
	case b.box != nil && s.seen() != nil:
		return s.brushLine()
	}
	return ""
}

// entered reports whether there is anything that back leaves.
func (s *mapScreen) entered() bool {
	b, c := s.brushed(), s.sel
	return b.pulling || b.box != nil || c.Search.Text != "" || s.epochs > 0 || c.Filtered() || c.Brushed || c.Rule != ""
}

// back leaves what was entered last: the dragged threshold, the brush, the search, the earlier epoch, the filters, the rule.
func (s *mapScreen) back() tea.Cmd {
	to := s.sel.Criteria
	switch b := s.brushed(); {
	case b.pulling: // the mouse still holds the threshold
		to = b.before
		*b = brush{}
		return s.become(to)
	case b.box != nil:
		*b = brush{}
		return nil
	case s.sel.Search.Text != "":
		s.clearSearch()
		return nil
	case s.epochs > 0:
		s.epochs = 0
		return nil
	case to.Filtered():
		to = to.Unfiltered()
	case to.Brushed:
		return s.leaveBrush()
	case to.Rule != "":
		to.SetRule("", false)
	default:
		return nil
	}
	return s.change(to)
}

// figure draws the map for a file.
func (s *mapScreen) figure(title string) (figureWriter, error) {
	m, fraction := s.dataMap(), s.sel.Fraction
	if m == nil {
		return nil, errNoMap
	}
	return func(w io.Writer, format string) error {
		drawn, err := figure.FromMap(m, title, fraction)
		if err != nil {
			return err
		}
		return figure.Write(w, format, drawn, Figures(false))
	}, nil
}

func (s *mapScreen) explain() (subject string, items []view.Explained) {
	return s.explainMap(s.home().tab)
}

func (s *mapScreen) commands() []Command { return s.mapCommands() }

// regions returns the variability and the confidence at which the regions ambiguous and hard-to-learn end, NaN before there are
// regions.
func (s *mapScreen) regions() (ambiguous, hard float64) {
	m, ends := s.dataMap(), [2]float64{math.NaN(), math.NaN()}
	if m == nil {
		return ends[0], ends[1]
	}
	rankings, count := s.seen().Rankings, datamap.Count(m.Len(), s.sel.Fraction)
	ambiguousFirst, hardFirst := rankings[datamap.Ambiguous], rankings[datamap.HardToLearn]
	if ambiguousFirst == nil || hardFirst == nil || count == 0 {
		return ends[0], ends[1]
	}
	return m.Variability[ambiguousFirst.Order[count-1]], m.Confidence[hardFirst.Order[count-1]]
}

// shading caches the highlight of the map for its inputs.
type shading struct {
	shade   *view.Highlight
	picture *watch.Picture
	marks   *selection.Marks
	updates int // of the selection's list
}

// shade returns what stands out on the map: the selected examples or, where filters narrow the list, the listed ones; the hits of
// a search; marked examples. It is nil before there is a map.
func (s *mapScreen) shade() *view.Highlight {
	picture, marks, hits := s.shownPicture(), s.sel.Marks(), s.sel.Search.In
	if picture == nil || s.dataMap() == nil {
		return nil
	}
	k := &s.shading
	same := k.shade != nil && k.picture == picture && k.marks == marks
	if same && view.SameSlice(k.shade.Found, hits) && k.updates == s.sel.Listed() {
		return k.shade
	}
	shade := &view.Highlight{Examples: picture.At, Found: hits}
	switch {
	case s.sel.Ranking == nil: // nothing can be selected yet
	case s.sel.Filtered():
		shade.Order, shade.Count = append([]int32{}, s.sel.List...), len(s.sel.List)
	default:
		shade.Order, shade.Count, shade.Fixed = s.sel.Order, s.sel.Count, true
	}
	switch {
	case marks == nil || len(marks.ByExample) == 0:
	case k.shade != nil && k.marks == marks && len(k.shade.Marked) == s.dataMap().Len():
		shade.Marked = k.shade.Marked
	default:
		shade.Marked = flags(s.dataMap().Len(), slices.Collect(maps.Keys(marks.ByExample)))
	}
	*k = shading{shade, picture, marks, s.sel.Listed()}
	return shade
}

// flags marks some of n examples.
func flags(n int, some []int32) []bool {
	in := make([]bool, n)
	for _, index := range some {
		in[index] = true
	}
	return in
}
