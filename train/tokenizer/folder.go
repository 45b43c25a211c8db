package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/input"
	"ftft/train/nn/spec"
)

// The files of a model folder without a tokenizer.json.
const (
	vocabularyFile = "vocab.txt"             // BERT's tokens, one a line; a token's ID is the number of its line, from 0
	settingsFile   = "tokenizer_config.json" // how transformers reads the vocabulary
	addedFile      = "added_tokens.json"     // IDs of tokens beside the vocabulary
)

// Files returns the paths of the files that Load reads from a folder.
func Files(folder string) ([]string, error) {
	has := func(name string) bool {
		_, err := os.Stat(filepath.Join(folder, name))
		return err == nil
	}
	switch {
	case has(tokenizerFile):
		return []string{filepath.Join(folder, tokenizerFile)}, nil
	case !has(vocabularyFile):
		return nil, missing(folder)
	}
	files := []string{filepath.Join(folder, vocabularyFile)}
	for _, name := range []string{settingsFile, addedFile} {
		if has(name) {
			files = append(files, filepath.Join(folder, name))
		}
	}
	return files, nil
}

// loadFolder makes a tokenizer of a folder without a tokenizer.json, as transformers' BertTokenizer does of a vocab.txt.
func loadFolder(folder string) (*Tokenizer, error) {
	path := filepath.Join(folder, vocabularyFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, missing(folder)
	}
	set, err := readSettings(folder)
	if err != nil {
		return nil, err
	}
	text, err := input.Read(path)
	if err != nil {
		return nil, err
	}
	normalizer := bertSettings{Clean: true, Chinese: set.Chinese, Strip: set.Strip, Lower: set.Lower}
	f := newBertFile(normalizer, string(set.Unknown), readVocabulary(text))
	for _, token := range []specialName{set.Unknown, set.Cls, set.Sep} {
		if _, ok := f.Model.Vocabulary[string(token)]; !ok {
			return nil, fault.At(path, 0, fmt.Sprintf("the special token %.80q is missing: this is not the vocabulary of a BERT", token))
		}
	}
	f.AddedTokens = set.added(f.Model.Vocabulary)
	f.PostProcessor = bertTemplate(f.Model.Vocabulary, string(set.Cls), string(set.Sep))
	t, err := f.tokenizer()
	if err != nil {
		return nil, fault.At(path, 0, fault.Message(err))
	}
	return t, nil
}

// readVocabulary returns the IDs of the tokens in a text, one a line. An empty line counts, but is no token.
func readVocabulary(text string) map[string]int32 {
	ids, id := map[string]int32{}, int32(0)
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n") // as Python reads lines
	for token := range strings.Lines(text) {
		if token = strings.TrimSuffix(token, "\n"); token != "" {
			ids[token] = id
		}
		id++
	}
	return ids
}

// settings is the part of a tokenizer_config.json that decides token IDs.
type settings struct {
	Class   string `json:"tokenizer_class"`
	Lower   bool   `json:"do_lower_case"`
	Chinese bool   `json:"tokenize_chinese_chars"`
	Strip   *bool  `json:"strip_accents"`
	Basic   bool   `json:"do_basic_tokenize"`

	Unknown specialName `json:"unk_token"`
	Cls     specialName `json:"cls_token"`
	Sep     specialName `json:"sep_token"`
	Pad     specialName `json:"pad_token"`
	Mask    specialName `json:"mask_token"`

	Added map[string]addedToken `json:"added_tokens_decoder"` // by ID
}

// specialName is the content of a special token: a text, or an object that has it.
type specialName string

func (n *specialName) UnmarshalJSON(text []byte) error {
	var object struct{ Content string }
	switch {
	case string(text) == "null" || json.Unmarshal(text, (*string)(n)) == nil:
	case json.Unmarshal(text, &object) == nil && object.Content != "":
		*n = specialName(object.Content)
	default:
		return fault.At("", 0, "a special token must be a text or an object with its content")
	}
	return nil
}

// classes are the classes of transformers whose tokenizers are BERT's WordPiece.
var classes = []string{"", "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer"}

// readSettings reads the settings in a folder; without a file they are those of transformers' BertTokenizer.
func readSettings(folder string) (settings, error) {
	s := settings{
		Lower: true, Chinese: true, Basic: true, Unknown: unkToken, Cls: clsToken, Sep: sepToken, Pad: padToken, Mask: maskToken,
	}
	path := filepath.Join(folder, settingsFile)
	if err := readOptional(path, &s); err != nil {
		return s, err
	}
	if !slices.Contains(classes, strings.TrimSuffix(s.Class, "Fast")) {
		return s, fault.At(path, 0, fmt.Sprintf("tokenizer_class %.80q is not supported; supported: BertTokenizer", s.Class))
	}
	if !s.Basic {
		return s, fault.At(path, 0, "do_basic_tokenize = false is not supported")
	}
	ids := map[string]int32{}
	added := filepath.Join(folder, addedFile)
	if err := readOptional(added, &ids); err != nil {
		return s, err
	}
	for token, id := range ids {
		if s.Added == nil {
			s.Added = map[string]addedToken{}
		}
		if key := strconv.Itoa(int(id)); s.Added[key].Content == "" {
			s.Added[key] = addedToken{Content: token, Normalized: true}
		}
	}
	for id := range s.Added {
		if n, err := strconv.ParseInt(id, 10, 32); err != nil || n < 0 {
			return s, fault.At(path, 0, fmt.Sprintf("added token: %.40q is no ID", id))
		}
	}
	return s, nil
}

// readOptional decodes a JSON file into value, which stays as it is if there is no file.
func readOptional(path string, value any) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	text, err := input.Read(path)
	if err != nil {
		return err
	}
	return fault.DecodeJSON(path, []byte(text), value)
}

// added returns the added tokens, by ID: those of the settings, and the special tokens of the vocabulary.
func (s *settings) added(ids map[string]int32) []addedToken {
	tokens := map[int32]addedToken{}
	for _, name := range []specialName{s.Unknown, s.Cls, s.Sep, s.Pad, s.Mask} {
		if id, ok := ids[string(name)]; ok {
			tokens[id] = addedToken{ID: id, Content: string(name), Special: true}
		}
	}
	for key, token := range s.Added {
		id, _ := strconv.ParseInt(key, 10, 32) // readSettings has checked it
		token.ID = int32(id)
		tokens[token.ID] = token
	}
	list := make([]addedToken, 0, len(tokens))
	for _, id := range slices.Sorted(maps.Keys(tokens)) {
		list = append(list, tokens[id])
	}
	return list
}

// missing returns the error of a folder without a tokenizer. It names the tokenizer of another kind that the folder has.
func missing(folder string) error {
	for _, other := range []struct{ name, kind string }{
		{"spm.model", "SentencePiece"},
		{"spiece.model", "SentencePiece"},
		{"sentencepiece.bpe.model", "SentencePiece"},
		{"tokenizer.model", "SentencePiece"},
		{"vocab.json", "BPE"},
		{"merges.txt", "BPE"},
	} {
		path := filepath.Join(folder, other.name)
		if _, err := os.Stat(path); err == nil {
			return fault.At(path, 0,
				fmt.Sprintf("a tokenizer of kind %s is not supported; supported: WordPiece (tokenizer.json or vocab.txt)", other.kind))
		}
	}
	return spec.Missing(filepath.Join(folder, tokenizerFile), nil)
}
