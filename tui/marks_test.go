package tui

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ftft/datamap"
	"ftft/datamap/marks"
	"ftft/internal/disk"
)

// Marks belong to one run: the message and the titles of Triage and Examples name it where the experiment has several.
func TestMarksNameTheirRun(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 20}} {
		b := finishedReference(t, size[0], size[1])
		guid := b.under()
		b.press("m", "y")
		b.shows(guid + " on reference: its label is right (u: undo)")
		b.press("u")
		b.shows("Undone: " + guid + " on reference: no longer marked")
		b.press("m", "n", "a", "enter")
		b.shows(guid + " on reference: noted")
		b.press("3")
		b.shows("· marks of reference")
		b.press("6")
		b.shows("0 marked on reference")
	}
	b := finishedReference(t, 240, 40)
	b.press("m", "y")
	b.shows("Corrected data: ftft correct ")
	b = imported(t, 120, 40, true)
	for _, key := range []string{"3", "6"} {
		if b.press(key); strings.Contains(b.shown(), "marked on") || strings.Contains(b.shown(), "marks of") {
			t.Errorf("a source is named as a run:\n%s", b.shown())
		}
	}
}

func TestMarks(t *testing.T) {
	b := finishedReference(t, 120, 40)
	index, _ := b.sel.Under()
	guid := b.seen().Map.GUIDs[index]
	dir := string(b.focus)
	state := func() marks.State {
		set, err := marks.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		return set[guid]
	}
	b.press("m", "y")
	if got := state(); got.Mark != marks.Keep {
		t.Errorf("m: got %+v, want keep", got)
	}
	b.shows("the label is right", "Corrected data: ")
	b.press("m", "y")
	if got := state(); got != (marks.State{}) {
		t.Errorf("m again: got %+v, want no mark", got)
	}
	b.press("m", "r", "2")
	if got := state(); got.Mark != marks.Relabel || got.Label != b.labels()[1] {
		t.Errorf("l 2: got %+v, want relabelled as %s", got, b.labels()[1])
	}
	b.press("m", "n")
	b.typeText("why?")
	b.press("enter")
	if got := state(); got.Mark != marks.Relabel || got.Note != "why?" {
		t.Errorf("a: got %+v, want the relabelling with a note", got)
	}
	b.shows("relabelled neutral · why?")
	b.shows("◇ marked")
	b.press("down")
	x, y := b.onMap().view.CellOf(b.seen().Points[index])
	if got := []rune(strings.Split(b.shown(), "\n")[b.paneTop()+1+y])[5+x]; got != '◇' {
		t.Errorf("the cell of the marked example: got %c, want ◇", got)
	}
	b.press("3", "F")
	if len(b.sel.List) != 1 || b.sel.List[0] != index {
		t.Errorf("F: got the list %v, want [%d]", b.sel.List, index)
	}
	b.golden("marks-120x40")
	b.press("F")
	b.sel.Cursor = 0
	b.press("m", "x")
	if got := state(); got.Mark != marks.Exclude {
		t.Errorf("d: got %+v, want excluded", got)
	}
	if slices.Contains(b.sel.List, index) || b.sel.Count != datamap.Count(999, 0.33) {
		t.Errorf("got %d selected, the excluded example among them: %v", b.sel.Count, slices.Contains(b.sel.List, index))
	}
	b.press("F")
	if len(b.sel.List) != 1 || b.sel.List[0] != index {
		t.Errorf("F with an excluded example: got the list %v, want [%d]", b.sel.List, index)
	}
	b.press("F", "1")
	b.shows("1 excluded")
	pool, _ := mustRead(t, dir).Pool(b.seen().Map.GUIDs)
	chosen, err := b.seen().Map.Choose(datamap.Choice{Strategy: datamap.Ambiguous, Fraction: 0.33, Pool: pool})
	if err != nil || len(chosen) != b.sel.Count {
		t.Errorf("ftft select would choose %d (%v), the screen has %d", len(chosen), err, b.sel.Count)
	}
	for _, i := range chosen {
		if !slices.Contains(b.sel.Order[:b.sel.Count], int32(i)) {
			t.Errorf("ftft select would choose example %d, the screen does not", i)
		}
	}
}

// Undo and redo apply to marks as well, because marks change the selection.
func TestUndoMarks(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.press("3", "down")
	index, _ := b.sel.Under()
	guid := b.seen().Map.GUIDs[index]
	state := func() marks.State { return mustRead(t, string(b.focus))[guid] }
	b.press("m", "r", "2", "m", "n")
	b.typeText("why?")
	b.press("enter", "m", "x")
	if got := state(); got.Mark != marks.Exclude || slices.Contains(b.sel.List, index) {
		t.Fatalf("d: got %+v, want excluded and not listed", got)
	}
	b.press("u")
	want := marks.State{Mark: marks.Relabel, Label: b.labels()[1], Note: "why?"}
	if under, _ := b.sel.Under(); state() != want || under != index {
		t.Errorf("undone: got %+v with the cursor on %d, want %+v on %d", state(), under, want, index)
	}
	b.shows("Undone: ", ": relabelled "+b.labels()[1]+" · why?")
	b.ctrl('r')
	if got := state(); got.Mark != marks.Exclude || slices.Contains(b.sel.List, index) {
		t.Errorf("redone: got %+v, want excluded and not listed", got)
	}
	b.press("u", "u", "u")
	if got := state(); got != (marks.State{}) {
		t.Errorf("all undone: got %+v, want no mark", got)
	}
	b.press("u")
	b.shows("There is nothing to undo.")
}

