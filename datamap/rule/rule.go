// Package rule filters examples by an expression over their columns, such as
//
//	variability >= quantile(variability, 0.67) && label == "neutral"
//
// The language is that of github.com/expr-lang/expr, whose parser reads it, cut down to what a filter needs: columns,
// numbers, texts, lists after "in", operators and a few functions. There is nothing in it that loops,
// keeps a value or reaches beyond the columns, and texts, trees and patterns have limits, so that a rule ends.
//
// Of all examples: quantile(column, share), rank(column), mean, std, min, median, max. Of one: abs, ceil, floor, round, int,
// float, string, len (in characters), lower, upper, trim, hasPrefix, hasSuffix, indexOf (in bytes). quantile interpolates
// linearly and std is the population's, as numpy's by default; rank counts from 0, ascending, ties by guid.
//
// Numbers are float64. One that is not there, NaN, is neither equal to, below nor above any; != alone holds of it.
package rule

import (
	"strings"

	"ftft/internal/parallel"
)

// Table is what a rule is about: n examples and their columns.
type Table struct {
	GUIDs  []string                          // [n], distinct: rank's ties are broken by them
	Names  []string                          // the columns that there are
	Column func(name string) (Column, error) // called at most once a name and rule, for the names that the rule uses
}

// Column is a value of every example: numbers or texts, the other nil.
type Column struct {
	Numbers []float64 // [n]; NaN where an example has none
	Texts   []string  // [n]
}

// Rule is a condition that each example of a table meets or not.
type Rule struct {
	text     string
	examples int
	holds    func(i int) bool
}

// Compile reads a rule, fetches the columns that it uses and computes what it asks of all examples (quantile, rank …).
// What is wrong, be it with the text or with a column, is an *Error that says where.
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
		return nil, c.wrong(root, "a rule is a condition, such as confidence < 0.5, and this is %s", v.kind())
	}
	return &Rule{text: text, examples: len(t.GUIDs), holds: v.truth}, nil
}

// String is the text of the rule.
func (r *Rule) String() string { return r.text }

// blockSize is how many examples are looked at in one go.
const blockSize = 4096

// Match says of each example, [n], whether the rule holds. Blocks of them are looked at in parallel.
func (r *Rule) Match() []bool {
	matches := make([]bool, r.examples)
	parallel.InBlocks(r.examples, blockSize, func(_, from, to int) {
		for i := from; i < to; i++ {
			matches[i] = r.holds(i)
		}
	})
	return matches
}

// Complete lists what the name before a byte offset in a rule's text can become: of the table's columns, those that a
// rule can name, then functions. Within a text in quotes it is nothing.
func Complete(text string, at int, names []string) []string {
	before := text[:max(0, min(at, len(text)))]
	if inQuotes(before) {
		return nil
	}
	start := strings.TrimRightFunc(before, InName)
	var completions []string
	for _, name := range append(named(names), functionNames()...) {
		if strings.HasPrefix(name, before[len(start):]) {
			completions = append(completions, name)
		}
	}
	return completions
}
