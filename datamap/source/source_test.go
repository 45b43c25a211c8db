package source

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ftft/datamap/dynamics"
	"ftft/internal/fault"
	"ftft/internal/table"
)

// array writes logits of four examples over two epochs, changed by spoil, and returns their path and the examples' records.
func array(t *testing.T, spoil func(logits []float32)) (path string, data *Data) {
	t.Helper()
	dir := t.TempDir()
	logits := []float32{1, 0, 0, 1, 2, 0, 0, 2, 1, 0, 0, 3, 2, 0, 0, 2}
	spoil(logits)
	path = filepath.Join(dir, "whatever")
	if err := dynamics.WriteNPY(path, logits, 2, 4, 2); err != nil {
		t.Fatal(err)
	}
	records := filepath.Join(dir, "examples.jsonl")
	text := `{"guid": "a", "label": "no"}` + "\n" + `{"guid": "b", "label": 1}` + "\n" +
		`{"guid": "c", "label": "no"}` + "\n" + `{"guid": "d", "label": "yes"}` + "\n"
	if err := os.WriteFile(records, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	data, err := OpenData(records, "guid", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return path, data
}

func TestArraysAreRecognisedByContent(t *testing.T) {
	path, data := array(t, func([]float32) {})
	s, err := Open(path, Options{To: -1, Data: data, Labels: []string{"no", "yes"}})
	if err != nil || s.Kind != Array || s.Map.Len() != 4 || !slices.Equal(s.Map.Gold, []int32{0, 1, 0, 1}) || s.Map.Labels[1] != "yes" {
		t.Fatal(s, err)
	}
	if _, err := Open(path, Options{To: -1}); !errors.As(err, new(Misuse)) {
		t.Errorf("without records: %v", err)
	}
	if _, err := Open(path, Options{To: -1, Data: data, Labels: []string{"no"}}); !errors.As(err, new(Misuse)) {
		t.Errorf("one label for two classes: %v", err)
	}
	if _, err := Open(path, Options{To: -1, Data: data, Labels: []string{"no", "no"}}); !errors.As(err, new(Misuse)) {
		t.Errorf("one label for both classes: %v", err)
	}
	_, err = Open(path, Options{To: -1, Data: data})
	if bad := (*fault.Bad)(nil); !errors.As(err, &bad) || bad.Problems[0].Line != 1 ||
		!strings.Contains(bad.Problems[0].Message, `guid a has the label "no"`) {
		t.Errorf("names without --labels: %v", err)
	}
}

// An example that cannot be used is named, or skipped. The others keep their rows.
func TestArraysWithMalformedExamples(t *testing.T) {
	labels := []string{"no", "yes"}
	for _, v := range []float64{math.NaN(), math.Inf(1)} {
		path, data := array(t, func(logits []float32) { logits[8+2] = float32(v) })
		_, err := Open(path, Options{To: -1, Data: data, Labels: labels})
		if bad := (*fault.Bad)(nil); !errors.As(err, &bad) || !strings.Contains(err.Error(), "epoch 1, row 1 (guid b)") {
			t.Errorf("%v: %v", v, err)
		}
		s, err := Open(path, Options{To: -1, Data: data, Labels: labels, Lenient: true})
		if err != nil || s.Map.Len() != 3 || !slices.Equal(s.Map.Rows, []int32{0, 2, 3}) || len(s.Skipped) != 1 || s.Skipped[0].Count != 1 {
			t.Errorf("%v: %+v, %v", v, s, err)
		}
	}
}

func TestMeasuresTakeGoldLabelsFromRecords(t *testing.T) {
	_, data := array(t, func([]float32) {})
	path := filepath.Join(t.TempDir(), "coordinates")
	var text strings.Builder
	for i, guid := range []string{"d", "c", "b", "a"} {
		fmt.Fprintf(&text, `{"guid": %q, "confidence": 0.%d, "variability": 0.1}`+"\n", guid, i+1)
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, Options{To: -1, Data: data, Labels: []string{"no", "yes"}})
	if err != nil || s.Kind != Metrics || !slices.Equal(s.Map.Gold, []int32{1, 0, 1, 0}) || s.Map.Classes != 2 {
		t.Fatal(s, err)
	}
	if other := data.Contradicted(s.Map.GUIDs, []int32{1, 0, 0, 0}, 2, []string{"no", "yes"}); !slices.Equal(other, []string{"b"}) {
		t.Errorf("%q", other)
	}
	if _, err := Open(path, Options{From: 1, To: 2}); !errors.As(err, new(Misuse)) {
		t.Errorf("epochs of measures: %v", err)
	}
}

func TestOpenSaysWhyAPathIsNoSource(t *testing.T) {
	dir := t.TempDir()
	empty, text := filepath.Join(dir, "empty"), filepath.Join(dir, "dynamics_epoch_0.jsonl")
	for path, content := range map[string]string{empty: "", text: "text\n"} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		empty: "the file is empty", text: "one epoch of many; give their folder", filepath.Join(dir, "none"): "no such file",
	} {
		if _, err := Open(path, Options{To: -1}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := OpenData(text, "guid", "", nil); err == nil {
		t.Error("text is read as records")
	}
}

// Labels name the classes only if index and name are one to one.
func TestLabelsNameClasses(t *testing.T) {
	for _, test := range []struct {
		labels   []string // of guids 0, 1, ...
		gold     []int32
		names    []string
		conflict bool
	}{
		{[]string{"no", "yes", "no"}, []int32{1, 0, 1}, []string{"yes", "no", "2"}, false},
		{[]string{"no", "yes", "maybe"}, []int32{2, 1, 0}, []string{"maybe", "yes", "no"}, false},
		{[]string{"no", "yes", "no"}, []int32{0, 1, 1}, nil, true},
		{[]string{"no", "yes", "maybe"}, []int32{0, 1, 1}, nil, true},
		{[]string{"1", "2", "3"}, []int32{0, 1, 2}, nil, false},
		{[]string{"1", "2", "2"}, []int32{0, 1, 2}, nil, false},
	} {
		text := "label\n" + strings.Join(test.labels, "\n") + "\n"
		records, err := table.Parse("labels.csv", text)
		if err != nil {
			t.Fatal(err)
		}
		data, err := NewData(records, "", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		names, conflict := data.classNames(append(data.GUIDs(), "without a record"), append(test.gold, 0), 3)
		if !slices.Equal(names, test.names) || (conflict != "") != test.conflict {
			t.Errorf("%q of classes %v: got the names %q, conflict %q", test.labels, test.gold, names, conflict)
		}
	}
}

// The usual columns are recognised, and what is given takes precedence.
func TestUsualColumns(t *testing.T) {
	for _, test := range []struct{ header, guid, label, text string }{
		{"guid,label,hypothesis,premise", "guid", "label", "premise,hypothesis"},
		{"pairID,gold_label,sentence1,sentence2", "pairID", "gold_label", "sentence1,sentence2"},
		{"pair_ID,sentence_A,sentence_B,relatedness_score,entailment_judgment", "pair_ID", "entailment_judgment", "sentence_A,sentence_B"},
		{"idx,question,sentence,label", "idx", "label", "question,sentence"},
		{"id,question1,question2,label", "id", "label", "question1,question2"},
		{"guid,count,hate_speech,class,tweet", "guid", "class", "tweet"},
		{",functionality,case_id,test_case,label_gold", "case_id", "label_gold", "test_case"},
		{"entry_id,text,type,label_gold,matched_text", "entry_id", "label_gold", "text"},
		{"text,text_pair,label", "guid", "label", "text,text_pair"},
		{"label,review", "guid", "label", "review"},
		{"label,premise", "guid", "label", ""},
	} {
		records, err := table.Parse("records.csv", test.header+"\n")
		if err != nil {
			t.Fatal(err)
		}
		data, err := NewData(records, "", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		if guid := GUIDColumn(records); guid != test.guid || data.Label != test.label || strings.Join(data.Text, ",") != test.text {
			t.Errorf("%s: got guid %q, label %q, text %q", test.header, guid, data.Label, data.Text)
		}
	}
	records, err := table.Parse("records.csv", "premise,hypothesis,label,gold_label\n")
	if err != nil {
		t.Fatal(err)
	}
	data, err := NewData(records, "", "gold_label", []string{"hypothesis"})
	if err != nil || data.Label != "gold_label" || !slices.Equal(data.Text, []string{"hypothesis"}) || data.Recognised != nil {
		t.Errorf("given columns: %+v, %v", data, err)
	}
}
