package train

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ftft/train/nn/spec"
	"ftft/train/tokenizer"
)

// An example without tokens, which a tokenizer without special tokens makes of an empty text, would have no place to be read at.
func TestCheckFitRefusesATokenizerWithoutSpecialTokens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokenizer.json")
	text := `{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}, "pre_tokenizer": {"type": "ByteLevel"},
		"post_processor": {"type": "ByteLevel"}}`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	tok, err := tokenizer.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	s := spec.Scratch(1, 8, 2, 16, 10, 16, []string{"no", "yes"})
	const want = "model: the tokenizer adds no special tokens"
	if err := CheckFit("model", s, tok, 16, false); err == nil || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
}
