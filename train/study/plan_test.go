package study

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ftft/internal/disk"
	"ftft/train/corpus"
	"ftft/train/rundir"
)

// killAfter makes every operation on files fail after the first n, as if the process had been killed then. done tells whether it was.
func killAfter(n int) (done func() bool) {
	disk.Inject(func(disk.Op, string) error {
		if n--; n < 0 {
			return errors.New("killed")
		}
		return nil
	})
	return func() bool {
		disk.Inject(nil)
		return n < 0
	}
}

// A kill between any two operations costs an experiment neither its name nor those of its runs, and leaves nothing behind.
func TestAKillInPreparationChangesNoName(t *testing.T) {
	cfg := tiny(t)
	for n, killed := 0, true; killed; n++ {
		root := t.TempDir()
		stop := killAfter(n)
		_, err := Create(root, cfg)
		if killed = stop(); killed == (err == nil) {
			t.Fatalf("killed %t after %d operations: %v", killed, n, err)
		}
		if dir := created(t, root, cfg); dir.ID() != "tiny" {
			t.Errorf("after a kill after %d operations the experiment is %s", n, dir.ID())
		}
	}

	root := t.TempDir()
	w := &worker{dir: created(t, root, cfg), config: cfg, data: map[int64]*corpus.Corpus{}}
	var err error
	if w.plan, err = w.dir.ReadStudy(); err != nil {
		t.Fatal(err)
	}
	p, err := w.prepare(w.plan.Runs[0])
	if err != nil {
		t.Fatal(err)
	}
	dir := w.dir.Run("tiny-reference")
	for n, killed := 0, true; killed; n++ {
		stop := killAfter(n)
		err := p.write(dir)
		if killed = stop(); !killed {
			break
		}
		if err == nil {
			t.Fatalf("no error of operation %d", n)
		}
		if err := w.sweep(); err != nil {
			t.Fatal(err)
		}
		unprepared, err := dir.Unprepared()
		_, missing := os.Stat(string(dir))
		manifest, manifestErr := dir.ReadManifest()
		if whole := manifestErr == nil && dir.CheckPlan(manifest) == nil; err != nil || missing == nil && !unprepared && !whole {
			t.Fatalf("a kill after %d operations leaves part of a run: %v", n, err)
		}
		if left := drafts(t, root); left != nil {
			t.Fatalf("a kill after %d operations leaves %q", n, left)
		}
		if err := os.RemoveAll(string(dir)); err != nil {
			t.Fatal(err)
		}
	}
}

// drafts lists the drafts in a folder.
func drafts(t *testing.T, root string) (left []string) {
	t.Helper()
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if _, draft := disk.DraftOf(entry.Name()); draft {
			left = append(left, entry.Name())
		}
	}
	return left
}

// Only a folder that preparation has left is replaced: anything else in it may be somebody's.
func TestFoldersThatPreparationReplaces(t *testing.T) {
	for _, c := range []struct {
		files string
		want  bool
	}{
		{"", true}, {"checkpoints/", true}, {"config.toml examples.jsonl dynamics/ lock", true}, {".config.toml.tmp-1-0a", true},
		{"manifest.json", false}, {"events.jsonl", false}, {"notes.txt", false}, {"checkpoints/step-4", false}, {"control/a.json", false},
	} {
		dir := rundir.Dir(filepath.Join(t.TempDir(), "r"))
		for _, name := range append([]string{"./"}, strings.Fields(c.files)...) {
			path := filepath.Join(string(dir), name)
			err := os.MkdirAll(filepath.Dir(path), 0o777)
			if strings.HasSuffix(name, "/") {
				err = errors.Join(err, os.MkdirAll(path, 0o777))
			} else {
				err = errors.Join(err, os.WriteFile(path, nil, 0o666))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if got, err := dir.Unprepared(); got != c.want || err != nil {
			t.Errorf("%q: %t, %v", c.files, got, err)
		}
	}
	link := rundir.Dir(filepath.Join(t.TempDir(), "link"))
	if err := os.Symlink(t.TempDir(), string(link)); err != nil {
		t.Fatal(err)
	}
	if got, err := link.Unprepared(); got || err != nil {
		t.Errorf("a link to an empty folder: %t, %v", got, err)
	}
}

// A full disk delays an experiment, which says so in its plan, and costs it no run.
func TestPreparationWaitsForSpace(t *testing.T) {
	retryEvery = time.Millisecond
	defer func() { retryEvery = 2 * time.Second }()
	t.Setenv(breaks, "tiny-reference tiny-erm")
	root := t.TempDir()
	dir := created(t, root, tiny(t, `arms.run=["erm"]`))
	full, waits := 5, ""
	disk.Inject(func(op disk.Op, path string) error {
		if op != disk.Writing || !strings.Contains(path, ".tiny-reference.tmp-") || full == 0 {
			return nil
		}
		if full--; full == 0 {
			plan, err := dir.ReadStudy()
			if err != nil {
				t.Error(err)
			}
			waits = plan.Waits
		}
		return unix.ENOSPC
	})
	defer disk.Inject(nil)
	err := Run(t.Context(), dir, false)
	if err == nil || strings.Contains(err.Error(), "space") {
		t.Errorf("the broken child is the only fault: %v", err)
	}
	if waits != "the disk is full: waiting for space" {
		t.Errorf("the plan says %q while the disk is full", waits)
	}
	if _, err := dir.Run("tiny-reference").ReadManifest(); err != nil {
		t.Error(err)
	}
	if plan, err := dir.ReadStudy(); err != nil || plan.Waits != "" {
		t.Errorf("after the wait the plan says %q, %v", plan.Waits, err)
	}
}
