package table

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/scalar"
)

// shardName is the name of a shard as Hugging Face writes it: train-00000-of-00002.parquet.
var shardName = regexp.MustCompile(`^(.*?)-?(\d{5,})-of-(\d{5,})(-[0-9a-f]+)?(\..+)$`)

// isPattern reports whether a path has characters of a glob.
func isPattern(path string) bool { return strings.ContainsAny(path, "*?[") }

// readPattern reads the files that match a glob as one table, in the order of their names.
func readPattern(pattern string, o Options) (*Table, error) {
	names, err := filepath.Glob(pattern)
	if err != nil {
		return nil, fault.At(pattern, 0, `not a pattern of file names: * stands for any characters, ? for one, [ab] for a or b`)
	}
	if len(names) == 0 {
		return nil, fault.At(pattern, 0, "no file matches this pattern")
	}
	if err := checkShards(pattern, names); err != nil {
		return nil, err
	}
	return readShards(pattern, names, o)
}

// checkShards returns an error if files belong to several sets of shards, or if one of their set is missing.
func checkShards(path string, names []string) error {
	found := map[string]map[int]bool{} // by set
	count := map[string]int{}
	for _, name := range names {
		parts := shardName.FindStringSubmatch(filepath.Base(name))
		if parts == nil {
			continue
		}
		number, _ := strconv.Atoi(parts[2])
		of, _ := strconv.Atoi(parts[3])
		set := filepath.Join(filepath.Dir(name), strings.TrimPrefix(parts[1]+"-*", "-")+parts[5])
		if found[set] == nil {
			found[set] = map[int]bool{}
		}
		if other, known := count[set]; known && other != of {
			return fault.At(path, 0, fmt.Sprintf("%s is one of %d shards, others are of %d; remove those of an older version",
				filepath.Base(name), of, other))
		}
		found[set][number], count[set] = true, of
	}
	if len(found) > 1 {
		var patterns []string
		for set := range found {
			patterns = append(patterns, strconv.Quote(set))
		}
		slices.Sort(patterns)
		return fault.At(path, 0, "the files are shards of several sets; name one: "+strings.Join(patterns, " or "))
	}
	for set, numbers := range found {
		if len(numbers) == count[set] {
			continue
		}
		for number := range count[set] {
			if !numbers[number] {
				return fault.At(path, 0, fmt.Sprintf("shard %05d of %05d is missing (%d of %d are there); fetch it",
					number, count[set], len(numbers), count[set]))
			}
		}
	}
	return nil
}

// readShards reads several files as one table.
func readShards(path string, names []string, o Options) (*Table, error) {
	all := &Table{File: path}
	for _, name := range names {
		t, err := readFile(name, o)
		if err != nil {
			return nil, err
		}
		if err := all.addShard(t); err != nil {
			return nil, err
		}
	}
	if all.isJSON() {
		slices.Sort(all.Columns)
	}
	files := "the file " + filepath.Base(names[0])
	if len(names) > 1 {
		files = fmt.Sprintf("%d files, from %s to %s", len(names), filepath.Base(names[0]), filepath.Base(names[len(names)-1]))
	}
	all.Note = strings.TrimSuffix(files+"; "+all.shards[0].Note, "; ")
	return all, nil
}

// addShard appends the rows of a file.
func (t *Table) addShard(shard *Table) error {
	if len(t.shards) == 0 {
		t.Format, t.syntax, t.Columns, t.options = shard.Format, shard.syntax, slices.Clone(shard.Columns), shard.options
	}
	first := shard
	if len(t.shards) > 0 {
		first = t.shards[0]
	}
	base := filepath.Base(first.File)
	if shard.Format != t.Format {
		return fault.At(shard.File, 0, fmt.Sprintf("its format is %s, that of %s is %s; files that are read as one must have one format",
			shard.Format, base, t.Format))
	}
	for _, column := range shard.Columns {
		if !slices.Contains(t.Columns, column) {
			if !t.isJSON() {
				return fault.At(shard.File, 0, fmt.Sprintf("has a column %q, which %s lacks; files that are read as one must have the same columns",
					column, base))
			}
			t.Columns = append(t.Columns, column)
		}
	}
	for _, column := range t.Columns {
		if !t.isJSON() && !slices.Contains(shard.Columns, column) {
			return fault.At(shard.File, 0, fmt.Sprintf("lacks the column %q, which %s has; files that are read as one must have the same columns",
				column, base))
		}
		if a, b := first.Classes(column), shard.Classes(column); !slices.Equal(a, b) {
			return fault.At(shard.File, 0, fmt.Sprintf("names the classes of %q %s, and %s names them %s", column, fault.Names(b), base,
				fault.Names(a)))
		}
	}
	t.starts = append(t.starts, t.rows)
	t.rows += shard.Len()
	t.shards = append(t.shards, shard)
	for _, warning := range shard.Warnings {
		if !slices.Contains(t.Warnings, warning) {
			t.Warnings = append(t.Warnings, warning)
		}
	}
	return nil
}

// shard returns the file of a row, and the row in it.
func (t *Table) shard(row int) (*Table, int) {
	i := sort.SearchInts(t.starts, row+1) - 1
	return t.shards[i], row - t.starts[i]
}

// FileOf returns the file that a row is in.
func (t *Table) FileOf(row int) string {
	if t.shards == nil {
		return t.File
	}
	shard, _ := t.shard(row)
	return shard.File
}

// Files returns the files of the table.
func (t *Table) Files() []string {
	if t.shards == nil {
		return []string{t.File}
	}
	var names []string
	for _, shard := range t.shards {
		names = append(names, shard.File)
	}
	return names
}

// shardColumn is Column of several files, given that of each. A JSON file may lack the column.
func (t *Table) shardColumn(name string, find func(i int) (*Column, error)) (*Column, error) {
	columns := make([]*Column, len(t.shards))
	var wrong error
	for i := range t.shards {
		var err error
		if columns[i], err = find(i); err != nil && (wrong == nil || !t.isJSON()) {
			wrong = err
		}
	}
	there := slices.ContainsFunc(columns, func(c *Column) bool { return c != nil })
	if wrong != nil && !(there && t.isJSON()) {
		return nil, wrong
	}
	c := &Column{Name: name, table: t}
	c.value = func(row int) (value scalar.Value, wrong string) {
		i := sort.SearchInts(t.starts, row+1) - 1
		if columns[i] == nil {
			return value, ""
		}
		return columns[i].value(row - t.starts[i])
	}
	return c, nil
}
