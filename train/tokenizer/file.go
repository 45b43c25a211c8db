package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"ftft/internal/fault"
	"ftft/internal/input"
)

// tokenizerFile is the name of a tokenizer.json.
const tokenizerFile = "tokenizer.json"

// document is the content of a tokenizer.json as the file has it.
type document struct {
	Version       json.RawMessage `json:"version"`
	Truncation    json.RawMessage `json:"truncation"`
	Padding       json.RawMessage `json:"padding"`
	AddedTokens   json.RawMessage `json:"added_tokens"`
	Normalizer    json.RawMessage `json:"normalizer"`
	PreTokenizer  json.RawMessage `json:"pre_tokenizer"`
	PostProcessor json.RawMessage `json:"post_processor"`
	Decoder       json.RawMessage `json:"decoder"`
	Model         json.RawMessage `json:"model"`
}

// Load reads a tokenizer.json, given its path or its folder; of a folder without one, it reads the vocabulary files that Files lists.
// It returns a *fault.Bad that names the first component that is not supported.
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

// parse makes a tokenizer of the text of a tokenizer.json; path is its name in messages.
func parse(path string, text []byte) (*Tokenizer, error) {
	var d document
	if err := fault.DecodeJSON(path, text, &d); err != nil {
		return nil, err
	}
	t, err := d.tokenizer(text)
	if err != nil {
		if bad := (*fault.Bad)(nil); errors.As(err, &bad) {
			return nil, fault.At(path, bad.Problems[0].Line, bad.Problems[0].Message)
		}
		return nil, fault.At(path, 0, err.Error())
	}
	return t, nil
}

// read returns a component of the document, and whether it is there. text gives its line.
func read(part string, text, raw []byte) (c component, ok bool, err error) {
	if len(raw) == 0 || string(raw) == "null" {
		return component{part: part}, false, nil
	}
	c, err = newComponent(part, text, raw, 1)
	return c, err == nil, err
}

// readSteps returns the components of a part of the pipeline, whose Sequence has them in the list of a key.
func readSteps(part, key string, text, raw []byte) ([]component, error) {
	c, ok, err := read(part, text, raw)
	if !ok || err != nil {
		return nil, err
	}
	return c.flatten(key, 0)
}

// build makes the steps of components by a table.
func build[T any](steps []component, table map[string]func(component) (T, error)) ([]T, error) {
	var all []T
	for _, c := range steps {
		f, err := constructor(c, table)
		if err != nil {
			return nil, err
		}
		step, err := f(c)
		if err != nil {
			return nil, err
		}
		all = append(all, step)
	}
	return all, nil
}

// tokenizer makes a tokenizer of the document, whose text gives the lines of errors.
func (d *document) tokenizer(text []byte) (*Tokenizer, error) {
	t := &Tokenizer{document: *d}
	t.document.Truncation, t.document.Padding = nil, nil
	t.scratch.New = func() any { return t.newScratch() }
	model, ok, err := read("model", text, d.Model)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errors.New("it has no model, so it is not a tokenizer.json")
	}
	if t.document.Model, err = model.typed(); err != nil {
		return nil, err
	}
	model = model.guessed()
	newModel, err := constructor(model, models)
	if err != nil {
		return nil, err
	}
	steps, err := readSteps("normalizer", "normalizers", text, d.Normalizer)
	if err != nil {
		return nil, err
	}
	if t.normalizers, err = build(steps, normalizers); err != nil {
		return nil, err
	}
	if growth := growth(t.normalizers); growth > maxGrowth {
		return nil, steps[0].bad("its steps may make a text %.0f times as long; at most %d times is supported", growth, maxGrowth)
	}
	if steps, err = readSteps("pre_tokenizer", "pretokenizers", text, d.PreTokenizer); err != nil {
		return nil, err
	}
	if t.splitters, err = build(steps, splitters); err != nil {
		return nil, err
	}
	bytewise := slices.IndexFunc(steps, func(c component) bool { return c.kind == "ByteLevel" })
	if bytewise >= 0 && bytewise+1 < len(steps) {
		return nil, steps[bytewise].bad("a ByteLevel must be the last step of a Sequence")
	}
	if t.model, err = newModel(model, bytewise >= 0); err != nil {
		return nil, err
	}
	if steps, err = readSteps("post_processor", "processors", text, d.PostProcessor); err != nil {
		return nil, err
	}
	if t.single, t.pair, err = templates(steps); err != nil {
		return nil, err
	}
	t.size = max(t.model.size(), t.single.size(), t.pair.size())
	var added []addedToken
	if len(d.AddedTokens) > 0 {
		list := component{part: "added_tokens", raw: d.AddedTokens, line: 1}
		if at := bytes.Index(text, d.AddedTokens); at > 0 {
			list.line += bytes.Count(text[:at], []byte("\n"))
		}
		if err := list.decode(&added); err != nil {
			return nil, err
		}
	}
	return t, t.add(added)
}

// add makes the tokenizer find added tokens in texts.
func (t *Tokenizer) add(added []addedToken) error {
	var verbatim, normalized []addedToken
	for _, a := range added {
		if a.Content == "" || !utf8.ValidString(a.Content) {
			return errors.New("an added token is empty or not UTF-8")
		}
		if a.ID < 0 {
			return fmt.Errorf("added token %.80q: its ID is %d; IDs are 0 or more", a.Content, a.ID)
		}
		if id, ok := t.model.id(a.Content); ok && id != a.ID {
			return fmt.Errorf("added token %.80q has the ID %d in added_tokens, %d in model.vocab: correct one of them", a.Content, a.ID, id)
		}
		t.size = max(t.size, int(a.ID)+1)
		if !a.Normalized {
			verbatim = append(verbatim, a)
			continue
		}
		a.Content = string(t.normalize(new(scratch), []byte(a.Content)))
		if a.Content != "" {
			normalized = append(normalized, a)
		}
	}
	t.verbatim, t.normalized = newMatcher(verbatim), newMatcher(normalized)
	return nil
}

// typed returns the model's object with its type, which files of tokenizers before version 0.9 do not name.
func (c component) typed() (json.RawMessage, error) {
	if c.kind != "" {
		return c.raw, nil
	}
	var object map[string]json.RawMessage
	if err := c.decode(&object); err != nil {
		return nil, err
	}
	kind, err := json.Marshal(c.guessed().kind)
	if err != nil {
		return nil, err
	}
	object["type"] = kind
	return json.Marshal(object)
}

// guessed returns the component of a model with its type, which its keys tell where the file does not.
func (c component) guessed() component {
	if c.kind != "" {
		return c
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(c.raw, &object) != nil {
		return c
	}
	has := func(key string) bool { return object[key] != nil }
	switch vocabulary := object["vocab"]; {
	case has("merges"):
		c.kind = "BPE"
	case has("unk_id") || len(vocabulary) > 0 && vocabulary[0] == '[':
		c.kind = "Unigram"
	case has("continuing_subword_prefix") && has("max_input_chars_per_word"):
		c.kind = "WordPiece"
	case has("vocab") && has("unk_token"):
		c.kind = "WordLevel"
	}
	return c
}

// JSON returns a tokenizer.json that gives the same IDs, without padding and truncation.
func (t *Tokenizer) JSON() []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(t.document); err != nil {
		panic("tokenizer: " + err.Error()) // all parts of the document have been read as JSON
	}
	return out.Bytes()
}
