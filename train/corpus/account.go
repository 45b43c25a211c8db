package corpus

import (
	"fmt"
	"slices"
)

// An Account says what became of every row of a source.
type Account struct {
	Source     string           `json:"source"`
	Read       int              `json:"read"`           // records in the source
	Kept       int              `json:"kept"`           // examples in the set
	Dropped    map[string]int   `json:"dropped"`        // records that became no example, by reason; Read = Kept + their sum
	Lines      map[string][]int `json:"lines"`          // lines of the first records dropped for each reason
	Labels     map[string]int   `json:"labels"`         // examples by gold label
	Duplicates int              `json:"duplicates"`     // examples with the texts of an earlier one
	Conflicts  int              `json:"conflicts"`      // duplicates with another gold label than the first
	Characters Lengths          `json:"characters"`     // length of both texts of an example together, in characters
	Note       string           `json:"note,omitempty"` // a remark on the source
}

// Lengths summarises a distribution of lengths.
type Lengths struct {
	Least  int     `json:"least"`
	Mean   float64 `json:"mean"`
	Most   int     `json:"most"`
	Median int     `json:"median"`
}

// firstLines is the number of lines that an account holds for each reason.
const firstLines = 5

func newAccount(source string) Account {
	return Account{Source: source, Dropped: map[string]int{}, Lines: map[string][]int{}, Labels: map[string]int{}}
}

// drop accounts for a record that becomes no example.
func (a *Account) drop(reason string, line int) {
	a.Dropped[reason]++
	if len(a.Lines[reason]) < firstLines {
		a.Lines[reason] = append(a.Lines[reason], line)
	}
}

// count fills in what depends on the examples of the set.
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

// total returns an error if the numbers do not account for every row.
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

// summarise sorts the values and summarises them.
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
