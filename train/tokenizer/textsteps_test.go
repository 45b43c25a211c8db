package tokenizer

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// normalizerOf returns the step of a normalizer in JSON.
func normalizerOf(t testing.TB, text string) normalizer {
	t.Helper()
	c, err := newComponent("normalizer", []byte(text), []byte(text), 1)
	if err != nil {
		t.Fatal(err)
	}
	read, err := constructor(c, normalizers)
	if err != nil {
		t.Fatal(err)
	}
	n, err := read(c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The results are those of tokenizers 0.23.3.
func TestNormalizerSteps(t *testing.T) {
	regex := func(pattern, content string) string {
		return fmt.Sprintf(`{"type": "Replace", "pattern": {"Regex": %q}, "content": %q}`, pattern, content)
	}
	for _, c := range []struct{ step, text, want string }{
		{`{"type": "Strip", "strip_left": true, "strip_right": false}`, " \u3000\n a \u0085", "a \u0085"},
		{`{"type": "Strip", "strip_left": false, "strip_right": true}`, " a \u0085", " a"},
		{`{"type": "Strip", "strip_left": true, "strip_right": true}`, " \t ", ""},
		{`{"type": "Lowercase"}`, "AbÇİΑΣ ß", "abçi\u0307ασ ß"},
		{`{"type": "Lowercase"}`, "A\x00Z[", "a\x00z["},
		{`{"type": "StripAccents"}`, "e\u0301\u0903ａ\u20dd", "eａ"},
		{`{"type": "Nmt"}`, "a\x01\x00\t\u200b▁\ufffd\x7f\u0085", "a\x00    \u0085"},
		{`{"type": "Prepend", "prepend": "▁"}`, "a", "▁a"},
		{`{"type": "Prepend", "prepend": "▁"}`, "", ""},
		{`{"type": "Replace", "pattern": {"String": "''"}, "content": "\""}`, "a'''b''", "a\"'b\""},
		{regex(" {2,}", "▁"), "  a b   c    ", "▁a b▁c▁"},
		{regex(`\s+`, " "), "\u00a0a \n\tb\u2028\u0085c", " a b c"},
		{regex(`\s{2,}|[\n\r\t]`, " "), "a\n b\tc d\u00a0\u00a0e\u00a0f", "a b c d e\u00a0f"},
		{regex(`\A +| +\z`, ""), "  a  b  ", "a  b"},
		{regex(`\A▁`, "▁▁"), "▁a▁", "▁▁a▁"},
		{regex(` +▁`, "▁"), "a  ▁b ▁", "a▁b▁"},
		{regex(`[\n\r\t]`, " "), "a\r\nb\v", "a  b\v"},
		{regex(`\n`, " "), "a\n\rb", "a \rb"},
		{`{"type": "NFC"}`, "e\u0301\u0316 각\u1100\u1161", "\u00e9\u0316 각가"},
		{`{"type": "NFD"}`, "é각\U00011938", "e\u0301\u1100\u1161\u11a8\U00011938"},
		{`{"type": "NFKC"}`, "ﬁ①Ａ\u32ff\ufdfa", "fi1A\u32ffصلى الله عليه وسلم"},
		{`{"type": "NFKD"}`, "ﬃ½", "ffi1\u20442"},
		{`{"type": "NFC"}`, "\U00011935\U00011930 a\U0001e4ec\u0301", "\U00011935\U00011930 a\U0001e4ec\u0301"},
	} {
		n := normalizerOf(t, c.step)
		if got := string(n.normalize(new(scratch), nil, []byte(c.text))); got != c.want {
			t.Errorf("%s of %+q: got %+q, want %+q", c.step, c.text, got, c.want)
		}
	}
}

// The package norm inserts a combining grapheme joiner into runs of more than 30 marks; the normal forms of Unicode do not.
func TestNormalFormsOfManyMarks(t *testing.T) {
	text := "e" + strings.Repeat("\u0301", 40) + strings.Repeat("\u0316", 40)
	for name, want := range map[string]string{
		"NFD": "e" + strings.Repeat("\u0316", 40) + strings.Repeat("\u0301", 40),
		"NFC": "\u00e9" + strings.Repeat("\u0316", 40) + strings.Repeat("\u0301", 39),
	} {
		if got := string(normalForms[name].normalize(new(scratch), nil, []byte(text))); got != want {
			t.Errorf("%s: got %+q", name, got)
		}
	}
}

// Apart from these runs and from characters that tokenizers does not know, the forms are those of the package norm.
func TestNormalFormsAgreeWithTheLibrary(t *testing.T) {
	s := new(scratch)
	for name, form := range map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD, "NFKC": norm.NFKC, "NFKD": norm.NFKD} {
		for r := rune(1); r < 0x3400; r++ {
			if unicode.In(r, undecomposed, uncomposed, unfolded) {
				continue
			}
			text := fmt.Sprintf("%c\u0316\u0301%c%c\u3099\u0345", r, r^1, r)
			if unicode.In(r^1, undecomposed, uncomposed, unfolded) {
				continue
			}
			if got, want := string(normalForms[name].normalize(s, nil, []byte(text))), form.String(text); got != want {
				t.Errorf("%s of %+q: got %+q, want %+q", name, text, got, want)
			}
		}
	}
}
