package view

import (
	"strings"
	"testing"

	"ftft/train/rundir"
	"ftft/train/watch"
)

// However low the pane is, it names what the user can do with the run, and marks where it cuts the state.
func TestLowRunDetailNamesItsKeys(t *testing.T) {
	run := &watch.Run{Dir: "runs/demo-erm"}
	run.Status.State = rundir.Interrupted
	run.Status.Finish = &rundir.Finish{Message: "ended by a signal"}
	d := &RunDetail{Run: run, Actions: []string{"enter open", "r resume", "d draw or hide", "c compare with ●"}}
	for _, size := range [][2]int{{80, 3}, {80, 5}, {60, 3}, {60, 5}} {
		text := strings.Join(d.Draw(&Theme{}, size[0], size[1]), "\n")
		if !strings.Contains(text, "r resume") || !strings.Contains(text, "…") && !strings.Contains(text, "r resumes it.") {
			t.Errorf("%v:\n%s", size, text)
		}
	}
}
