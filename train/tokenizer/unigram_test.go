package tokenizer

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ftft/internal/limit"
)

// scored returns pieces with their scores, which follow each text.
func scored(list ...any) (p []scoredPiece) {
	for i := 0; i < len(list); i += 2 {
		p = append(p, scoredPiece{list[i].(string), list[i+1].(float64)})
	}
	return p
}

// The example is that of tokenizers' documentation of its Unigram, with the same IDs.
func TestUnigramChoosesTheGreatestSum(t *testing.T) {
	u := newUnigram(scored("<unk>", 0., "a", 0., "b", 0., "c", 0., "d", 0., "cd", 1., "ab", 2., "abc", 5., "abcd", 10.), 0, false)
	for word, want := range map[string][]int32{
		"abcdacdxx": {8, 1, 5, 0}, "": nil, "x": {0}, "xay☃z": {0, 1, 0}, "a\x00": {1, 0}, "\xff": {0},
	} {
		if got := u.append(nil, new(scratch), []byte(word)); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", word, got, want)
		}
	}
}

// Of equal divisions, the one whose last piece starts first counts, and so on to the start of the word.
func TestUnigramAmongEqualDivisions(t *testing.T) {
	u := newUnigram(scored("<unk>", -9., "a", -2., "aa", -4., "aaa", -6.), 0, false)
	if got := u.append(nil, new(scratch), []byte("aaaaa")); !slices.Equal(got, []int32{2, 3}) {
		t.Errorf("got %v", got)
	}
}

func TestUnigramTakesTheLastOfEqualPieces(t *testing.T) {
	u := newUnigram(scored("<unk>", -9., "ab", -1., "a", -1., "b", -1., "ab", -5.), 0, false)
	if got := u.append(nil, new(scratch), []byte("ab")); !slices.Equal(got, []int32{2, 3}) {
		t.Errorf("got %v", got)
	}
}

func TestUnigramFallsBackToBytes(t *testing.T) {
	list := scored("<unk>", -9., "a", -1., "<0xC3>", 0., "<0xA9>", 0., "<0x62>", 0.)
	for fallback, want := range map[bool][]int32{false: {1, 0, 1, 0}, true: {1, 2, 3, 4, 1, 0}} {
		u := newUnigram(list, 0, fallback)
		if got := u.append(nil, new(scratch), []byte("aébaé☃")); !slices.Equal(got, want) { // not all bytes of é☃ are pieces
			t.Errorf("%v: got %v, want %v", fallback, got, want)
		}
	}
}

// The trie and the path are compared with a search through all divisions.
func TestUnigramFindsWhatTryingAllFinds(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	text := func(most int) string {
		var b strings.Builder
		for range 1 + random.IntN(most) {
			b.WriteRune([]rune("abé☃")[random.IntN(4)])
		}
		return b.String()
	}
	for range 200 {
		list := scored("<unk>", -20.)
		for range random.IntN(12) {
			list = append(list, scoredPiece{text(3), -float64(random.IntN(1000))})
		}
		u := newUnigram(list, 0, false)
		scores := map[string]float64{}
		for _, p := range list {
			scores[p.text] = p.score
		}
		for range 20 {
			word := text(8)
			var best func(rest string) float64
			best = func(rest string) float64 {
				if rest == "" {
					return 0
				}
				sum := -1e9
				for i, r := range rest {
					end := i + len(string(r))
					score, ok := scores[rest[:end]]
					if !ok && i == 0 {
						score, ok = u.penalty, true
					}
					if ok {
						sum = max(sum, score+best(rest[end:]))
					}
				}
				return sum
			}
			s := new(scratch)
			u.append(nil, s, []byte(word))
			if got, want := s.path[len(word)].score, best(word); got != want {
				t.Fatalf("%q with %v: a sum of %v, want %v", word, list, got, want)
			}
		}
	}
}

func TestUnigramIsLinear(t *testing.T) {
	path := editedUnigram(t, func(_, model map[string]any) {
		for i := range 1000 {
			model["vocab"] = append(model["vocab"].([]any), []any{strings.Repeat("a", i+1), -1})
		}
	})
	tok := load(t, path)
	for _, text := range []string{
		strings.Repeat("a", 20_000), strings.Repeat("☃", 20_000), strings.Repeat("a ", 20_000), strings.Repeat(" ", 40_000),
	} {
		limit.Check(t, 64<<20, 20, func() { tok.Encode(text, "", false, 0) })
	}
}

