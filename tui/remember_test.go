package tui

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/sys/unix"

	"ftft/datamap/marks"
	"ftft/internal/disk"
	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
	"ftft/tui/session"
)

// again is the workbench of somebody who comes back to the same runs.
func (b *bench) reopen() *bench {
	options := b.options
	options.Feed = nil
	again := &bench{t: b.t, App: New(options), study: b.study, actions: b.actions}
	again.remember.rest, again.frame = 0, 0
	again.send(tea.WindowSizeMsg{Width: b.w, Height: b.h})
	again.execute(again.remember.recallRun())
	again.readRuns()
	again.execute(again.remember.recall())
	again.execute(again.refresh())
	again.stale = true
	return again
}

// Of a run that may not be written to, the view and the marks are kept in the user's state folder, until it may.
func TestAReadOnlyRun(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	b := finishedReference(t, 120, 40)
	run := string(b.focus)
	disk.Inject(func(op disk.Op, path string) error {
		if op != disk.Opening && strings.HasPrefix(path, run) || filepath.Base(path) == marks.Name {
			return unix.EROFS
		}
		return nil
	})
	defer disk.Inject(nil)
	b.press("3", "down")
	index, _ := b.sel.Under()
	excluded, selected := b.seen().Map.GUIDs[index], b.sel.Count
	b.press("d")
	b.shows("The run is read-only; saved in your state folder: " + excluded + ": excluded")
	b.press("]", "]", "]")
	b.execute(b.remember.write())
	want := b.remember.view()

	again := b.reopen()
	if got := again.remember.view(); got != want || again.sel.Count == selected {
		t.Errorf("who comes back has %+v, not %+v", got, want)
	}
	if set, err := marks.Read(run); err != nil || set[excluded].Mark != marks.Exclude {
		t.Errorf("marks: %v, %v", set, err)
	}
	if _, err := os.Stat(again.focus.View()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the run's own: %v", err)
	}

	disk.Inject(nil)
	again.press("[")
	again.execute(again.remember.write())
	if _, err := os.Stat(disk.StatePath("views", again.focus.View())); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("elsewhere is still: %v", err)
	}
	want = again.remember.view()
	if last := again.reopen(); last.remember.view() != want {
		t.Errorf("at last %+v, not %+v", last.remember.view(), want)
	}
}

func TestTheViewIsKept(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.press(":")
	b.typeText("confidence < 0.8")
	b.press("enter", "3", "o", "o", "O", "f", "down", "down", "down")
	b.execute(b.remember.write())
	b.text = ""
	left := b.shown()
	again := b.reopen()
	if got := again.shown(); got != left {
		t.Errorf("who comes back sees\n%s\nwhere there was\n%s", got, left)
	}
	var k session.View
	text, err := os.ReadFile(b.focus.View())
	if err != nil || json.Unmarshal(text, &k) != nil || k.Sort != "variability" || k.Label != "entailment" {
		t.Errorf("view.json holds %s, %v", text, err)
	}
	if err := disk.WriteFile(b.focus.View(), []byte("{")); err != nil {
		t.Fatal(err)
	}
	again = b.reopen()
	again.shows("view.json, which cannot be read")
	if again.sel.Count != 330 {
		t.Errorf("%d selected", again.sel.Count)
	}
	k.Screen, k.After = 1, 99 // of a run that went further
	if err := disk.WriteJSON(b.focus.View(), k); err != nil {
		t.Fatal(err)
	}
	again = b.reopen()
	again.shows("after epoch")
}

// Who comes back looks at the run looked at last, with its curves as they were drawn, until there is a newer one.
func TestTheLastRunIsOpened(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	reference := b.train("demo-reference", rundir.Reference, "", nil)
	reference.Train(400)
	reference.Finish(rundir.Finish{Status: rundir.Complete})
	main := b.train("demo-ftft", rundir.Main, rundir.FTFT, firstRows(330))
	main.Train(400)
	main.Finish(rundir.Finish{Status: rundir.Complete})
	b.readRuns()
	b.press("tab", "2", "a", "v", "f", "o", "g", "space", "esc")
	b.readRuns()
	b.execute(b.remember.write())
	want := b.remember.view()
	if b.focus.ID() != "demo-ftft" || want.Drawn == nil || !slices.Equal(want.Drawn.Runs, []string{"demo-ftft"}) || !want.Drawn.Log {
		t.Fatalf("at %s: %+v", b.focus.ID(), want.Drawn)
	}
	if again := b.reopen(); again.focus != b.focus || !reflect.DeepEqual(again.remember.view(), want) {
		t.Errorf("again at %s, %+v, where it was %+v", again.focus.ID(), again.remember.view(), want)
	}
	newer := watchtest.New(rundir.Dir(filepath.Join(b.options.Root, "newer")), watchtest.Plan{Manifest: rundir.Manifest{Role: rundir.Reference, Created: time.Now()}, Examples: 100, BatchSize: 10, Steps: 40, Speed: 1})
	newer.Train(40)
	newer.Finish(rundir.Finish{Status: rundir.Complete})
	if again := b.reopen(); again.focus.ID() != "newer" {
		t.Errorf("at %s, where there is a newer run", again.focus.ID())
	}
	b.press("tab")
	b.readRuns()
	if b.remember.current() == b.remember.opened {
		t.Fatal("there is nothing to write")
	}
	if err := os.RemoveAll(b.options.Root); err != nil {
		t.Fatal(err)
	}
	b.execute(b.remember.write())
	if _, err := os.Stat(b.options.Root); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the runs folder that has gone is there again: %v", err)
	}
}

func firstRows(n int) (rows []int) {
	for row := range n {
		rows = append(rows, row)
	}
	return rows
}
