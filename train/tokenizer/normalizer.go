package tokenizer

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// normalizer is Hugging Face's BertNormalizer.
type normalizer struct {
	clean, chinese, strip, lower bool
	ascii                        [utf8.RuneSelf]byte // what each ASCII character becomes; 0 = nothing
}

func newNormalizer(clean, chinese, strip, lower bool) normalizer {
	n := normalizer{clean: clean, chinese: chinese, strip: strip, lower: lower}
	for r := range rune(utf8.RuneSelf) {
		c := r
		if clean {
			c = cleanRune(r)
		}
		if lower {
			c = unicode.ToLower(c)
		}
		n.ascii[r] = byte(c)
	}
	return n
}

// normalize returns the text normalised, in one of the buffers of s.
func (n *normalizer) normalize(s *scratch, text []byte) []byte {
	out := s.cleaned[:0]
	ascii := true
	for i := 0; i < len(text); {
		if b := text[i]; b < utf8.RuneSelf {
			i++
			if c := n.ascii[b]; c != 0 || !n.clean {
				out = append(out, c)
			}
			continue
		}
		ascii = false
		r, size := utf8.DecodeRune(text[i:])
		i += size
		if n.clean {
			if r = cleanRune(r); r == 0 {
				continue
			}
		}
		if n.chinese && isChinese(r) {
			out = append(out, ' ')
			out = utf8.AppendRune(out, r)
			out = append(out, ' ')
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	if !ascii && n.strip {
		s.decomposed = appendDecomposed(s.decomposed[:0], out)
		out = appendRunes(out[:0], s.decomposed, func(r rune) bool { return !unicode.Is(accents, r) })
	}
	if !ascii && n.lower {
		s.decomposed = append(s.decomposed[:0], out...)
		out = appendLower(out[:0], s.decomposed)
	}
	s.cleaned = out
	return out
}

// cleanRune is what clean_text makes of a character; 0 = nothing.
func cleanRune(r rune) rune {
	switch {
	case unicode.Is(removed, r):
		return 0
	case unicode.IsSpace(r):
		return ' '
	}
	return r
}

// isChinese reports whether BERT puts spaces around the character: the blocks of CJK ideographs that it knows.
func isChinese(r rune) bool {
	return r >= 0x3400 && (r <= 0x4dbf || r >= 0x4e00 && r <= 0x9fff || r >= 0xf900 && r <= 0xfaff ||
		r >= 0x20000 && r <= 0x2a6df || r >= 0x2a700 && r <= 0x2b81f || r >= 0x2b920 && r <= 0x2ceaf || r >= 0x2f800 && r <= 0x2fa1f)
}

// appendDecomposed appends the text in normalisation form D, in which the characters of the undecomposed table stand
// untouched and nothing moves past them.
func appendDecomposed(out, text []byte) []byte {
	start := 0
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if unicode.Is(undecomposed, r) {
			out = append(norm.NFD.Append(out, text[start:i]...), text[i:i+size]...)
			start = i + size
		}
		i += size
	}
	return norm.NFD.Append(out, text[start:]...)
}

// appendRunes appends the characters that keep holds for.
func appendRunes(out, text []byte, keep func(rune) bool) []byte {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if keep(r) {
			out = append(out, text[i:i+size]...)
		}
		i += size
	}
	return out
}

// appendLower appends the text in lower case, character by character: a final sigma is a sigma like another.
func appendLower(out, text []byte) []byte {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		i += size
		if r == 'İ' { // the one character whose lower case is two
			out = append(out, "i\u0307"...)
			continue
		}
		out = utf8.AppendRune(out, newLetters.ToLower(r))
	}
	return out
}
