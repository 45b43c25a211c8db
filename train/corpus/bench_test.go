package corpus

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkRead reads pairs with all columns in use and two others, as most data of inference tasks have them.
func BenchmarkRead(b *testing.B) {
	const rows = 20_000
	forms := map[string]struct{ header, record string }{
		"jsonl": {"", `{"guid": "id%d", "premise": "%s", "hypothesis": "%s", "label": "%s", "genre": "fiction", "source": 7}`},
		"csv":   {"guid,premise,hypothesis,label,genre,source\n", `id%d,"%s",%s,%s,fiction,7`},
	}
	for format, form := range forms {
		var text strings.Builder
		text.WriteString(form.header)
		for i := range rows {
			premise := fmt.Sprintf("a premise of number %d with a few words more, so that it is about as long as others are", i)
			fmt.Fprintf(&text, form.record+"\n", i, premise, "a hypothesis in some words", []string{"yes", "no"}[i%2])
		}
		path := filepath.Join(b.TempDir(), "data."+format)
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			b.Fatal(err)
		}
		columns := Columns{GUID: "guid", Text: "premise", TextPair: "hypothesis", Label: "label"}
		b.Run(format, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				if set, err := ReadFile(path, columns, []string{"yes", "no"}); err != nil || len(set.Examples) != rows {
					b.Fatal(len(set.Examples), err)
				}
			}
		})
	}
}
