package session

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"ftft/internal/disk"
)

// A kill between any two operations leaves a file of the user whole: as it was, or as it was to become.
func TestAKillLeavesFilesWhole(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	root := t.TempDir()
	run := newRun(t)
	history, selections := OpenHistory(root, Rules), OpenSelections(root)
	guide := filepath.Join(os.Getenv("XDG_STATE_HOME"), "ftft", "guide.json")
	saved := Saved{Name: "a", Strategy: "ambiguous", Fraction: 0.5}
	for path, write := range map[string]func() error{
		run.View():      func() error { return WriteView(run, goodView()) },
		history.path:    func() error { return history.Add("text") },
		guide:           func() error { return ExtendGuide(Guide{Words: []string{"b"}}) },
		selections.path: func() error { _, err := selections.Put(saved); return err },
	} {
		if err := write(); err != nil {
			t.Fatal(path, err)
		}
		for n, killed := 0, true; killed; n++ {
			left := n
			disk.Inject(func(disk.Op, string) error {
				if left--; left < 0 {
					return errors.New("killed")
				}
				return nil
			})
			err := write()
			disk.Inject(nil)
			if killed = left < 0; killed == (err == nil) && path != run.View() {
				t.Errorf("%s: killed %t after %d operations: %v", path, killed, n, err)
			}
			if text, err := os.ReadFile(path); err != nil || !json.Valid(text) {
				t.Fatalf("%s after a kill after %d operations: %q, %v", path, n, text, err)
			}
		}
	}
	if past, err := history.Read(); err != nil || len(past) != 1 {
		t.Errorf("the history is %q, %v", past, err)
	}
	if list, err := selections.Read(); err != nil || len(list) != 1 {
		t.Errorf("the selections are %+v, %v", list, err)
	}
}
