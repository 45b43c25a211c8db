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

// reopen returns a new workbench on the same runs, which restores the saved view.
func (b *bench) reopen() *bench {
	options := b.options
	options.Feed = nil
	reopened := &bench{t: b.t, App: New(options), study: b.study, actions: b.actions}
	reopened.remember.rest, reopened.frame = 0, 0
	reopened.send(tea.WindowSizeMsg{Width: b.w, Height: b.h})
	reopened.execute(reopened.remember.recallRun())
	reopened.readRuns()
	reopened.execute(reopened.remember.recall())
	reopened.execute(reopened.refresh())
	reopened.stale = true
	return reopened
}

// The view and the marks of a read-only run, in which no file can be opened for writing, are saved in the user's state folder. Once the run
// can be written to, they move there.
func TestReadOnlyRun(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	b := finishedReference(t, 120, 40)
	run := string(b.focus)
	disk.Inject(func(op disk.Op, path string) error {
		if op != disk.Opening && strings.HasPrefix(path, run) {
			return unix.EROFS
		}
		return nil
	})
	defer disk.Inject(nil)
	b.press("3", "down")
	index, _ := b.sel.Under()
	excluded, selected := b.seen().Map.GUIDs[index], b.sel.Count
	b.press("m", "x")
	b.shows("The run is read-only; saved in your state folder: " + excluded + " on reference: excluded")
	b.press("]", "]", "]")
	b.execute(b.remember.write())
	want := b.remember.view()

	reopened := b.reopen()
	if got := reopened.remember.view(); got != want || reopened.sel.Count == selected {
		t.Errorf("reopened: got the view %+v with %d selected, want %+v without the excluded example", got, reopened.sel.Count, want)
	}
	if set, err := marks.Read(run); err != nil || set[excluded].Mark != marks.Exclude {
		t.Errorf("got the marks %v (%v), want %s excluded", set, err, excluded)
	}
	own := disk.StatePath("marks", marks.Path(run))
	if _, err := os.Stat(own); err != nil {
		t.Errorf("the marks in the state folder: %v", err)
	}
	for _, path := range []string{reopened.focus.View(), marks.Path(run)} {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s of the read-only run: got %v, want no such file", path, err)
		}
	}

	disk.Inject(nil)
	reopened.press("[")
	reopened.execute(reopened.remember.write())
	if _, err := os.Stat(disk.StatePath("views", reopened.focus.View())); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("view in the state folder after the run was written to: got %v, want no such file", err)
	}
	reopened.press("m", "y")
	kept := reopened.under()
	reopened.shows(kept + " on reference: its label is right")
	if _, err := os.Stat(own); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("marks in the state folder after the run was written to: got %v, want no such file", err)
	}
	if set, err := marks.Read(run); err != nil || set[excluded].Mark != marks.Exclude || set[kept].Mark != marks.Keep {
		t.Errorf("got the marks %v (%v), want %s excluded and %s kept", set, err, excluded, kept)
	}
	want = reopened.remember.view()
	if got := reopened.reopen().remember.view(); got != want {
		t.Errorf("reopened from the run: got the view %+v, want %+v", got, want)
	}
}

func TestViewIsRestored(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.press(":")
	b.typeText("confidence < 0.8")
	b.press("enter", "3", "o", "o", "O", "f", "down", "down", "down")
	b.execute(b.remember.write())
	b.text = ""
	want := b.shown()
	reopened := b.reopen()
	if got := reopened.shown(); got != want {
		t.Errorf("reopened, the screen is\n%s\nwant\n%s", got, want)
	}
	var saved session.View
	text, err := os.ReadFile(b.focus.View())
	if err != nil || json.Unmarshal(text, &saved) != nil || saved.Sort != "variability" || saved.Label != "entailment" {
		t.Errorf("view.json: got %s (%v), want it sorted by variability and filtered by entailment", text, err)
	}
	if err := disk.WriteFile(b.focus.View(), []byte("{")); err != nil {
		t.Fatal(err)
	}
	reopened = b.reopen()
	reopened.shows("the view of the run is not restored: ")
	if reopened.sel.Count != 330 {
		t.Errorf("with an unreadable view.json: got %d selected, want 330", reopened.sel.Count)
	}
	saved.Screen, saved.After = 1, 99 // more epochs than the run has
	if err := disk.WriteJSON(b.focus.View(), saved); err != nil {
		t.Fatal(err)
	}
	reopened = b.reopen()
	reopened.shows("after epoch")
}

