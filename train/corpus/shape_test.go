package corpus

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ftft/configs"
)

// shaped returns the config of an experiment on files, with keys of data.train.
func shaped(t *testing.T, files map[string]string, keys string) configs.Config {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const model = "layers = 1\nhidden = 8\nheads = 2\nintermediate = 8\nvocabulary = 50\n"
	text := "name = \"shaped\"\nlabels = [\"pos\", \"neg\"]\n[data.train]\n" + keys +
		"\n[stop]\npatience = 0\n[arms]\nrun = [\"erm\"]\n[reference]\n" + model + "[main]\n" + model
	c, err := configs.Parse("c.toml", text, dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestKeysSayHowADataFileIsWritten(t *testing.T) {
	for _, c := range []struct{ name, text, keys, want, shape string }{
		{"a.csv", "Nice, warm;pos\nBad;neg\n", `text = "1"` + "\nlabel = \"2\"\nheader = false", "Nice, warm|Bad",
			"semicolon-separated, no header, columns by number, values may be quoted"},
		{"a.tsv", "s1\tpos\t\tIt \"is\nso\"\t\nx\tneg\t*\t\"a\tb\"\n", "text = \"4\"\nlabel = \"2\"\nheader = false\nquoting = \"csv\"", "",
			`a.tsv:1: a value has a quote (") but does not begin with one`},
		{"a.tsv", "s1\tpos\t\t\"It\nis\"\nx\tneg\t*\t\"a\tb\"\n", "text = \"4\"\nlabel = \"2\"\nheader = false\nquoting = \"csv\"", "It\nis|a\tb",
			"tab-separated, no header, columns by number, values may be quoted"},
		{"a.txt", "text\tlabel\n\"Nice\tpos\nBad\tneg\n", "text = \"text\"\nlabel = \"label\"", `"Nice|Bad`,
			"tab-separated, header, quotes are text"},
		{"a.dat", "text^label\nNice^pos\nBad^neg\n", "text = \"text\"\nlabel = \"label\"\ndelimiter = \"^\"", "Nice|Bad",
			`separated by "^", header, values may be quoted`},
		{"a", "{\"text\": \"Nice\", \"label\": \"pos\"}\n{\"text\": \"Bad\", \"label\": \"neg\"}\n",
			"text = \"text\"\nlabel = \"label\"\nformat = \"jsonl\"",
			"Nice|Bad", "JSON, one object a line"},
		{"a.csv", "text,label\n\xba\xc3,pos\nBad,neg\n", "text = \"text\"\nlabel = \"label\"\nencoding = \"gb18030\"", "好|Bad",
			"comma-separated, header, values may be quoted, gb18030"},
		{"a.csv", "text,label,label\nNice,pos,1\n", "text = \"text\"\nlabel = \"label\"", "", `a.csv:1: label: column "label" occurs twice`},
		{"a.txt", "Nice\nBad\n", "text = \"text\"\nlabel = \"label\"", "",
			`no column "label"; there are "text"; each line of the file is a text: if it is a table`},
	} {
		data, err := Load(shaped(t, map[string]string{c.name: c.text}, "path = \""+c.name+"\"\n"+c.keys), 1)
		if c.want == "" {
			if err == nil || !strings.Contains(err.Error(), c.shape) {
				t.Errorf("%q, %s: %v\nwant %s", c.text, c.keys, err, c.shape)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q, %s: %v", c.text, c.keys, err)
			continue
		}
		var texts []string
		for _, e := range data.Train.Examples {
			texts = append(texts, e.Text)
		}
		shape := data.Train.Account.Shape.String()
		if got := strings.Join(texts, "|"); got != c.want || shape != c.shape || data.Train.Examples[0].Gold != 0 ||
			data.Train.Examples[1].Gold != 1 {
			t.Errorf("%q, %s: %q, %s, %+v", c.text, c.keys, got, shape, data.Train.Examples)
		}
	}
}

func TestLabelsOfAFileOfTheirOwn(t *testing.T) {
	const keys = "path = \"texts.txt\"\nlabel_path = \"labels.txt\"\ntext = \"text\""
	files := map[string]string{"texts.txt": "Nice, \"warm\"\nBad\r\n\nGood\n", "labels.txt": "pos\nneg\r\nneg\npos"}
	data, err := Load(shaped(t, files, keys), 1)
	if err != nil {
		t.Fatal(err)
	}
	if e := data.Train.Examples; len(e) != 4 || e[0].Text != `Nice, "warm"` || e[1].Gold != 1 || e[3].Text != "Good" || e[3].Gold != 0 {
		t.Errorf("%+v", e)
	}
	for labels, want := range map[string]string{
		"pos\nneg\n":             "labels.txt: label_path: 2 lines (empty ones count), and DIR/texts.txt has 4 records",
		"pos\nneg\nneg\npos\n\n": "labels.txt: label_path: 5 lines (empty ones count), and DIR/texts.txt has 4 records",
		"pos\nneg\nmeh\npos\n":   `labels.txt:3: label "meh" is not one of`,
		"pos\nneg\n\npos\n":      `labels.txt:3: no gold label (column "label"`,
	} {
		files["labels.txt"] = labels
		c := shaped(t, files, keys)
		if _, err := Load(c, 1); err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), c.Data.Root, "DIR"), want) {
			t.Errorf("%q: %v, want %s", labels, err, want)
		}
	}
	if files := shaped(t, files, keys).Files(); len(files) != 2 || filepath.Base(files[1]) != "labels.txt" {
		t.Errorf("%q", files)
	}
}

func TestARowThatIsTakenForTheHeaderIsAWarning(t *testing.T) {
	files := map[string]string{"a.tsv": "gj04\tpos\tIt \"\"ran\"\"\ngj04\tneg\t\"Bad\"\ngj05\tpos\tOr not\n"}
	data, err := Load(shaped(t, files, "path = \"a.tsv\"\ntext = \"It \\\"\\\"ran\\\"\\\"\"\nlabel = \"pos\""), 1)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(data.Warnings(), "|")
	for _, want := range []string{"training set: the first row was taken for the header, but it looks like an example",
		"1 value is in quotes"} {
		if !strings.Contains(got, want) || len(data.Train.Account.Doubts) != 2 {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
