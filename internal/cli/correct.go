package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"ftft/configs"
	"ftft/datamap/marks"
	"ftft/datamap/source"
	"ftft/internal/fault"
	"ftft/internal/scalar"
	"ftft/internal/table"
)

func correctCommand(runs *string) *cobra.Command {
	var f sourceFlags
	var path string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "correct SOURCE",
		Short: "Write the data with the marks applied, and print the diff",
		Long: `Write the data with the marks (ftft mark) applied, in their own format, and print the diff.

Relabelled rows get their new label and excluded rows are left out; all other bytes stay. The data come from --data, or from the
run's own training set (built-in data are written as JSONL). The diff goes to standard output in the form that patch reads, or as a
list for Parquet. Data and diff keep the encoding of the file. Without --out, nothing is written.`,
		Example: `  ftft correct demo-reference --data train.jsonl
  ftft correct roberta-snli/ --data snli_train.jsonl --label label --out corrected.jsonl > corrections.diff`,
		Annotations: next("ftft run CONFIG --set data.train.path=corrected.jsonl", "Run the experiment on the corrected data"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := f.open(*runs, args[0], cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			return s.correct(path, asJSON, product(cmd), cmd.ErrOrStderr())
		},
		ValidArgsFunction: completeRuns(runs),
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the counts as JSON instead of the diff")
	cmd.Flags().StringVar(&path, "out", "", "file to write; compressed if its name ends in .gz or .zst")
	return cmd
}

// correct writes the corrected records to path, unless it is empty, and the changes to out.
func (s *dataSource) correct(path string, asJSON bool, out, messages io.Writer) error {
	data, err := s.records()
	if err != nil {
		return err
	}
	s.warnUnchecked(messages)
	if err := s.output(path); err != nil {
		return err
	}
	if s.labelFile != "" {
		return usageError{fmt.Errorf("the labels are in a file of their own (label_path), %s, which correct does not write: change its lines, "+
			"or write texts and labels into one table", s.labelFile)}
	}
	if data.Label == "" {
		return usageError{errors.New("name the column of the labels with --label COLUMN")}
	}
	name, err := s.labelInFile(data)
	if err != nil {
		return err
	}
	value, err := data.Find(data.Label)
	if err != nil {
		return err
	}
	var rows []int
	var bad fault.Bad
	edits := map[int]map[string]string{}
	excluded := 0
	for row, guid := range data.GUIDs() {
		state := s.marked[guid]
		if state.Mark == marks.Exclude {
			excluded++
			continue
		}
		rows = append(rows, row)
		if state.Mark == marks.Relabel {
			label, err := name(state.Label)
			if err != nil {
				bad.Problems = append(bad.Problems, fault.Problem{File: marks.Path(s.path), Message: fmt.Sprintf("guid %s: %v", guid, err)})
			} else if old, _ := value(row); old != label {
				edits[row] = map[string]string{data.Label: label}
			}
		}
	}
	if len(bad.Problems) > 0 {
		return &bad
	}
	if _, missing := data.Unmatched(markedGUIDs(s.marked)); len(missing) > 0 {
		slices.Sort(missing)
		const message = "has no row of %d marked examples, such as guid %q; nothing was written: " +
			"--data names another file, --guid the column of the guids"
		return fault.At(data.File, 0, fmt.Sprintf(message, len(missing), missing[0]))
	}
	if len(edits) == 0 && excluded == 0 {
		return fault.At(data.File, 0, "no mark changes it; nothing was written: relabel or exclude examples with ftft mark")
	}
	if path != "" {
		if err := writeRows(path, data, rows, edits); err != nil {
			return err
		}
	}
	if asJSON {
		return printJSON(out, map[string]int{"rows": data.Len(), "relabelled": len(edits), "excluded": excluded})
	}
	fmt.Fprintf(messages, "%d of %d rows relabelled, %d left out\n", len(edits), data.Len(), excluded)
	return printDiff(out, data, path, rows, edits)
}

func markedGUIDs(set marks.Set) (guids []string) {
	for guid, state := range set {
		if state.Mark == marks.Relabel || state.Mark == marks.Exclude {
			guids = append(guids, guid)
		}
	}
	return guids
}

// labelInFile returns a function from a mark's label to the form that the file uses. That is the label itself, the most frequent
// of those that the run's label map turns into it, its class index, or the name of the class that it is the index of.
func (s *dataSource) labelInFile(data *source.Data) (func(label string) (string, error), error) {
	value, err := data.Find(data.Label)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for row := range data.Len() {
		if name, ok := value(row); ok {
			counts[name]++
		}
	}
	raw := map[string][]string{} // the names in the file, by label
	if s.run != "" {
		cfg, err := configs.OfRun(s.run)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a run of another program may have none
			return nil, err
		}
		for own, label := range cfg.Data.Train.LabelMap {
			raw[label] = append(raw[label], own)
		}
	}
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	classes := s.Labels
	if classes == nil {
		classes = s.classes
	}
	return func(label string) (string, error) {
		if counts[label] > 0 {
			return label, nil
		}
		candidates := slices.Clone(raw[label])
		if class := slices.Index(classes, label); class >= 0 {
			candidates = append(candidates, strconv.Itoa(class))
		}
		if class, err := strconv.Atoi(label); err == nil && class >= 0 && class < len(classes) {
			candidates = append(candidates, classes[class])
		}
		candidates = append(candidates, label)
		for _, name := range names { // the most frequent first
			if scalar.OfText(name).Index(candidates) >= 0 {
				return name, nil
			}
		}
		return "", fmt.Errorf("the new label %q is not in column %q of %s, which has %s; "+
			"remove the mark with ftft mark --clear, or name the classes with --labels",
			label, data.Label, data.File, strings.Join(names[:min(len(names), 20)], ", "))
	}, nil
}

// printDiff prints the difference between a file and its corrected form.
func printDiff(out io.Writer, data *source.Data, path string, rows []int, edits map[int]map[string]string) error {
	if data.Format == table.Parquet {
		return printChanges(out, data, rows, edits)
	}
	all := make([]int, data.Len())
	for row := range all {
		all[row] = row
	}
	var before, after bytes.Buffer
	if err := errors.Join(data.Write(&before, all, nil), data.Write(&after, rows, edits)); err != nil {
		return err
	}
	if path == "" {
		path = data.File
	}
	_, err := out.Write(diff.Diff(data.File, before.Bytes(), path, after.Bytes()))
	return err
}

// printChanges lists the changes of a file that is not lines of text.
func printChanges(out io.Writer, data *source.Data, rows []int, edits map[int]map[string]string) error {
	value, err := data.Find(data.Label)
	if err != nil {
		return err
	}
	written := make([]bool, data.Len())
	for _, row := range rows {
		written[row] = true
	}
	for row, guid := range data.GUIDs() {
		old, _ := value(row)
		switch label, edited := edits[row][data.Label]; {
		case !written[row]:
			_, err = fmt.Fprintf(out, "%s, guid %s: left out\n", data.Place(row), guid)
		case edited && label != old:
			_, err = fmt.Fprintf(out, "%s, guid %s: %s -> %s\n", data.Place(row), guid, old, label)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