func TestUnigramAllocatesNothing(t *testing.T) {
	u := newUnigram(scored("<unk>", -9., "a", -1., "ab", -1.), 0, false)
	s, ids, word := new(scratch), make([]int32, 0, 100), []byte("abaab☃ab")
	if n := testing.AllocsPerRun(100, func() { ids = u.append(ids[:0], s, word) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// editedUnigram writes a tokenizer.json with a Unigram model, after edit has changed it, and returns its path.
func editedUnigram(t testing.TB, edit func(f, model map[string]any)) string {
	t.Helper()
	model := map[string]any{"type": "Unigram", "unk_id": 0, "vocab": []any{[]any{"<unk>", 0}, []any{"▁", -2.5}, []any{"▁a", -1}}}
	f := map[string]any{"model": model, "pre_tokenizer": map[string]any{"type": "Metaspace", "replacement": "▁"}}
	edit(f, model)
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tokenizer.json")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadReadsAUnigram(t *testing.T) {
	for _, edit := range []func(f, model map[string]any){
		func(_, _ map[string]any) {},
		func(_, model map[string]any) { delete(model, "type") }, // as in files of tokenizers before version 0.9
	} {
		tok := load(t, editedUnigram(t, edit))
		if got := tok.Encode("a  a☃", "", false, 0).IDs; tok.Kind() != "Unigram" || tok.Size() != 3 || !slices.Equal(got, []int32{2, 1, 2, 0}) {
			t.Errorf("%s of %d pieces gives %v", tok.Kind(), tok.Size(), got)
		}
	}
}

func TestLoadRefusesWhatAUnigramCannotHave(t *testing.T) {
	for want, edit := range map[string]func(f, model map[string]any){
		"without unk_id is not supported":           func(_, model map[string]any) { model["unk_id"] = nil },
		"unk_id is 3; it must be the number of one": func(_, model map[string]any) { model["unk_id"] = 3 },
		"unk_id is -1":                            func(_, model map[string]any) { model["unk_id"] = -1 },
		"the number of one of the 0 pieces":       func(_, model map[string]any) { delete(model, "vocab") },
		"must be a list of a piece and its score": func(_, model map[string]any) { model["vocab"] = []any{[]any{"a"}} },
		"a list of a piece and its":               func(_, model map[string]any) { model["vocab"] = []any{[]any{"a", "1"}} },
		"list of a piece and its score":           func(_, model map[string]any) { model["vocab"] = []any{[]any{"a", nil}} },
		`the score "1e999" is too large`:          func(_, model map[string]any) { model["vocab"] = []any{[]any{"a", json.Number("1e999")}} },
		"model.vocab: an object, where a list is": func(_, model map[string]any) { model["vocab"] = map[string]any{} },
		"replacement of a Metaspace is":           func(f, _ map[string]any) { f["pre_tokenizer"] = map[string]any{"type": "Metaspace"} },
		`behavior "Other" is not supported`: func(f, _ map[string]any) {
			f["pre_tokenizer"] = map[string]any{"type": "Punctuation", "behavior": "Other"}
		},
		"a Precompiled needs precompiled_charsmap": func(f, _ map[string]any) { f["normalizer"] = map[string]any{"type": "Precompiled"} },
		"too short to hold a map": func(f, _ map[string]any) {
			f["normalizer"] = map[string]any{"type": "Precompiled", "precompiled_charsmap": "AA=="}
		},
		"a table of 4294967292 bytes in 0 bytes": func(f, _ map[string]any) {
			f["normalizer"] = map[string]any{"type": "Precompiled", "precompiled_charsmap": "/////w=="}
		},
		`the regular expression "(a+)+$" is not`: func(f, _ map[string]any) { f["normalizer"] = replaceOf("Regex", "(a+)+$", "") },
		"the pattern of a Replace is empty":      func(f, _ map[string]any) { f["normalizer"] = replaceOf("String", "", "") },
		"at most 1024 are supported": func(f, _ map[string]any) {
			f["normalizer"] = replaceOf("String", "a", strings.Repeat("x", 1025))
		},
		"its steps may make a text 1048576 times": func(f, _ map[string]any) {
			long := replaceOf("String", "a", strings.Repeat("a", 1024))
			f["normalizer"] = map[string]any{"type": "Sequence", "normalizers": []any{long, long}}
		},
		"piece 0 has 1025 bytes; at most 1024": func(_, model map[string]any) {
			model["vocab"] = []any{[]any{strings.Repeat("a", 1025), 0}}
		},
		"a Strip needs strip_left and strip_right": func(f, _ map[string]any) { f["normalizer"] = map[string]any{"type": "Strip"} },
		"Prepend needs the string prepend":         func(f, _ map[string]any) { f["normalizer"] = map[string]any{"type": "Prepend"} },
		`prepend_scheme is "sometimes"; it must be`: func(f, _ map[string]any) {
			f["pre_tokenizer"].(map[string]any)["prepend_scheme"] = "sometimes"
		},
	} {
		path := editedUnigram(t, edit)
		limit.Check(t, 64<<20, 10, func() {
			if _, err := Load(path); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), path) {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
}

// replaceOf returns the normalizer Replace with a pattern of the given kind.
func replaceOf(kind, pattern, content string) map[string]any {
	return map[string]any{"type": "Replace", "pattern": map[string]any{kind: pattern}, "content": content}
}
