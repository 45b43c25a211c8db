package tokenizer

import (
	"encoding/json"
	"slices"
)

// The special tokens of BERT.
const (
	padToken  = "[PAD]"
	unkToken  = "[UNK]"
	clsToken  = "[CLS]"
	sepToken  = "[SEP]"
	maskToken = "[MASK]"
)

// prefix marks a piece that continues a word.
const prefix = "##"

// bertFile is the content of a BERT's tokenizer.json.
type bertFile struct {
	Version       string          `json:"version"`
	Truncation    json.RawMessage `json:"truncation"`
	Padding       json.RawMessage `json:"padding"`
	AddedTokens   []addedToken    `json:"added_tokens"`
	Normalizer    bertSettings    `json:"normalizer"`
	PreTokenizer  typeOnly        `json:"pre_tokenizer"`
	PostProcessor *processor      `json:"post_processor"`
	Decoder       decoder         `json:"decoder"`
	Model         wordPiece       `json:"model"`
}

type typeOnly struct {
	Type string `json:"type"`
}

type decoder struct {
	Type    string `json:"type"`
	Prefix  string `json:"prefix"`
	Cleanup bool   `json:"cleanup"`
}

// bertSettings is a BertNormalizer.
type bertSettings struct {
	Type    string `json:"type"`
	Clean   bool   `json:"clean_text"`
	Chinese bool   `json:"handle_chinese_chars"`
	Strip   *bool  `json:"strip_accents"` // null = the value of Lower
	Lower   bool   `json:"lowercase"`
}

// newBertFile returns the tokenizer.json of a BERT without added tokens and template.
func newBertFile(normalizer bertSettings, unknown string, vocabulary map[string]int32) bertFile {
	normalizer.Type = "BertNormalizer"
	return bertFile{
		Version: "1.0", Normalizer: normalizer, PreTokenizer: typeOnly{"BertPreTokenizer"}, Decoder: decoder{"WordPiece", prefix, true},
		Model: wordPiece{"WordPiece", unknown, prefix, 100, vocabulary},
	}
}

// fromFile returns the tokenizer of the content of a tokenizer.json. Its errors have no path.
func fromFile(content any) (*Tokenizer, error) {
	text, err := json.Marshal(content)
	if err != nil {
		return nil, err
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, err
	}
	return d.tokenizer(text)
}

// bertTemplate returns the template of BERT: [CLS] A [SEP] for a text, [CLS] A [SEP] B [SEP] for a pair. MPNet's has two [SEP] before B.
func bertTemplate(vocabulary map[string]int32, cls, sep string, twice bool) *processor {
	special := func(token string, kind int32) templatePart { return templatePart{Special: &templateItem{token, kind}} }
	text := func(name string, kind int32) templatePart { return templatePart{Sequence: &templateItem{name, kind}} }
	p := &processor{Type: "TemplateProcessing", Special: map[string]specialToken{}}
	p.Single = []templatePart{special(cls, 0), text("A", 0), special(sep, 0)}
	p.Pair = slices.Clone(p.Single)
	if twice {
		p.Pair = append(p.Pair, special(sep, 0))
	}
	p.Pair = append(p.Pair, text("B", 1), special(sep, 1))
	for _, token := range []string{cls, sep} {
		p.Special[token] = specialToken{token, []int32{vocabulary[token]}, []string{token}}
	}
	return p
}
