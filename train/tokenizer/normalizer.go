package tokenizer

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A normalizer is a step that changes a text before it is divided into words. It is safe for concurrent use.
type normalizer interface {
	// normalize appends the normal form of a text to out, which is empty, in time linear in the text. It must not keep text or out.
	normalize(s *scratch, out, text []byte) []byte
}

// normalizers make the step of each type of normalizer.
var normalizers = map[string]func(component) (normalizer, error){
	"BertNormalizer": readBertNormalizer,
	"Lowercase":      func(component) (normalizer, error) { return lowercase{}, nil },
	"NFC":            readForm,
	"NFD":            readForm,
	"NFKC":           readForm,
	"NFKD":           readForm,
	"Nmt":            func(component) (normalizer, error) { return nmt{}, nil },
	"Precompiled":    readPrecompiled,
	"Prepend":        readPrepend,
	"Replace":        readReplace,
	"Strip":          readStrip,
	"StripAccents":   func(component) (normalizer, error) { return stripAccents{}, nil },
}

// normalize returns the text after all steps. It is valid until s is used again.
func (t *Tokenizer) normalize(s *scratch, text []byte) []byte {
	for i, step := range t.normalizers {
		out := step.normalize(s, s.normal[i%2][:0], text)
		s.normal[i%2], text = out, out
	}
	return text
}

// maxGrowth is how many times as long as a text its normal form may be. Those of real tokenizers are up to about 1,000 times as long.
const maxGrowth = 1 << 13

// growth returns a bound on how many times as long as a text its normal form may be.
func growth(steps []normalizer) float64 {
	product := 1.0
	for _, step := range steps {
		switch n := step.(type) {
		case replace:
			product *= max(1, float64(len(n.new))/float64(len(n.old)))
		case replaceSpaces:
			product *= max(1, float64(len(n.new))/2)
		case replaceMatches:
			product *= max(1, float64(len(n.new)))
		case *charsmap:
			product *= max(1, float64(n.longest))
		case normalForm, *bertNormalizer:
			product *= 11 // of U+FDFA in NFKC
		case lowercase:
			product *= 2
		}
	}
	return product
}

// readBertNormalizer returns the step of a BertNormalizer.
func readBertNormalizer(c component) (normalizer, error) {
	f := bertSettings{Clean: true, Chinese: true, Lower: true}
	if err := c.decode(&f); err != nil {
		return nil, err
	}
	strip := f.Lower
	if f.Strip != nil {
		strip = *f.Strip
	}
	return newBertNormalizer(f.Clean, f.Chinese, strip, f.Lower), nil
}

// bertNormalizer does what Hugging Face's BertNormalizer does.
type bertNormalizer struct {
	clean   bool                // remove control characters, unify white space
	chinese bool                // put spaces around Chinese characters
	strip   bool                // remove accents
	lower   bool                // convert to lower case
	ascii   [utf8.RuneSelf]byte // the normal form of each ASCII character; 0 = removed
}

// newBertNormalizer returns a BertNormalizer with the given settings.
func newBertNormalizer(clean, chinese, strip, lower bool) *bertNormalizer {
	n := &bertNormalizer{clean: clean, chinese: chinese, strip: strip, lower: lower}
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

func (n *bertNormalizer) normalize(s *scratch, out, text []byte) []byte {
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
