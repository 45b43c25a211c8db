package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"ftft/configs"
	"ftft/datamap/cartography"
	"ftft/datamap/source"
	"ftft/internal/table"
	"ftft/train/corpus"
)

// records returns the examples' records: those of --data, or of the file that the run was trained on.
func (s *dataSource) records() (*source.Data, error) {
	if s.data != nil {
		return s.data, nil
	}
	if s.run == "" {
		return nil, usageError{fmt.Errorf("%s has no records; name their file with --data F --guid COLUMN", s.name)}
	}
	run, err := corpus.OfRun(s.run)
	if errors.As(err, new(*corpus.ChangedError)) {
		return nil, fmt.Errorf("%w; name the file that it was trained on with --data", err)
	}
	if errors.As(err, new(*corpus.UnknownError)) {
		return nil, usageError{fmt.Errorf("%w; name the file that it was trained on with --data F --guid COLUMN", err)}
	}
	if err != nil {
		return nil, err
	}
	s.unchecked = run.Unchecked
	train := run.Config.Data.Train
	if strings.HasPrefix(train.Path, configs.Builtin) {
		s.data, err = builtin(train.Path, &run.Data.Train, run.Config.Labels)
		return s.data, err
	}
	text := []string{train.Text}
	if train.TextPair != "" {
		text = append(text, train.TextPair)
	}
	t, err := table.ReadWith(run.Config.Resolve(train.Path), train.Options())
	if err != nil {
		return nil, err
	}
	s.labelFile = run.Config.Resolve(train.LabelPath)
	s.data, err = source.NewData(t, train.GUID, train.Label, text)
	return s.data, err
}

// warnUnchecked says where the records may not be those that the run trained on.
func (s *dataSource) warnUnchecked(messages io.Writer) {
	if s.unchecked {
		fmt.Fprintf(messages, "warning: the manifest of %s has no data_hash: the records are found by guid, and whether they have changed since "+
			"the training is unknown\n", s.name)
	}
}

// builtin returns the records of built-in data in the form of a JSONL file.
func builtin(name string, set *corpus.Set, labels []string) (*source.Data, error) {
	type record struct {
		GUID     string `json:"guid"`
		Text     string `json:"text"`
		TextPair string `json:"text_pair,omitempty"`
		Label    string `json:"label"`
	}
	var text strings.Builder
	lines := json.NewEncoder(&text)
	lines.SetEscapeHTML(false)
	columns := []string{"text"}
	for _, e := range set.Examples {
		if err := lines.Encode(record{e.GUID, e.Text, e.TextPair, labels[e.Gold]}); err != nil {
			return nil, err
		}
		if e.TextPair != "" && len(columns) == 1 {
			columns = append(columns, "text_pair")
		}
	}
	t, err := table.Parse(strings.ReplaceAll(name, ":", "-")+".jsonl", text.String())
	if err != nil {
		return nil, err
	}
	return source.NewData(t, "guid", "label", columns)
}

// output returns an error if the file to write is one of those that are read.
func (s *dataSource) output(path string) error {
	target, err := os.Stat(path)
	if path == "" || err != nil {
		return nil
	}
	read := append([]string{s.path}, cartography.Find(s.path)...)
	if s.data != nil {
		read = append(read, s.data.Files()...)
	}
	for _, name := range read {
		if info, err := os.Stat(name); err == nil && os.SameFile(info, target) {
			return usageError{fmt.Errorf("%s is an input; name another file to write", path)}
		}
	}
	return nil
}