func mustRead(t *testing.T, dir string) marks.Set {
	set, err := marks.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// The marks of an undone mark are read in the background. The cursor does not go back to the example after a later key has moved it.
func TestKeysWhileUndoneMarkIsRead(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.press("3", "m", "y", "down")
	_, reading := b.Update(keyOf("u"))
	b.press("down", "down", "down")
	want, _ := b.sel.Under()
	b.execute(reading)
	if under, _ := b.sel.Under(); under != want {
		t.Errorf("after the marks have been read: got the cursor on %d, want it to stay on %d", under, want)
	}
	if goal := b.sel.Goal(); goal != "" {
		t.Errorf("got the goal %s after a key, want none", goal)
	}
}

// Marks that have not changed do not have the screen drawn again.
func TestUnchangedMarks(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.press("m", "y")
	if msg := b.readMarks(b.dataMap())(); msg != nil {
		t.Errorf("reading the same marks again: got the message %T, want none", msg)
	}
}

// A mark that does not fit on the disk is not shown as saved: the line says so, the example has no sign, there is nothing to undo, and
// counts stay. With space the same key marks it.
func TestMarkOnAFullDisk(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		b := finishedReference(t, size[0], size[1])
		dir := string(b.focus)
		full := func(yes bool) {
			disk.Inject(func(op disk.Op, path string) error {
				if yes && op == disk.Writing && strings.HasPrefix(path, dir) {
					return &disk.Short{Err: unix.ENOSPC}
				}
				return nil
			})
		}
		t.Cleanup(func() { disk.Inject(nil) })
		for _, keys := range [][]string{
			{"1", "m", "x"}, {"3", "m", "r", "2"}, {"1", "m", "n", "a", "enter"}, {"6", "y"}, {"6", "x"},
		} {
			full(true)
			b.press(keys[0])
			index, _ := b.sel.Under()
			guid, selected, steps := b.under(), b.sel.Count, b.sel.Undoable()
			b.press(keys[1:]...)
			b.execute(b.remember.write()) // which fails as well, and hides nothing
			b.shows("marks of " + guid + " on reference not saved: the disk is full")
			if b.sel.Undoable() != steps || b.sel.Count != selected || b.sel.Marks().Sign(index) != " " || len(mustRead(t, dir)) > 0 {
				t.Errorf("%q: %d steps to undo, %d selected, sign %q, marks %v", keys, b.sel.Undoable(), b.sel.Count,
					b.sel.Marks().Sign(index), mustRead(t, dir))
			}
		}
		b.shows("0 marked on reference")
		b.text, b.remember.saved.GUID = "", "another"
		b.execute(b.remember.write())
		b.shows("the disk is full; free some space: ")
		full(false)
		b.press("1")
		guid := b.under()
		b.press("m", "y")
		b.shows(guid + " on reference: its label is right")
		full(true)
		b.press("u")
		b.shows("marks of " + guid + " on reference not saved: the disk is full")
		if b.sel.Undoable() != 1 || b.sel.Redoable() != 0 || mustRead(t, dir)[guid].Mark != marks.Keep {
			t.Errorf("undone on a full disk: %d to undo, %d to redo, marks %v", b.sel.Undoable(), b.sel.Redoable(), mustRead(t, dir))
		}
		full(false)
		b.press("u")
		b.shows("Undone: " + guid + " on reference: no longer marked")
	}
}

// The command after a mark is complete, or the line says where to find it.
func TestHintAfterMark(t *testing.T) {
	folder := t.TempDir()
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"correct", "theirs", "--data=my data.csv"}, "Corrected data: ftft correct theirs '--data=my data.csv'"},
		{[]string{"correct", "theirs", "--data=" + strings.Repeat("long/", 20) + "data.csv"}, "Corrected data: = shows the command"},
	} {
		b := imported(t, 120, 40, true)
		b.options.Source, b.options.SourceArgs, b.options.CorrectArgs = folder, []string{"theirs"}, test.args
		b.press("m", "y")
		b.shows(test.want)
		if commands := b.Commands(); !slices.Equal(commands[len(commands)-1].Args, test.args) {
			t.Errorf("the last command is %v, want %v", commands[len(commands)-1].Args, test.args)
		}
		b.press("m")
	}
}

// What was recognised in the data is shown until the first key.
func TestNotice(t *testing.T) {
	b := newBench(t, 120, 40, func(o *Options) { o.Notice = "texts premise, hypothesis (from data.jsonl)" })
	b.shows("texts premise, hypothesis (from data.jsonl)")
	b.press("down")
	if strings.Contains(b.shown(), "data.jsonl") {
		t.Error("a key does not clear the notice")
	}
}
