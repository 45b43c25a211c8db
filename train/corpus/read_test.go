package corpus

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"ftft/configs"
)

// mixed has one class in the forms of several writers, and one guid a row.
const mixed = `{"id": 1.0, "x": {"a": "one"}, "y": 1, "m": NaN}
{"id": "2", "x": {"a": "two"}, "y": 1.0, "m": [1]}
{"id": 3e0, "x": {"a": 3}, "y": "1", "m": {"k": Infinity}}
{"id": 4, "x": {"a": "four"}, "y": "1.0", "m": 7.0}
{"id": 5, "x": {"a": "five"}, "y": 0, "m": "7"}
`

func TestOneValueHasManyForms(t *testing.T) {
	cfg := config(write(t, "d.jsonl", mixed))
	cfg.Labels = []string{"0", "1"}
	cfg.Data.Train = configs.Source{Path: cfg.Data.Train.Path, GUID: "id", Text: "x.a", Label: "y", Exclude: map[string][]string{"m": {"7"}}}
	c, err := Load(cfg, 1)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range c.Train.Examples {
		got = append(got, fmt.Sprint(e.GUID, e.Text, e.Gold))
	}
	if want := "1one1 2two1 331"; strings.Join(got, " ") != want || c.Train.Account.Dropped["excluded: m = 7"] != 2 {
		t.Errorf("%q, %v, want %s", got, c.Train.Account.Dropped, want)
	}
	cfg.Data.Train.Exclude = nil
	cfg.Data.Train.LabelMap = map[string]string{"1.0": configs.Drop, "0": "1"}
	if c, err = Load(cfg, 1); err != nil || len(c.Train.Examples) != 1 || c.Train.Examples[0].Gold != 1 {
		t.Errorf("label map: %v, %v", c, err)
	}
}

func TestBooleansAreLabels(t *testing.T) {
	for name, text := range map[string]string{
		"d.jsonl": `{"a": "x", "y": true}` + "\n" + `{"a": "z", "y": "False"}`,
		"d.csv":   "a,y\nx,True\nz,FALSE\n",
	} {
		for _, names := range [][]string{{"false", "true"}, {"False", "True"}} {
			set, err := ReadFile(write(t, name, text), Columns{Text: "a", Label: "y"}, names)
			if err != nil || set.Examples[0].Gold != 1 || set.Examples[1].Gold != 0 {
				t.Errorf("%s with %q: %v, %v", name, names, set.Examples, err)
			}
		}
	}
}