// The workbench reopens the run that was viewed last, with its curves as they were, unless there is a newer experiment.
func TestLastRunIsReopened(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	reference := b.train("demo-reference", rundir.Reference, "", nil)
	reference.Train(400)
	reference.Finish(rundir.Finish{Status: rundir.Complete})
	main := b.train("demo-ftft", rundir.Main, rundir.FTFT, firstRows(330))
	main.Train(400)
	main.Finish(rundir.Finish{Status: rundir.Complete})
	b.readRuns()
	b.press("tab", "2", "a", "A", "z", "d", "g", "space", "esc")
	b.readRuns()
	b.execute(b.remember.write())
	want := b.remember.view()
	if b.focus.ID() != "demo-ftft" || want.Drawn == nil || !slices.Equal(want.Drawn.Hidden, []string{"demo-reference"}) || !want.Drawn.Log {
		t.Fatalf("got %s with the curves %+v, want demo-reference hidden, on a log scale", b.focus.ID(), want.Drawn)
	}
	if reopened := b.reopen(); reopened.focus != b.focus || !reflect.DeepEqual(reopened.remember.view(), want) {
		t.Errorf("reopened: got %s with %+v, want %s with %+v", reopened.focus.ID(), reopened.remember.view(), b.focus.ID(), want)
	}
	manifest := rundir.Manifest{Role: rundir.Reference, Created: time.Now()}
	newer := watchtest.New(rundir.Dir(filepath.Join(b.options.Root, "newer")),
		watchtest.Plan{Manifest: manifest, Examples: 100, BatchSize: 10, Steps: 40, Speed: 1})
	newer.Train(40)
	newer.Finish(rundir.Finish{Status: rundir.Complete})
	if reopened := b.reopen(); reopened.focus.ID() != "newer" {
		t.Errorf("reopened: got %s, want the newer run", reopened.focus.ID())
	}
	b.press("tab")
	b.readRuns()
	if b.remember.current() == b.remember.opened {
		t.Fatal("tab left nothing to save")
	}
	if err := os.RemoveAll(b.options.Root); err != nil {
		t.Fatal(err)
	}
	b.execute(b.remember.write())
	if _, err := os.Stat(b.options.Root); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the deleted runs folder: got %v, want no such file", err)
	}
}

// firstRows returns the row numbers from 0 to n-1.
func firstRows(n int) (rows []int) {
	for row := range n {
		rows = append(rows, row)
	}
	return rows
}

// A command that names a screen opens it, with the rest of the saved view. The next session without one restores what was viewed.
func TestNamedScreenIsOpened(t *testing.T) {
	b := finishedReference(t, 80, 24)
	b.press("3", "]", "down")
	b.execute(b.remember.write())
	for _, s := range b.screens {
		b.options.Screen = s.home().tab
		if got := b.reopen(); got.front().home() != s.home() || got.sel.Fraction != 0.34 || got.sel.Cursor != 1 {
			t.Errorf("%s: got the screen %s, the fraction %v and the cursor %d", s.home().tab, got.front().home().tab,
				got.sel.Fraction, got.sel.Cursor)
		}
	}
	b.options.Screen = "Map"
	named := b.reopen()
	named.execute(named.remember.write())
	b.options.Screen = ""
	if got := b.reopen(); got.at != 0 {
		t.Errorf("after a session on Map: got the screen %s", got.front().home().tab)
	}
}
