package session

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ftft/internal/disk"
	"ftft/train/rundir"
	"ftft/tui/selection"
	"ftft/tui/view"
)

var screens = []int{1, 2, 3, 4, 5}

// newRun returns a run directory with a manifest, and an empty state folder for the user.
func newRun(t *testing.T) rundir.Dir {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	run := rundir.Dir(filepath.Join(t.TempDir(), "demo-reference"))
	if err := os.Mkdir(string(run), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(run.Manifest(), []byte("{}"), 0o666); err != nil {
		t.Fatal(err)
	}
	return run
}

// readOnly makes every change below a folder fail as on a read-only file system.
func readOnly(t *testing.T, folder string) {
	disk.Inject(func(op disk.Op, path string) error {
		if op != disk.Opening && strings.HasPrefix(path, folder) {
			return unix.EROFS
		}
		return nil
	})
	t.Cleanup(func() { disk.Inject(nil) })
}

func goodView() View {
	return View{Format: 1, Screen: 3, GUID: "a", Strategy: "ambiguous", Fraction: 0.33}
}

// names reports whether an error names a value, or is absent where name is empty.
func names(err error, name string) bool {
	if name == "" {
		return err == nil
	}
	return err != nil && strings.Contains(err.Error(), name)
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

func TestCheckPose(t *testing.T) {
	cross, patience, negative := 3.5, 2, -1
	for _, test := range []struct {
		change func(p *Pose)
		names  string
	}{
		{func(*Pose) {}, ""},
		{func(p *Pose) { p.Over, p.Line = "help", 3 }, ""},
		{func(p *Pose) { p.Arm, p.Seed = len(view.Arms)-1, 4 }, ""},
		{func(p *Pose) { p.Compare = &PoseComparison{Cell: -1} }, ""},
		{func(p *Pose) { p.Compare = &PoseComparison{Cell: 15, Cursor: 9} }, ""},
		{func(p *Pose) { p.Replay = &PoseClock{Speed: 0.5} }, ""},
		{func(p *Pose) { p.Curves = &PoseCurves{Curves: Curves{X: "time"}, Cross: &cross, Patience: &patience} }, ""},

		{func(p *Pose) { p.Screen = 9 }, "screen 9"},
		{func(p *Pose) { p.Run = "" }, "no run"},
		{func(p *Pose) { p.Over = "picture" }, `over "picture"`},
		{func(p *Pose) { p.Line = -1 }, "line -1"},
		{func(p *Pose) { p.Arm = -1 }, "arm -1"},
		{func(p *Pose) { p.Arm = len(view.Arms) }, fmt.Sprint("arm ", len(view.Arms))},
		{func(p *Pose) { p.Seed = -1 }, "seed -1"},
		{func(p *Pose) { p.Compare = &PoseComparison{Cell: -2} }, "cell -2"},
		{func(p *Pose) { p.Compare = &PoseComparison{Cell: 16} }, "cell 16"},
		{func(p *Pose) { p.Compare = &PoseComparison{Cursor: -1} }, "cursor -1"},
		{func(p *Pose) { p.Replay = &PoseClock{From: -1, Speed: 1} }, "replay from -1"},
		{func(p *Pose) { p.Replay = &PoseClock{From: math.NaN(), Speed: 1} }, "replay from NaN"},
		{func(p *Pose) { p.Replay = &PoseClock{} }, "speed 0"},
		{func(p *Pose) { p.Curves = &PoseCurves{Patience: &negative} }, "patience -1"},
		{func(p *Pose) { p.Curves = &PoseCurves{Curves: Curves{Smooth: 2}} }, "--smooth 2"},
	} {
		p := Pose{View: goodView(), Run: "demo-reference"}
		test.change(&p)
		if err := p.Check(screens); !names(err, test.names) {
			t.Errorf("%+v: %v, want an error with %q", p, err, test.names)
		}
	}
}

// Every word sets its value, and every value is written as its word.
func TestWordsOfCurves(t *testing.T) {
	if len(ChartNames) != len(view.ChartSets) {
		t.Fatalf("%d names for %d sets of charts", len(ChartNames), len(view.ChartSets))
	}
	for i, word := range Axes {
		applies(t, Curves{X: word}, func(c *view.Curves) bool { return c.XAxis == view.XAxis(i) && CurvesOf(c).X == word })
	}
	for i, word := range ChartNames {
		applies(t, Curves{Charts: word}, func(c *view.Curves) bool { return c.Set == i && CurvesOf(c).Charts == word })
	}
	for i, word := range SeedNames {
		applies(t, Curves{Seeds: word}, func(c *view.Curves) bool { return c.SeedMode == view.SeedMode(i) && CurvesOf(c).Seeds == word })
	}
}

func applies(t *testing.T, s Curves, holds func(c *view.Curves) bool) {
	t.Helper()
	var c view.Curves
	if err := s.Apply(&c); err != nil || !holds(&c) {
		t.Errorf("%+v sets %+v: %v", s, c, err)
	}
}

func TestApplyCurves(t *testing.T) {
	whole := Curves{X: "compute", Log: true, Smooth: 0.9, Charts: "all", Seeds: "minmax", From: 10, To: 20}
	var c view.Curves
	if err := whole.Apply(&c); err != nil {
		t.Fatal(err)
	}
	if c.XAxis != view.ByCompute || !c.Log || c.Smoothing != 0.9 || c.Set != 1 ||
		c.SeedMode != view.MinMax || c.Window != (view.Window{From: 10, To: 20}) {
		t.Errorf("%+v sets %+v", whole, c)
	}
	got := CurvesOf(&c)
	if got.X != whole.X || !got.Log || got.Smooth != 0.9 || got.From != 10 || got.To != 20 || got.Charts != "all" || got.Seeds != "minmax" {
		t.Errorf("%+v is written as %+v", whole, got)
	}
	kept := view.Curves{XAxis: view.ByTime, Set: 3, SeedMode: view.Deviation}
	if err := new(Curves).Apply(&kept); err != nil || kept.XAxis != view.ByTime || kept.Set != 3 || kept.SeedMode != view.Deviation {
		t.Errorf("words left out change %+v: %v", kept, err)
	}
	for _, test := range []struct {
		bad   Curves
		names string
	}{
		{Curves{X: "miles"}, "--x miles: use one of steps, examples, compute, time"},
		{Curves{Charts: "accuracy"}, "--charts accuracy"},
		{Curves{Seeds: "median"}, "--seeds median"},
		{Curves{Smooth: -0.1}, "--smooth -0.1"},
		{Curves{Smooth: 1}, "--smooth 1"},
		{Curves{From: -1}, "--range -1:0"},
		{Curves{From: 5, To: 4}, "--range 5:4"},
	} {
		if err := test.bad.Apply(new(view.Curves)); !names(err, test.names) {
			t.Errorf("%+v: %v, want an error with %q", test.bad, err, test.names)
		}
	}
}

func TestParseRange(t *testing.T) {
	for text, want := range map[string][2]float64{"0:100": {0, 100}, "1.5:1e3": {1.5, 1000}, "-1:1": {-1, 1}} {
		if from, to, err := ParseRange(text); err != nil || from != want[0] || to != want[1] {
			t.Errorf("%s: %g to %g, %v", text, from, to, err)
		}
	}
	for _, text := range []string{"", "5", "5:", ":5", "5:5", "6:5", "a:b", "1:2:3", "NaN:1"} {
		if _, _, err := ParseRange(text); !names(err, "--range "+text+": use A:B") {
			t.Errorf("%q: %v", text, err)
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
	for text, name := range map[string]string{`{"format": 2}`: "format 2", `{"format": `: "unexpected end", `[]`: "cannot unmarshal"} {
		if err := os.WriteFile(run.View(), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, path, err := ReadView(run, screens); !names(err, name) || path != run.View() {
			t.Errorf("%s is read from %s: %v", text, path, err)
		}
	}
}

// The view of a read-only run is kept in the user's state folder until the run can be written again.
func TestViewOfANewerFormatStays(t *testing.T) {
	run := newRun(t)
	const newer = `{"format": 2, "lens": "new"}`
	if err := os.WriteFile(run.View(), []byte(newer), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := WriteView(run, goodView()); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(run.View()); err != nil || string(text) != newer {
		t.Errorf("the view is now %s (%v)", text, err)
	}
}

func TestAPipeInPlaceOfAFileIsAnError(t *testing.T) {
	run := newRun(t)
	if err := unix.Mkfifo(run.View(), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := WriteView(run, goodView()); !names(err, "a device or a pipe") {
		t.Errorf("got %v", err)
	}
	root := t.TempDir()
	if err := unix.Mkfifo(filepath.Join(root, ".rules.json"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := OpenHistory(root, Rules).Add("a"); !names(err, "a device or a pipe") {
		t.Errorf("got %v", err)
	}
}

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

// Where neither place can be written, the view is not kept, and that is no error.
// How far triage has got is work, which a session without triage does not undo.
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

func TestOpened(t *testing.T) {
	root := filepath.Dir(string(newRun(t)))
	if _, err := ReadOpened(root); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before anything was opened: %v", err)
	}
	want := Opened{Run: "demo-ftft", Newest: "demo-reference"}
	if err := WriteOpened(root, want); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadOpened(root); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	readOnly(t, root)
	other := Opened{Run: "demo-random"}
	if err := WriteOpened(root, other); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadOpened(root); err != nil || got != other {
		t.Errorf("in a read-only runs folder: %+v, %v", got, err)
	}
	disk.Inject(nil)
	gone := filepath.Join(root, "gone")
	if err := WriteOpened(gone, want); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(gone); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the runs folder that was gone: %v", err)
	}
}

func TestStage(t *testing.T) {
	run := newRun(t)
	if _, err := ReadPose(run, screens); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a presenter: %v", err)
	}
	cross := 3.5
	want := Pose{View: goodView(), Presenter: "1 on host", Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Run: run.ID(),
		Box: &[4]float64{0, 0.1, 0.2, 0.3}, Curves: &PoseCurves{Curves: Curves{X: "time", Runs: []string{"a"}}, Cross: &cross}}
	var stage Stage
	if err := stage.Write(run, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadPose(run, screens)
	if err != nil || !got.Same(want) || !got.Time.Equal(want.Time) {
		t.Errorf("%+v, %v", got, err)
	}
	later, other := want, want
	later.Time = later.Time.Add(time.Minute)
	other.Line = 1
	if !later.Same(want) || other.Same(want) {
		t.Error("poses are the same if they show the same, whenever they were written")
	}
	bad := want
	bad.Run = ""
	if err := stage.Write(run, bad); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadPose(run, screens); !names(err, "cannot read present.json: no run") || !names(err, run.Stage().Present()) {
		t.Errorf("a pose out of range: %v", err)
	}

	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			if err := stage.Write(run, want); err != nil {
				t.Error(err)
			}
		})
	}
	if err := stage.Leave(run); err != nil {
		t.Error(err)
	}
	writers.Wait()
	if _, err := os.Stat(run.Stage().Present()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the presenter left, and present.json is there: %v", err)
	}
	if err := stage.Leave(run); err != nil {
		t.Errorf("leaving twice: %v", err)
	}
	if err := new(Stage).Write(run.Sibling("gone"), want); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("presenting a run that is gone: %v", err)
	}
}

func TestHistory(t *testing.T) {
	root := t.TempDir()
	h := OpenHistory(root, Rules)
	if past, err := h.Read(); past != nil || err != nil {
		t.Errorf("before the first text: %q, %v", past, err)
	}
	for _, text := range []string{"a", "b", "c", "a"} {
		if err := h.Add(text); err != nil {
			t.Fatal(err)
		}
	}
	if past, err := h.Read(); err != nil || !slices.Equal(past, []string{"b", "c", "a"}) {
		t.Errorf("%q, %v", past, err)
	}
	if past, err := OpenHistory(root, Searches).Read(); past != nil || err != nil {
		t.Errorf("the other history: %q, %v", past, err)
	}
	for i := range mostEntered + 10 {
		if err := h.Add(fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if past, _ := h.Read(); len(past) != mostEntered || past[0] != "10" || past[len(past)-1] != fmt.Sprint(mostEntered+9) {
		t.Errorf("%d texts, from %s to %s", len(past), past[0], past[len(past)-1])
	}
	if err := os.WriteFile(filepath.Join(root, ".rules.json"), []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Read(); err == nil {
		t.Error("an unreadable history is read")
	}
	if err := h.Add("d"); err != nil {
		t.Fatal(err)
	}
	if past, err := h.Read(); err != nil || !slices.Equal(past, []string{"d"}) {
		t.Errorf("after an unreadable history: %q, %v", past, err)
	}
}

func TestHistoryWithoutARunsFolder(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(t.TempDir(), "config"))
	h := OpenHistory("", Searches)
	if err := h.Add("premise"); err != nil {
		t.Fatal(err)
	}
	if past, err := OpenHistory("", Searches).Read(); err != nil || !slices.Equal(past, []string{"premise"}) {
		t.Errorf("%q, %v", past, err)
	}
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("HOME", "")
	if h = OpenHistory("", Searches); h.Add("a") != nil {
		t.Error("a user without a home folder gets an error")
	}
	if past, err := h.Read(); past != nil || err != nil {
		t.Errorf("%q, %v", past, err)
	}
}

func TestHistoryThatCannotBeWritten(t *testing.T) {
	root := t.TempDir()
	readOnly(t, root)
	if err := OpenHistory(root, Rules).Add("a"); !errors.Is(err, unix.EROFS) {
		t.Errorf("in a read-only runs folder: %v", err)
	}
	disk.Inject(func(disk.Op, string) error { return unix.EIO })
	if _, err := OpenHistory(root, Rules).Read(); !errors.Is(err, unix.EIO) {
		t.Errorf("on a failing disk: %v", err)
	}
}
