package configs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode/utf16"

	"ftft/internal/limit"
)

func TestExcessIsRefusedBeforeTheTextIsParsed(t *testing.T) {
	many := strings.Repeat
	for name, c := range map[string]struct{ text, want string }{
		"lists":         {"\n\nx = " + many("[", 300_000) + many("]", 300_000), "c.toml:3: nested more than 32 levels deep"},
		"inline tables": {"x = " + many("{a = ", 100_000) + "1" + many("}", 100_000), "c.toml:1: nested more than 32 levels deep"},
		"over lines":    {"x = " + many("[\n", 300_000), "c.toml:33: nested more than 32 levels deep"},
		"a dotted key":  {"a" + many(".a", 100_000) + " = 1", "c.toml:1: nested more than 32 levels deep"},
		"spaced dots":   {"[a" + many(" . \"b\"", 100_000) + "]", "c.toml:1: nested more than 32 levels deep"},
		"a bare key":    {"x = '''\n'''\n" + many("a", 1_000_000) + " = 1", "c.toml:3: a key or a number of more than 256 characters"},
		"size":          {"# " + many("a", maxBytes), "c.toml: 1048578 bytes; a config has at most 1048576"},
	} {
		t.Run(name, func(t *testing.T) {
			limit.Check(t, 8<<20, 30, func() {
				if _, err := Parse("c.toml", c.text, ""); err == nil || err.Error() != c.want {
					t.Errorf("%v, expected %q", err, c.want)
				}
			})
		})
	}
}

func TestSetsHaveTheSameBounds(t *testing.T) {
	limit.Check(t, 8<<20, 30, func() {
		_, err := Parse("c.toml", "", "", "x="+strings.Repeat("[", 100_000))
		if err == nil || !strings.Contains(err.Error(), ": nested more than 32 levels deep") {
			t.Errorf("%.300v", err)
		}
	})
}

func TestBoundsAcceptWhatConfigsHold(t *testing.T) {
	brackets := strings.Repeat("[", 100)
	for _, text := range []string{
		"x = \"" + brackets + "\"", "x = '" + brackets + "'", "x = '''\n" + brackets + "\n'''", `x = "\"` + brackets + `"`,
		"# " + brackets, "x = \"\"\"a\"\" " + brackets + "\"\"\"", strings.Repeat("[[a.b]]\n", 1000), strings.Repeat("x = [1.5, 2.5]\n", 1000),
		"x = [" + strings.Repeat("0.5, ", 1000) + "]", "a" + strings.Repeat(".a", 31) + " = 1", "x = \"" + strings.Repeat("a", 1000) + "\"",
		"x = 'unfinished\ny = " + strings.Repeat("[", 32),
	} {
		if line, message := excess(text); message != "" {
			t.Errorf("%.40q: line %d: %s", text, line, message)
		}
	}
	for _, preset := range Presets() {
		if line, message := excess(preset.Text); message != "" {
			t.Errorf("%s: line %d: %s", preset.Name, line, message)
		}
	}
}

// What is valid TOML but of no use is refused in time linear in its size, and in a message that one can read.
func TestLongConfigsAreCheckedInLinearTime(t *testing.T) {
	numbered := func(n int, format string) string {
		var text strings.Builder
		for i := range n {
			fmt.Fprintf(&text, format, i)
		}
		return text.String()
	}
	for name, text := range map[string]string{
		"seeds":  "seeds = [" + numbered(40_000, "%d, ") + "]",
		"labels": "labels = [" + numbered(40_000, "\"l%d\", ") + "]",
		"arms":   "[arms]\nrun = [" + strings.Repeat("\"x\", ", 40_000) + "]",
		"label_map": "labels = [" + numbered(8_000, "\"l%d\", ") + "]\n[data.train]\nlabel_map = {" +
			numbered(8_000, "k%d = \"a\", ") + "z = \"a\"}",
		"sets":   strings.Repeat("[[data.eval]]\n", 8_000),
		"keys":   numbered(20_000, "k%d = 1\n"),
		"a name": "name = \"" + strings.Repeat("a", 1_000_000) + "\"",
		"a key":  "\"" + strings.Repeat("a", 1_000_000) + "\" = 1",
	} {
		t.Run(name, func(t *testing.T) {
			limit.Check(t, 1<<30, 60, func() {
				_, err := Parse("c.toml", text, "")
				if err == nil {
					t.Fatal("accepted")
				}
				if message := err.Error(); len(message) > 110_000 || strings.Count(message, "\n") > printLimit {
					t.Errorf("a message of %d bytes", len(message))
				}
			})
		})
	}
}

func TestLoadReadsRegularFilesOfText(t *testing.T) {
	dir := t.TempDir()
	path := func(name, content string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	pipe := filepath.Join(dir, "pipe.toml")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		pipe:        "a pipe, not a regular file",
		"/dev/zero": "a device, not a regular file",
		dir:         "a folder, not a file",
		path("large.toml", strings.Repeat("#", maxBytes+1)):                          "larger than 1 MB",
		path("pointer.toml", "version https://git-lfs.github.com/spec/v1\nsize 1\n"): "a Git LFS pointer",
		path("page.toml", "<!DOCTYPE html>\n"):                                       "an HTML page",
		path("latin.toml", "# \xe9\n"):                                               "latin.toml:1: not UTF-8: byte 0xE9 in column 3",
	} {
		limit.Check(t, 64<<20, 30, func() {
			if _, err := Load(file); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, expected %q", file, err, want)
			} else if _, ok := err.(*Invalid); !ok {
				t.Errorf("%s: %T is not an *Invalid", file, err)
			}
		})
	}
	preset, _ := FindPreset("demo")
	wide := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(preset.Text)) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	want, err := Load("demo")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Load(path("wide.toml", string(wide))); err != nil || string(got.Identity()) != string(want.Identity()) {
		t.Errorf("a config in UTF-16: %v", err)
	}
}

// FuzzLoad parses any text under limits that are proportional to no size it claims.
func FuzzLoad(f *testing.F) {
	preset, _ := FindPreset("demo")
	f.Add(preset.Text, "train.epochs=2")
	f.Add("x = "+strings.Repeat("[", 40), "a.b={c=[1]}")
	f.Add("[[data.eval]]\nname = \"a\"\n[[data.eval]]\n", "data.eval.a.path=b")
	f.Add("x = 1", "#=1")
	f.Add("[engine]\nkind = \"slurm\"\n[main.engine]\nenv = { A = \"1\" }\n", "main.engine={kind=\"command\", submit=[\"{run}\"]}")
	f.Add("\"a\\u00e9\".b = '''\n''' # c\r\n", "seeds=[1,2]")
	f.Fuzz(func(t *testing.T, text, set string) {
		limit.Check(t, 64<<20+uint64(len(text)+len(set))*4096, 20, func() {
			if _, err := Parse("c.toml", text, "", set); err != nil && err.Error() == "" {
				t.Error("an error without a message")
			}
		})
	})
}
