package corpus

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"ftft/configs"
	"ftft/internal/fault"
	"ftft/internal/table"
)

// Load reads the data of an experiment. seed determines the splits, the parts and the choice of max_examples. Faults of the
// data are returned together, as one *Bad.
func Load(cfg configs.Config, seed int64) (*Corpus, error) {
	c := &Corpus{Labels: cfg.Labels}
	var bad Bad
	source := cfg.Data.Train
	source.Path = cfg.Resolve(source.Path)
	examples, account, err := read(source, cfg.Labels, whole)
	if err := bad.Merge(err); err != nil {
		return nil, err
	}
	c.Train = Set{Name: "train", Kind: "train", Examples: examples, Account: account}
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
				fmt.Sprintf("no example is left for the set %q; dropped: %v", set.Name, set.Account.Dropped))
		}
		set.seal(cfg.Labels)
		if err := set.Account.total(); err != nil {
			return nil, err
		}
	}
	return c, nil
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
	source := e.Source
	source.Path = cfg.Resolve(source.Path)
	groupBy := e.GroupBy
	if len(groupBy) == 0 {
		groupBy = cfg.Data.GroupBy
	}
	examples, account, err := read(source, cfg.Labels, func(t *table.Table) (func(row int) bool, error) {
		if e.Part == nil {
			return nil, nil
		}
		if err := groupable(t, groupBy); err != nil {
			return nil, err
		}
		// The groups are shuffled before any record is dropped, so that the two parts of a file never share a group.
		keys := make([]string, t.Len())
		for row := range keys {
			keys[row] = group(t.Fields(row), groupBy, strconv.Itoa(t.Line(row)))
		}
		groups := shuffled(keys, seed)
		first := map[string]bool{}
		for _, key := range groups[:int(e.Part.Fraction*float64(len(groups))+0.5)] {
			first[key] = true
		}
		return func(row int) bool { return first[keys[row]] == (e.Part.Side == configs.First) }, nil
	})
	return Set{Name: e.Name, Kind: e.Kind, Use: e.Use, Examples: examples, Account: account}, err
}

// whole selects all records of a source.
func whole(*table.Table) (func(row int) bool, error) { return nil, nil }

// read makes examples of the records of a source. within receives the table and may return a function that reports whether a
// record belongs to the set; the other records are accounted for as those of the other part.
func read(s configs.Source, labels []string, within func(*table.Table) (func(row int) bool, error)) ([]Example, Account, error) {
	account := newAccount(s.Path)
	t, err := open(s.Path)
	if err != nil {
		return nil, account, err
	}
	account.Note = t.Note
	if err := checkColumns(t, s); err != nil {
		return nil, account, err
	}
	belongs, err := within(t)
	if err != nil {
		return nil, account, err
	}
	var bad Bad
	var examples []Example
	first := map[string]int{} // row by guid
	for row := range t.Len() {
		account.Read++
		if belongs != nil && !belongs(row) {
			account.drop("in the other part", t.Line(row))
			continue
		}
		fields := t.Fields(row)
		if reason := excluded(s, fields); reason != "" {
			account.drop(reason, t.Line(row))
			continue
		}
		e, reason, err := example(s, labels, fields, row, t.Format)
		if other, ok := first[e.GUID]; err == nil && reason == "" && ok {
			err = fmt.Errorf("guid %q is already used on %s; guids must be distinct, or leave guid out to number the records",
				e.GUID, t.Place(other))
		}
		if err != nil {
			if err := bad.Merge(t.Fault(row, err.Error())); err != nil {
				return nil, account, err
			}
			continue
		}
		if reason != "" {
			account.drop(reason, t.Line(row))
			continue
		}
		first[e.GUID] = row
		e.File, e.Line = t.File, t.Line(row)
		examples = append(examples, e)
	}
	if len(bad.Problems) > 0 {
		return nil, account, &bad
	}
	return examples, account, nil
}

// checkColumns returns an error that lists every column that a source names and its table lacks.
func checkColumns(t *table.Table, s configs.Source) error {
	var bad Bad
	for _, c := range []struct{ key, name string }{{"guid", s.GUID}, {"text", s.Text}, {"text_pair", s.TextPair}, {"label", s.Label}} {
		if c.name != "" {
			if err := bad.Merge(check(t, c.key, c.name)); err != nil {
				return err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Exclude)) {
		if err := bad.Merge(check(t, "exclude", name)); err != nil {
			return err
		}
	}
	if len(bad.Problems) > 0 {
		return &bad
	}
	return nil
}

// excluded returns the reason why a column's value excludes a record, or "".
func excluded(s configs.Source, fields map[string]string) string {
	for _, name := range slices.Sorted(maps.Keys(s.Exclude)) {
		if slices.Contains(s.Exclude[name], fields[name]) {
			return fmt.Sprintf("excluded: %s = %s", name, fields[name])
		}
	}
	return ""
}

// example makes an example of a record, or returns the reason why its label excludes it. The example keeps fields as its Meta.
func example(s configs.Source, labels []string, fields map[string]string, number int, format string) (e Example, reason string, err error) {
	e = Example{GUID: strconv.Itoa(number), Text: fields[s.Text], Gold: -1, Meta: fields}
	if s.GUID != "" {
		e.GUID = fields[s.GUID]
	}
	if s.TextPair != "" {
		e.TextPair = fields[s.TextPair]
	}
	if s.Label != "" {
		value := fields[s.Label]
		label, mapped := s.LabelMap[value]
		if !mapped {
			label = value
		}
		if label == configs.Drop && mapped {
			return e, fmt.Sprintf("label %s dropped", value), nil
		}
		if e.Gold = slices.Index(labels, label); e.Gold < 0 {
			return e, "", fmt.Errorf("label %q is not one of %q; map it in label_map (%q drops its rows)", value, labels, configs.Drop)
		}
	}
	switch {
	case e.GUID == "":
		return e, "", fmt.Errorf("the guid (column %q) is empty", s.GUID)
	case strings.TrimSpace(e.Text) == "" && format != table.Text:
		return e, "", fmt.Errorf("the text (column %q) is empty; use exclude to leave such rows out", s.Text)
	case s.TextPair != "" && strings.TrimSpace(e.TextPair) == "":
		return e, "", fmt.Errorf("the second text (column %q) is empty; use exclude to leave such rows out", s.TextPair)
	}
	for _, name := range []string{s.GUID, s.Text, s.TextPair, s.Label} {
		delete(e.Meta, name)
	}
	return e, "", nil
}

// Columns names the columns of a file; see configs.Source.
type Columns struct {
	GUID, Text, TextPair, Label string
	LabelMap                    map[string]string
}

// ReadFile reads a file that belongs to no experiment. Without a label column the examples have no gold label. In a .txt file
// each line is a text, even if it is empty.
func ReadFile(path string, columns Columns, labels []string) (Set, error) {
	if _, err := os.Stat(path); err != nil && !strings.HasPrefix(path, configs.Builtin) {
		return Set{}, fault.At(path, 0, cause(err))
	}
	s := configs.Source{
		Path: path, GUID: columns.GUID, Text: columns.Text, TextPair: columns.TextPair,
		Label: columns.Label, LabelMap: columns.LabelMap,
	}
	if table.Ending(path) == ".txt" {
		s.Text, s.TextPair = "text", ""
	}
	examples, account, err := read(s, labels, whole)
	if err != nil {
		return Set{}, err
	}
	set := Set{Name: path, Examples: examples, Account: account}
	set.seal(labels)
	return set, set.Account.total()
}
