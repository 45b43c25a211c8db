package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// The special tokens of BERT.
const (
	padToken  = "[PAD]"
	unkToken  = "[UNK]"
	clsToken  = "[CLS]"
	sepToken  = "[SEP]"
	maskToken = "[MASK]"
)

// file is the content of a BERT's tokenizer.json.
type file struct {
	Version       string          `json:"version"`
	Truncation    json.RawMessage `json:"truncation"`
	Padding       json.RawMessage `json:"padding"`
	AddedTokens   []addedToken    `json:"added_tokens"`
	Normalizer    *bertNormalizer `json:"normalizer"`
	PreTokenizer  *component      `json:"pre_tokenizer"`
	PostProcessor *processor      `json:"post_processor"`
	Decoder       *decoder        `json:"decoder"`
	Model         wordPiece       `json:"model"`
}

// component is a part of a tokenizer.json of which only the type matters.
type component struct {
	Type string `json:"type"`
}

type decoder struct {
	Type    string `json:"type"`
	Prefix  string `json:"prefix"`
	Cleanup bool   `json:"cleanup"`
}

// addedToken is a token that is found in a text before the text is divided into words.
type addedToken struct {
	ID         int32  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LeftStrip  bool   `json:"lstrip"`
	RightStrip bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
	Special    bool   `json:"special"`
}

type bertNormalizer struct {
	Type    string `json:"type"`
	Clean   bool   `json:"clean_text"`
	Chinese bool   `json:"handle_chinese_chars"`
	Strip   *bool  `json:"strip_accents"` // null = the value of Lower
	Lower   bool   `json:"lowercase"`
}

// processor is the post-processor, which adds special tokens: a TemplateProcessing or a BertProcessing.
type processor struct {
	Type    string                  `json:"type"`
	Single  []templatePart          `json:"single,omitempty"`
	Pair    []templatePart          `json:"pair,omitempty"`
	Special map[string]specialToken `json:"special_tokens,omitempty"`
	Sep     *tokenAndID             `json:"sep,omitempty"` // of a BertProcessing
	Cls     *tokenAndID             `json:"cls,omitempty"`
}

type templatePart struct {
	Special  *templateItem `json:"SpecialToken,omitempty"`
	Sequence *templateItem `json:"Sequence,omitempty"`
}

type templateItem struct {
	ID   string `json:"id"`
	Type int32  `json:"type_id"`
}

type specialToken struct {
	ID     string   `json:"id"`
	IDs    []int32  `json:"ids"`
	Tokens []string `json:"tokens"`
}

// tokenAndID is a list of two elements in the file.
type tokenAndID struct {
	token string
	id    int32
}

func (t *tokenAndID) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&t.token, &t.id})
}

func (t *tokenAndID) MarshalJSON() ([]byte, error) { return json.Marshal([]any{t.token, t.id}) }

type wordPiece struct {
	Type       string           `json:"type"`
	Unknown    string           `json:"unk_token"`
	Prefix     string           `json:"continuing_subword_prefix"`
	Limit      int              `json:"max_input_chars_per_word"`
	Vocabulary map[string]int32 `json:"vocab"`
}

