package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ftft/train/report"
	"ftft/train/rundir"
)

// The format of runs allows null for a loss that is NaN or infinite.
func TestReportOfANullLoss(t *testing.T) {
	dir := rundir.Dir(filepath.Join(t.TempDir(), "tiny-reference"))
	if err := os.CopyFS(string(dir), os.DirFS("../../testdata/format-1/tiny-reference")); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(dir.Events())
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(log), "\n")
	for i, line := range lines {
		before, after, ok := strings.Cut(line, `"loss":`)
		if ok && strings.Contains(line, `"kind":"evaluation"`) {
			lines[i] = before + `"loss":null` + after[strings.IndexAny(after, ",}"):]
		}
	}
	if err := os.WriteFile(dir.Events(), []byte(strings.Join(lines, "")), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := report.OfRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := printReport(&text, r, true); err != nil {
		t.Fatal(err)
	}
	var printed struct {
		Arms []struct{ Scores map[string]map[string]any }
	}
	if err := json.Unmarshal([]byte(text.String()), &printed); err != nil {
		t.Fatal(err)
	}
	for name, score := range printed.Arms[0].Scores {
		if loss, ok := score["loss"]; loss != nil || !ok || score["accuracy"] == nil {
			t.Errorf("%s: %v", name, score)
		}
	}
	text.Reset()
	if err := printReport(&text, r, false); err != nil {
		t.Error(err)
	}
}
