package tokenizer

import (
	"cmp"
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// normalForm makes one of Unicode's normalization forms of a text, as the library tokenizers does. The package norm knows the
// characters; its own forms insert a character into long runs of combining marks, and may know characters that the library does not.
type normalForm struct {
	whole       norm.Form // the form itself
	decomposing norm.Form // NFD or NFKD
	composes    bool
}

// normalForms are the forms by their names.
var normalForms = map[string]normalForm{
	"NFC":  {norm.NFC, norm.NFD, true},
	"NFD":  {norm.NFD, norm.NFD, false},
	"NFKC": {norm.NFKC, norm.NFKD, true},
	"NFKD": {norm.NFKD, norm.NFKD, false},
}

// A classed is a character with its canonical combining class.
type classed struct {
	r     rune
	class uint8
}

// readForm returns the step of a normalization form, whose name is the type of the component.
func readForm(c component) (normalizer, error) { return normalForms[c.kind], nil }

func (f normalForm) normalize(s *scratch, out, text []byte) []byte {
	n := f.whole.QuickSpan(text)
	if out = append(out, text[:n]...); n == len(text) {
		return out
	}
	s.classed = f.decompose(s.classed[:0], text[n:])
	if f.composes {
		s.classed = compose(s.classed)
	}
	for _, c := range s.classed {
		out = utf8.AppendRune(out, c.r)
	}
	return out
}

// decompose appends the characters of a decomposed text, with combining marks in their canonical order.
func (f normalForm) decompose(out []classed, text []byte) []classed {
	var memory [64]byte
	marks := 0 // at the end of out
	sort := func() {
		slices.SortStableFunc(out[len(out)-marks:], func(a, b classed) int { return cmp.Compare(a.class, b.class) })
		marks = 0
	}
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r < utf8.RuneSelf || unicode.In(r, undecomposed, uncomposed) || f.decomposing == norm.NFKD && unicode.Is(unfolded, r) {
			sort()
			out, text = append(out, classed{r, 0}), text[size:]
			continue
		}
		for parts := f.decomposing.Append(memory[:0], text[:size]...); len(parts) > 0; {
			r, n := utf8.DecodeRune(parts)
			c := classed{r, norm.NFD.Properties(parts).CCC()}
			if marks++; c.class == 0 {
				marks--
				sort()
			}
			out, parts = append(out, c), parts[n:]
		}
		text = text[size:]
	}
	sort()
	return out
}

// compose replaces a character and a mark that follows it by their composition, as often as it can (Unicode Standard Annex 15).
func compose(text []classed) []classed {
	out := text[:0]
	starter, last := -1, uint8(0) // the last character of class 0, and the class of the last character after it
	for _, c := range text {
		if starter >= 0 && (last == 0 || last < c.class) {
			if r, ok := composition(out[starter].r, c.r); ok {
				out[starter].r = r
				continue
			}
		}
		if last = c.class; c.class == 0 {
			starter = len(out)
		}
		out = append(out, c)
	}
	return out
}

// composition returns the character that two characters compose.
func composition(a, b rune) (rune, bool) {
	var memory [32]byte
	if b < utf8.RuneSelf || unicode.In(a, undecomposed, uncomposed) || unicode.Is(undecomposed, b) {
		return 0, false
	}
	text := utf8.AppendRune(memory[:0], b)
	if norm.NFC.Properties(text).BoundaryBefore() {
		return 0, false
	}
	text = norm.NFC.Append(memory[8:8], utf8.AppendRune(utf8.AppendRune(memory[:0], a), b)...)
	r, size := utf8.DecodeRune(text)
	return r, size == len(text)
}
