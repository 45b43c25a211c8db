package tokenizer

import (
	"bufio"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// golden holds the results of Hugging Face's tokenizers. testdata/golden.py writes it.
type golden struct {
	Single []struct {
		Text string
		IDs  []int32
	}
	Pair []struct {
		Text, Pair string
		Limit      int
		IDs, Types []int32
	}
	Data map[string]struct {
		Rows   int
		SHA256 string
	}
}

func readGolden(t *testing.T) (g golden) {
	text, err := os.ReadFile("testdata/golden.json")
	if err == nil {
		err = json.Unmarshal(text, &g)
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func load(t testing.TB, path string) *Tokenizer {
	tok, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func TestEncodeMatchesHuggingFaceOnHardStrings(t *testing.T) {
	tok, g := load(t, "testdata"), readGolden(t)
	for _, c := range g.Single {
		if got := tok.Encode(c.Text, "", false, 0); !slices.Equal(got.IDs, c.IDs) {
			t.Errorf("%q: got %v, want %v", c.Text, got.IDs, c.IDs)
		}
	}
	for _, c := range g.Pair {
		if got := tok.Encode(c.Text, c.Pair, true, c.Limit); !slices.Equal(got.IDs, c.IDs) || !slices.Equal(got.Types, c.Types) {
			t.Errorf("%q, %q at most %d: got %v %v, want %v %v", c.Text, c.Pair, c.Limit, got.IDs, got.Types, c.IDs, c.Types)
		}
	}
}

const data = "../../../shared/data"

// The test encodes all tweets and pairs of the real data and compares a hash of the IDs.
func TestEncodeMatchesHuggingFaceOnRealTexts(t *testing.T) {
	if _, err := os.Stat(data); err != nil {
		t.Skipf("no real data to read: %v", err)
	}
	tok, g := load(t, filepath.Join(data, "models/minilm-l6")), readGolden(t)
	check := func(name string, rows [][2]string, pair bool) {
		hash := sha256.New()
		for _, row := range rows {
			ids, err := json.Marshal(tok.Encode(row[0], row[1], pair, 0).IDs)
			if err != nil {
				t.Fatal(err)
			}
			hash.Write(append(ids, '\n'))
		}
		want := g.Data[name]
		if got := hex.EncodeToString(hash.Sum(nil)); len(rows) != want.Rows || got != want.SHA256 {
			t.Errorf("%s: %d rows with hash %s, want %d with %s", name, len(rows), got, want.Rows, want.SHA256)
		}
	}
	check("davidson", tweets(t), false)
	for _, part := range []string{"train", "dev", "test"} {
		check("snli_"+part, pairs(t, "nli/snli_"+part+".jsonl"), true)
	}
}

func tweets(t testing.TB) (rows [][2]string) {
	file, err := os.Open(filepath.Join(data, "davidson_train.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := slices.Index(records[0], "tweet")
	for _, r := range records[1:] {
		rows = append(rows, [2]string{r[column]})
	}
	return rows
}

func pairs(t testing.TB, name string) (rows [][2]string) {
	file, err := os.Open(filepath.Join(data, name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var r struct{ Premise, Hypothesis string }
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, [2]string{r.Premise, r.Hypothesis})
	}
	return rows
}

func TestLoadReadsATrainedVocabulary(t *testing.T) {
	texts := []string{"the cat sat on the mat", "the dog sat", "a cat and a dog"}
	tok, err := Train(texts, 40, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tokenizer.json")
	if err := os.WriteFile(path, tok.JSON(), 0o644); err != nil {
		t.Fatal(err)
	}
	again, err := Train(texts, 40, true, nil)
	if err != nil || !slices.Equal(again.JSON(), tok.JSON()) {
		t.Error("the same texts gave another vocabulary")
	}
	read := load(t, path)
	for _, text := range texts {
		a, b := tok.Encode(text, "the mat", true, 0), read.Encode(text, "the mat", true, 0)
		if !slices.Equal(a.IDs, b.IDs) || slices.Contains(a.IDs, 1) {
			t.Errorf("%q: %v and %v", text, a.IDs, b.IDs)
		}
	}
	if n := len(tok.Encode("the", "", false, 0).IDs); n != 3 {
		t.Errorf("the most frequent word takes %d tokens with [CLS] and [SEP], want 3", n)
	}
	if _, err := Train(texts, 10, true, nil); err == nil || !strings.Contains(err.Error(), "no room") {
		t.Errorf("a vocabulary that is too small: %v", err)
	}
}

func TestLoadRefusesOtherTokenizers(t *testing.T) {
	for text, want := range map[string]string{
		`{"model": {"type": "BPE"}}`:                                      "model: it has no vocab, which a BPE needs",
		`{"model": {"type": "Other"}}`:                                    `model "Other" is not supported; supported: BPE, Unigram, WordPiece`,
		`{"model": {"type": "WordPiece"}, "normalizer": {"type": "NFZ"}}`: `normalizer "NFZ"`,
		`{`: "tokenizer.json",
	} {
		path := filepath.Join(t.TempDir(), "tokenizer.json")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
