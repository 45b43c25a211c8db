package corpus

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ftft/configs"
	"ftft/internal/fault"
	"ftft/internal/input"
	"ftft/internal/table"
)

// Load reads the data of an experiment. seed determines the splits, the parts and the choice of max_examples. Faults of the
// data are returned together, as one *Bad.
func Load(cfg configs.Config, seed int64) (*Corpus, error) {
	c := &Corpus{Labels: cfg.Labels}
	var bad Bad
	source := resolve(cfg, cfg.Data.Train)
	r := reader{source: source, labels: cfg.Labels, config: "data.train", also: cfg.Data.GroupBy}
	examples, account, err := r.read()
	if err := bad.Merge(err); err != nil {
		return nil, err
	}
	c.Train = Set{Name: "train", Kind: "train", Examples: examples, Account: account, named: source.GUID != ""}
	if err := bad.Merge(c.split(cfg, seed)); err != nil {
		return nil, err
	}
	c.limit(cfg.Data.MaxExamples, seed)
	for _, e := range cfg.Data.Eval {
		set, err := readEval(cfg, e, seed)
		if other := (*Bad)(nil); errors.As(err, &other) && len(other.Problems) == 1 && slices.Contains(bad.Problems, other.Problems[0]) {
			continue // a missing file that another set names as well
		}
		if err := bad.Merge(err); err != nil {
			return nil, err
		}
		c.Evals = append(c.Evals, set)
	}
	if len(bad.Problems) > 0 {
		return nil, &bad
	}
	for _, set := range append([]*Set{&c.Train}, pointers(c.Evals)...) {
		if len(set.Examples) == 0 {
			return nil, fault.At(set.Account.Source, 0,
				fmt.Sprintf("no example is left for the set %q: %s", set.Name, set.Account.reasons()))
		}
		set.seal(cfg.Labels)
		if err := set.Account.total(); err != nil {
			return nil, err
		}
	}
	c.countOverlaps()
	return c, nil
}

// resolve returns a source with the paths of its files.
func resolve(cfg configs.Config, s configs.Source) configs.Source {
	s.Path, s.LabelPath = cfg.Resolve(s.Path), cfg.Resolve(s.LabelPath)
	return s
}

// pointers returns the addresses of the sets.
func pointers(sets []Set) (list []*Set) {
	for i := range sets {
		list = append(list, &sets[i])
	}
	return list
}

// readEval reads an evaluation set, which may be a part of a file.
func readEval(cfg configs.Config, e configs.Eval, seed int64) (Set, error) {
	source := resolve(cfg, e.Source)
	groupBy := e.GroupBy
	if len(groupBy) == 0 {
		groupBy = cfg.Data.GroupBy
	}
	r := reader{source: source, labels: cfg.Labels, config: fmt.Sprintf("the [[data.eval]] named %q", e.Name)}
	r.within = func(t *table.Table) (func(row int) bool, error) {
		if e.Part == nil {
			return nil, nil
		}
		if err := groupable(t, groupBy); err != nil {
			return nil, err
		}
		// The groups are shuffled before any record is dropped, so that the two parts of a file never share a group.
		paths, cursor := findPaths(t, groupBy), t.Cursor()
		keys := make([]string, t.Len())
		for row := range keys {
			fields := cursor.Fields(row)
			if err := paths.add(fields, row); err != nil {
				return nil, err
			}
			alone := strconv.Itoa(t.Line(row))
			if len(t.Files()) > 1 {
				alone = t.Place(row)
			}
			keys[row] = group(fields, groupBy, alone)
		}
		groups := shuffled(keys, seed)
		first := map[string]bool{}
		for _, key := range groups[:int(e.Part.Fraction*float64(len(groups))+0.5)] {
			first[key] = true
		}
		return func(row int) bool { return first[keys[row]] == (e.Part.Side == configs.First) }, nil
	}
	examples, account, err := r.read()
	return Set{Name: e.Name, Kind: e.Kind, Use: e.Use, Examples: examples, Account: account, named: source.GUID != ""}, err
}

// Columns names the columns of a file; see configs.Source.
type Columns struct {
	GUID, Text, TextPair, Label string
	LabelMap                    map[string]string
	File                        table.Options // how the file is written; its Columns are those above
}

// ReadFile reads a file that belongs to no experiment. Without a label column the examples have no gold label. In a .txt file that is
// no table each line is a text. Examples without a gold label, which have -1, and empty texts are kept, and counted in the account.
func ReadFile(path string, columns Columns, labels []string) (Set, error) {
	if err := table.Exists(path); err != nil && !strings.HasPrefix(path, configs.Builtin) {
		return Set{}, input.Unreadable(path, err)
	}
	s := configs.Source{
		Path: path, GUID: columns.GUID, Text: columns.Text, TextPair: columns.TextPair,
		Label: columns.Label, LabelMap: columns.LabelMap,
		Format: columns.File.Format, Delimiter: columns.File.Delimiter, Header: columns.File.Header,
		Quoting: columns.File.Quoting, Encoding: columns.File.Encoding,
	}
	r := reader{source: s, labels: labels}
	examples, account, err := r.read()
	if err != nil {
		return Set{}, err
	}
	set := Set{Name: path, Examples: examples, Account: account}
	set.seal(labels)
	return set, set.Account.total()
}
