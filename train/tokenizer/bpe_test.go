package tokenizer

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"ftft/internal/fault"
	"ftft/internal/limit"
)

// pipeline returns a tokenizer of testdata/pipelines.json, and its file.
func pipeline(t testing.TB, name string) (*Tokenizer, map[string]any) {
	t.Helper()
	for _, c := range readPipelines(t).Tokenizers {
		if c.Name != name {
			continue
		}
		tok, err := parse("tokenizer.json", c.File)
		if err != nil {
			t.Fatal(err)
		}
		var f map[string]any
		if err := json.Unmarshal(c.File, &f); err != nil {
			t.Fatal(err)
		}
		return tok, f
	}
	t.Fatalf("no tokenizer %q", name)
	return nil, nil
}

// divideByDefinition joins, as long as there is one, the first of the pairs with the lowest rank.
func divideByDefinition(m *bpe, word []byte) (ids []int32) {
	for _, b := range word {
		ids = append(ids, m.byteIDs[b])
	}
	for {
		best, at := int32(1<<30), -1
		for i := range len(ids) - 1 {
			if rank, ok := m.ranks[mergePair{ids[i], ids[i+1]}]; ok && rank < best {
				best, at = rank, i
			}
		}
		if at < 0 {
			return ids
		}
		ids = slices.Replace(ids, at, at+2, m.joined[best])
	}
}

func TestMergesAreAppliedInTheirOrder(t *testing.T) {
	tok, _ := pipeline(t, "ByteLevel alone")
	m := tok.model.(*bpe)
	random := rand.New(rand.NewPCG(1, 2))
	letters := []byte("theaingron e")
	for range 3000 {
		word := make([]byte, 1+random.IntN(60))
		for i := range word {
			word[i] = letters[random.IntN(len(letters))]
		}
		if got, want := m.divide(nil, tok.newScratch(), word), divideByDefinition(m, word); !slices.Equal(got, want) {
			t.Fatalf("%q: %v, want %v", word, got, want)
		}
	}
}

func TestLongWordsTakeLinearMemory(t *testing.T) {
	for _, name := range []string{"ByteLevel alone", "suffix", "byte_fallback", "ignore_merges"} {
		tok, _ := pipeline(t, name)
		for _, unit := range []string{"a", "the", "é", "漢", " ", "''", "<mask>"} {
			text := strings.Repeat(unit, 200_000/len(unit))
			limit.Check(t, 256<<20, 30, func() { tok.Encode(text, "", false, 0) })
		}
	}
}

// Added tokens that take white space must not look at the same white space again and again.
func TestStrippedTokensTakeLinearTime(t *testing.T) {
	path := edited(t, func(f map[string]any) {
		list := f["added_tokens"].([]any)
		for i, content := range []string{" ", "\u3000", "<x>"} {
			list = append(list, map[string]any{"id": 9000 + i, "content": content, "lstrip": true, "rstrip": true, "single_word": i == 2})
		}
		f["added_tokens"] = list
	})
	tok := load(t, path)
	text := strings.Repeat(" \u3000", 200_000) + strings.Repeat("<x> ", 100_000)
	limit.Check(t, 256<<20, 30, func() { tok.Encode(text, "", false, 0) })
}

func TestEncodeGivesTheSameIDsConcurrently(t *testing.T) {
	p := readPipelines(t)
	tok, _ := pipeline(t, "old RoBERTa")
	want := p.Tokenizers[1].IDs
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 20 {
				checkIDs(t, "old RoBERTa", tok, p.Texts, want)
			}
		})
	}
	group.Wait()
}

func TestTheCacheKeepsShortWords(t *testing.T) {
	var c wordCache
	long := []byte(strings.Repeat("a", cachedWord+1))
	c.add(long, []int32{1})
	c.add([]byte("b"), []int32{2})
	if c.find(long) != nil || !slices.Equal(c.find([]byte("b")), []int32{2}) || c.find([]byte("c")) != nil {
		t.Error(c.find(long), c.find([]byte("b")), c.find([]byte("c")))
	}
}

