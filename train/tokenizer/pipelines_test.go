package tokenizer

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pipelines holds tokenizers of many kinds with the results of Hugging Face's tokenizers. testdata/pipelines.py writes it.
type pipelines struct {
	Texts      []string
	Tokenizers []struct {
		Name       string
		File       json.RawMessage
		IDs, Pairs [][]int32
		Types      []string // of the pairs, a digit for each token
	}
	Steps struct {
		File          map[string]json.RawMessage
		Texts         []string
		PreTokenizers []struct {
			Name string
			Part json.RawMessage
			IDs  [][]int32
		} `json:"pre_tokenizers"`
	}
}

func readPipelines(t testing.TB) (p pipelines) {
	text, err := os.ReadFile("testdata/pipelines.json")
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// checkIDs compares the encodings of texts.
func checkIDs(t *testing.T, name string, tok *Tokenizer, texts []string, want [][]int32) {
	t.Helper()
	for i, text := range texts {
		if got := tok.Encode(text, "", false, 0).IDs; !slices.Equal(got, want[i]) {
			t.Errorf("%s: %q: got %v, want %v", name, text, got, want[i])
		}
	}
}

func TestPipelinesMatchHuggingFace(t *testing.T) {
	p := readPipelines(t)
	for _, c := range p.Tokenizers {
		tok, err := parse("tokenizer.json", c.File)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		for range 2 { // once more as written
			checkIDs(t, c.Name, tok, p.Texts, c.IDs)
			checkIDs(t, c.Name+" with a cache", tok, p.Texts, c.IDs)
			for i, text := range p.Texts {
				e := tok.Encode(text, p.Texts[(i*7+3)%len(p.Texts)], true, 0)
				types := ""
				for _, kind := range e.Types {
					types += strconv.Itoa(int(kind))
				}
				if !slices.Equal(e.IDs, c.Pairs[i]) || types != c.Types[i] {
					t.Errorf("%s: %q in a pair: got %v %s, want %v %s", c.Name, text, e.IDs, types, c.Pairs[i], c.Types[i])
				}
			}
			if tok, err = parse("tokenizer.json", tok.JSON()); err != nil {
				t.Fatalf("%s: %v", c.Name, err)
			}
		}
	}
}

func TestPreTokenizersMatchHuggingFace(t *testing.T) {
	p := readPipelines(t)
	for _, c := range p.Steps.PreTokenizers {
		p.Steps.File["pre_tokenizer"] = c.Part
		text, err := json.Marshal(p.Steps.File)
		if err != nil {
			t.Fatal(err)
		}
		tok, err := parse("tokenizer.json", text)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		checkIDs(t, c.Name, tok, p.Steps.Texts, c.IDs)
	}
}

func TestKindNamesTheModel(t *testing.T) {
	kinds := map[string]string{"old RoBERTa": "byte-level BPE", "suffix": "BPE"}
	for _, c := range readPipelines(t).Tokenizers {
		if want := kinds[c.Name]; want != "" {
			tok, err := parse("tokenizer.json", c.File)
			if err != nil || tok.Kind() != want {
				t.Errorf("%s: %v, %v", c.Name, tok.Kind(), err)
			}
		}
	}
	if kind := load(t, "testdata").Kind(); !strings.HasPrefix(kind, "WordPiece") {
		t.Error(kind)
	}
}
