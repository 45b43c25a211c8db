package metric

import (
	"fmt"
	"slices"
	"strings"
)

// Set is an evaluation set. Wherever a score stands, the set's name, kind and use stand beside it, by String, NameSets or
// NameSetsBriefly: a score on a validation set is not comparable with one on a test set.
type Set struct {
	Name string `json:"name"`
	Kind string `json:"kind"` // id | ood
	Use  string `json:"use"`  // validation | test
}

// String names the set: "sick (OOD test)".
func (s Set) String() string {
	return fmt.Sprintf("%s (%s %s)", s.Name, strings.ToUpper(s.Kind), s.Use)
}

// NameSets names the mean score over sets: "sick (OOD test)" for one set, "mean of hans and sick (OOD test)" for sets of one kind
// and use, "mean of hans (OOD validation) and sick (OOD test)" for others. It returns "" without sets.
func NameSets(sets []Set) string {
	if len(sets) == 0 {
		return ""
	}
	var names []string
	for _, s := range sets {
		if alike(sets) {
			names = append(names, s.Name)
		} else {
			names = append(names, s.String())
		}
	}
	name := names[0]
	if last := len(names) - 1; last > 0 {
		name = "mean of " + strings.Join(names[:last], ", ") + " and " + names[last]
	}
	if alike(sets) {
		name += fmt.Sprintf(" (%s %s)", strings.ToUpper(sets[0].Kind), sets[0].Use)
	}
	return name
}

// NameSetsBriefly names the mean score over sets without their names, for columns and titles: "OOD test", "OOD test, mean of 2",
// "OOD validation + test, mean of 2". It returns "" without sets.
func NameSetsBriefly(sets []Set) string {
	var kinds, uses []string
	for _, s := range sets {
		if kind := strings.ToUpper(s.Kind); !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
		if !slices.Contains(uses, s.Use) {
			uses = append(uses, s.Use)
		}
	}
	name := strings.TrimSpace(strings.Join(kinds, " + ") + " " + strings.Join(uses, " + "))
	if len(sets) > 1 {
		name += fmt.Sprintf(", mean of %d", len(sets))
	}
	return name
}

// alike reports whether all sets have the same kind and use.
func alike(sets []Set) bool {
	return !slices.ContainsFunc(sets, func(s Set) bool { return s.Kind != sets[0].Kind || s.Use != sets[0].Use })
}