func TestLoadRefusesWhatABPECannotHave(t *testing.T) {
	split := func(pattern any, behavior string) map[string]any {
		return map[string]any{"type": "Split", "pattern": pattern, "behavior": behavior, "invert": false}
	}
	bytes := map[string]any{"type": "ByteLevel", "add_prefix_space": false}
	sequence := func(key string, parts ...any) map[string]any { return map[string]any{"type": "Sequence", key: parts} }
	for want, edit := range map[string]func(f, model map[string]any){
		"model BPE with dropout 0.1 is not supported; supported: null": func(_, m map[string]any) { m["dropout"] = 0.1 },
		"model: it has no vocab":                  func(_, m map[string]any) { delete(m, "vocab") },
		"model: it has no merges":                 func(_, m map[string]any) { delete(m, "merges") },
		"model.merges: merge 2 is not two tokens": func(_, m map[string]any) { m["merges"] = []any{"a b", "ab"} },
		"model.merges: merge 1 is not two tokens": func(_, m map[string]any) {
			m["merges"] = []any{[]any{"a", "b", "c"}}
		},
		"model.merges: a list of texts":                          func(_, m map[string]any) { m["merges"] = []any{5} },
		`model.merges: "zz" of merge 1 is not in the vocabulary`: func(_, m map[string]any) { m["merges"] = []any{"a zz"} },
		`"b" of merge 1 does not begin with continuing_subword_prefix`: func(_, m map[string]any) {
			m["continuing_subword_prefix"], m["merges"] = "#", []any{"a b"}
		},
		`unk_token "none" is not in the vocabulary`: func(_, m map[string]any) {
			m["unk_token"], m["end_of_word_suffix"] = "none", "x"
		},
		`model.vocab: the ID of "zz" is -1`: func(_, m map[string]any) {
			m["vocab"].(map[string]any)["zz"] = -1
		},
		`pre_tokenizer Split with pattern "[a-z]+" is not supported`: func(f, _ map[string]any) {
			f["pre_tokenizer"] = split(map[string]any{"Regex": "[a-z]+"}, "Isolated")
		},
		`pre_tokenizer Split with behavior "Torn" is not supported`: func(f, _ map[string]any) {
			f["pre_tokenizer"] = split(map[string]any{"String": ","}, "Torn")
		},
		"pre_tokenizer.pattern: it must be an object with a String or a": func(f, _ map[string]any) {
			f["pre_tokenizer"] = split(map[string]any{}, "Isolated")
		},
		"a ByteLevel must be the last step": func(f, _ map[string]any) {
			f["pre_tokenizer"] = sequence("pretokenizers", bytes, bytes)
		},
		"a Sequence needs the list pretokenizers": func(f, _ map[string]any) {
			f["pre_tokenizer"] = sequence("steps")
		},
		"several processors that add special tokens": func(f, _ map[string]any) {
			f["post_processor"] = sequence("processors", processorOf("A", "A", "B"), processorOf("A", "A", "B"))
		},
		`pre_tokenizer "UnicodeScripts" is not supported`: func(f, _ map[string]any) {
			f["pre_tokenizer"] = map[string]any{"type": "UnicodeScripts"}
		},
		"model WordPiece with pre_tokenizer ByteLevel is not supported": func(_, m map[string]any) { m["type"] = "WordPiece" },
		"added_tokens: a text, where a list is expected":                func(f, _ map[string]any) { f["added_tokens"] = "x" },
		"pre_tokenizer without a type is not supported; supported: BertP": func(f, _ map[string]any) {
			f["pre_tokenizer"] = map[string]any{}
		},
	} {
		_, f := pipeline(t, "ByteLevel alone")
		edit(f, modelOf(f))
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var bad *fault.Bad
		if _, err := parse("tokenizer.json", text); !errors.As(err, &bad) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestErrorsHaveTheLineInTheFile(t *testing.T) {
	text := "{\n \"normalizer\": null,\n \"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [\n  {\"type\": \"ByteLevel\"},\n" +
		"  {\"type\": \"Nothing\"}]},\n \"model\": {\n  \"type\": \"BPE\", \"vocab\": {},\n  \"merges\": 5}}"
	for want, edit := range map[string][2]string{
		`tokenizer.json:5: pre_tokenizer "Nothing" is not`: {},
		"tokenizer.json:6: model: it has no merges":        {`  "merges": 5`, `  "other": 5`},
		"tokenizer.json:6: model.merges: a list":           {`"Nothing"`, `"Digits"`},
	} {
		edited := text
		if edit[0] != "" {
			edited = strings.Replace(strings.Replace(text, edit[0], edit[1], 1), `"Nothing"`, `"Digits"`, 1)
		}
		edited = strings.Replace(edited, `{"type": "ByteLevel"}`, `{"type": "Digits"}`, 1)
		if _, err := parse("tokenizer.json", []byte(edited)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// writeMerges writes the vocabulary of a tokenizer of testdata/pipelines.json as a vocab.json and a merges.txt.
func writeMerges(t *testing.T, folder, name string) {
	t.Helper()
	_, f := pipeline(t, name)
	text, err := json.Marshal(modelOf(f)["vocab"])
	if err != nil {
		t.Fatal(err)
	}
	merges := "#version: 0.2\n"
	for _, merge := range modelOf(f)["merges"].([]any) {
		merges += merge.(string) + "\n"
	}
	for file, text := range map[string]string{tokensFile: string(text), mergesFile: merges} {
		if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLoadReadsVocabularyAndMerges(t *testing.T) {
	folder := t.TempDir()
	writeMerges(t, folder, "old RoBERTa")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(settingsFile, `{"tokenizer_class": "RobertaTokenizer", "add_prefix_space": true}`)
	p := readPipelines(t)
	tok := load(t, folder)
	checkIDs(t, "vocab.json", tok, p.Texts, p.Tokenizers[1].IDs)
	again, err := parse("tokenizer.json", tok.JSON()) // as a checkpoint keeps it
	if err != nil {
		t.Fatal(err)
	}
	checkIDs(t, "vocab.json as written", again, p.Texts, p.Tokenizers[1].IDs)
	if files, err := Files(folder); err != nil || len(files) != 3 {
		t.Errorf("files %q, %v", files, err)
	}
	write(specialsFile, `{"mask_token": {"content": "<mask>", "rstrip": true}, "sep_token": "<s>"}`)
	write(addedFile, `{"<new>": 900}`)
	tok = load(t, folder)
	if ids := tok.Encode("<new>", "", false, 0).IDs; !slices.Equal(ids, []int32{0, 900, 0}) || tok.Size() != 902 {
		t.Errorf("%v of %d tokens; <mask>, which the vocabulary lacks, comes after all others", ids, tok.Size())
	}
	if ids := tok.Encode("<mask> <new>", "", false, 0).IDs; !slices.Equal(ids, []int32{0, 901, 900, 0}) {
		t.Errorf("<mask> with the space after it: %v", ids)
	}
	if files, err := Files(folder); err != nil || len(files) != 5 {
		t.Errorf("files %q, %v", files, err)
	}
	for want, file := range map[string][2]string{
		`tokenizer_class "BertTokenizer" is not supported; supported: RobertaTokenizer`: {settingsFile, `{"tokenizer_class": "BertTokenizer"}`},
		`merges.txt:2: "a b c" is not a merge`:                                          {mergesFile, "#version: 0.2\na b c\n"},
		"vocab.json:1: a text, where a whole number":                                    {tokensFile, `{"a": "b"}`},
	} {
		writeMerges(t, folder, "old RoBERTa")
		write(settingsFile, "{}")
		write(file[0], file[1])
		if _, err := Load(folder); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	writeMerges(t, folder, "old RoBERTa")
	write(settingsFile, "{}")
	if err := os.Remove(filepath.Join(folder, mergesFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(folder); err == nil || !strings.Contains(err.Error(), "merges.txt: no such file; vocab.json needs it") {
		t.Error(err)
	}
}

func FuzzEncode(f *testing.F) {
	p := readPipelines(f)
	var all []*Tokenizer
	names := map[string]int{}
	for i, c := range p.Tokenizers {
		tok, err := parse("tokenizer.json", c.File)
		if err != nil {
			f.Fatal(err)
		}
		all, names[c.Name] = append(all, tok), i
		f.Add(uint8(i), p.Texts[i])
	}
	plain := all[names["ByteLevel alone"]]
	tokens := make([]string, plain.Size())
	for token, id := range plain.model.(*bpe).vocabulary {
		tokens[id] = token
	}
	bytes := map[string]byte{}
	for b, character := range byteCharacters {
		bytes[character] = byte(b)
	}
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		tok := all[int(which)%len(all)]
		limit.Check(t, 16<<20+uint64(600*len(text)), 10, func() {
			e := tok.Encode(text, text, true, 0)
			for _, id := range e.IDs {
				if id < 0 || int(id) >= tok.Size() {
					t.Errorf("the token %d of %d", id, tok.Size())
				}
			}
			if again := tok.Encode(text, text, true, 0); !slices.Equal(again.IDs, e.IDs) {
				t.Errorf("%v, again %v", e.IDs, again.IDs)
			}
			var whole []byte
			for _, id := range plain.Encode(text, "", false, 0).IDs {
				for _, character := range tokens[id] {
					whole = append(whole, bytes[string(character)])
				}
			}
			if string(whole) != text && !strings.Contains(text, "<") {
				t.Errorf("the tokens of %q make %q", text, whole)
			}
		})
	})
}
