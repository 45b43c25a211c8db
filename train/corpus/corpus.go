// Package corpus reads the data of an experiment, from files or from the built-in task. It selects columns, maps labels, makes
// splits and accounts for every row. Its rows are those of the training dynamics, so it also finds a text by its row.
//
// It may import configs, rundir and internal packages, but not the engine. Begin reading at Load, then OfRun.
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
	GUID     string // unique in its Set
	Text     string
	TextPair string            // "" in a task of single texts
	Paired   bool              // whether the task is one of pairs, whose second text may be empty
	Gold     int               // class index; -1 without a label
	Meta     map[string]string // the other columns of its record
	File     string            // from which it was read
	Line     int               // first line of its record in File, from 1; in Parquet the row, from 1
}

// texts returns what makes two examples duplicates.
func (e *Example) texts() [2]string { return [2]string{e.Text, e.TextPair} }

// A Set is a list of examples for training or for an evaluation.
type Set struct {
	Name     string
	Kind     string // train | id | ood
	Use      string // validation | test; "" for the training set
	Examples []Example
	Account  Account
	Hash     string // SHA-256 of guids, texts and gold labels, in order; paths do not count

	named bool // whether the guids come from a column
}

// A Corpus is the data of an experiment with one seed.
type Corpus struct {
	Labels []string
	Train  Set
	Evals  []Set // those of [data.split], then those of [[data.eval]] in order
}

// Hash returns a hash of the labels and all sets.
func (c *Corpus) Hash() string {
	hash := sha256.New()
	fmt.Fprintf(hash, "%q\n%s\n", c.Labels, c.Train.Hash)
	for _, s := range c.Evals {
		fmt.Fprintf(hash, "%q %s %s %s\n", s.Name, s.Kind, s.Use, s.Hash)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// Find returns the examples with a guid and the names of their sets. Each set has at most one.
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

// Records returns the examples as records for a run directory. Every example must have a gold label.
func (s *Set) Records(labels []string) []rundir.ExampleRecord {
	list := make([]rundir.ExampleRecord, len(s.Examples))
	for i, e := range s.Examples {
		list[i] = rundir.ExampleRecord{Row: i, GUID: e.GUID, Gold: e.Gold, Label: labels[e.Gold], File: e.File, Line: e.Line}
	}
	return list
}

// seal completes a set: it numbers and hashes the examples and fills in the account.
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

// A Bad is an error that lists all faults of the data.
type Bad = fault.Bad

// A Problem is one fault of the data.
type Problem = fault.Problem
