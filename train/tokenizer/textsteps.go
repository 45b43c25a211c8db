package tokenizer

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// strip removes white space from the ends of a text.
type strip struct{ left, right bool }

func readStrip(c component) (normalizer, error) {
	var f struct {
		Left  *bool `json:"strip_left"`
		Right *bool `json:"strip_right"`
	}
	if err := c.decode(&f); err != nil {
		return nil, err
	}
	if f.Left == nil || f.Right == nil {
		return nil, c.bad("a Strip needs strip_left and strip_right")
	}
	return strip{*f.Left, *f.Right}, nil
}

func (n strip) normalize(_ *scratch, out, text []byte) []byte {
	if n.left {
		text = bytes.TrimLeftFunc(text, unicode.IsSpace)
	}
	if n.right {
		text = bytes.TrimRightFunc(text, unicode.IsSpace)
	}
	return append(out, text...)
}

// lowercase converts a text to lower case.
type lowercase struct{}

func (lowercase) normalize(_ *scratch, out, text []byte) []byte {
	if i := bytes.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }); i >= 0 {
		return appendLower(out, text)
	}
	for _, c := range text {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		out = append(out, c)
	}
	return out
}

// stripAccents removes combining marks.
type stripAccents struct{}

func (stripAccents) normalize(_ *scratch, out, text []byte) []byte {
	return appendRunes(out, text, func(r rune) bool { return r < utf8.RuneSelf || !unicode.Is(marks, r) })
}

// nmt removes control characters and makes spaces of others, as SentencePiece's rules nmt_nfkc do.
type nmt struct{}

func (nmt) normalize(_ *scratch, out, text []byte) []byte {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '\t' || r == '\n' || r == '\f' || r == '\r' || r == 0x1680 || r >= 0x200b && r <= 0x200f ||
			r == 0x2028 || r == 0x2029 || r == '▁' || r == 0xfeff || r == utf8.RuneError:
			out = append(out, ' ')
		case r > 0 && r < ' ' || r == 0x7f || r == 0x8f || r == 0x9f:
		default:
			out = append(out, text[:size]...)
		}
		text = text[size:]
	}
	return out
}

// prepend puts a string before every text that is not empty.
type prepend string

func readPrepend(c component) (normalizer, error) {
	var f struct{ Prepend *string }
	if err := c.decode(&f); err != nil {
		return nil, err
	}
	if f.Prepend == nil || len(*f.Prepend) > maxReplacement {
		return nil, c.bad("a Prepend needs the string prepend of at most %d bytes", maxReplacement)
	}
	return prepend(*f.Prepend), nil
}

func (n prepend) normalize(_ *scratch, out, text []byte) []byte {
	if len(text) > 0 {
		out = append(out, n...)
	}
	return append(out, text...)
}

// replace replaces a string.
type replace struct{ old, new []byte }

func (n replace) normalize(_ *scratch, out, text []byte) []byte {
	for {
		i := bytes.Index(text, n.old)
		if i < 0 {
			return append(out, text...)
		}
		out = append(append(out, text[:i]...), n.new...)
		text = text[i+len(n.old):]
	}
}

// replaceSpaces replaces runs of two or more spaces.
type replaceSpaces struct{ new []byte }

func (n replaceSpaces) normalize(_ *scratch, out, text []byte) []byte {
	for {
		i := bytes.Index(text, []byte("  "))
		if i < 0 {
			return append(out, text...)
		}
		out = append(append(out, text[:i]...), n.new...)
		text = bytes.TrimLeft(text[i:], " ")
	}
}

// replaceMatches replaces the matches of a regular expression, of which none is empty.
type replaceMatches struct {
	old *regexp.Regexp
	new []byte
}

func (n replaceMatches) normalize(_ *scratch, out, text []byte) []byte {
	end := 0
	for _, at := range n.old.FindAllIndex(text, -1) {
		out = append(append(out, text[end:at[0]]...), n.new...)
		end = at[1]
	}
	return append(out, text[end:]...)
}

// patterns are the regular expressions that are supported, with their form for Go, whose \s is ASCII.
var patterns = map[string]string{
	` {2,}`:           ` {2,}`,
	`\s+`:             space + `+`,
	`\s{2,}|[\n\r\t]`: space + `{2,}|[\n\r\t]`,
	`[\n\r\t]`:        `[\n\r\t]`,
	`\n`:              `\n`,
	`\A +| +\z`:       `\A +| +\z`,
	`\A▁`:             `\A▁`,
	` +▁`:             ` +▁`,
}

// space matches a character of white space.
const space = `[\t-\r\x{85}\pZ]`

func readReplace(c component) (normalizer, error) {
	var f struct {
		Pattern struct {
			String *string
			Regex  *string
		}
		Content *string
	}
	if err := c.decode(&f); err != nil {
		return nil, err
	}
	if f.Content == nil || (f.Pattern.String == nil) == (f.Pattern.Regex == nil) {
		return nil, c.bad("a Replace needs content, and a pattern with either String or Regex")
	}
	content := []byte(*f.Content)
	if len(content) > maxReplacement {
		return nil, c.bad("the content of a Replace has %d bytes; at most %d are supported", len(content), maxReplacement)
	}
	if f.Pattern.String != nil {
		if *f.Pattern.String == "" {
			return nil, c.bad("the pattern of a Replace is empty")
		}
		return replace{[]byte(*f.Pattern.String), content}, nil
	}
	pattern := *f.Pattern.Regex
	if pattern == ` {2,}` {
		return replaceSpaces{content}, nil
	}
	if _, ok := patterns[pattern]; !ok {
		var known []string
		for p := range patterns {
			known = append(known, fmt.Sprintf("%q", p))
		}
		slices.Sort(known)
		return nil, c.bad("a Replace with the regular expression %.80q is not supported; supported: %s", pattern, strings.Join(known, ", "))
	}
	return replaceMatches{regexp.MustCompile(patterns[pattern]), content}, nil
}
