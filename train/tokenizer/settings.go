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
)

// settings is the part of a tokenizer_config.json that decides token IDs.
type settings struct {
	Class   string `json:"tokenizer_class"`
	Lower   bool   `json:"do_lower_case"`
	Chinese bool   `json:"tokenize_chinese_chars"`
	Strip   *bool  `json:"strip_accents"`
	Basic   bool   `json:"do_basic_tokenize"`
	Space   bool   `json:"add_prefix_space"`

	Punctuation bool `json:"split_by_punct"`

	specials
	Added map[string]addedToken `json:"added_tokens_decoder"` // by ID
}

// specials are the special tokens of a model. A special_tokens_map.json has them alone.
type specials struct {
	Bos     specialName `json:"bos_token"`
	Eos     specialName `json:"eos_token"`
	Unknown specialName `json:"unk_token"`
	Sep     specialName `json:"sep_token"`
	Pad     specialName `json:"pad_token"`
	Cls     specialName `json:"cls_token"`
	Mask    specialName `json:"mask_token"`
}

// list returns the special tokens in the order in which transformers adds them.
func (s *specials) list() []specialName {
	return []specialName{s.Bos, s.Eos, s.Unknown, s.Sep, s.Pad, s.Cls, s.Mask}
}

// specialName is a special token: a text, or an object that has it. A text keeps the flags that the token has by default.
type specialName struct{ addedToken }

func (n *specialName) UnmarshalJSON(text []byte) error {
	var object addedToken
	switch {
	case string(text) == "null" || json.Unmarshal(text, &n.Content) == nil:
	case json.Unmarshal(text, &object) == nil && object.Content != "":
		n.addedToken = object
	default:
		return fault.At("", 0, "a special token must be a text or an object with its content")
	}
	return nil
}

// named returns a special token without flags.
func named(content string) specialName { return specialName{addedToken{Content: content}} }

// spaced returns a special token that takes the white space before it.
func spaced(content string) specialName {
	return specialName{addedToken{Content: content, LeftStrip: true}}
}

// The settings of transformers' classes without a tokenizer_config.json.
var (
	bertDefaults = settings{Lower: true, Chinese: true, Basic: true, specials: specials{
		Unknown: named(unkToken), Sep: named(sepToken), Pad: named(padToken), Cls: named(clsToken), Mask: named(maskToken),
	}}
	mpnetDefaults = settings{Lower: true, Chinese: true, Basic: true, specials: specials{
		Bos: named("<s>"), Eos: named("</s>"), Unknown: named(unkToken), Sep: named("</s>"), Pad: named("<pad>"), Cls: named("<s>"),
		Mask: spaced("<mask>"),
	}}
	robertaDefaults = settings{specials: specials{
		Bos: named("<s>"), Eos: named("</s>"), Unknown: named("<unk>"), Sep: named("</s>"), Pad: named("<pad>"), Cls: named("<s>"),
		Mask: spaced("<mask>"),
	}}
)

// The classes of transformers that read the vocabularies.
var (
	wordPieceClasses = []string{"BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer", "MPNetTokenizer"}
	bpeClasses       = []string{"RobertaTokenizer"}
)

// class returns the class without the mark of its faster implementation.
func (s *settings) class() string { return strings.TrimSuffix(s.Class, "Fast") }

// read reads the settings in a folder over those in s. The class must be one of classes, or absent.
func (s *settings) read(folder string, classes []string) error {
	path := filepath.Join(folder, settingsFile)
	if err := readOptional(path, s); err != nil {
		return err
	}
	if s.Class != "" && !slices.Contains(classes, s.class()) {
		return fault.At(path, 0, fmt.Sprintf("tokenizer_class %.80q is not supported; supported: %s", s.Class, strings.Join(classes, ", ")))
	}
	if err := s.checkIDs(path); err != nil {
		return err
	}
	if len(s.Added) == 0 { // transformers reads the older file only without them
		if err := readOptional(filepath.Join(folder, specialsFile), &s.specials); err != nil {
			return err
		}
	}
	ids := map[string]int32{}
	path = filepath.Join(folder, addedFile)
	if err := readOptional(path, &ids); err != nil {
		return err
	}
	if s.Added == nil {
		s.Added = map[string]addedToken{}
	}
	for token, id := range ids {
		if key := strconv.Itoa(int(id)); s.Added[key].Content == "" {
			s.Added[key] = addedToken{Content: token, Normalized: true}
		}
	}
	return s.checkIDs(path)
}

// checkIDs returns an error if the ID of an added token is none.
func (s *settings) checkIDs(path string) error {
	for id := range s.Added {
		if n, err := strconv.ParseInt(id, 10, 32); err != nil || n < 0 {
			return fault.At(path, 0, fmt.Sprintf("added token: %.40q is no ID", id))
		}
	}
	return nil
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
	for _, name := range s.list() {
		if id, ok := ids[name.Content]; ok {
			name.ID, name.Special = id, true
			tokens[id] = name.addedToken
		}
	}
	for key, token := range s.Added {
		id, _ := strconv.ParseInt(key, 10, 32) // checkIDs has checked it
		token.ID = int32(id)
		tokens[token.ID] = token
	}
	list := make([]addedToken, 0, len(tokens))
	for _, id := range slices.Sorted(maps.Keys(tokens)) {
		list = append(list, tokens[id])
	}
	return list
}
