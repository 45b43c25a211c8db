package tokenizer

import (
	"unicode"
	"unicode/utf8"
)

// A splitter is a step that divides a text into words, or words into smaller ones. It is safe for concurrent use.
type splitter interface {
	// split calls emit for each word of a part of a text, in order, in time linear in the part. start reports whether a part is at the
	// start of the text. A word may be changed text; it is valid until emit returns.
	split(s *scratch, part []byte, start bool, emit func(word []byte, start bool))
}

// splitters make the step of each type of pre-tokenizer.
var splitters = map[string]func(component) (splitter, error){
	"BertPreTokenizer": func(component) (splitter, error) { return bertWords{}, nil },
	"ByteLevel":        readByteLevel,
	"Digits":           readDigits,
	"Metaspace":        readMetaspace,
	"Punctuation":      readPunctuation,
	"Split":            readSplit,
	"Whitespace":       func(component) (splitter, error) { return divider{visibleRun, true, removedMatch}, nil },
	"WhitespaceSplit":  func(component) (splitter, error) { return divider{each(unicode.IsSpace), false, removedMatch}, nil },
}

// bertWords divides a text like Hugging Face's BertPreTokenizer: white space separates words, and each punctuation mark is a word of
// its own.
type bertWords struct{}

func (bertWords) split(_ *scratch, text []byte, first bool, emit func(word []byte, start bool)) {
	start := 0
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		space, mark := unicode.IsSpace(r), unicode.Is(punctuation, r)
		if (space || mark) && start < i {
			emit(text[start:i], first && start == 0)
		}
		if mark {
			emit(text[i:i+size], first && i == 0)
		}
		i += size
		if space || mark {
			start = i
		}
	}
	if start < len(text) {
		emit(text[start:], first && start == 0)
	}
}
