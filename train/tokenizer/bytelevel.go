package tokenizer

import (
	"unicode"
	"unicode/utf8"
)

// byteLevel divides a text into words by the pattern of GPT-2 (Radford et al., 2019). The model reads their bytes, each of which a
// vocabulary writes as one character.
type byteLevel struct {
	space   bool // begin every part with a space
	pattern bool // divide by the pattern
}

func readByteLevel(c component) (splitter, error) {
	f := struct {
		Space   bool  `json:"add_prefix_space"`
		Pattern *bool `json:"use_regex"` // absent in old files
	}{}
	if err := c.decode(&f); err != nil {
		return nil, err
	}
	return byteLevel{f.Space, f.Pattern == nil || *f.Pattern}, nil
}

func (b byteLevel) split(s *scratch, part []byte, start bool, emit func(word []byte, start bool)) {
	if b.space && part[0] != ' ' {
		part = append(append(s.takeText(), ' '), part...)
		defer s.giveBackText(part)
	}
	if !b.pattern {
		emit(part, start)
		return
	}
	for i := 0; i < len(part); {
		n := gpt2Word(part[i:])
		emit(part[i:i+n], start && i == 0)
		i += n
	}
}

// The classes of characters in GPT-2's pattern.
const (
	classOther = iota
	classLetter
	classNumber
	classSpace
)

// asciiClasses holds the classes of the ASCII characters.
var asciiClasses = func() (classes [utf8.RuneSelf]uint8) {
	for r := range classes {
		classes[r] = tableClass(rune(r))
	}
	return classes
}()

// tableClass returns the class of a character.
func tableClass(r rune) uint8 {
	switch {
	case unicode.Is(letters, r):
		return classLetter
	case unicode.Is(numbers, r):
		return classNumber
	case unicode.IsSpace(r):
		return classSpace
	}
	return classOther
}

// firstClass returns the class of the first character of a text, which is not empty, and its length in bytes.
func firstClass(text []byte) (class uint8, size int) {
	if text[0] < utf8.RuneSelf {
		return asciiClasses[text[0]], 1
	}
	r, size := utf8.DecodeRune(text)
	return tableClass(r), size
}

// gpt2Pattern is the regular expression of GPT-2's words, which gpt2Word matches.
const gpt2Pattern = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`

// gpt2Word returns the length in bytes of the first word of a text, which is not empty.
func gpt2Word(text []byte) int {
	if text[0] == '\'' && len(text) > 1 {
		switch text[1] {
		case 's', 't', 'm', 'd':
			return 2
		case 'r', 'v', 'l':
			if second := text[1]; len(text) > 2 && (text[2] == 'e' && second != 'l' || text[2] == 'l' && second == 'l') {
				return 3
			}
		}
	}
	n := 0
	if text[0] == ' ' {
		n = 1
	}
	if n < len(text) {
		if class, size := firstClass(text[n:]); class != classSpace {
			return n + size + classRun(text[n+size:], class)
		}
	}
	// White space: all of it at the end of the text, else all but its last character, which a word may begin with.
	last := 0
	for n = 0; n < len(text); {
		class, size := firstClass(text[n:])
		if class != classSpace {
			if last == 0 {
				return n
			}
			return last
		}
		last = n
		n += size
	}
	return n
}

// classRun returns the length in bytes of the characters of a class at the start of a text.
func classRun(text []byte, class uint8) (n int) {
	for n < len(text) {
		found, size := firstClass(text[n:])
		if found != class {
			break
		}
		n += size
	}
	return n
}

// byteCharacters are the characters by which vocabularies write bytes: visible ones for themselves, and others from U+0100 on.
var byteCharacters = func() (characters [256]string) {
	next := rune(256)
	for b := range characters {
		r := rune(b)
		if b < '!' || b > '~' && b < 0xa1 || b == 0xad {
			r = next
			next++
		}
		characters[b] = string(r)
	}
	return characters
}()
