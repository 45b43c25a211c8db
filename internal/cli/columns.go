package cli

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ftft/datamap"
	"ftft/datamap/rule"
	"ftft/train/corpus"
)

// ownColumns are the columns of every source, beside the metrics and the columns of its records.
var ownColumns = []string{"guid", "label", "gold", "predicted", "text", "length", "mark"}

// match reports, for each example, whether it matches a rule.
func (s *dataSource) match(text string) ([]bool, error) {
	r, err := rule.Compile(text, s.table(false))
	if err != nil && s.data == nil && s.run != "" { // the rule may name a column of the run's data, which take time to read
		r, err = rule.Compile(text, s.table(true))
	}
	if err != nil {
		return nil, usageError{fmt.Errorf("--rule: %w", err)}
	}
	return r.Match(), nil
}

// table returns the columns that a rule can name. With ofRun, they include those of the run's data.
func (s *dataSource) table(ofRun bool) rule.Table {
	names := slices.Concat(metricNames(), ownColumns)
	if s.data != nil {
		names = append(names, s.data.Columns...)
	}
	if ofRun {
		// A run whose data are gone has no such columns.
		if e, err := s.texts.example(s.run, int(s.Rows[0])); err == nil {
			names = slices.AppendSeq(names, maps.Keys(e.Meta))
		}
	}
	slices.Sort(names)
	return rule.Table{GUIDs: s.GUIDs, Names: slices.Compact(names), Column: s.column}
}

// column computes a column. A column of the records is numeric if all its values are numbers. A missing value is NaN, or the
// empty text.
func (s *dataSource) column(name string) (rule.Column, error) {
	if metric, err := datamap.FindMetric(name); err == nil {
		if err := s.Check(metric); err != nil {
			return rule.Column{}, err
		}
		return rule.Column{Numbers: s.Values(metric)}, nil
	}
	switch name {
	case "guid":
		return rule.Column{Texts: s.GUIDs}, nil
	case "label":
		return s.labelColumn()
	case "gold":
		if s.Gold == nil {
			return rule.Column{}, fmt.Errorf("the source has no gold labels")
		}
		numbers := make([]float64, s.Len())
		for i, gold := range s.Gold {
			numbers[i] = float64(gold)
		}
		return rule.Column{Numbers: numbers}, nil
	case "predicted":
		if !s.HasLogits() {
			return rule.Column{}, fmt.Errorf("this source has only summaries; predictions need logits")
		}
		return rule.Column{Texts: s.names(s.Predicted())}, nil
	case "mark":
		texts := make([]string, s.Len())
		for i, guid := range s.GUIDs {
			texts[i] = s.marked[guid].Mark
		}
		return rule.Column{Texts: texts}, nil
	case "text", "length":
		texts, err := s.textColumn()
		if name == "text" || err != nil {
			return rule.Column{Texts: texts}, err
		}
		numbers := make([]float64, len(texts))
		for i, text := range texts {
			numbers[i] = float64(utf8.RuneCountInString(text))
		}
		return rule.Column{Numbers: numbers}, nil
	}
	texts, present, err := s.recordColumn(name)
	if err != nil {
		return rule.Column{}, err
	}
	return typed(texts, present), nil
}

// names returns the names of classes, or their indices if the source has no names.
func (s *dataSource) names(classes []int32) []string {
	names := make([]string, len(classes))
	for i, class := range classes {
		names[i] = s.className(class)
	}
	return names
}

// className returns the name of a class, or its index if the source has no names.
func (s *dataSource) className(class int32) string {
	if s.Labels == nil {
		return strconv.Itoa(int(class))
	}
	return s.Labels[class]
}

// labelColumn returns the gold labels: those of the records, or else the names of the gold classes.
func (s *dataSource) labelColumn() (rule.Column, error) {
	if s.data != nil && s.data.Label != "" {
		texts, _, err := s.recordColumn(s.data.Label)
		return rule.Column{Texts: texts}, err
	}
	if s.Gold == nil {
		return rule.Column{}, fmt.Errorf("the source has no gold labels; give them with --data F --guid COLUMN --label COLUMN")
	}
	return rule.Column{Texts: s.names(s.Gold)}, nil
}

// textColumn returns the texts, with a newline between the two of a pair.
func (s *dataSource) textColumn() ([]string, error) {
	if s.data == nil && s.run != "" {
		texts := make([]string, s.Len())
		for i, row := range s.Rows {
			e, err := s.texts.example(s.run, int(row))
			if err != nil {
				return nil, err
			}
			texts[i] = strings.TrimSuffix(e.Text+"\n"+e.TextPair, "\n")
		}
		return texts, nil
	}
	if s.data == nil {
		return nil, fmt.Errorf("the source has no texts; give them with --data F --guid COLUMN --text COLUMN")
	}
	columns := s.data.Text
	if len(columns) == 0 {
		columns = []string{"text"}
	}
	texts := make([]string, s.Len())
	for k, column := range columns {
		own, _, err := s.recordColumn(column)
		if err != nil {
			return nil, err
		}
		for i := range texts {
			if k > 0 {
				texts[i] += "\n"
			}
			texts[i] += own[i]
		}
	}
	return texts, nil
}

// recordColumn returns a column of the examples' records, and which examples have a value.
func (s *dataSource) recordColumn(name string) (texts []string, present []bool, err error) {
	texts, present = make([]string, s.Len()), make([]bool, s.Len())
	if s.data == nil && s.run != "" {
		known := false
		for i, row := range s.Rows {
			e, err := s.texts.example(s.run, int(row))
			if err != nil {
				return nil, nil, err
			}
			texts[i], present[i] = e.Meta[name], e.Meta[name] != ""
			known = known || present[i]
		}
		if !known {
			return nil, nil, fmt.Errorf("the run's data have no such column")
		}
		return texts, present, nil
	}
	if s.data == nil {
		return nil, nil, fmt.Errorf("the source has no such column; give the examples' columns with --data F --guid COLUMN")
	}
	value, err := s.data.Find(name)
	if err != nil {
		return nil, nil, err
	}
	for i, guid := range s.GUIDs {
		if row, ok := s.data.Row(guid); ok {
			texts[i], present[i] = value(row)
		}
	}
	return texts, present, nil
}

// typed returns a numeric column if all present values are finite numbers, and a column of texts otherwise.
func typed(texts []string, present []bool) rule.Column {
	numbers := make([]float64, len(texts))
	some := false
	for i, text := range texts {
		numbers[i] = math.NaN()
		if !present[i] {
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return rule.Column{Texts: texts}
		}
		numbers[i], some = v, true
	}
	if !some {
		return rule.Column{Texts: texts}
	}
	return rule.Column{Numbers: numbers}
}

// textColumns parses --text: one column or two.
func textColumns(text string) (corpus.Columns, error) {
	names := strings.Split(text, ",")
	if len(names) > 2 || names[0] == "" || names[len(names)-1] == "" {
		return corpus.Columns{}, usageError{fmt.Errorf("--text is %q; it must be one column, or two separated by a comma", text)}
	}
	columns := corpus.Columns{Text: names[0]}
	if len(names) == 2 {
		columns.TextPair = names[1]
	}
	return columns, nil
}
