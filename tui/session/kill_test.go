package session

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ftft/internal/disk"
)

// killed makes every operation after the first n fail, as in a process that was killed there, while f runs. It reports whether f made
// more than n operations.
func killed(n int, f func() error) (bool, error) {
	left := n
	disk.Inject(func(disk.Op, string) error {
		if left--; left < 0 {
			return errors.New("killed")
		}
		return nil
	})
	defer disk.Inject(nil)
	err := f()
	return left < 0, err
}

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
		for n, ended := 0, false; !ended; n++ {
			cut, err := killed(n, write)
			if ended = !cut; ended != (err == nil) && path != run.View() {
				t.Errorf("%s: killed %t after %d operations: %v", path, cut, n, err)
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

// A presenter that is killed at any operation, of its first pose, a later one or its leaving, leaves a whole present.json or none, and
// beside it only hidden drafts.
func TestAKillLeavesAWholePose(t *testing.T) {
	run := newRun(t)
	pose := func(line int) Pose {
		return Pose{View: goodView(), Presenter: "1 on host", Run: run.ID(), Over: "help", Line: line}
	}
	first := func() error { return new(Stage).Write(run, pose(1)) }
	later := func() error { return new(Stage).Write(run, pose(2)) }
	leave := func() error { return new(Stage).Leave(run) }
	for _, test := range []struct {
		name          string
		before, write func() error
		absent        bool // whether present.json may be absent
		lines         []int
	}{
		{"the first pose", leave, first, true, []int{1}},
		{"a later pose", first, later, false, []int{1, 2}},
		{"leaving", first, leave, true, []int{1}},
	} {
		points := 0
		for ended := false; !ended; points++ {
			if err := test.before(); err != nil {
				t.Fatal(err)
			}
			cut, err := killed(points, test.write)
			if ended = !cut; ended != (err == nil) {
				t.Errorf("%s, after %d operations: killed %t, %v", test.name, points, cut, err)
			}
			got, err := ReadPose(run, screens)
			if errors.Is(err, fs.ErrNotExist) && test.absent {
				continue
			}
			if err != nil || !slices.Contains(test.lines, got.Line) || !got.Same(pose(got.Line)) {
				t.Errorf("%s, after %d operations: %+v, %v", test.name, points, got, err)
			}
		}
		if points < 2 {
			t.Errorf("%s has no operation that can be interrupted", test.name)
		}
	}
	files, err := os.ReadDir(string(run))
	for _, file := range files {
		if _, draft := disk.DraftOf(file.Name()); !draft && file.Name() != filepath.Base(run.Manifest()) {
			t.Errorf("the run has the file %s", file.Name())
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// A pose that lacks its end, or whose beginning has no content yet, is not read as one.
func TestTornPosesAreNotRead(t *testing.T) {
	run := newRun(t)
	path := run.Stage().Present()
	if err := new(Stage).Write(run, Pose{View: goodView(), Presenter: "1 on host", Run: run.ID(), Listed: "a"}); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	object := bytes.TrimSpace(whole)
	for n := range object {
		for _, text := range [][]byte{object[:n], append(make([]byte, n), object[n:]...)} {
			if n == 0 && len(text) > 0 {
				continue // nothing is missing
			}
			if err := os.WriteFile(path, text, 0o666); err != nil {
				t.Fatal(err)
			}
			if p, err := ReadPose(run, screens); !names(err, "cannot read present.json") || !names(err, path) {
				t.Fatalf("%q is read as %+v, %v", text, p, err)
			}
		}
	}
}
