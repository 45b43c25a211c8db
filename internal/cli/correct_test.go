package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// The corrected data and the diff have the encoding of the file, so that patch can apply it.
func TestCorrectKeepsTheEncodingOfTheFile(t *testing.T) {
	for name, c := range map[string]struct {
		encoding encoding.Encoding
		text     string
	}{"latin-1": {charmap.ISO8859_1, "café"}, "gb18030": {simplifiedchinese.GB18030, "你好"}} {
		encoded := func(text string) string {
			raw, err := c.encoding.NewEncoder().String(text)
			if err != nil {
				t.Fatal(err)
			}
			return raw
		}
		folder := t.TempDir()
		put := func(name, text string) {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Mkdir(filepath.Join(folder, "carto"), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, epoch := range []string{"0", "1"} {
			lines := ""
			for _, guid := range []string{"g0", "g1"} {
				lines += `{"guid": "` + guid + `", "logits_epoch_` + epoch + `": [0.5, 0.25], "gold": 0}` + "\n"
			}
			put("carto/dynamics_epoch_"+epoch+".jsonl", lines)
		}
		put("carto/marks.jsonl", `{"guid": "g1", "mark": "exclude", "time": "2026-01-01T00:00:00Z"}`+"\n")
		kept, dropped := encoded("guid,text,label\ng0,"+c.text+",a\n"), encoded("g1,"+c.text+" 1,a\n")
		put("data.csv", kept+dropped)
		diff, err := program(t, folder, "correct", "carto", "--data", "data.csv", "--encoding", name,
			"--labels", "a,b", "--out", "new.csv").Output()
		if err != nil || !strings.HasSuffix(string(diff), "\n "+encoded("g0,"+c.text+",a\n")+"-"+dropped) {
			t.Errorf("%s: the diff is %q, %v", name, diff, err)
		}
		if text, err := os.ReadFile(filepath.Join(folder, "new.csv")); err != nil || string(text) != kept {
			t.Errorf("%s: %q is written, %v", name, text, err)
		}
	}
}
