package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"ftft/internal/fault"
	"ftft/internal/input"
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

// kind returns the type of an item's tokens, 0 without an item.
func (i *templateItem) kind() int32 {
	if i == nil {
		return 0
	}
	return i.Type
}

// maxKind is the greatest type that a token may have.
const maxKind = 1 << 16

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
	var parts []json.RawMessage
	if json.Unmarshal(text, &parts) != nil || len(parts) != 2 ||
		json.Unmarshal(parts[0], &t.token) != nil || json.Unmarshal(parts[1], &t.id) != nil {
		return fault.At("", 0, "post_processor: sep and cls must be a list of a token and its ID")
	}
	return nil
}

func (t *tokenAndID) MarshalJSON() ([]byte, error) { return json.Marshal([]any{t.token, t.id}) }

type wordPiece struct {
	Type       string           `json:"type"`
	Unknown    string           `json:"unk_token"`
	Prefix     string           `json:"continuing_subword_prefix"`
	Limit      int              `json:"max_input_chars_per_word"`
	Vocabulary map[string]int32 `json:"vocab"`
}

// Load reads a tokenizer.json, given its path or its folder; of a folder without one, it reads BERT's vocab.txt. It returns a
// *fault.Bad that names the first component that a BERT does not have.
func Load(path string) (*Tokenizer, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		folder := path
		path = filepath.Join(folder, tokenizerFile)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return loadFolder(folder)
		}
	}
	text, err := input.Read(path)
	if err != nil {
		return nil, err
	}
	return parse(path, []byte(text))
}

// tokenizerFile is the name of a tokenizer.json.
const tokenizerFile = "tokenizer.json"

// parse makes a tokenizer of the text of a tokenizer.json; path is its name in messages.
func parse(path string, text []byte) (*Tokenizer, error) {
	var o outline
	if err := fault.DecodeJSON(path, text, &o); err != nil {
		return nil, err
	}
	if message := o.unsupported(); message != "" {
		return nil, fault.At(path, 0, message)
	}
	var f file
	if err := fault.DecodeJSON(path, text, &f); err != nil {
		return nil, err
	}
	f.Model.Type = "WordPiece"
	t, err := newTokenizer(f)
	if err != nil {
		return nil, fault.At(path, 0, err.Error())
	}
	return t, nil
}

// outline is what any tokenizer.json tells about its components.
type outline struct {
	Model         map[string]json.RawMessage `json:"model"`
	Normalizer    *component                 `json:"normalizer"`
	PreTokenizer  *component                 `json:"pre_tokenizer"`
	PostProcessor *component                 `json:"post_processor"`
}

// unsupported describes the first component that a BERT does not have, "" if there is none.
func (o *outline) unsupported() string {
	if o.Model == nil {
		return "it has no model, so it is not a tokenizer.json"
	}
	typeOf := func(c *component) string {
		if c == nil {
			return "null"
		}
		return fmt.Sprintf("%.40q", c.Type)
	}
	for _, c := range []struct {
		part, got string
		want      []string
	}{
		{"model", fmt.Sprintf("%.40q", o.modelType()), []string{"WordPiece"}},
		{"normalizer", typeOf(o.Normalizer), []string{"BertNormalizer"}},
		{"pre_tokenizer", typeOf(o.PreTokenizer), []string{"BertPreTokenizer"}},
		{"post_processor", typeOf(o.PostProcessor), []string{"TemplateProcessing", "BertProcessing"}},
	} {
		if !slices.Contains(c.want, strings.Trim(c.got, `"`)) {
			return fmt.Sprintf("%s %s is not supported; supported: %s", c.part, c.got, strings.Join(c.want, ", "))
		}
	}
	for _, key := range wordPieceKeys {
		if o.Model[key] == nil {
			return fmt.Sprintf("model: it has no %s, which a WordPiece needs", key)
		}
	}
	return ""
}

