package corpus

import (
	"fmt"
	"slices"
)

// An Account says where every row of a source went.
type Account struct {
	Source     string           `json:"source"`
	Read       int              `json:"read"`       // records in the source
	Kept       int              `json:"kept"`       // examples in the set
	Dropped    map[string]int   `json:"dropped"`    // by reason; Read = Kept + the sum of these
	Lines      map[string][]int `json:"lines"`      // the first lines of each reason
	Labels     map[string]int   `json:"labels"`     // examples by gold label
	Duplicates int              `json:"duplicates"` // examples whose texts an earlier one has
	Conflicts  int              `json:"conflicts"`  // of these, those with another gold label
	Characters Lengths          `json:"characters"` // of the texts of an example together
	Note       string           `json:"note,omitempty"`
}

// Lengths summarises a distribution.
type Lengths struct {
	Least  int     `json:"least"`
	Mean   float64 `json:"mean"`
	Most   int     `json:"most"`
	Median int     `json:"median"`
}

// firstLines is how many lines of each reason an account keeps.
const firstLines = 5

func newAccount(source string) Account {
	return Account{Source: source, Dropped: map[string]int{}, Lines: map[string][]int{}, Labels: map[string]int{}}
}

// drop accounts for a record that does not become an example.
func (a *Account) drop(reason string, line int) {
	a.Dropped[reason]++
	if len(a.Lines[reason]) < firstLines {
		a.Lines[reason] = append(a.Lines[reason], line)
	}
}

// count fills in what is known once the examples are.
func (s *Set) count(labels []string) {
	a := &s.Account
	a.Kept, a.Labels, a.Duplicates, a.Conflicts = len(s.Examples), map[string]int{}, 0, 0
	seen := map[[2]string]int{}
	lengths := make([]int, len(s.Examples))
	for i, e := range s.Examples {
		if e.Gold >= 0 {
			a.Labels[labels[e.Gold]]++
		}
		text := [2]string{e.Text, e.TextPair}
		if gold, ok := seen[text]; ok {
			a.Duplicates++
			if gold != e.Gold {
				a.Conflicts++
			}
		} else {
			seen[text] = e.Gold
		}
		lengths[i] = len([]rune(e.Text)) + len([]rune(e.TextPair))
	}
	a.Characters = summarise(lengths)
}

// total checks that no row got lost.
func (a *Account) total() error {
	sum := a.Kept
	for _, n := range a.Dropped {
		sum += n
	}
	if sum != a.Read {
		return fmt.Errorf("%s: %d rows read, %d accounted for", a.Source, a.Read, sum)
	}
	return nil
}
func summarise(values []int) Lengths {
	if len(values) == 0 {
		return Lengths{}
	}
	slices.Sort(values)
	sum := 0
	for _, v := range values {
		sum += v
	}
	n := len(values)
	return Lengths{Least: values[0], Mean: float64(sum) / float64(n), Most: values[n-1], Median: values[n/2]}
}
