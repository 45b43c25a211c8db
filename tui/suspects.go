package tui

import (
	"ftft/datamap"
	"ftft/tui/selection"
	"ftft/tui/view"
)

// triageKey is what a ranking depends on.
type triageKey struct {
	of *datamap.Map
	by int
}

// suspects is a ranking.
type suspects struct {
	list  []datamap.Suspect
	place []int32 // [n] of each example in list, -1 = not suspect
	err   error
}

// truth holds which labels of a map are wrong.
type truth struct {
	Truth
	err error
}

// triageCounts caches the figures of the heading for their inputs.
type triageCounts struct {
	key       triageKey
	reversed  bool
	reached   int
	marks     *selection.Marks
	known     bool // whether the truth is known
	marked    int
	precision *datamap.Precision
}

// list returns the suspects, nil until they are ranked.
func (s *triageScreen) list() []datamap.Suspect {
	if !s.ranking.known || s.ranking.key != s.key() {
		return nil
	}
	return s.ranking.value.list
}

func (s *triageScreen) entries() int { return len(s.list()) }

// suspect returns the suspect at a place, which the list must have.
func (s *triageScreen) suspect(place int) datamap.Suspect {
	list := s.list()
	if s.reversed {
		place = len(list) - 1 - place
	}
	return list[place]
}

// placeOf returns an example's place in the list, -1 if it is not suspect.
func (s *triageScreen) placeOf(index int) int {
	place := int(s.ranking.value.place[index])
	if s.reversed && place >= 0 {
		place = len(s.list()) - 1 - place
	}
	return place
}

// current returns the suspect under the cursor.
func (s *triageScreen) current() (suspect datamap.Suspect, ok bool) {
	if s.at >= len(s.list()) {
		return suspect, false
	}
	return s.suspect(s.at), true
}

// preferred returns the class other than the gold label that the model prefers.
func (s *triageScreen) preferred(index int) int {
	picture := s.seen()
	best, most := -1, 0.0
	mean := make([]float64, picture.Map.Classes)
	for _, p := range view.Probabilities(picture.Logits(index)) {
		for class, value := range p {
			mean[class] += value
		}
	}
	for class, value := range mean {
		if class != int(picture.Map.Gold[index]) && (best < 0 || value > most) {
			best, most = class, value
		}
	}
	return best
}

// rankSuspects ranks the examples of a map.
func rankSuspects(m *datamap.Map, way datamap.Triage) (r suspects) {
	if r.list, r.err = m.Suspects(way); r.err != nil {
		return r
	}
	r.place = make([]int32, m.Len())
	for i := range r.place {
		r.place[i] = -1
	}
	for place, suspect := range r.list {
		r.place[suspect.Index] = int32(place)
	}
	return r
}

// count returns the figures of the heading.
func (s *triageScreen) count() *triageCounts {
	c, found := &s.counts, s.sel.Marks()
	wrong := s.truth.value.Wrong
	known := s.truth.known && s.truth.key == s.dataMap() && wrong != nil
	if c.key == s.key() && c.reversed == s.reversed && c.reached == s.reached && c.marks == found && c.known == known {
		return c
	}
	*c = triageCounts{key: s.key(), reversed: s.reversed, reached: s.reached, marks: found, known: known}
	if found != nil {
		for index, state := range found.ByExample {
			if state.Mark != "" && s.placeOf(int(index)) >= 0 {
				c.marked++
			}
		}
	}
	if known {
		listed := make([]int, s.reached)
		for place := range listed {
			listed[place] = s.suspect(place).Index
		}
		p := datamap.PrecisionOf(wrong, listed)
		c.precision = &p
	}
	return c
}