// The advice names keys of a config and the table that has them, and works.
func TestFaultsOfValuesNameTheKeyThatHelps(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"id": 1, "a": "x", "y": null}`,
			`d.jsonl:1: no gold label (column "y" is null); label_map = { "" = "drop" } in data.train leaves such rows out`},
		{`{"id": 1, "a": "x", "y": -1}`, `d.jsonl:1: no gold label (column "y" is -1); label_map = { "-1" = "drop" } in data.train`},
		{`{"id": 1, "a": "x", "y": NaN}`, `d.jsonl:1: no gold label (column "y" is NaN); label_map = { "NaN" = "drop" } in data.train`},
		{`{"id": 1, "a": "x", "y": "-"}`, `d.jsonl:1: no gold label (column "y" is "-"); label_map = { "-" = "drop" } in data.train`},
		{`{"id": 1, "a": "x", "y": ["yes"]}`, `d.jsonl:1: the label (column "y") is a list (["yes"])`},
		{`{"id": 1, "a": "x", "y": 2}`, `d.jsonl:1: label "2" is not one of "no" and "yes"; label_map in data.train maps it to one`},
		{`{"id": 1, "a": null, "y": "yes"}`, `d.jsonl:1: the text (column "a") is null; exclude = { "a" = [""] } in data.train leaves`},
		{`{"id": 1, "a": " ", "y": "yes"}`,
			`d.jsonl:1: the text (column "a") is empty; exclude = { "a" = [" "] } in data.train leaves such rows out`},
		{`{"id": 1, "a": ["x", "z"], "y": "yes"}`, `d.jsonl:1: the text (column "a") is a list (["x","z"])`},
		{`{"id": 1, "a": NaN, "y": "yes"}`, `d.jsonl:1: the text (column "a") is NaN`},
		{`{"id": null, "a": "x", "y": "yes"}`, `d.jsonl:1: the guid (column "id") is null`},
		{`{"id": {"k": 1}, "a": "x", "y": "yes"}`, `d.jsonl:1: the guid (column "id") is an object ({"k":1}); an ID is a text or a number`},
		{`{"id": 1, "a": "x", "a": "z", "y": "yes"}`, `d.jsonl:1: column "a" occurs twice in this record`},
		{`{"id": 1.0, "a": "x", "y": "yes"}`, `d.jsonl:2: guid "1" is already used on line 1`},
	} {
		cfg := config(write(t, "d.jsonl", c.text+"\n"+`{"id": "1", "a": "w", "y": "yes", "m": 1}`+"\n"))
		_, err := Load(cfg, 1)
		if bad := (*Bad)(nil); !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", c.text, err, c.want)
		}
		_, advice, found := strings.Cut(c.want, "= { \"")
		switch value, _, _ := strings.Cut(advice, `" = "drop"`); {
		case !found:
			continue
		case strings.Contains(c.want, "exclude"):
			cfg.Data.Train.Exclude = map[string][]string{"a": {" ", ""}}
		default:
			cfg.Data.Train.LabelMap = map[string]string{value: configs.Drop}
		}
		if _, err := Load(cfg, 1); err != nil {
			t.Errorf("%s: the advice does not help: %v", c.text, err)
		}
	}
}