// Load reads a tokenizer.json, given its path or its folder. It returns an error that names the first component that a BERT
// does not have.
func Load(path string) (*Tokenizer, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "tokenizer.json")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var f file
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	t, err := newTokenizer(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// newTokenizer makes a tokenizer of the content of a tokenizer.json.
func newTokenizer(f file) (*Tokenizer, error) {
	if err := f.supported(); err != nil {
		return nil, err
	}
	n := f.Normalizer
	strip := n.Lower
	if n.Strip != nil {
		strip = *n.Strip
	}
	t := &Tokenizer{file: f, normalizer: newNormalizer(n.Clean, n.Chinese, strip, n.Lower)}
	t.scratch.New = func() any { return new(scratch) }
	for _, a := range f.AddedTokens {
		t.size = max(t.size, int(a.ID)+1)
		if a.Normalized {
			a.Content = string(t.normalizer.normalize(new(scratch), []byte(a.Content)))
			t.normalized = append(t.normalized, a)
		} else {
			t.verbatim = append(t.verbatim, a)
		}
	}
	m := f.Model
	unknown, ok := m.Vocabulary[m.Unknown]
	if !ok {
		return nil, fmt.Errorf("model.unk_token %q is not in the vocabulary", m.Unknown)
	}
	t.pieces = pieces{starts: map[string]int32{}, continuing: map[string]int32{}, unknown: unknown, limit: m.Limit}
	for piece, id := range m.Vocabulary {
		t.size = max(t.size, int(id)+1)
		t.pieces.longest = max(t.pieces.longest, len(piece))
		t.pieces.starts[piece] = id
		if rest, ok := strings.CutPrefix(piece, m.Prefix); ok {
			t.pieces.continuing[rest] = id
		}
	}
	var err error
	t.single, t.pair, err = f.PostProcessor.templates()
	return t, err
}

// supported returns an error that names the first component that a BERT does not have.
func (f *file) supported() error {
	typeOf := func(c *component) string {
		if c == nil {
			return "null"
		}
		return c.Type
	}
	var normalizer, processor string
	if f.Normalizer != nil {
		normalizer = f.Normalizer.Type
	}
	if f.PostProcessor != nil {
		processor = f.PostProcessor.Type
	}
	for _, c := range []struct {
		part, got string
		want      []string
	}{
		{"model", f.Model.Type, []string{"WordPiece"}},
		{"normalizer", normalizer, []string{"BertNormalizer"}},
		{"pre_tokenizer", typeOf(f.PreTokenizer), []string{"BertPreTokenizer"}},
		{"post_processor", processor, []string{"TemplateProcessing", "BertProcessing"}},
	} {
		if !slices.Contains(c.want, c.got) {
			return fmt.Errorf("%s %q is not supported; supported: %s", c.part, c.got, strings.Join(c.want, ", "))
		}
	}
	for _, a := range f.AddedTokens {
		if a.SingleWord || a.LeftStrip || a.RightStrip {
			return fmt.Errorf("added token %q: single_word, lstrip and rstrip are not supported", a.Content)
		}
		if a.Content == "" || !utf8.ValidString(a.Content) {
			return errors.New("an added token is empty or not UTF-8")
		}
	}
	return nil
}

// templates returns the templates of a single text and of a pair of texts.
func (p *processor) templates() (single, pair template, err error) {
	if p.Type == "BertProcessing" {
		if p.Sep == nil || p.Cls == nil {
			return single, pair, errors.New("post_processor: a BertProcessing needs sep and cls")
		}
		cls, sep := part{-1, []int32{p.Cls.id}, 0}, part{-1, []int32{p.Sep.id}, 0}
		end := sep
		end.kind = 1
		single = template{[]part{cls, {0, nil, 0}, sep}, 2}
		pair = template{[]part{cls, {0, nil, 0}, sep, {1, nil, 1}, end}, 3}
		return single, pair, nil
	}
	if single, err = p.template(p.Single); err == nil {
		pair, err = p.template(p.Pair)
	}
	return single, pair, err
}

// template makes a template of its parts in the file.
func (p *processor) template(list []templatePart) (t template, err error) {
	for _, item := range list {
		switch {
		case item.Sequence != nil:
			text := slices.Index([]string{"A", "B"}, item.Sequence.ID)
			if text < 0 {
				return t, fmt.Errorf("post_processor: sequence %q is neither A nor B", item.Sequence.ID)
			}
			t.parts = append(t.parts, part{text, nil, item.Sequence.Type})
		case item.Special != nil:
			special, ok := p.Special[item.Special.ID]
			if !ok {
				return t, fmt.Errorf("post_processor: special token %q has no IDs", item.Special.ID)
			}
			t.parts = append(t.parts, part{-1, special.IDs, item.Special.Type})
			t.special += len(special.IDs)
		}
	}
	return t, nil
}

// JSON returns a tokenizer.json that gives the same IDs, without padding and truncation.
func (t *Tokenizer) JSON() []byte {
	f := t.file
	f.Truncation, f.Padding = nil, nil
	text, err := json.Marshal(f)
	if err != nil {
		panic("tokenizer: " + err.Error()) // no field of file has a type that JSON lacks
	}
	return append(text, '\n')
}
