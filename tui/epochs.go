package tui

import (
	"fmt"
	"math"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/train/watch"
)

// earlier caches the maps of one run after earlier epochs.
type earlier struct {
	of       *datamap.Map
	pictures map[int]*watch.Picture // by number of epochs
	job      job[earlierKey, earlierPicture]
}

type earlierKey struct {
	of     *datamap.Map
	epochs int
}

type earlierPicture struct {
	*watch.Picture
	err error
}

// fewestEpochs is the number of epochs that a map needs: with one there is no variability.
const fewestEpochs = 2

func (s *mapScreen) epochKeys() []binding {
	on := []*place{placeMap}
	return under(taskDraw, []binding{
		{keys: []string{","}, help: "show the map one epoch earlier; hold to animate", hint: "epoch", shown: ", .", on: on, now: s.hasEpochs,
			do: doing(func() {
				s.moveEpoch(-1)
			})},
		{keys: []string{"."}, help: "show the map one epoch later", on: on, do: doing(func() { s.moveEpoch(1) })},
		{keys: []string{"<"}, help: "show the first map, after two epochs", on: on, do: doing(func() { s.moveEpoch(math.MinInt32) })},
		{keys: []string{">"}, help: "show the newest map, which grows", on: on, do: doing(func() { s.epochs = 0 })},
	}...)
}

// hasEpochs reports whether there are maps of earlier epochs.
func (s *mapScreen) hasEpochs() bool {
	m := s.dataMap()
	return m != nil && m.Varies() && m.HasLogits()
}

// moveEpoch shows the map after more or fewer epochs; the last is the newest.
func (s *mapScreen) moveEpoch(by int) {
	picture := s.seen()
	switch {
	case picture == nil || picture.Map == nil || !picture.Map.Varies():
		s.say("The map begins with the second epoch.", nil)
		return
	case !picture.Map.HasLogits():
		s.say("This file has only summaries; per-epoch maps are unavailable.", nil)
		return
	}
	newest, at := picture.Map.Epochs, s.epochs
	if at == 0 {
		at = newest
		if picture.Epoch >= 0 && by < 0 {
			at++ // the newest map holds a part of the running epoch
		}
	}
	at = max(at+by, fewestEpochs)
	if at > newest || at == newest && picture.Epoch < 0 {
		at = 0
	}
	s.epochs = at
}

// computeEarlier computes the shown map and then its neighbours, one at a time.
func (s *mapScreen) computeEarlier() tea.Cmd {
	k, picture := &s.earlier, s.seen()
	if picture == nil || picture.Map == nil || s.epochs == 0 {
		return nil
	}
	if k.of != picture.Map {
		k.of, k.pictures = picture.Map, map[int]*watch.Picture{}
	}
	for _, epochs := range []int{s.epochs, s.epochs - 1, s.epochs + 1} {
		if epochs < fewestEpochs || epochs > picture.Map.Epochs || k.pictures[epochs] != nil {
			continue
		}
		compute := k.job.want(earlierKey{picture.Map, epochs}, func() (p earlierPicture) {
			p.Picture, p.err = picture.AfterEpochs(epochs)
			return p
		}, s.takeEarlier)
		if compute == nil {
			return nil
		}
		return after(s.frame, compute)
	}
	return nil
}

func (s *mapScreen) takeEarlier() tea.Cmd {
	k := &s.earlier
	if err := k.job.value.err; err != nil {
		s.say("", err)
		s.epochs = 0
		return nil
	}
	if k.of == k.job.key.of {
		k.pictures[k.job.key.epochs] = k.job.value.Picture
	}
	return s.computeEarlier()
}

// shownPicture returns the picture of the map: an earlier one if that is wanted and has been computed.
func (s *mapScreen) shownPicture() *watch.Picture {
	picture := s.seen()
	if k := &s.earlier; s.epochs > 0 && picture != nil && k.of == picture.Map && k.pictures[s.epochs] != nil {
		return k.pictures[s.epochs]
	}
	return picture
}

// path returns where the example under the cursor was after each epoch from the second up to that of the map shown; at is its
// last point.
func (s *mapScreen) path() (before []watch.Point, at *watch.Point) {
	index, ok := s.sel.Under()
	if !ok || s.epochs == 0 {
		return nil, nil
	}
	m := s.dataMap()
	for epochs := fewestEpochs; epochs <= s.epochs; epochs++ {
		point := pointAfter(m, index, epochs)
		before, at = append(before, point), &point
	}
	return before[:len(before)-1], at
}

// pointAfter returns the point of an example on the map of the first epochs.
func pointAfter(m *datamap.Map, index int32, epochs int) watch.Point {
	confidence, variability := m.After(epochs, int(index))
	return watch.Point{Variability: float32(variability), Confidence: float32(confidence)}
}

// epochTitle returns a title for an earlier map, or "" for the newest.
func (s *mapScreen) epochTitle() string {
	m := s.dataMap()
	if s.epochs == 0 || m == nil {
		return ""
	}
	title := fmt.Sprintf("after epoch %d of %d  , . moves  > newest", s.epochs, m.Epochs)
	if s.shownPicture() == s.seen() {
		title += "  …"
	}
	return title
}