// A list or an object is not compared as JSON, whose spaces and order of keys a config need not have.
func TestExcludeRefusesListsAndObjects(t *testing.T) {
	for value, want := range map[string]string{
		`["x", "z"]`: `is a list (["x","z"]); make it one text, or name a value inside of it: "m.0"`,
		`{"k": "x"}`: `is an object ({"k":"x"}); make it one text, or name a value inside of it: "m.k"`,
	} {
		for _, text := range []string{value, strings.ReplaceAll(value, " ", "")} {
			data := `{"id": 1, "a": "x", "y": "yes", "m": null}` + "\n" + `{"id": 2, "a": "w", "y": "no", "m": ` + value + "}\n"
			cfg := config(write(t, "d.jsonl", data))
			cfg.Data.Train.Exclude = map[string][]string{"m": {"x", text}}
			want := `d.jsonl:2: the value for exclude (column "m") ` + want
			if _, err := Load(cfg, 1); err == nil || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}

func TestAccountsCountOneRecord(t *testing.T) {
	a := newAccount("d.jsonl")
	a.Read = 1
	a.drop("label x dropped", 1)
	if got := a.reasons(); got != "of 1 record read, 1 label x dropped" {
		t.Error(got)
	}
}

func TestFilesOfNoExperimentKeepRowsWithoutLabelOrText(t *testing.T) {
	const text = "a,b,y\nx,z,yes\n,z,-\nx,,-1\nx,z,\nx,z,nan\n"
	set, err := ReadFile(write(t, "d.csv", text), Columns{Text: "a", TextPair: "b", Label: "y"}, labels)
	if err != nil || len(set.Examples) != 5 || set.Account.Unlabelled != 4 || set.Account.Empty != 2 || !set.Examples[2].Paired {
		t.Fatalf("%+v, %v", set, err)
	}
	if set, err = ReadFile(write(t, "d.csv", text), Columns{Text: "a", TextPair: "b", Label: "y"},
		[]string{"yes", "-", "-1", "", "nan"}); err != nil ||
		set.Account.Unlabelled != 0 {
		t.Errorf("labels of those names: %+v, %v", set.Account, err)
	}
}

func TestOverlapsAndUnfitSetsAreCounted(t *testing.T) {
	train := write(t, "train.csv", "id,a,y,m\nt1,one,yes,\nt2,two,no,\nt3,two,yes,\nt4,three,no,\n")
	cfg := config(train)
	eval := func(name, text, guid string) {
		cfg.Data.Eval = append(cfg.Data.Eval, configs.Eval{Name: name, Kind: configs.OOD, Use: configs.Test,
			Source: configs.Source{Path: write(t, name+".csv", text), GUID: guid, Text: "a", Label: "y"}})
	}
	eval("same", "id,a,y\nt1,one,yes\nx,two,yes\nt4,new,no\n", "id")
	eval("guids", "id,a,y\nt1,alpha,no\n", "id")
	eval("none", "id,a,y\nt1,alpha,no\n", "")
	c, err := Load(cfg, 1)
	if err != nil {
		t.Fatal(err)
	}
	o := c.Evals[0].Account.Overlap
	if o.Texts != 2 || o.Others != 1 || o.GUIDs != 2 || o.Numbers || fmt.Sprint(o.Lines) != "[2 3]" {
		t.Errorf("overlap %+v", o)
	}
	if o := c.Evals[2].Account.Overlap; o.GUIDs != 0 || o.Named {
		t.Errorf("record numbers are no guids: %+v", o)
	}
	if a := c.Train.Account; a.Overlap != nil || a.Conflicts != 1 || fmt.Sprint(a.Conflicted) != "[{4 yes 3 no}]" {
		t.Errorf("train: %+v", a)
	}
	want := `set "same": 2 of its 3 examples have the texts of a training example|` +
		`set "guids": 1 of its 1 examples have the guid of a training example`
	if got := strings.Join(c.Warnings(), "|"); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestUnfitTrainingSetsAreNoted(t *testing.T) {
	for text, want := range map[string]string{
		"1,one,yes,\n2,two,yes,\n3,three,yes,\n4,four,yes,\n": `training set: all examples have the label "yes": there is nothing to learn`,
		"1,one,yes,\n2,two,yes,\n3,three,yes,\n4,four,no,\n":  `training set: the label "no" has a single example`,
		"1,one,yes,\n2,two,no,\n": `training set: the labels "no" and "yes" have a single example each|` +
			`training set: only 2 examples for 2 classes`,
	} {
		c, err := Load(config(write(t, "train.csv", "id,a,y,m\n"+text)), 1)
		if err != nil || strings.Join(c.Warnings(), "|") != want {
			t.Errorf("%q, %v, want %s", c.Warnings(), err, want)
		}
	}
	_, err := Load(config(write(t, "train.csv", "id,a,y,m\n1,one,x,\n2,two,x,\n3,two,no,bad\n")), 1)
	if err == nil || !strings.Contains(err.Error(),
		`no example is left for the set "train": of 3 records read, 1 excluded: m = bad, 2 label x dropped`) {
		t.Error(err)
	}
}

// Labels match the names that a file gives its class indices, in any order, or else the indices.
func TestClassLabelsMatchByName(t *testing.T) {
	for _, c := range []struct {
		labels []string
		mapped map[string]string
		want   [2]int
		wrong  string
	}{
		{[]string{"pos", "neg"}, nil, [2]int{0, 1}, ""},
		{[]string{"0", "1"}, nil, [2]int{1, 0}, ""},
		{[]string{"bad", "good"}, map[string]string{"0": "bad", "1": "good"}, [2]int{1, 0}, ""},
		{[]string{"bad", "good"}, nil, [2]int{}, `label "pos" is not one of "bad" and "good"`},
	} {
		set, err := ReadFile("../../internal/table/testdata/classes.parquet", Columns{Text: "text", Label: "label", LabelMap: c.mapped}, c.labels)
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%q: %v, want %s", c.labels, err, c.wrong)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.labels, err)
		} else if e := set.Examples; [2]int{e[0].Gold, e[1].Gold} != c.want || e[2].Gold != -1 {
			t.Errorf("%q: classes %d, %d, %d", c.labels, e[0].Gold, e[1].Gold, e[2].Gold)
		}
	}
}
