package tui

import (
	"fmt"
	"math"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/train/watch"
)

// scrub is the map as it was after an epoch before.
type scrub struct {
	after     int // epochs; 0 = the newest, which grows
	of        *datamap.Map
	pictures  map[int]*watch.Picture // by epochs; nil while it is computed
	computing bool
}

// scrubbed is a map that has been computed.
type scrubbed struct {
	of      *datamap.Map
	after   int
	picture *watch.Picture
	err     error
}

func scrubKeys() []binding {
	on := []screen{mapScreen}
	return []binding{
		{[]string{","}, "the map one epoch before; hold to animate", ", . epoch", on, func(a *App) tea.Cmd { return a.step(-1) }},
		{[]string{"."}, "the map one epoch on", "", on, func(a *App) tea.Cmd { return a.step(1) }},
		{[]string{"<"}, "the map at its beginning, after two epochs", "", on, func(a *App) tea.Cmd { return a.step(math.MinInt32) }},
		{[]string{">"}, "the newest map, which grows", "", on, func(a *App) tea.Cmd { return a.live() }},
	}
}

// fewestEpochs is how many a map takes: there is no variability of one.
const fewestEpochs = 2

// step goes to the map after more or fewer epochs; the last is the newest.
func (a *App) step(by int) tea.Cmd {
	picture := a.seen()
	switch {
	case picture == nil || picture.Map == nil || !picture.Map.Varies():
		a.say("The map begins with the second epoch.", nil)
		return nil
	case !picture.Map.HasLogits():
		a.say("The source holds measures over all epochs, and not those of each.", nil)
		return nil
	}
	s, newest := &a.desk.scrub, picture.Map.Epochs
	at := s.after
	if at == 0 {
		at = newest
		if picture.Epoch >= 0 && by < 0 {
			at++ // the newest holds a part of the running epoch
		}
	}
	at = max(at+by, fewestEpochs)
	if at > newest || at == newest && picture.Epoch < 0 {
		return a.live()
	}
	s.after = at
	return a.develop()
}

// live goes back to the newest map.
func (a *App) live() tea.Cmd {
	a.desk.scrub.after = 0
	return nil
}

// develop computes the map that is asked for, and then those beside it, one at a time.
func (a *App) develop() tea.Cmd {
	s, picture := &a.desk.scrub, a.seen()
	if picture == nil || picture.Map == nil {
		return nil
	}
	if s.of != picture.Map {
		*s = scrub{after: s.after, of: picture.Map, pictures: map[int]*watch.Picture{}, computing: s.computing}
	}
	s.after = min(s.after, picture.Map.Epochs) // what a file says may be of a longer run
	if s.computing || s.after == 0 {
		return nil
	}
	for _, after := range []int{s.after, s.after - 1, s.after + 1} {
		if after < fewestEpochs || after > picture.Map.Epochs || s.pictures[after] != nil {
			continue
		}
		s.computing = true
		return a.behind(func() tea.Msg {
			before, err := picture.AfterEpochs(after)
			return scrubbed{picture.Map, after, before, err}
		})
	}
	return nil
}

func (a *App) takeScrubbed(r scrubbed) tea.Cmd {
	s := &a.desk.scrub
	s.computing = false
	if r.err != nil {
		a.say("", r.err)
		return a.live()
	}
	if s.of == r.of {
		s.pictures[r.after] = r.picture
	}
	return a.develop()
}

// mapped is the picture that the map shows: an earlier one where that is asked for and has come.
func (a *App) mapped() *watch.Picture {
	picture := a.seen()
	if s := &a.desk.scrub; s.after > 0 && picture != nil && s.of == picture.Map && s.pictures[s.after] != nil {
		return s.pictures[s.after]
	}
	return picture
}

// path is where the example under the cursor was after each epoch from the second on, up to that of the map shown; at is
// where it is there.
func (a *App) path() (before []watch.Point, at *watch.Point) {
	index, ok := a.under()
	after := a.desk.scrub.after
	if !ok || after == 0 {
		return nil, nil
	}
	m := a.seen().Map
	for epochs := fewestEpochs; epochs <= after; epochs++ {
		point := placed(m, index, epochs)
		before, at = append(before, point), &point
	}
	return before[:len(before)-1], at
}

// placed is where an example lay on the map of the first epochs.
func placed(m *datamap.Map, index int32, epochs int) watch.Point {
	mean, deviation := 0.0, 0.0
	for e := range epochs {
		mean += float64(m.PGold[e][index]) / float64(epochs)
	}
	for e := range epochs {
		deviation += (float64(m.PGold[e][index]) - mean) * (float64(m.PGold[e][index]) - mean)
	}
	of := epochs
	if m.Sample() {
		of--
	}
	return watch.Point{Variability: float32(math.Sqrt(deviation / float64(of))), Confidence: float32(mean)}
}

// scrubTitle says that the map is an earlier one.
func (a *App) scrubTitle() string {
	s := &a.desk.scrub
	if s.after == 0 || a.seen() == nil || a.seen().Map == nil {
		return ""
	}
	title := fmt.Sprintf("after epoch %d of %d  , . moves  > newest", s.after, a.seen().Map.Epochs)
	if a.mapped() == a.seen() {
		title += "  …"
	}
	return title
}
