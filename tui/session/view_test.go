package session

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"ftft/internal/disk"
	"ftft/tui/selection"
)

func goodView() View {
	return View{Format: 1, Screen: 3, GUID: "a", Strategy: "ambiguous", Fraction: 0.33}
}

func TestCheckView(t *testing.T) {
	for _, test := range []struct {
		change func(v *View)
		names  string // in the error; "" = no error
	}{
		{func(*View) {}, ""},
		{func(v *View) { v.Screen = 1 }, ""},
		{func(v *View) { v.Screen = 5 }, ""},
		{func(v *View) { v.Fraction = 1 }, ""},
		{func(v *View) { v.Strategy = "random" }, ""},
		{func(v *View) { v.Free, v.After = 1, 3 }, ""},
		{func(v *View) { v.Drawn = &Curves{X: "time"} }, ""},

		{func(v *View) { v.Format = 0 }, "format 0"},
		{func(v *View) { v.Format = 2 }, "format 2"},
		{func(v *View) { v.Screen = 0 }, "screen 0"},
		{func(v *View) { v.Screen = 6 }, "screen 6"},
		{func(v *View) { v.Strategy = "" }, `strategy ""`},
		{func(v *View) { v.Strategy = "hardest" }, `strategy "hardest"`},
		{func(v *View) { v.Fraction = 0 }, "fraction 0"},
		{func(v *View) { v.Fraction = -0.1 }, "fraction -0.1"},
		{func(v *View) { v.Fraction = 1.1 }, "fraction 1.1"},
		{func(v *View) { v.Fraction = math.NaN() }, "fraction NaN"},
		{func(v *View) { v.Free = -0.1 }, "free -0.1"},
		{func(v *View) { v.Free = 1.1 }, "free 1.1"},
		{func(v *View) { v.Free = math.NaN() }, "free NaN"},
		{func(v *View) { v.After = -1 }, "after -1"},
		{func(v *View) { v.Drawn = &Curves{X: "miles"} }, "--x miles"},
	} {
		v := goodView()
		test.change(&v)
		if err := v.Check(screens); !names(err, test.names) {
			t.Errorf("%+v: %v, want an error with %q", v, err, test.names)
		}
	}
}

// The criteria of a selection survive a view, but for the class, which a label names.
func TestCriteriaOfAView(t *testing.T) {
	for _, c := range []selection.Criteria{
		{Strategy: "ambiguous", Fraction: 0.33},
		{Strategy: "random", Fraction: 0.5, Rule: "confidence < 0.5", Whole: true, Brushed: true, Free: 0.33,
			Marked: true, Filter: "variability > 0.1"},
		{Strategy: "random", Fraction: 0.94, Rule: "confidence < 0.5", Free: 0.33},
	} {
		var v View
		v.SetCriteria(c)
		if got := v.Criteria(); got != c {
			t.Errorf("%+v comes back as %+v", c, got)
		}
	}
	for _, test := range []struct{ view, want View }{
		{View{Rule: "a", Fraction: 0.4}, View{Rule: "a", Fraction: 0.4, Free: 0.4}},
		{View{Whole: true, Fraction: 0.4}, View{Fraction: 0.4}},
	} {
		var got View
		got.SetCriteria(test.view.Criteria())
		if got != test.want {
			t.Errorf("%+v is read as %+v, want %+v", test.view, got, test.want)
		}
	}
}

func TestReadAndWriteView(t *testing.T) {
	run := newRun(t)
	if _, _, err := ReadView(run, screens); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a view that does not exist: %v", err)
	}
	want := goodView()
	if err := WriteView(run, want); err != nil {
		t.Fatal(err)
	}
	got, path, err := ReadView(run, screens)
	if err != nil || got != want || path != run.View() {
		t.Errorf("read %+v from %s: %v", got, path, err)
	}
	for text, name := range map[string]string{`{"format": 2}`: "its format is newer", `{"format": 0}`: "format 0",
		`{"format": `: "the text ends too early", `[]`: "a list, where an object is expected"} {
		if err := os.WriteFile(run.View(), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, path, err := ReadView(run, screens); !names(err, name) || !names(err, run.View()) || path != run.View() {
			t.Errorf("%s is read from %s: %v", text, path, err)
		}
	}
}

// The view of a read-only run is kept in the user's state folder until the run can be written again.
func TestViewOfAReadOnlyRun(t *testing.T) {
	run := newRun(t)
	state := disk.StatePath(ownViews, run.View())
	first := goodView()
	if err := WriteView(run, first); err != nil {
		t.Fatal(err)
	}
	readOnly(t, string(run))
	second := goodView()
	second.Fraction = 0.5
	if err := WriteView(run, second); err != nil {
		t.Fatal(err)
	}
	if got, path, err := ReadView(run, screens); err != nil || got != second || path != state {
		t.Errorf("read %+v from %s: %v", got, path, err)
	}
	disk.Inject(nil)
	third := goodView()
	third.Fraction = 0.7
	if err := WriteView(run, third); err != nil {
		t.Fatal(err)
	}
	if got, path, err := ReadView(run, screens); err != nil || got != third || path != run.View() {
		t.Errorf("read %+v from %s: %v", got, path, err)
	}
	if _, err := os.Stat(state); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the state folder still has a view: %v", err)
	}
}

// A session that has not used Triage keeps the state of it that the file has.
func TestViewKeepsTriage(t *testing.T) {
	run := newRun(t)
	v := goodView()
	v.Triage = &Triage{By: "aum", GUID: "train-1", Seen: 7}
	if err := WriteView(run, v); err != nil {
		t.Fatal(err)
	}
	if err := WriteView(run, goodView()); err != nil {
		t.Fatal(err)
	}
	if got, _, err := ReadView(run, screens); err != nil || got.Triage == nil || *got.Triage != *v.Triage {
		t.Errorf("got %+v, %v", got.Triage, err)
	}
}

// Where neither place can be written, the view is not kept, and that is no error.
func TestViewThatCannotBeKept(t *testing.T) {
	run := newRun(t)
	readOnly(t, "/")
	if err := WriteView(run, goodView()); err != nil {
		t.Error(err)
	}
	disk.Inject(func(disk.Op, string) error { return unix.ENOSPC })
	if err := WriteView(run, goodView()); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("a full disk: %v", err)
	}
	disk.Inject(func(disk.Op, string) error { return unix.EIO })
	if _, _, err := ReadView(run, screens); !errors.Is(err, unix.EIO) {
		t.Errorf("a failing disk: %v", err)
	}
}

// A run that was removed is not created again by its view.
func TestViewOfARemovedRun(t *testing.T) {
	run := newRun(t)
	if err := os.RemoveAll(string(run)); err != nil {
		t.Fatal(err)
	}
	if err := WriteView(run, goodView()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(string(run)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the run is there: %v", err)
	}
}
