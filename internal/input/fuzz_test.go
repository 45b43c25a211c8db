package input

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"ftft/internal/fault"
	"ftft/internal/limit"
)

// FuzzRead reads files of any content. Text is UTF-8, and anything else a *fault.Bad with the name of the file.
func FuzzRead(f *testing.F) {
	f.Add("text,label\na,b\n")
	f.Add("\ufeff{\"a\": 1}\n")
	f.Add("\xff\xfea\x00\n\x00")
	f.Add("\xfe\xff\xd8\x00\xdc\x00")
	f.Add("caf\xe9\n")
	f.Add("version https://git-lfs.github.com/spec/v1\nsize 12\n")
	f.Add("PK\x03\x04" + strings.Repeat("\x00", 22) + "\xff\xff\x00\x00xl/a")
	f.Add(gzipped(f, strings.NewReader("{\"a\": 1}\n")))
	f.Add(zstandard(f, strings.NewReader("{\"a\": 1}\n")))
	f.Add(gzipped(f, repeat("\x00", 1<<20)))
	f.Add(zstandard(f, repeat("{}\n", 1<<20)))
	f.Add(gzipped(f, strings.NewReader(gzipped(f, strings.NewReader("a")))))
	path := filepath.Join(f.TempDir(), "data.csv")
	f.Fuzz(func(t *testing.T, content string) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		defer SetBudget(4 << 20)()
		limit.Check(t, 48<<20, 20, func() { // a decoder of zstd takes up to 20 MB
			text, err := Read(path)
			bad := (*fault.Bad)(nil)
			switch {
			case err == nil && !utf8.ValidString(text):
				t.Errorf("%q is not UTF-8", text)
			case err != nil && (!errors.As(err, &bad) || bad.Problems[0].File != path || bad.Problems[0].Message == ""):
				t.Errorf("%T %v", err, err)
			}
			from, err := Stream(path)
			if err != nil {
				return
			}
			defer from.Close()
			buffer := make([]byte, 1<<16)
			for err == nil {
				_, err = from.Read(buffer)
			}
		})
	})
}
