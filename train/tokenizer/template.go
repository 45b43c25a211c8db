package tokenizer

import (
	"encoding/json"
	"slices"
)

// A template places the tokens of a text or a pair of texts among special tokens.
type template struct {
	parts   []part
	special int // number of special tokens
}

// A part of a template is a text or some special tokens.
type part struct {
	text int     // index of the text, or -1 for special tokens
	ids  []int32 // of special tokens
	kind int32   // the type of all tokens in the part
}

// newTemplate returns the template of parts.
func newTemplate(parts ...part) template {
	t := template{parts: parts}
	for _, p := range parts {
		t.special += len(p.ids)
	}
	return t
}

// count returns how often the template holds a text.
func (t template) count(text int) (n int) {
	for _, p := range t.parts {
		if p.text == text {
			n++
		}
	}
	return n
}

// size returns one more than the greatest ID of a special token.
func (t template) size() (size int) {
	for _, p := range t.parts {
		for _, id := range p.ids {
			size = max(size, int(id)+1)
		}
	}
	return size
}

// types returns one more than the greatest type of a token.
func (t template) types() (types int) {
	for _, p := range t.parts {
		types = max(types, int(p.kind)+1)
	}
	return types
}

// fill returns the encoding of one or two texts, given the IDs of their tokens.
func (t template) fill(texts ...[]int32) Encoding {
	n := t.special
	for _, text := range texts {
		n += len(text)
	}
	e := Encoding{IDs: make([]int32, 0, n), Types: make([]int32, 0, n)}
	for _, p := range t.parts {
		ids := p.ids
		if p.text >= 0 {
			ids = texts[p.text]
		}
		e.IDs = append(e.IDs, ids...)
		for range ids {
			e.Types = append(e.Types, p.kind)
		}
	}
	return e
}

// truncate returns how many tokens of two texts of n and m tokens remain under a limit, by the longest_first strategy of
// Hugging Face's tokenizers. The shorter text remains whole if it takes at most half of the limit. Otherwise each text gets
// half, and the second the odd token.
func truncate(n, m, limit int) (int, int) {
	if n+m <= limit {
		return n, m
	}
	swapped := n > m
	if swapped {
		n, m = m, n
	}
	if n <= limit {
		m = max(n, limit-n)
	}
	if n+m > limit { // n is more than half
		n = limit / 2
		m = n + limit%2
	}
	if swapped {
		return m, n
	}
	return n, m
}

// A templateReader makes the templates of a text and of a pair of texts from a post-processor.
type templateReader func(component) (single, pair template, err error)

// processors are the types of post-processors. Those that change only the offsets of tokens have no reader.
var processors = map[string]templateReader{
	"TemplateProcessing": templateProcessing, "BertProcessing": bertProcessing, "RobertaProcessing": robertaProcessing, "ByteLevel": nil,
}

// templates returns the templates of the only post-processor that adds special tokens. Without one, texts stand alone.
func templates(steps []component) (single, pair template, err error) {
	single, pair = newTemplate(part{text: 0}), newTemplate(part{text: 0}, part{text: 1, kind: 1})
	found := false
	for _, c := range steps {
		read, err := constructor(c, processors)
		if err != nil {
			return single, pair, err
		}
		if read == nil {
			continue
		}
		if found {
			return single, pair, c.bad("a Sequence of several processors that add special tokens is not supported")
		}
		found = true
		if single, pair, err = read(c); err != nil {
			return single, pair, err
		}
	}
	return single, pair, nil
}

// tokenAndID is a list of two elements in the file.
type tokenAndID struct {
	token string
	id    int32
	valid bool
}

func (t *tokenAndID) UnmarshalJSON(text []byte) error {
	var parts []json.RawMessage
	t.valid = json.Unmarshal(text, &parts) == nil && len(parts) == 2 &&
		json.Unmarshal(parts[0], &t.token) == nil && json.Unmarshal(parts[1], &t.id) == nil
	return nil
}

