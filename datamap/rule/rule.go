// Package rule filters examples by an expression over their columns, such as
//
//	variability >= quantile(variability, 0.67) && label == "neutral"
//
// The language is a subset of github.com/expr-lang/expr, whose parser it uses: columns, numbers, texts, lists after "in",
// operators and a few functions. Nothing in it loops, stores a value or reaches beyond the columns, and the sizes of texts,
// trees and patterns are limited, so every rule terminates. A rule whose work for all examples would take minutes is an error.
//
// Functions over all examples: quantile(column, share), rank(column), mean, std, min, median, max. Functions of one example:
// abs, ceil, floor, round, int, float, string, len (in characters), lower, upper, trim, hasPrefix, hasSuffix, indexOf (in
// bytes). quantile interpolates linearly and std is the population's, as numpy's defaults; rank counts from 0, ascending, ties
// by guid.
//
// Numbers are float64. A missing number is NaN: it is neither equal to, less than nor greater than any number, and only != is
// true of it.
//
// The package may import internal packages. Begin with Compile; compiler turns the parsed tree into Go functions.
package rule

import (
	"strings"

	"ftft/internal/parallel"
)

// Table is what a rule applies to: n examples and their columns.
type Table struct {
	GUIDs  []string                          // [n] distinct; they break the ties of rank
	Names  []string                          // the available columns
	Column func(name string) (Column, error) // called at most once per name and rule, for the names that the rule uses
}

// Column holds a value for every example: numbers or texts; the other slice is nil.
type Column struct {
	Numbers []float64 // [n]; NaN if an example has none
	Texts   []string  // [n]
}

// A Rule is a condition on the examples of a table.
type Rule struct {
	text     string
	examples int
	holds    func(i int) bool
}

// Compile parses a rule, fetches the columns that it uses and computes its functions over all examples (quantile, rank, ...).
// An error in the text or in a column is an *Error with its position.
func Compile(text string, t Table) (*Rule, error) {
	root, err := parse(text)
	if err != nil {
		return nil, err
	}
	c := &compiler{text: text, table: t, columns: map[string]*column{}}
	v, err := c.compile(root)
	if err != nil {
		return nil, err
	}
	if v.truth == nil {
		return nil, c.unfinished(root, "a rule must be a condition, such as confidence < 0.5, not %s", v.kind())
	}
	return &Rule{text: text, examples: len(t.GUIDs), holds: v.truth}, nil
}

// String returns the text of the rule.
func (r *Rule) String() string { return r.text }

// blockSize is the number of examples that one piece of parallel work covers.
const blockSize = 4096

// Match returns whether the rule holds for each example, [n]. It works in parallel.
func (r *Rule) Match() []bool {
	matches := make([]bool, r.examples)
	parallel.InBlocks(r.examples, blockSize, func(_, from, to int) {
		for i := from; i < to; i++ {
			matches[i] = r.holds(i)
		}
	})
	return matches
}

// Complete returns the completions of the name before a byte offset in a rule's text: first the columns that a rule can name,
// then the functions. Within quotes there are none.
func Complete(text string, at int, names []string) []string {
	before := text[:max(0, min(at, len(text)))]
	if inQuotes(before) {
		return nil
	}
	start := strings.TrimRightFunc(before, InName)
	var completions []string
	for _, name := range append(usableNames(names), functionNames()...) {
		if strings.HasPrefix(name, before[len(start):]) {
			completions = append(completions, name)
		}
	}
	return completions
}
