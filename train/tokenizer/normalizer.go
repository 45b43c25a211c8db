package tokenizer

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// normalizer does what Hugging Face's BertNormalizer does.
type normalizer struct {
	clean   bool                // remove control characters, unify white space
	chinese bool                // put spaces around Chinese characters
	strip   bool                // remove accents
	lower   bool                // convert to lower case
	ascii   [utf8.RuneSelf]byte // the normal form of each ASCII character; 0 = removed
}

// newNormalizer returns a normalizer with the given settings.
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

// normalize returns the normalised text, which is valid until s is used again.
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

// cleanRune returns the character that clean_text replaces r by, or 0 if it removes r.
func cleanRune(r rune) rune {
	switch {
	case unicode.Is(removed, r):
		return 0
	case unicode.IsSpace(r):
		return ' '
	}
	return r
}

// isChinese reports whether r is in one of the blocks of CJK ideographs around which BERT puts spaces.
func isChinese(r rune) bool {
	return r >= 0x3400 && (r <= 0x4dbf || r >= 0x4e00 && r <= 0x9fff || r >= 0xf900 && r <= 0xfaff ||
		r >= 0x20000 && r <= 0x2a6df || r >= 0x2a700 && r <= 0x2b81f || r >= 0x2b920 && r <= 0x2ceaf || r >= 0x2f800 && r <= 0x2fa1f)
}

// appendDecomposed appends the text in normalisation form D. Characters of the table undecomposed are left alone, and combining
// characters are not reordered across them.
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

// appendRunes appends the characters of the text for which keep returns true.
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

// appendLower appends the text in lower case. It converts each character on its own, so a final sigma becomes an ordinary one.
func appendLower(out, text []byte) []byte {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		i += size
		if r == 'İ' { // the only character whose lower case has two characters
			out = append(out, "i\u0307"...)
			continue
		}
		out = utf8.AppendRune(out, newLetters.ToLower(r))
	}
	return out
}
