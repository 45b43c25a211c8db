package tui

import (
	"encoding/json"
	"errors"
	"ftft/tui/session"
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

	"ftft/datamap"
	"ftft/datamap/marks"
	"ftft/datamap/rule"
	"ftft/internal/disk"
	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// atWork is a workbench on a reference that has ended: 1,000 examples, 4 epochs.
func atWork(t *testing.T, w, h int) *bench {
	t.Helper()
	b := newBench(t, w, h, nil)
	reference := b.train("demo-reference", rundir.Reference, "", nil)
	reference.Train(400)
	reference.Finish(rundir.Finish{Status: rundir.Complete})
	b.look()
	return b
}

// again is the workbench of somebody who comes back to the same runs.
func (b *bench) again() *bench {
	options := b.options
	options.Feed = nil
	again := &bench{t: b.t, App: New(options), study: b.study, actions: b.actions}
	again.remember.rest, again.frame = 0, 0
	again.send(tea.WindowSizeMsg{Width: b.w, Height: b.h})
	again.carryOut(again.remember.recallRun())
	again.look()
	again.carryOut(again.remember.recall())
	again.carryOut(again.refresh())
	again.stale = true
	return again
}

// measures are the columns that a map has on its own.
func measures(_ rundir.Dir, m *datamap.Map, _ marks.Set) rule.Table {
	t := rule.Table{GUIDs: m.GUIDs, Names: []string{"guid"}}
	for _, metric := range datamap.Metrics {
		if m.Check(metric) == nil {
			t.Names = append(t.Names, metric.Name)
		}
	}
	slices.Sort(t.Names)
	t.Column = func(name string) (rule.Column, error) {
		if name == "guid" {
			return rule.Column{Texts: m.GUIDs}, nil
		}
		metric, err := datamap.FindMetric(name)
		if err != nil {
			return rule.Column{}, err
		}
		return rule.Column{Numbers: m.Values(metric)}, nil
	}
	return t
}

// enter types a text.
func (b *bench) enter(text string) {
	b.t.Helper()
	for _, r := range text {
		b.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

func (b *bench) control(letter rune) { b.send(tea.KeyPressMsg{Code: letter, Mod: tea.ModCtrl}) }

// want counts what a condition holds of.
func (b *bench) want(holds func(m *datamap.Map, i int) bool) (n int) {
	m := b.seen().Map
	for i := range m.Len() {
		if holds(m, i) {
			n++
		}
	}
	return n
}

// The rectangle's cells show exactly the points that its area holds, wherever it lies.
func TestPalette(t *testing.T) {
	b := atWork(t, 80, 24)
	b.control('p')
	b.golden("palette-80x24")
	b.enter("5 points more")
	b.press("enter")
	if b.sel.Count != 380 {
		t.Errorf("%d selected", b.sel.Count)
	}
	b.control('p')
	b.enter("crsshr lft") // of another screen
	b.press("enter")
	if b.front() != b.curves || !b.curves.view.Crossed {
		t.Errorf("on %s", b.front().home().tab)
	}
	b.control('p')
	b.enter("no such thing at all")
	b.shows("No action matches.")
	b.press("enter")
	if b.isOpen(b.palette) {
		t.Error("the palette stays")
	}
}

// Of a run that may not be written to, the view and the marks are kept in the user's state folder, until it may.
func TestAReadOnlyRun(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	b := atWork(t, 120, 40)
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
	b.carryOut(b.remember.write())
	want := b.remember.view()

	again := b.again()
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
	again.carryOut(again.remember.write())
	if _, err := os.Stat(disk.StatePath("views", again.focus.View())); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("elsewhere is still: %v", err)
	}
	want = again.remember.view()
	if last := again.again(); last.remember.view() != want {
		t.Errorf("at last %+v, not %+v", last.remember.view(), want)
	}
}

func TestTheViewIsKept(t *testing.T) {
	b := atWork(t, 120, 40)
	b.press(":")
	b.enter("confidence < 0.8")
	b.press("enter", "3", "o", "o", "O", "f", "down", "down", "down")
	b.carryOut(b.remember.write())
	b.text = ""
	left := b.shown()
	again := b.again()
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
	again = b.again()
	again.shows("view.json, which cannot be read")
	if again.sel.Count != 330 {
		t.Errorf("%d selected", again.sel.Count)
	}
	k.Screen, k.After = 1, 99 // of a run that went further
	if err := disk.WriteJSON(b.focus.View(), k); err != nil {
		t.Fatal(err)
	}
	again = b.again()
	again.shows("after epoch")
}

// Who comes back looks at the run looked at last, with its curves as they were drawn, until there is a newer one.
func TestTheLastRunIsOpened(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	reference := b.train("demo-reference", rundir.Reference, "", nil)
	reference.Train(400)
	reference.Finish(rundir.Finish{Status: rundir.Complete})
	main := b.train("demo-ftft", rundir.Main, rundir.FTFT, first330())
	main.Train(400)
	main.Finish(rundir.Finish{Status: rundir.Complete})
	b.look()
	b.press("tab", "2", "a", "v", "f", "o", "g", "space", "esc")
	b.look()
	b.carryOut(b.remember.write())
	want := b.remember.view()
	if b.focus.ID() != "demo-ftft" || want.Drawn == nil || !slices.Equal(want.Drawn.Runs, []string{"demo-ftft"}) || !want.Drawn.Log {
		t.Fatalf("at %s: %+v", b.focus.ID(), want.Drawn)
	}
	if again := b.again(); again.focus != b.focus || !reflect.DeepEqual(again.remember.view(), want) {
		t.Errorf("again at %s, %+v, where it was %+v", again.focus.ID(), again.remember.view(), want)
	}
	newer := watchtest.New(rundir.Dir(filepath.Join(b.options.Root, "newer")), watchtest.Plan{Manifest: rundir.Manifest{Role: rundir.Reference, Created: time.Now()}, Examples: 100, BatchSize: 10, Steps: 40, Speed: 1})
	newer.Train(40)
	newer.Finish(rundir.Finish{Status: rundir.Complete})
	if again := b.again(); again.focus.ID() != "newer" {
		t.Errorf("at %s, where there is a newer run", again.focus.ID())
	}
	b.press("tab")
	b.look()
	if b.remember.current() == b.remember.opened {
		t.Fatal("there is nothing to write")
	}
	if err := os.RemoveAll(b.options.Root); err != nil {
		t.Fatal(err)
	}
	b.carryOut(b.remember.write())
	if _, err := os.Stat(b.options.Root); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the runs folder that has gone is there again: %v", err)
	}
}

func first330() (rows []int) {
	for row := range 330 {
		rows = append(rows, row)
	}
	return rows
}

func TestHelpHasPages(t *testing.T) {
	b := atWork(t, 80, 24)
	b.press("?")
	all := ""
	for range b.help.pages() {
		all += b.shown()
		b.press("down")
	}
	for _, binding := range b.table.all {
		if !strings.Contains(all, binding.help[:min(len(binding.help), 40)]) {
			t.Errorf("no page tells of %q", binding.help)
		}
	}
	if !b.isOpen(b.help) {
		t.Error("help has gone")
	}
	b.press("esc")
	if b.isOpen(b.help) {
		t.Error("help stays")
	}
}

func TestTheDeskOnPlainTerminals(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {60, 20}} {
		b := newBench(t, size[0], size[1], func(o *Options) { o.ASCII = true })
		b.train("demo-reference", rundir.Reference, "", nil).Train(400)
		b.look()
		b.shown()
		plain := func(state string) {
			t.Helper()
			if at := strings.IndexFunc(b.shown(), func(r rune) bool { return r >= 0x80 }); at >= 0 {
				t.Errorf("%s has %q", state, b.shown()[at:at+4])
			}
		}
		b.press("v", "j", "h")
		plain("the brush")
		b.press("enter", "m", "/")
		b.enter("premise 1")
		plain("the search's prompt")
		b.press("enter", ",")
		plain("an earlier epoch")
		b.press("3")
		plain("the list")
		b.press(":")
		b.control('u')
		b.enter("confidence <")
		plain("a wrong rule")
		b.press("esc")
		b.control('p')
		plain("the palette")
	}
}
