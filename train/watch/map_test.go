package watch

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ftft/datamap"
	"ftft/internal/fault"
	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// Maps and pictures are made only from the bytes that training wrote: the log has the SHA-256 of each complete epoch.
func TestChangedDynamicsAreRefused(t *testing.T) {
	root := t.TempDir()
	dir := rundir.Dir(filepath.Join(root, "demo-reference"))
	w := watchtest.New(dir, runPlan())
	w.Train(25) // two epochs, and a part of the third
	if m, err := ReadMap(dir, datamap.Options{}); err != nil || m.Epochs != 2 {
		t.Fatal(m, err)
	}
	if s := pollPicture(t, New(root), dir); s.Picture.Problem != nil || s.Picture.Map.Epochs != 2 {
		t.Fatalf("a run that trains: %+v", s.Picture)
	}
	path := dir.Epoch(1)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := append([]byte(nil), whole...)
	changed[len(changed)-2] ^= 1 // a logit that differs by little
	for want, spoil := range map[string]func() error{
		"damaged or changed since the epoch ended: its SHA-256 is ": func() error { return os.WriteFile(path, changed, 0o644) },
		"the file is truncated":          func() error { return os.WriteFile(path, whole[:len(whole)-4], 0o644) },
		"missing, although the log says": func() error { return os.Remove(path) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		f := New(root)
		run := f.Poll(dir).Groups[0].Runs[0]
		_, ofMap := ReadMap(dir, datamap.Options{})
		_, ofRun := PictureOf(run)
		if m, err := ReadMapBetween(dir, datamap.Options{}, 0, 1); err != nil || m.Epochs != 1 || m.First != 0 {
			t.Errorf("without the epoch: %v", err)
		}
		for reader, err := range map[string]error{
			"ReadMap": ofMap, "PictureOf": ofRun, "Poll": pollPicture(t, New(root), dir).Picture.Problem,
		} {
			var bad *fault.Bad
			if !errors.As(err, &bad) || bad.Problems[0].File != path || !strings.Contains(bad.Problems[0].Message, want) {
				t.Errorf("%s: %v, want %s: %s", reader, err, path, want)
			}
		}
	}
}

// A class index beyond 32 bits is not class 0.
func TestGoldOutOfRange(t *testing.T) {
	dir := rundir.Dir(filepath.Join(t.TempDir(), "demo-reference"))
	w := watchtest.New(dir, runPlan())
	w.Train(25)
	for _, gold := range []string{"4294967296", "-1"} {
		text, err := os.ReadFile(dir.Examples())
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(string(text), "\n")
		lines[1] = `{"row": 1, "guid": "ex-00001", "gold": ` + gold + "}\n"
		if err := os.WriteFile(dir.Examples(), []byte(strings.Join(lines, "")), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err = ReadMap(dir, datamap.Options{})
		if bad := (*fault.Bad)(nil); !errors.As(err, &bad) || bad.Problems[0].Line != 2 {
			t.Errorf("%s: %v", gold, err)
		}
	}
}