// sepAndCls returns the special tokens of a BertProcessing or a RobertaProcessing.
func sepAndCls(c component) (sep, cls part, err error) {
	var f struct {
		Sep *tokenAndID `json:"sep"`
		Cls *tokenAndID `json:"cls"`
	}
	if err := c.decode(&f); err != nil {
		return sep, cls, err
	}
	switch {
	case f.Sep == nil || f.Cls == nil:
		return sep, cls, c.bad("a %s needs sep and cls", c.kind)
	case !f.Sep.valid || !f.Cls.valid:
		return sep, cls, c.bad("sep and cls must be a list of a token and its ID")
	case f.Cls.id < 0 || f.Sep.id < 0:
		return sep, cls, c.bad("the IDs of sep and cls must be 0 or more")
	}
	return part{-1, []int32{f.Sep.id}, 0}, part{-1, []int32{f.Cls.id}, 0}, nil
}

// bertProcessing reads BERT's template: [CLS] A [SEP] and [CLS] A [SEP] B [SEP], the second text of type 1.
func bertProcessing(c component) (single, pair template, err error) {
	sep, cls, err := sepAndCls(c)
	if err != nil {
		return single, pair, err
	}
	end := part{-1, sep.ids, 1}
	return newTemplate(cls, part{text: 0}, sep), newTemplate(cls, part{text: 0}, sep, part{text: 1, kind: 1}, end), nil
}

// robertaProcessing reads RoBERTa's template: <s> A </s> and <s> A </s></s> B </s>, all of type 0.
func robertaProcessing(c component) (single, pair template, err error) {
	sep, cls, err := sepAndCls(c)
	if err != nil {
		return single, pair, err
	}
	return newTemplate(cls, part{text: 0}, sep), newTemplate(cls, part{text: 0}, sep, sep, part{text: 1}, sep), nil
}

// processor is a TemplateProcessing in a file.
type processor struct {
	Type    string                  `json:"type"`
	Single  []templatePart          `json:"single"`
	Pair    []templatePart          `json:"pair"`
	Special map[string]specialToken `json:"special_tokens"`
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

func templateProcessing(c component) (single, pair template, err error) {
	var p processor
	if err := c.decode(&p); err != nil {
		return single, pair, err
	}
	if single, err = p.template(c, p.Single); err != nil {
		return single, pair, err
	}
	if pair, err = p.template(c, p.Pair); err != nil {
		return single, pair, err
	}
	if single.count(0) != 1 || single.count(1) != 0 {
		return single, pair, c.bad("single must hold sequence A once, and no B")
	}
	if pair.count(0) != 1 || pair.count(1) != 1 {
		return single, pair, c.bad("pair must hold the sequences A and B, each once")
	}
	return single, pair, nil
}

// template makes a template of its parts in the file.
func (p *processor) template(c component, list []templatePart) (t template, err error) {
	var parts []part
	for _, item := range list {
		if kind := max(item.Sequence.kind(), item.Special.kind()); kind < 0 || kind > maxKind {
			return t, c.bad("type_id %d is out of range", kind)
		}
		switch {
		case item.Sequence != nil:
			text := slices.Index([]string{"A", "B"}, item.Sequence.ID)
			if text < 0 {
				return t, c.bad("sequence %.80q is neither A nor B", item.Sequence.ID)
			}
			parts = append(parts, part{text, nil, item.Sequence.Type})
		case item.Special != nil:
			special, ok := p.Special[item.Special.ID]
			if !ok {
				return t, c.bad("special token %.80q has no IDs", item.Special.ID)
			}
			if len(special.IDs) > 0 && slices.Min(special.IDs) < 0 {
				return t, c.bad("special token %.80q has a negative ID", item.Special.ID)
			}
			parts = append(parts, part{-1, special.IDs, item.Special.Type})
		}
	}
	return newTemplate(parts...), nil
}