// wordPieceKeys are the keys of a WordPiece model, apart from its type.
var wordPieceKeys = []string{"vocab", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word"}

// modelType returns the type of the model. Files of tokenizers before version 0.9 do not name it, but their other keys tell it.
func (o *outline) modelType() string {
	var name string
	if json.Unmarshal(o.Model["type"], &name) == nil && name != "" {
		return name
	}
	has := func(key string) bool { return o.Model[key] != nil }
	switch vocabulary := o.Model["vocab"]; {
	case has("merges"):
		return "BPE"
	case has("unk_id") || len(vocabulary) > 0 && vocabulary[0] == '[':
		return "Unigram"
	case has("continuing_subword_prefix") && has("max_input_chars_per_word"):
		return "WordPiece"
	case has("vocab") && has("unk_token"):
		return "WordLevel"
	}
	return ""
}

// newTokenizer makes a tokenizer of the content of a tokenizer.json.
func newTokenizer(f file) (*Tokenizer, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	n := f.Normalizer
	strip := n.Lower
	if n.Strip != nil {
		strip = *n.Strip
	}
	t := &Tokenizer{file: f, normalizer: newNormalizer(n.Clean, n.Chinese, strip, n.Lower)}
	t.scratch.New = func() any { return new(scratch) }
	var verbatim, normalized []addedToken
	for _, a := range f.AddedTokens {
		t.size = max(t.size, int(a.ID)+1)
		if !a.Normalized {
			verbatim = append(verbatim, a)
			continue
		}
		a.Content = string(t.normalizer.normalize(new(scratch), []byte(a.Content)))
		if a.Content != "" {
			normalized = append(normalized, a)
		}
	}
	t.verbatim, t.normalized = newMatcher(verbatim), newMatcher(normalized)
	m := f.Model
	unknown := m.Vocabulary[m.Unknown]
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
	if t.single, t.pair, err = f.PostProcessor.templates(); err != nil {
		return nil, err
	}
	t.size = max(t.size, t.single.size(), t.pair.size())
	return t, nil
}

// check returns an error for values that no tokenizer can have.
func (f *file) check() error {
	m := f.Model
	if _, ok := m.Vocabulary[m.Unknown]; !ok {
		return fmt.Errorf("model.unk_token %.80q is not in the vocabulary", m.Unknown)
	}
	if m.Limit < 0 {
		return fmt.Errorf("model.max_input_chars_per_word is %d; it must be 0 or more", m.Limit)
	}
	for piece, id := range m.Vocabulary {
		if id < 0 {
			return fmt.Errorf("model.vocab: the ID of %.80q is %d; IDs are 0 or more", piece, id)
		}
	}
	for _, a := range f.AddedTokens {
		if a.SingleWord || a.LeftStrip || a.RightStrip {
			return fmt.Errorf("added token %.80q: single_word, lstrip and rstrip are not supported", a.Content)
		}
		if a.Content == "" || !utf8.ValidString(a.Content) {
			return errors.New("an added token is empty or not UTF-8")
		}
		if a.ID < 0 {
			return fmt.Errorf("added token %.80q: its ID is %d; IDs are 0 or more", a.Content, a.ID)
		}
		if id, ok := m.Vocabulary[a.Content]; ok && id != a.ID {
			return fmt.Errorf("added token %.80q has the ID %d in added_tokens, %d in model.vocab: correct one of them", a.Content, a.ID, id)
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
		if p.Cls.id < 0 || p.Sep.id < 0 {
			return single, pair, errors.New("post_processor: the IDs of sep and cls must be 0 or more")
		}
		cls, sep := part{-1, []int32{p.Cls.id}, 0}, part{-1, []int32{p.Sep.id}, 0}
		end := sep
		end.kind = 1
		single = template{[]part{cls, {0, nil, 0}, sep}, 2}
		pair = template{[]part{cls, {0, nil, 0}, sep, {1, nil, 1}, end}, 3}
		return single, pair, nil
	}
	if single, err = p.template(p.Single); err != nil {
		return single, pair, err
	}
	if pair, err = p.template(p.Pair); err != nil {
		return single, pair, err
	}
	if single.count(0) != 1 || single.count(1) != 0 {
		return single, pair, errors.New("post_processor: single must hold sequence A once, and no B")
	}
	if pair.count(0) != 1 || pair.count(1) != 1 {
		return single, pair, errors.New("post_processor: pair must hold the sequences A and B, each once")
	}
	return single, pair, nil
}

// template makes a template of its parts in the file.
func (p *processor) template(list []templatePart) (t template, err error) {
	for _, item := range list {
		if kind := max(item.Sequence.kind(), item.Special.kind()); kind < 0 || kind > maxKind {
			return t, fmt.Errorf("post_processor: type_id %d is out of range", kind)
		}
		switch {
		case item.Sequence != nil:
			text := slices.Index([]string{"A", "B"}, item.Sequence.ID)
			if text < 0 {
				return t, fmt.Errorf("post_processor: sequence %.80q is neither A nor B", item.Sequence.ID)
			}
			t.parts = append(t.parts, part{text, nil, item.Sequence.Type})
		case item.Special != nil:
			special, ok := p.Special[item.Special.ID]
			if !ok {
				return t, fmt.Errorf("post_processor: special token %.80q has no IDs", item.Special.ID)
			}
			if len(special.IDs) > 0 && slices.Min(special.IDs) < 0 {
				return t, fmt.Errorf("post_processor: special token %.80q has a negative ID", item.Special.ID)
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
