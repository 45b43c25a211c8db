package corpus

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/table"
)

// An Account records what became of every row of a source.
type Account struct {
	Source     string           `json:"source"`
	Read       int              `json:"read"`           // records in the source
	Kept       int              `json:"kept"`           // examples in the set
	Dropped    map[string]int   `json:"dropped"`        // records that became no example, by reason; Read = Kept + their sum
	Lines      map[string][]int `json:"lines"`          // lines of the first records dropped for each reason
	Labels     map[string]int   `json:"labels"`         // examples by gold label
	Duplicates int              `json:"duplicates"`     // examples with the texts of an earlier one
	Conflicts  int              `json:"conflicts"`      // duplicates with another gold label than the first
	Conflicted []Conflict       `json:"conflict_lines"` // the first of them
	Overlap    *Overlap         `json:"overlap"`        // with the training set; nil for the training set itself
	Warnings   []string         `json:"warnings"`       // what makes the set unfit, such as a class with one example
	Unlabelled int              `json:"unlabelled"`     // examples without a gold label, in files that belong to no experiment
	Empty      int              `json:"empty"`          // examples with an empty text, in the same files
	Characters Lengths          `json:"characters"`     // length of both texts of an example together, in characters
	Note       string           `json:"note,omitempty"` // a remark on the source

	// Shape is how the file was read; nil for a set that is split from another.
	Shape *table.Shape `json:"shape,omitempty"`

	Doubts []string `json:"-"` // about the shape; they are among the warnings
}

// A Conflict is an example with the texts of an earlier one and another gold label, and the lines of both.
type Conflict struct {
	Line      int    `json:"line"`
	Label     string `json:"label"`
	First     int    `json:"first_line"`
	FirstWith string `json:"first_label"`
}

// An Overlap counts the examples of an evaluation set that are also in the training set.
type Overlap struct {
	Texts   int   `json:"texts"`   // examples with the texts of a training example
	Others  int   `json:"others"`  // those with another gold label there
	GUIDs   int   `json:"guids"`   // examples with the guid of a training example, if both sets have a column of guids
	Lines   []int `json:"lines"`   // of the first examples with such texts
	Named   bool  `json:"-"`       // whether guids are counted
	Numbers bool  `json:"numbers"` // all shared guids are whole numbers, which often only count the records of a file
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
	a.Conflicted, a.Warnings = []Conflict{}, append([]string{}, a.Doubts...)
	seen := map[[2]string]int{} // the first example with the texts
	lengths := make([]int, len(s.Examples))
	for i, e := range s.Examples {
		if e.Gold >= 0 {
			a.Labels[labels[e.Gold]]++
		}
		text := e.texts()
		if first, ok := seen[text]; ok {
			a.Duplicates++
			if other := s.Examples[first]; other.Gold != e.Gold {
				a.conflict(labels, e, other)
			}
		} else {
			seen[text] = i
		}
		lengths[i] = len([]rune(e.Text)) + len([]rune(e.TextPair))
	}
	a.Characters = summarise(lengths)
	a.warn(s.Use == "", labels)
}

// conflict accounts for an example with the texts of an earlier one and another gold label.
func (a *Account) conflict(labels []string, e, first Example) {
	a.Conflicts++
	if len(a.Conflicted) < firstLines && e.Gold >= 0 && first.Gold >= 0 {
		a.Conflicted = append(a.Conflicted, Conflict{e.Line, labels[e.Gold], first.Line, labels[first.Gold]})
	}
}

// warn notes what makes a set unfit for training or, with less to ask for, for an evaluation.
func (a *Account) warn(training bool, labels []string) {
	var present, none, one []string
	for _, label := range labels {
		switch a.Labels[label] {
		case 0:
			none = append(none, label)
		case 1:
			one = append(one, label)
		}
		if a.Labels[label] > 0 {
			present = append(present, label)
		}
	}
	add := func(format string, values ...any) { a.Warnings = append(a.Warnings, fmt.Sprintf(format, values...)) }
	switch {
	case len(present) == 0:
		return // no gold labels
	case len(present) == 1 && training:
		add("all examples have the label %q: there is nothing to learn", present[0])
	case len(present) == 1:
		add("all examples have the label %q", present[0])
	case training && len(none) > 0:
		add("no example has the label %s", fault.Names(none))
	}
	switch {
	case len(present) == 1:
	case len(one) == 1:
		add("the label %q has a single example", one[0])
	case len(one) > 1:
		add("the labels %s have a single example each", fault.Names(one))
	}
	if training && a.Kept < 2*len(labels) {
		add("only %d examples for %d classes", a.Kept, len(labels))
	}
}

// reasons lists why records were dropped.
func (a *Account) reasons() string {
	if len(a.Dropped) == 0 {
		return fmt.Sprintf("%d records were read", a.Read)
	}
	var list []string
	for _, reason := range slices.Sorted(maps.Keys(a.Dropped)) {
		list = append(list, fmt.Sprintf("%d %s", a.Dropped[reason], reason))
	}
	return fmt.Sprintf("of %s read, %s", counted(a.Read, "record"), strings.Join(list, ", "))
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
