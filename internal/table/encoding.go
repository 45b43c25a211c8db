package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"ftft/internal/fault"
	"ftft/internal/input"
)

// mark is the byte order mark, in UTF-8.
const mark = "\ufeff"

const encodingExamples = "encodings are utf-8, utf-16, latin-1, windows-1252, windows-1251, gb18030, big5, shift_jis, euc-jp, euc-kr " +
	"and others by their IANA names"

// aliases are the names that Python has for encodings and others lack, without hyphens, with their IANA names.
var aliases = map[string]string{"latin1": "iso-8859-1", "iso88591": "iso-8859-1", "ascii": "us-ascii", "cp949": "euc-kr",
	"macroman": "macintosh"}

// findEncoding returns the encoding of a name, and its usual name. It is nil for UTF-8. Names are those of IANA and, for others,
// those of browsers, in any case, with or without hyphens.
func findEncoding(name string) (encoding.Encoding, string, error) {
	plain := strings.ToLower(strings.TrimSpace(name))
	joined := strings.NewReplacer("-", "", "_", "").Replace(plain)
	switch joined {
	case "", "utf8", "utf8sig":
		return nil, "utf-8", nil
	case "utf16":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "utf-16", nil
	case "utf16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16le", nil
	case "utf16be":
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "utf-16be", nil
	}
	if alias := aliases[joined]; alias != "" {
		joined = alias
	}
	for _, spelt := range []string{joined, plain, strings.ReplaceAll(plain, "_", "-")} {
		if found, err := ianaindex.IANA.Encoding(spelt); err == nil && found != nil {
			return found, plain, nil
		}
		if found, err := htmlindex.Get(spelt); err == nil && found != encoding.Replacement {
			return found, plain, nil
		}
	}
	return nil, "", fmt.Errorf("%q is unknown; %s", name, encodingExamples)
}

// decode makes the text UTF-8. Bytes that the encoding does not have are an error.
func (t *Table) decode() error {
	o, raw, byMark := t.options, t.text, markOf(t.text)
	given, name, err := findEncoding(o.Encoding)
	if err != nil {
		return fault.At(t.File, 0, o.key("encoding")+": "+err.Error())
	}
	wide := strings.HasPrefix(name, "utf-16")
	switch {
	case byMark != "" && o.Encoding != "" && ((byMark == "utf-8") != (given == nil) || (byMark != "utf-8") != wide):
		return fault.At(t.File, 0, fmt.Sprintf("begins with the byte order mark of %s, and its encoding is set to %s: remove %s",
			byMark, name, o.key("encoding")))
	case o.Encoding == "" || byMark != "":
		if t.text, err = input.Text(t.File, raw); err != nil {
			return o.withEncoding(err)
		}
		if byMark != "" { // what is written again keeps it
			t.text = mark + t.text
		}
		t.encoding, t.encodingName, err = findEncoding(byMark)
		return err
	}
	if what := input.Recognise([]byte(raw[:min(len(raw), 4<<10)])); what != "" && !wide {
		return fault.At(t.File, 0, what)
	}
	if given == nil {
		t.encodingName = name
		return input.CheckUTF8(t.File, raw)
	}
	if name == "utf-16" { // without a mark
		given, name, _ = findEncoding("utf-16le")
	}
	t.encoding, t.encodingName = given, name
	if t.text, err = given.NewDecoder().String(raw); err != nil {
		return fault.At(t.File, 0, "not "+name+": "+err.Error())
	}
	// A decoder writes this character for bytes that it does not know, but a text may have it as well.
	if at := strings.Index(t.text, "\ufffd"); at >= 0 {
		if back, err := given.NewEncoder().String(t.text); err != nil || back != raw {
			return fault.At(t.File, 1+strings.Count(t.text[:at], "\n"), "not "+name+", the encoding that is set; "+encodingExamples)
		}
	}
	return nil
}

// withEncoding adds to an error about text that is not UTF-8 how to name its encoding.
func (o Options) withEncoding(err error) error {
	if bad := (*fault.Bad)(nil); errors.As(err, &bad) && len(bad.Problems) == 1 {
		problem := &bad.Problems[0]
		if strings.HasPrefix(problem.Message, "not UTF-8") {
			problem.Message += "; then name it, for instance " + o.Set("encoding", "gb18030")
		}
		if _, found, ok := strings.Cut(problem.Message, "without a byte order mark: convert it with iconv -f "); ok {
			name, _, _ := strings.Cut(found, " ")
			problem.Message = "text in UTF-16 without a byte order mark: name its encoding with " + o.Set("encoding", name)
		}
	}
	return err
}

// markOf returns the encoding that the byte order mark of a text names, "" if it has none.
func markOf(text string) string {
	switch {
	case strings.HasPrefix(text, mark):
		return "utf-8"
	case strings.HasPrefix(text, "\xff\xfe"):
		return "utf-16le"
	case strings.HasPrefix(text, "\xfe\xff"):
		return "utf-16be"
	}
	return ""
}

// writer returns a writer of text in the encoding of the file. Close flushes it and leaves w open.
func (t *Table) writer(w io.Writer) io.WriteCloser {
	encoded := transform.NewWriter(w, transform.Nop)
	if t.encoding != nil {
		encoded = transform.NewWriter(w, t.encoding.NewEncoder())
	}
	if t.returns {
		return returns{encoded}
	}
	return encoded
}

// returns is a writer that ends lines in lone carriage returns.
type returns struct{ io.WriteCloser }

func (r returns) Write(text []byte) (int, error) {
	return r.WriteCloser.Write(bytes.ReplaceAll(text, []byte("\n"), []byte("\r")))
}

// encodable returns an error if the encoding of the file lacks a character of a value.
func (t *Table) encodable(value string) error {
	if t.encoding == nil {
		return nil
	}
	if _, err := t.encoding.NewEncoder().String(value); err != nil {
		return errors.New("the encoding of the file, " + t.encodingName + ", lacks a character of it; convert the file to UTF-8 first")
	}
	return nil
}
