package tokenizer

import (
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkEncode encodes tweets, a text at a time. It reports the bytes of text that a second has room for.
func BenchmarkEncode(b *testing.B) {
	if _, err := os.Stat(data); err != nil {
		b.Skipf("no real data to read: %v", err)
	}
	var texts []string
	bytes := 0
	for _, row := range tweets(b)[:4000] {
		texts, bytes = append(texts, row[0]), bytes+len(row[0])
	}
	for _, folder := range []string{"models/minilm-l6", "tokenizers/bert-base-cased", "tokenizers/deberta-v3"} {
		tok := load(b, filepath.Join(data, folder))
		b.Run(filepath.Base(folder), func(b *testing.B) {
			b.SetBytes(int64(bytes))
			b.ReportAllocs()
			for b.Loop() {
				for _, text := range texts {
					tok.Encode(text, "", false, 0)
				}
			}
		})
	}
}
