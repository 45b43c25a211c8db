package corpus

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"ftft/configs"
	"ftft/internal/fault"
	"ftft/internal/table"
)

// Random streams. Each use has its own, so that none depends on another.
const (
	groupStream = iota + 1
	limitStream
)

// group returns the group of a record, which a split keeps together: the value of the first column of groupBy that is not
// empty. A record without one is a group of its own, named alone.
func group(fields map[string]string, groupBy []string, alone string) string {
	for _, name := range groupBy {
		if v := fields[name]; v != "" {
			return name + "=" + v
		}
	}
	return "alone=" + alone
}

// shuffled returns the distinct keys in random order. The order depends on the seed and the set of keys, not on their order in
// the file.
func shuffled(keys []string, seed int64) []string {
	distinct := slices.Compact(slices.Sorted(slices.Values(keys)))
	r := rand.New(rand.NewPCG(uint64(seed), groupStream))
	r.Shuffle(len(distinct), func(i, j int) { distinct[i], distinct[j] = distinct[j], distinct[i] })
	return distinct
}

// groupable returns an error if a table has none of the columns of groupBy.
func groupable(t *table.Table, groupBy []string) error {
	var err error
	for _, name := range groupBy {
		if _, err = column(t.Column, "group_by", name); err == nil {
			return nil
		}
	}
	return err
}

// split moves groups of examples from the training set to the sets validation and test.
func (c *Corpus) split(cfg configs.Config, seed int64) error {
	shares := cfg.Data.Split
	if shares.Validation == 0 && shares.Test == 0 {
		return nil
	}
	source, grouped := cfg.Data.Train, len(cfg.Data.GroupBy) == 0
	keys := make([]string, len(c.Train.Examples))
	for i, e := range c.Train.Examples {
		keys[i] = group(e.columns(source), cfg.Data.GroupBy, e.GUID)
		grouped = grouped || keys[i] != group(nil, nil, e.GUID)
	}
	if !grouped && len(keys) > 0 {
		return fault.At(c.Train.Account.Source, 0, fmt.Sprintf("none of the columns %s of group_by has a value", fault.Names(cfg.Data.GroupBy)))
	}
	groups := shuffled(keys, seed)
	validation := int(shares.Validation*float64(len(groups)) + 0.5)
	test := int(shares.Test*float64(len(groups)) + 0.5)
	target := map[string]int{} // by group: 0 train, 1 validation, 2 test
	for i, key := range groups[:validation+test] {
		target[key] = 1
		if i >= validation {
			target[key] = 2
		}
	}
	var parts [3][]Example
	for i, e := range c.Train.Examples {
		part := target[keys[i]]
		parts[part] = append(parts[part], e)
		if part > 0 {
			c.Train.Account.drop("held out for "+[]string{"", configs.Validation, configs.Test}[part], e.Line)
		}
	}
	c.Train.Examples = parts[0]
	for i, name := range []string{configs.Validation, configs.Test} {
		if i == 0 && shares.Validation == 0 || i == 1 && shares.Test == 0 {
			continue
		}
		account := newAccount(fmt.Sprintf("%s (%s)", c.Train.Account.Source, name))
		account.Read = len(parts[i+1])
		c.Evals = append(c.Evals, Set{Name: name, Kind: configs.ID, Use: name, Examples: parts[i+1], Account: account, named: c.Train.named})
	}
	return nil
}

// columns returns an example's record without its label.
func (e *Example) columns(s configs.Source) map[string]string {
	fields := map[string]string{s.Text: e.Text, s.TextPair: e.TextPair, s.GUID: e.GUID}
	for name, value := range e.Meta {
		fields[name] = value
	}
	return fields
}

// limit reduces the training set to n random examples, in dataset order; 0 means all.
func (c *Corpus) limit(n int, seed int64) {
	if n == 0 || n >= len(c.Train.Examples) {
		return
	}
	r := rand.New(rand.NewPCG(uint64(seed), limitStream))
	rows := r.Perm(len(c.Train.Examples))
	for _, row := range slices.Sorted(slices.Values(rows[n:])) {
		c.Train.Account.drop("beyond max_examples", c.Train.Examples[row].Line)
	}
	keep := slices.Sorted(slices.Values(rows[:n]))
	examples := make([]Example, n)
	for i, row := range keep {
		examples[i] = c.Train.Examples[row]
	}
	c.Train.Examples = examples
}
