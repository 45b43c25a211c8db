package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ftft/internal/fault"
	"ftft/internal/limit"
)

// edited writes testdata/tokenizer.json after edit has changed it, and returns its path.
func edited(t testing.TB, edit func(f map[string]any)) string {
	t.Helper()
	text, err := os.ReadFile("testdata/tokenizer.json")
	if err != nil {
		t.Fatal(err)
	}
	var f map[string]any
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	edit(f)
	if text, err = json.Marshal(f); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tokenizer.json")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func modelOf(f map[string]any) map[string]any { return f["model"].(map[string]any) }

// checkGolden compares the encodings of single texts with those of Hugging Face.
func checkGolden(t *testing.T, tok *Tokenizer) {
	t.Helper()
	for _, c := range readGolden(t).Single {
		if got := tok.Encode(c.Text, "", false, 0); !slices.Equal(got.IDs, c.IDs) {
			t.Errorf("%q: got %v, want %v", c.Text, got.IDs, c.IDs)
		}
	}
}

// Files of tokenizers before version 0.9 do not name the type of the model.
func TestLoadTellsTheModelByItsKeys(t *testing.T) {
	for _, name := range []any{nil, ""} {
		checkGolden(t, load(t, edited(t, func(f map[string]any) {
			if delete(modelOf(f), "type"); name != nil {
				modelOf(f)["type"] = name
			}
		})))
	}
	for want, keys := range map[string]map[string]any{
		`model "WordLevel" is not`: {"vocab": map[string]any{"a": 0}, "unk_token": "a"},
	} {
		path := edited(t, func(f map[string]any) { f["model"] = keys })
		var bad *fault.Bad
		if _, err := Load(path); !errors.As(err, &bad) || !strings.Contains(err.Error(), want+" supported; supported: ") {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestLoadRefusesWhatATokenizerCannotHave(t *testing.T) {
	added := func(f map[string]any) map[string]any { return f["added_tokens"].([]any)[0].(map[string]any) }
	for want, edit := range map[string]func(f map[string]any){
		"model: it has no max_input_chars_per_word":        func(f map[string]any) { delete(modelOf(f), "max_input_chars_per_word") },
		"model: it has no unk_token":                       func(f map[string]any) { delete(modelOf(f), "unk_token") },
		"max_input_chars_per_word is -1":                   func(f map[string]any) { modelOf(f)["max_input_chars_per_word"] = -1 },
		`"nosuch" is not in the vocabulary`:                func(f map[string]any) { modelOf(f)["unk_token"] = "nosuch" },
		`the ID of "zz" is -7`:                             func(f map[string]any) { modelOf(f)["vocab"].(map[string]any)["zz"] = -7 },
		"where a whole number of at most 2147483647":       func(f map[string]any) { modelOf(f)["vocab"].(map[string]any)["zz"] = 1 << 40 },
		"model.vocab: a list, where an object is expected": func(f map[string]any) { modelOf(f)["vocab"] = []any{"a"} },
		"model: a list, where an object is expected":       func(f map[string]any) { f["model"] = []any{} },
		"it has no model":                                  func(f map[string]any) { delete(f, "model") },
		"model without a type is not supported; supported": func(f map[string]any) { f["model"] = map[string]any{} },
		"its Sequence is longer than 64": func(f map[string]any) {
			f["normalizer"] = map[string]any{"type": "Sequence", "normalizers": slices.Repeat([]any{map[string]any{"type": "NFC"}}, 100_000)}
		},
		"has the ID 99 in added_tokens, 0 in model.vocab": func(f map[string]any) { added(f)["id"] = 99 },
		"its ID is -1":                     func(f map[string]any) { added(f)["id"], added(f)["content"] = -1, "[new]" },
		"empty or not UTF-8":               func(f map[string]any) { added(f)["content"] = "" },
		"must be a list of a token and":    func(f map[string]any) { f["post_processor"].(map[string]any)["cls"] = []any{} },
		"sep and cls must be 0 or more":    func(f map[string]any) { f["post_processor"].(map[string]any)["cls"] = []any{"[CLS]", -1} },
		"needs sep and cls":                func(f map[string]any) { delete(f["post_processor"].(map[string]any), "cls") },
		"single must hold sequence A once": func(f map[string]any) { f["post_processor"] = processorOf("B", "A", "B") },
		"pair must hold the sequences A":   func(f map[string]any) { f["post_processor"] = processorOf("A", "A") },
		"type_id 2000000000 is out of": func(f map[string]any) {
			f["post_processor"] = map[string]any{"type": "TemplateProcessing", "single": huge}
		},
	} {
		path := edited(t, edit)
		var bad *fault.Bad
		limit.Check(t, 256<<20, 10, func() {
			if _, err := Load(path); !errors.As(err, &bad) || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), path) {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
}

var huge = []any{map[string]any{"Sequence": map[string]any{"id": "A", "type_id": 2_000_000_000}}}

// processorOf returns a post-processor whose single template holds the first sequence, and whose pair template holds the others.
func processorOf(single string, pair ...string) map[string]any {
	sequence := func(name string) any { return map[string]any{"Sequence": map[string]any{"id": name, "type_id": 0}} }
	pairs := []any{}
	for _, name := range pair {
		pairs = append(pairs, sequence(name))
	}
	return map[string]any{"type": "TemplateProcessing", "single": []any{sequence(single)}, "pair": pairs, "special_tokens": map[string]any{}}
}

func TestLoadRefusesFilesThatAreNoTokenizer(t *testing.T) {
	for text, want := range map[string]string{
		"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 711396\n": "a Git LFS pointer",
		"<!DOCTYPE html><html></html>":                                             "an HTML page",
		"{\n\"version\": \"1.0\",\n":                                               "tokenizer.json:2: not JSON: the text ends too early",
		strings.Repeat(`{"a":`, 1_000_000):                                         "nested too deeply",
	} {
		path := filepath.Join(t.TempDir(), "tokenizer.json")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		limit.Check(t, 128<<20, 10, func() {
			if _, err := Load(path); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%.20q: %v, want %q", text, err, want)
			}
		})
	}
}

// writeVocabulary writes the vocabulary of testdata/tokenizer.json as a vocab.txt, with the given ends of lines.
func writeVocabulary(t *testing.T, folder, newline string) {
	t.Helper()
	tok := load(t, "testdata")
	lines := make([]string, len(tok.model.(*pieces).starts))
	for piece, id := range tok.model.(*pieces).starts {
		lines[id] = piece
	}
	text := strings.Join(lines, newline) + newline + newline // an empty line at the end is no token
	if err := os.WriteFile(filepath.Join(folder, vocabularyFile), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestLoadReadsAVocabularyWithoutTokenizer(t *testing.T) {
	for _, newline := range []string{"\n", "\r\n"} {
		folder := t.TempDir()
		writeVocabulary(t, folder, newline)
		tok := load(t, folder)
		checkGolden(t, tok)
		if size := load(t, "testdata").Size(); tok.Size() != size {
			t.Errorf("%d tokens, want %d", tok.Size(), size)
		}
		again, err := parse("tokenizer.json", tok.JSON()) // as a checkpoint keeps it
		if err != nil {
			t.Fatal(err)
		}
		checkGolden(t, again)
	}
}

func TestLoadReadsTheSettingsBesideAVocabulary(t *testing.T) {
	folder := t.TempDir()
	writeVocabulary(t, folder, "\n")
	settings := func(text string) *Tokenizer {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, settingsFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return load(t, folder)
	}
	lower := settings(`{"tokenizer_class": "BertTokenizerFast", "unk_token": {"content": "[UNK]"}, "strip_accents": null}`)
	cased := settings(`{"do_lower_case": false, "tokenize_chinese_chars": false}`)
	unknown := lower.model.(*pieces).starts[unkToken]
	if a, b := lower.Encode("HELLO", "", false, 0).IDs, cased.Encode("HELLO", "", false, 0).IDs; slices.Contains(a, unknown) ||
		slices.Equal(a, b) {
		t.Errorf("in lower case %v, cased %v", a, b)
	}
	if files, err := Files(folder); err != nil || len(files) != 2 {
		t.Errorf("files %q, %v", files, err)
	}
	added := settings(`{"added_tokens_decoder": {"700": {"content": "<new>", "special": true}}}`)
	if ids := added.Encode("<new>", "", false, 0).IDs; ids[1] != 700 || added.Size() != 701 {
		t.Errorf("an added token: %v of %d", ids, added.Size())
	}
	os.WriteFile(filepath.Join(folder, addedFile), []byte(`{"<old>": 800}`), 0o644)
	if ids := load(t, folder).Encode("<old>", "", false, 0).IDs; ids[1] != 800 {
		t.Errorf("a token of added_tokens.json: %v", ids)
	}
	for text, want := range map[string]string{
		`{"tokenizer_class": "BertJapaneseTokenizer"}`:          `"BertJapaneseTokenizer" is not supported`,
		`{"do_basic_tokenize": false}`:                          "do_basic_tokenize",
		`{"do_lower_case": "yes"}`:                              "do_lower_case: a text, where true or false is expected",
		`{"unk_token": 5}`:                                      "a special token must be a text",
		`{"cls_token": "<s>"}`:                                  `the special token "<s>" is missing`,
		`{"added_tokens_decoder": {"x": {"content": "<new>"}}}`: `"x" is no ID`,
	} {
		os.WriteFile(filepath.Join(folder, settingsFile), []byte(text), 0o644)
		if _, err := Load(folder); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func TestLoadNamesTheTokenizerThatAFolderHasInstead(t *testing.T) {
	for name, want := range map[string]string{
		"spm.model": "not a SentencePiece model", "tokenizer.model": "this SentencePiece model is not supported",
		"vocab.json": "vocab.json:1: not JSON",
		"README.md":  "tokenizer.json: no such file; a model is",
	} {
		folder := t.TempDir()
		os.WriteFile(filepath.Join(folder, name), []byte("x"), 0o644)
		if _, err := Load(folder); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
}

// Every text takes time and memory in proportion to its length, whatever the tokenizer.json says: see limit.Check.
func TestEncodeIsLinear(t *testing.T) {
	many := edited(t, func(f map[string]any) {
		modelOf(f)["max_input_chars_per_word"] = 1 << 40
		vocabulary := modelOf(f)["vocab"].(map[string]any)
		vocabulary["##"+strings.Repeat("a", 100_000)] = 9000
		vocabulary[strings.Repeat("a", 100_000)+"b"] = 9001
		list := f["added_tokens"].([]any)
		for i := range 20_000 {
			list = append(list, map[string]any{"id": 10_000 + i, "content": fmt.Sprintf("<%d>", i), "normalized": i%2 == 0})
		}
		f["added_tokens"] = list
	})
	for _, path := range []string{"testdata", many} {
		tok := load(t, path)
		for _, text := range []string{
			strings.Repeat("[MASK]", 100_000), strings.Repeat("a", 1_000_000), strings.Repeat("<19999>", 50_000), strings.Repeat("\u0301", 100_000),
		} {
			limit.Check(t, 512<<20, 30, func() { tok.Encode(text, text, true, 128) })
		}
	}
}

// Long words are divided by another algorithm.
func TestLongWordsAreDividedAsShortOnes(t *testing.T) {
	tok := load(t, "testdata")
	known := slices.Sorted(maps.Keys(tok.model.(*pieces).continuing))
	s := new(scratch)
	for i := range 2000 {
		word := ""
		for k := range 1 + i%9 {
			word += known[(i*7919+k*104729)%len(known)]
		}
		if word = word[:min(len(word), shortWord)]; word == "" {
			continue
		}
		a, b := tok.model.(*pieces).append(nil, s, []byte(word)), tok.model.(*pieces).appendLong(nil, s, []byte(word))
		if !slices.Equal(a, b) {
			t.Fatalf("%q: %v, as a long word %v", word, a, b)
		}
	}
}

func TestMatcherTakesTheLeftmostAndLongestToken(t *testing.T) {
	m := newMatcher([]addedToken{{Content: "ab", ID: 1}, {Content: "abcd", ID: 2}, {Content: "bc", ID: 3}, {Content: "c", ID: 4},
		{Content: "ab", ID: 5}})
	for text, want := range map[string]string{
		"abcd": "abcd=2", "abc": "ab=1 c=4", "xbcx": "x=-1 bc=3 x=-1", "abcabcd": "ab=1 c=4 abcd=2", "": "", "xyz": "xyz=-1",
		"ccb": "c=4 c=4 b=-1",
	} {
		var got []string
		m.split(new(scratch), []byte(text), func(part []byte, added int32, _ bool) { got = append(got, fmt.Sprintf("%s=%d", part, added)) })
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzTokenizer(f *testing.F) {
	text, err := os.ReadFile("testdata/tokenizer.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text, "Hello [MASK] wörld 漢字 [SEP]")
	f.Add([]byte(`{"model":{"vocab":{"a":0,"##a":1},"unk_token":"a","continuing_subword_prefix":"##","max_input_chars_per_word":1000000},`+
		`"normalizer":{"type":"BertNormalizer"},"pre_tokenizer":{"type":"BertPreTokenizer"},`+
		`"post_processor":{"type":"BertProcessing","sep":["a",0],"cls":["a",0]},"added_tokens":[{"id":5,"content":"b","normalized":true}]}`),
		strings.Repeat("a", 100)+"b")
	f.Fuzz(func(t *testing.T, file []byte, text string) {
		limit.Check(t, 128<<20+uint64(400*(len(file)+len(text))), 10, func() {
			tok, err := parse("tokenizer.json", file)
			var bad *fault.Bad
			if err != nil {
				if !errors.As(err, &bad) {
					t.Errorf("not a fault of the file: %v", err)
				}
				return
			}
			special, types := tok.Limits(true)
			e := tok.Encode(text, "a b", true, special+8)
			if len(e.IDs) > special+8 || len(e.Types) != len(e.IDs) {
				t.Errorf("%d tokens with %d types under a limit of %d", len(e.IDs), len(e.Types), special+8)
			}
			for i, id := range e.IDs {
				if id < 0 || int(id) >= tok.Size() || e.Types[i] < 0 || int(e.Types[i]) >= types {
					t.Errorf("token %d of type %d beside %d tokens and %d types", id, e.Types[i], tok.Size(), types)
				}
			}
			again, err := parse("tokenizer.json", tok.JSON())
			if err != nil || !slices.Equal(again.Encode(text, "a b", true, special+8).IDs, e.IDs) {
				t.Errorf("does not survive being written: %v", err)
			}
		})
	})
}
