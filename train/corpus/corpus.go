// Package corpus reads an experiment's data: files and the built-in task, by column, with every row accounted for. It
// makes the splits, and finds a text again by its row.
package corpus

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"ftft/internal/fault"
	"ftft/train/rundir"
)

// An Example is one labelled instance.
type Example struct {
	Row      int    // in its Set, from 0
	GUID     string // its ID, distinct within the Set
	Text     string
	TextPair string            // "" where the task is about single texts
	Gold     int               // class index; -1 without a label
	Meta     map[string]string // the record's other columns
	File     string            // where it was read from
	Line     int               // of File, from 1, on which its record begins; of Parquet, the row's number
}

// A Set is examples that are trained or evaluated on together.
type Set struct {
	Name     string
	Kind     string // train | id | ood
	Use      string // validation | test; "" for the training set
	Examples []Example
	Account  Account
	Hash     string // of guids, texts and gold labels, in order: contents, never paths
}

// A Corpus is the data of an experiment for one seed.
type Corpus struct {
	Labels []string
	Train  Set
	Evals  []Set // those that [data.split] makes first, then [[data.eval]] in its order
}

// Hash identifies all of the data.
func (c *Corpus) Hash() string {
	hash := sha256.New()
	fmt.Fprintf(hash, "%q\n%s\n", c.Labels, c.Train.Hash)
	for _, s := range c.Evals {
		fmt.Fprintf(hash, "%q %s %s %s\n", s.Name, s.Kind, s.Use, s.Hash)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// Find gives the examples with a guid: one in each set that has it.
func (c *Corpus) Find(guid string) (sets []string, examples []Example) {
	for _, s := range append([]Set{c.Train}, c.Evals...) {
		for _, e := range s.Examples {
			if e.GUID == guid {
				sets, examples = append(sets, s.Name), append(examples, e)
			}
		}
	}
	return sets, examples
}

// Records lists a set's examples as a run directory holds them.
func (s *Set) Records(labels []string) []rundir.ExampleRecord {
	list := make([]rundir.ExampleRecord, len(s.Examples))
	for i, e := range s.Examples {
		list[i] = rundir.ExampleRecord{Row: i, GUID: e.GUID, Gold: e.Gold, Label: labels[e.Gold], File: e.File, Line: e.Line}
	}
	return list
}

// seal numbers the examples of a set that is complete, counts them and hashes them.
func (s *Set) seal(labels []string) {
	hash := sha256.New()
	for i := range s.Examples {
		e := &s.Examples[i]
		e.Row = i
		fmt.Fprintf(hash, "%q %q %q %d\n", e.GUID, e.Text, e.TextPair, e.Gold)
	}
	s.Hash = hex.EncodeToString(hash.Sum(nil))
	s.count(labels)
}

// Bad is what is wrong with data, all of it at once; a Problem one fault of it.
type (
	Bad     = fault.Bad
	Problem = fault.Problem
)
