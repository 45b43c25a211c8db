package corpus

import (
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"ftft/configs"
)

// write writes a file and returns its path.
func write(t *testing.T, name, text string) string {
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

var columns = Columns{GUID: "id", Text: "a", TextPair: "b", Label: "y"}
var labels = []string{"no", "yes"}

func TestFormatsGiveTheSameExamples(t *testing.T) {
	files := map[string]string{
		"d.jsonl": `{"id": 1, "a": "x \"q\"", "b": "line\none", "y": "yes", "m": null}` + "\n\n" +
			`{"id": "2", "a": "u", "b": "v", "y": "no"}` + "\n",
		"d.csv": "id,a,b,y\r\n1,\"x \"\"q\"\"\",\"line\none\",yes\r\n2,u,v,no\r\n",
	}
	for name, text := range files {
		set, err := ReadFile(write(t, name, text), columns, labels)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		e := set.Examples
		if len(e) != 2 || e[0].GUID != "1" || e[0].Text != `x "q"` || e[0].TextPair != "line\none" || e[0].Gold != 1 || e[1].Gold != 0 {
			t.Errorf("%s: got %+v", name, e)
		}
		if want := map[string]int{"d.jsonl": 3, "d.csv": 4}[name]; e[1].Line != want {
			t.Errorf("%s: the second record is on line %d, want %d", name, e[1].Line, want)
		}
	}
	// In TSV, quotes are part of the text.
	set, err := ReadFile(write(t, "d.tsv", "id\ta\tb\ty\n1\t\"x\tb\"\tyes\n"), columns, labels)
	if err != nil || set.Examples[0].Text != `"x` || set.Examples[0].TextPair != `b"` {
		t.Errorf("tsv: %+v, %v", set.Examples, err)
	}
}

// The line of an example is its row in Parquet.
func TestReadFileReadsParquetAndCompressedFiles(t *testing.T) {
	pairs := Columns{
		Text: "premise", TextPair: "hypothesis", Label: "label",
		LabelMap: map[string]string{"0": "no", "1": "yes", "2": configs.Drop},
	}
	set, err := ReadFile("../../internal/table/testdata/pandas.parquet", pairs, labels)
	if err != nil {
		t.Fatal(err)
	}
	e, dropped := set.Examples, set.Account.Dropped["label 2 dropped"]
	if len(e) != 2 || e[1].Text != "p1" || e[1].TextPair != "h1" || e[1].Gold != 1 || e[1].Line != 2 || dropped != 1 {
		t.Errorf("got %+v, %+v", e, set.Account)
	}
	pairs.LabelMap = nil
	_, err = ReadFile("../../internal/table/testdata/pandas.parquet", pairs, []string{"0", "1"})
	if err == nil || !strings.Contains(err.Error(), `pandas.parquet: row 3: label "2" is not one of`) {
		t.Error(err)
	}
	pairs.Text = "text"
	_, err = ReadFile("../../internal/table/testdata/pandas.parquet", pairs, labels)
	want := `pandas.parquet: text: no column "text"; there are "premise", "hypothesis", "label" and "gap"`
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
	var packed strings.Builder
	w := gzip.NewWriter(&packed)
	w.Write([]byte("one\n\n two\r\n"))
	w.Close()
	set, err = ReadFile(write(t, "d.txt.gz", packed.String()), Columns{Text: "text"}, nil)
	if err != nil || len(set.Examples) != 3 || set.Examples[1].Text != "" || set.Examples[2].Text != " two" {
		t.Errorf("%+v, %v", set.Examples, err)
	}
}

func TestBadDataIsReportedWithItsLine(t *testing.T) {
	const header = "id,a,b,y\n"
	for want, text := range map[string]string{
		`d.csv:3: label "maybe" is not one of "no" and "yes"`:   header + "1,x,y,yes\n2,x,y,maybe\n",
		`d.csv:3: guid "1" is already used on line 2`:           header + "1,x,y,yes\n1,u,v,no\n",
		`text_pair: no column "b"; there are "id", "a" and "y"`: "id,a,y\n1,x,yes\n",
		"the file is empty":  " \n",
		"d.csv:3: not UTF-8": header + "1,x,y,yes\n2,\xff,y,yes\n",
		"d.csv:2: ":          header + "1,x,y\n",
	} {
		_, err := ReadFile(write(t, "d.csv", text), columns, labels)
		if bad := (*Bad)(nil); !errors.As(err, &bad) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err := ReadFile("missing.csv", columns, labels); err == nil || !strings.Contains(err.Error(), "missing.csv") {
		t.Errorf("a missing file: %v", err)
	}
}

func config(path string) configs.Config {
	cfg := configs.Default()
	cfg.Labels = labels
	cfg.Data.Train = configs.Source{
		Path: path, GUID: "id", Text: "a", Label: "y",
		LabelMap: map[string]string{"1": "yes", "0": "no", "x": configs.Drop}, Exclude: map[string][]string{"m": {"bad"}},
	}
	return cfg
}

// many returns a file of 200 rows in 40 groups.
func many() string {
	var text strings.Builder
	text.WriteString("id,a,y,g,m\n")
	for i := range 200 {
		id, label, group := string(rune('A'+i%26))+strings.Repeat("i", i), []string{"0", "1"}[i%2], string(rune('a'+i%40))
		text.WriteString(strings.Join([]string{id, "text", label, group, ""}, ",") + "\n")
	}
	return text.String()
}

func TestSplitsKeepGroupsTogetherAndDropNothing(t *testing.T) {
	cfg := config(write(t, "d.csv", many()))
	cfg.Data.Split = configs.Split{Validation: 0.1, Test: 0.2}
	cfg.Data.GroupBy = []string{"g"}
	c, err := Load(cfg, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Evals) != 2 || len(c.Evals[0].Examples) != 20 || len(c.Evals[1].Examples) != 40 || len(c.Train.Examples) != 140 {
		t.Fatalf("sizes %d, %d, %d", len(c.Train.Examples), len(c.Evals[0].Examples), len(c.Evals[1].Examples))
	}
	in := map[string]string{}
	for _, set := range []Set{c.Train, c.Evals[0], c.Evals[1]} {
		for _, e := range set.Examples {
			if other, ok := in[e.Meta["g"]]; ok && other != set.Name {
				t.Errorf("group %s is in %s and in %s", e.Meta["g"], other, set.Name)
			}
			in[e.Meta["g"]] = set.Name
		}
	}
	again, _ := Load(cfg, 1)
	other, _ := Load(cfg, 2)
	if again.Hash() != c.Hash() || other.Hash() == c.Hash() {
		t.Error("a split must depend on its seed alone")
	}
}

func TestPartsOfAFileAreDisjointAndComplete(t *testing.T) {
	path := write(t, "d.csv", many())
	cfg := config(path)
	for _, side := range []string{configs.First, configs.Rest} {
		cfg.Data.Eval = append(cfg.Data.Eval, configs.Eval{
			Name: side, Kind: configs.OOD, Use: configs.Test, Source: cfg.Data.Train,
			Part: &configs.Part{Side: side, Fraction: 0.3}, GroupBy: []string{"g"},
		})
	}
	c, err := Load(cfg, 1)
	if err != nil {
		t.Fatal(err)
	}
	groups := map[string]string{}
	for _, set := range c.Evals {
		for _, e := range set.Examples {
			if other, ok := groups[e.Meta["g"]]; ok && other != set.Name {
				t.Errorf("group %s is in both parts", e.Meta["g"])
			}
			groups[e.Meta["g"]] = set.Name
		}
	}
	if len(c.Evals[0].Examples) != 60 || len(c.Evals[1].Examples) != 140 {
		t.Errorf("sizes %d and %d, want 60 and 140", len(c.Evals[0].Examples), len(c.Evals[1].Examples))
	}
}

func TestEveryRowIsAccountedFor(t *testing.T) {
	cfg := config(write(t, "d.csv", "id,a,y,m\n1,t,1,\n2,t,x,\n3,t,0,bad\n4,t,0,\n5,u,1,\n"))
	cfg.Data.MaxExamples = 2
	c, err := Load(cfg, 1)
	if err != nil {
		t.Fatal(err)
	}
	a := c.Train.Account
	dropped := map[string]int{"label x dropped": 1, "excluded: m = bad": 1, "beyond max_examples": 1}
	if a.Read != 5 || a.Kept != 2 || !reflect.DeepEqual(a.Dropped, dropped) || !reflect.DeepEqual(a.Lines["label x dropped"], []int{3}) {
		t.Errorf("got %+v", a)
	}
}

func TestPresetsLoadRealData(t *testing.T) {
	const root = "../../../shared/data"
	if _, err := os.Stat(root); err != nil {
		t.Skipf("no real data to read: %v", err)
	}
	for preset, want := range map[string]map[string]int{
		"snli-minilm":     {"train": 17165, "snli-dev": 1001, "snli-test": 1500, "sick-dev": 500},
		"davidson-minilm": {},
	} {
		cfg, err := configs.Load(preset, "data.root="+root)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Load(cfg, 1)
		if err != nil {
			t.Fatal(err)
		}
		total := c.Train.Account.Kept
		for _, set := range append([]Set{c.Train}, c.Evals...) {
			if n, ok := want[set.Name]; ok && set.Account.Kept != n {
				t.Errorf("%s: %s has %d examples, want %d", preset, set.Name, set.Account.Kept, n)
			}
			if set.Name == configs.Validation || set.Name == configs.Test {
				total += set.Account.Kept
			}
		}
		if preset == "davidson-minilm" && (total != 24783 || c.Train.Account.Read != 24783) {
			t.Errorf("Davidson: %d examples of %d rows, want 24783", total, c.Train.Account.Read)
		}
	}
}

func TestBuiltInTaskIsTheSameForEverySeed(t *testing.T) {
	cfg, err := configs.Load("demo")
	if err != nil {
		t.Fatal(err)
	}
	a, err := Load(cfg, 1)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Load(cfg, 2)
	if err != nil || a.Hash() != b.Hash() || !strings.Contains(a.Train.Account.Note, "synthetic") {
		t.Errorf("%v, note %q", err, a.Train.Account.Note)
	}
}
