package safe

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "",
		"plain\ttext\n":       "plain\ttext\n",
		"żółw 乌龟 🐢 \ufffd":    "żółw 乌龟 🐢 \ufffd",
		"a\x1b[31mb":          `a\x1b[31mb`,
		"\x1b]0;title\a":      `\x1b]0;title\a`,
		"\r\b\x00\x7f":        `\r\b\x00\x7f`,
		"c1 \u009b31m \u0085": `c1 \u009b31m \u0085`,
		"\u202eabc\u202c\u2066\u2069\u200e\u200f\u061c": `\u202eabc\u202c\u2066\u2069\u200e\u200f\u061c`,
		"bytes \xff\xc3(":         `bytes \xff\xc3(`,
		"raw C1 \x9b31m":          `raw C1 \x9b31m`,
		"it's a 'quote' \\ \x1b'": `it's a 'quote' \ \x1b'`,
	} {
		if got := Text(text); got != want {
			t.Errorf("Text(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestWord(t *testing.T) {
	if got, want := Word("a\nb\tc\x1b"), `a\nb\tc\x1b`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// JSON that is escaped decodes to the same value.
func TestJSONKeepsItsMeaning(t *testing.T) {
	want := "a\x1b[31m\u009b\u202e\x7f\u2067\u200f é"
	encoded, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got string
	if err := json.Unmarshal([]byte(JSON(string(encoded))), &got); err != nil || got != want {
		t.Errorf("decodes to %q: %v", got, err)
	}
	for _, r := range JSON(string(encoded)) {
		if controls(r) {
			t.Errorf("%U remains", r)
		}
	}
}

// A byte that is not UTF-8 is JSON's replacement character.
func TestJSONOfInvalidText(t *testing.T) {
	if got, want := JSON("\"a\xffb\""), `"a\ufffdb"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A Writer writes the same however the text is split.
func TestWriterAcrossWrites(t *testing.T) {
	text := "é\x1b[0m乌\u009b🐢\u202e\xff\xe4\xb9!\xf0\x9f"
	for _, parts := range [][]string{{text}, strings.Split(text, ""), bytewise(text)} {
		var out bytes.Buffer
		w := NewWriter(&out)
		for _, part := range parts {
			if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
				t.Fatalf("Write(%q) = %d, %v", part, n, err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if got, want := out.String(), Text(text); got != want {
			t.Errorf("%q: got %q, want %q", parts, got, want)
		}
	}
}

func bytewise(text string) (parts []string) {
	for i := range len(text) {
		parts = append(parts, text[i:i+1])
	}
	return parts
}

// An error of the writer below is returned.
func TestWriterError(t *testing.T) {
	w := NewWriter(iotest.TruncateWriter(failing{}, 100))
	if _, err := w.Write([]byte("a")); err != io.ErrClosedPipe {
		t.Errorf("error %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// Whatever is written, nothing that controls a terminal passes.
func FuzzWriter(f *testing.F) {
	f.Add("a\x1b[31m", 1)
	f.Add("\u009b\u202e\xff", 2)
	f.Fuzz(func(t *testing.T, text string, size int) {
		var out bytes.Buffer
		w := NewWriter(&out)
		for chunk := range slices.Chunk([]byte(text), min(max(size, 1), 64)) {
			if _, err := w.Write(chunk); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if !utf8.Valid(out.Bytes()) || strings.ContainsFunc(out.String(), controls) {
			t.Errorf("%q becomes %q", text, out.String())
		}
		if Text(text) != out.String() {
			t.Errorf("in parts %q, at once %q", out.String(), Text(text))
		}
	})
}
