package table

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// folder writes files into a new folder and returns it.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func content(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestShardsAreReadAsOne(t *testing.T) {
	dir := folder(t, map[string]string{
		"csv/train-00000-of-00002.csv":         "id,text\n1,a\n2,\"b\nc\"\n",
		"csv/train-00001-of-00002.csv":         "id,text\n3,d",
		"lines/part1.jsonl":                    `{"id":1,"text":"a"}` + "\n\n" + `{"id":2,"text":"b"}`,
		"lines/part2.jsonl":                    `{"id":3,"text":"c","more":true}`,
		"parquet/train-00000-of-00002.parquet": content(t, "types.parquet"),
		"parquet/train-00001-of-00002.parquet": content(t, "types.parquet"),
	})
	table := read(t, dir+"/csv")
	if table.Len() != 3 || !slices.Equal(table.Columns, []string{"id", "text"}) || table.Fields(2)["text"] != "d" {
		t.Errorf("%d rows of %q, the last %q", table.Len(), table.Columns, table.Fields(2))
	}
	second := dir + "/csv/train-00001-of-00002.csv"
	if table.Place(2) != "line 2 of train-00001-of-00002.csv" || table.Line(2) != 2 || table.FileOf(2) != second ||
		table.Fault(2, "wrong").Error() != second+":2: wrong" {
		t.Errorf("%s, %d, %s, %v", table.Place(2), table.Line(2), table.FileOf(2), table.Fault(2, "wrong"))
	}
	if got := written(t, table, []int{2, 0}, map[int]map[string]string{0: {"text": "x,y"}}); got != "id,text\n3,d\n1,\"x,y\"\n" {
		t.Errorf("written: %q", got)
	}
	table = read(t, dir+"/lines/*.jsonl")
	more, err := table.Find("more")
	if err != nil {
		t.Fatal(err)
	}
	_, ok := more(0)
	if value, there := more(2); table.Len() != 3 || ok || !there || value != "true" || table.Place(1) != "line 3 of part1.jsonl" {
		t.Errorf("%d rows, %q, %v, %s", table.Len(), value, ok, table.Place(1))
	}
	if got := written(t, table, []int{1, 2}, nil); got != `{"id":2,"text":"b"}`+"\n"+`{"id":3,"text":"c","more":true}`+"\n" {
		t.Errorf("written: %q", got)
	}
	table = read(t, dir+"/parquet")
	one := read(t, "testdata/types.parquet")
	again := parse(t, "a.parquet", written(t, table, []int{39, 40, 79}, map[int]map[string]string{40: {"label": "new"}}))
	if table.Len() != 80 || again.Len() != 3 || again.Fields(2)["inner.y.z"] != one.Fields(39)["inner.y.z"] ||
		again.Fields(1)["label"] != "new" {
		t.Errorf("%d rows, written %q", table.Len(), records(again))
	}
}

func TestFoldersThatAreNoOneSetAreRefused(t *testing.T) {
	lines := `{"id":1,"text":"a"}`
	dir := folder(t, map[string]string{
		"missing/train-00000-of-00003.jsonl": lines, "missing/train-00002-of-00003.jsonl": lines,
		"splits/train-00000-of-00001.jsonl": lines, "splits/test-00000-of-00001.jsonl": lines,
		"columns/a-00000-of-00002.csv": "id,text\n1,a\n", "columns/a-00001-of-00002.csv": "id,label\n1,a\n",
		"formats/a-00000-of-00002.csv": "id,text\n1,a\n", "formats/a-00001-of-00002.csv": lines,
		"several/train.csv": "a\n1\n", "several/test.csv": "a\n1\n", "several/README.md": "",
		"versions/a-00000-of-00002.csv": "a\n1\n", "versions/a-00000-of-00003.csv": "a\n1\n",
		"none/README.md": "", "dict/dataset_dict.json": `{"splits": ["train", "test"]}`,
		"outside/state.json": `{"_data_files": [{"filename": "../none/README.md"}]}`,
	})
	for path, want := range map[string]string{
		"missing":         "shard 00001 of 00003 is missing (2 of 3 are there)",
		"missing/*.jsonl": "shard 00001 of 00003 is missing",
		"splits":          `shards of several sets; name one: "` + dir + `/splits/test-*.jsonl" or "` + dir + `/splits/train-*.jsonl"`,
		"columns":         `columns/a-00001-of-00002.csv: has a column "label", which a-00000-of-00002.csv lacks`,
		"formats":         "its format is jsonl, that of a-00000-of-00002.csv is csv",
		"several":         `a folder of 2 files ("test.csv" and "train.csv"); name one of them`,
		"versions":        "others are of",
		"none":            "a folder without data files",
		"none/*.csv":      "no file matches this pattern",
		"dict":            `the splits "train" and "test"; name one, such as "` + dir + `/dict/train"`,
		"outside":         "outside of its folder",
	} {
		if _, err := Read(filepath.Join(dir, path)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v\nwant %s", path, err, want)
		}
	}
}

// ClassLabel columns hold names, from the metadata of a file or from dataset_info.json.
func TestClassLabelsHaveNames(t *testing.T) {
	info := `{"features": {"guid": {"dtype": "int64", "_type": "Value"}, "inner.x": {"names": ["a", "b", "c"], "_type": "ClassLabel"}}}`
	dir := folder(t, map[string]string{
		"data-00000-of-00001.arrow": content(t, "stream.arrow"), "dataset_info.json": info,
		"state.json": `{"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}`,
	})
	table := read(t, dir)
	if got := table.Classes("inner.x"); !slices.Equal(got, []string{"a", "b", "c"}) || table.Classes("guid") != nil {
		t.Errorf("classes %q", got)
	}
	var got []string
	for row := range 5 {
		got = append(got, table.Fields(row)["inner.x"])
	}
	if want := []string{"", "b", "c", "3", "4"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	named := read(t, "testdata/classes.parquet")
	if label, err := named.Find("label"); err != nil {
		t.Error(err)
	} else if first, _ := label(0); first != "pos" || !slices.Equal(named.Classes("label"), []string{"neg", "pos"}) {
		t.Errorf("%q of %q", first, named.Classes("label"))
	}
	again := parse(t, "again.parquet", written(t, named, []int{1, 2}, map[int]map[string]string{1: {"label": "pos"}, 2: {"label": "-1"}}))
	if again.Fields(0)["label"] != "pos" || again.Fields(1)["label"] != "-1" {
		t.Errorf("written: %q", records(again))
	}
}
