package tokenizer

import (
	"bytes"
	"unicode/utf8"
)

// metaspace divides a text like Hugging Face's Metaspace: it replaces each space by a mark, puts a mark before the text if it has
// none, and starts a word at each mark.
type metaspace struct {
	mark   []byte // one character
	prefix string // which parts of a text get a mark: "always", "first" (that at the start of the text) or "never"
	divide bool   // whether marks start words
}

func readMetaspace(c component) (splitter, error) {
	f := struct {
		Replacement string
		Prefix      *bool  `json:"add_prefix_space"` // in files of tokenizers before version 0.15
		Scheme      string `json:"prepend_scheme"`
		Split       *bool
	}{Scheme: "always"}
	if err := c.decode(&f); err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(f.Replacement) != 1 {
		return nil, c.bad("the replacement of a Metaspace is %.80q; it must be one character", f.Replacement)
	}
	switch f.Scheme {
	case "always", "first", "never":
	default:
		return nil, c.bad(`prepend_scheme is %.80q; it must be "always", "first" or "never"`, f.Scheme)
	}
	if f.Prefix != nil && !*f.Prefix {
		f.Scheme = "never"
	}
	return metaspace{[]byte(f.Replacement), f.Scheme, f.Split == nil || *f.Split}, nil
}

func (m metaspace) split(s *scratch, part []byte, start bool, emit func(word []byte, start bool)) {
	if len(part) == 0 {
		return
	}
	text := s.takeText()
	defer func() { s.giveBackText(text) }()
	if part[0] != ' ' && !bytes.HasPrefix(part, m.mark) && (m.prefix == "always" || m.prefix == "first" && start) {
		text = append(text, m.mark...)
	}
	for _, c := range part {
		if c == ' ' {
			text = append(text, m.mark...)
		} else {
			text = append(text, c)
		}
	}
	for rest := text; len(rest) > 0; start = false {
		end := len(rest)
		if m.divide {
			if i := bytes.Index(rest[1:], m.mark); i >= 0 {
				end = i + 1
			}
		}
		emit(rest[:end], start)
		rest = rest[end:]
	}
}
