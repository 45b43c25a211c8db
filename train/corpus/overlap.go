package corpus

import (
	"fmt"
	"strings"

	"ftft/internal/fault"
)

// countOverlaps counts the examples of each evaluation set that are also in the training set.
func (c *Corpus) countOverlaps() {
	texts, guids := map[[2]string]int{}, map[string]bool{} // of the evaluation sets: the first training example, whether there is one
	for _, s := range c.Evals {
		for _, e := range s.Examples {
			texts[e.texts()], guids[e.GUID] = -1, false
		}
	}
	for i, e := range c.Train.Examples {
		if first, ok := texts[e.texts()]; ok && first < 0 {
			texts[e.texts()] = i
		}
		if _, ok := guids[e.GUID]; ok {
			guids[e.GUID] = true
		}
	}
	for i := range c.Evals {
		s := &c.Evals[i]
		o := &Overlap{Lines: []int{}, Named: c.Train.named && s.named, Numbers: true}
		s.Account.Overlap = o
		for _, e := range s.Examples {
			if first := texts[e.texts()]; first >= 0 {
				o.Texts++
				if c.Train.Examples[first].Gold != e.Gold {
					o.Others++
				}
				if len(o.Lines) < firstLines {
					o.Lines = append(o.Lines, e.Line)
				}
			}
			if o.Named && guids[e.GUID] {
				o.GUIDs++
				o.Numbers = o.Numbers && strings.Trim(e.GUID, "0123456789") == ""
			}
		}
		o.Numbers = o.Numbers && o.GUIDs > 0
	}
}

// Warnings returns what a user should know before a training: files that may be written otherwise than they were read, sets that
// overlap the training set, and classes with few examples. Shared guids that are numbers alone are not among them.
func (c *Corpus) Warnings() (list []string) {
	for _, text := range c.Train.Account.Warnings {
		list = append(list, "training set: "+text)
	}
	for _, s := range c.Evals {
		for _, text := range s.Account.Doubts {
			list = append(list, fmt.Sprintf("set %s: %s", fault.Names([]string{s.Name}), text))
		}
		o := s.Account.Overlap
		if o.Texts > 0 {
			list = append(list, fmt.Sprintf("set %s: %d of its %d examples have the texts of a training example",
				fault.Names([]string{s.Name}), o.Texts, len(s.Examples)))
		} else if o.GUIDs > 0 && !o.Numbers {
			list = append(list, fmt.Sprintf("set %s: %d of its %d examples have the guid of a training example",
				fault.Names([]string{s.Name}), o.GUIDs, len(s.Examples)))
		}
	}
	return list
}
