package source

import (
	"fmt"
	"strings"
	"testing"

	"ftft/internal/table"
)

func data(t *testing.T, name, text, label string) *Data {
	t.Helper()
	records, err := table.Parse(name, text)
	if err != nil {
		t.Fatal(err)
	}
	d, err := NewData(records, "id", label, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The guids and classes of a source find their records whatever form a number or a boolean has.
func TestRecordsAreJoinedByOneRule(t *testing.T) {
	for name, text := range map[string]string{
		"a.jsonl": `{"id": 7.0, "y": true}` + "\n" + `{"id": "8", "y": 1.0}` + "\n" + `{"id": "9.0", "y": "False"}`,
		"a.csv":   "id,y\n7.0,True\n8,1\n9,FALSE\n",
	} {
		d := data(t, name, text, "y")
		if got := strings.Join(d.GUIDs(), " "); got != "7 8 9" {
			t.Errorf("%s: guids %s", name, got)
		}
		gold, err := d.gold([]string{"9", "7"}, 2, []string{"False", "True"})
		if err != nil || fmt.Sprint(gold) != "[0 1]" {
			t.Errorf("%s: gold %v, %v", name, gold, err)
		}
		if class, problem := d.class("8", 2, nil); problem != nil || class != 1 {
			t.Errorf("%s: class %d, %v", name, class, problem)
		}
	}
}

func TestLabelsThatAreNoneAreNamed(t *testing.T) {
	const text = `{"id": 1, "y": null}
{"id": 2, "y": -1}
{"id": 3, "y": NaN}
{"id": 4, "y": [1]}
{"id": 5, "y": "a"}
{"id": 6, "y": 1, "y": 0}
{"id": 7, "y": true}`
	d := data(t, "a.jsonl", text, "y")
	for guid, want := range map[string]string{
		"1": `a.jsonl:1: guid 1 has no gold label (column "y" is null)`,
		"2": `a.jsonl:2: guid 2 has no gold label (column "y" is -1)`,
		"3": `a.jsonl:3: guid 3 has no gold label (column "y" is NaN)`,
		"4": `a.jsonl:4: the label (column "y") is a list ([1]); a label is a text, a number or a boolean; make it one text`,
		"5": `a.jsonl:5: guid 5 has the label "a": not a class index below 2`,
		"6": `a.jsonl:6: column "y" occurs twice in this record`,
		"7": `a.jsonl:7: guid 7 has the label "true": not a class index below 2; name the labels`, // no number
	} {
		if _, problem := d.class(guid, 2, nil); problem == nil || !strings.HasPrefix(problem.String(), want) {
			t.Errorf("%v\nwant %s", problem, want)
		}
	}
	for text, want := range map[string]string{
		`{"id": [1]}`:                        `a.jsonl:1: the guid (column "id") is a list ([1])`,
		`{"id": ""}`:                         `a.jsonl:1: the guid (column "id") is empty`,
		`{"id": 7.0}` + "\n" + `{"id": "7"}`: `a.jsonl:2: guid "7" already occurs on line 1`,
	} {
		records, err := table.Parse("a.jsonl", text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := NewData(records, "id", "", nil); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}
