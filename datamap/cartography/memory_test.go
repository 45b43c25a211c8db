package cartography

import (
	"fmt"
	"strings"
	"testing"

	"ftft/internal/input"
	"ftft/internal/limit"
)

// Small files of many epochs do not take the memory of as many whole ones, and a line is not longer than a record.
func TestMemoryOfDynamics(t *testing.T) {
	defer input.SetBudget(4 << 20)()
	files := map[string]string{}
	var wide strings.Builder
	for row := range 20 {
		fmt.Fprintf(&wide, `{"guid": %d, "gold": 0, "logits_epoch_0": [0%s]}`+"\n", row, strings.Repeat(",1", 5000))
	}
	files["dynamics_epoch_0.jsonl"] = wide.String()
	for e := 1; e < 50; e++ {
		files[fmt.Sprintf("dynamics_epoch_%d.jsonl", e)] = ""
	}
	for _, lenient := range []bool{false, true} {
		limit.Check(t, 64<<20, 20, func() {
			_, err := Read(folder(t, files), Options{To: -1, Lenient: lenient})
			if p := problem(t, err); !strings.Contains(p, "the logits of 20 examples in 50 epochs: its 19.6 MB do not fit") {
				t.Error(p)
			}
		})
	}
	long := folder(t, map[string]string{"dynamics_epoch_0.jsonl": `{"guid": 1, "logits_epoch_0": [` + strings.Repeat("1,", longestLine)})
	limit.Check(t, 16*longestLine, 20, func() {
		_, err := Read(long, Options{To: -1})
		if p := problem(t, err); !strings.Contains(p, "a line of more than ") {
			t.Error(p)
		}
	})
}
