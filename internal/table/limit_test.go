package table

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ftft/internal/fault"
	"ftft/internal/input"
	"ftft/internal/limit"
)

// fuzzBinary reads damaged files within a limit of memory and time. What is read can be shown and written. The files to begin with are
// small: to minimise one, the fuzzer makes executions in the square of its size. -fuzzminimizetime 10x limits them.
func fuzzBinary(f *testing.F, pattern string) {
	names, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(names) == 0 {
		f.Fatalf("no file matches %s: %v", pattern, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if len(text) > 1000 {
			f.Fatalf("%s has %d bytes", name, len(text))
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		defer input.SetBudget(32 << 20)()
		limit.Check(t, 400<<20, 10, func() {
			table, err := Parse("a.parquet", string(text))
			if strings.HasSuffix(pattern, ".arrow") {
				table, err = ParseWith("a.arrow", string(text), Options{Format: Arrow})
			}
			if err != nil {
				if bad := (*fault.Bad)(nil); !errors.As(err, &bad) || strings.Contains(err.Error(), "runtime") {
					t.Fatalf("not a message for users: %v", err)
				}
				return
			}
			rows := all(table)[:min(table.Len(), 100)]
			for _, row := range rows {
				table.Fields(row)
			}
			if table.parquet == nil {
				return
			}
			var out strings.Builder
			if err := table.Write(&out, rows, nil); err != nil {
				t.Fatalf("read, but not written: %v", err)
			}
			again := parse(t, "a.parquet", out.String())
			for i, row := range rows {
				a, b := table.Fields(row), again.Fields(i)
				for column, value := range a {
					if b[column] != value {
						t.Fatalf("row %d, column %q: %q is written as %q", row, column, value, b[column])
					}
				}
			}
		})
	})
}

func FuzzParquet(f *testing.F) { fuzzBinary(f, "seed-*.parquet") }

func FuzzArrow(f *testing.F) { fuzzBinary(f, "seed-*.arrow") }

// Rows that take no bytes of a file still take memory of those who read them.
func TestRowsWithoutBytesAreLimited(t *testing.T) {
	defer input.SetBudget(5000)()
	for _, name := range []string{"types.parquet", "stream.arrow"} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(name, string(text)); err == nil || !strings.Contains(err.Error(), "memory") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
