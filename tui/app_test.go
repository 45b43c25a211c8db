package tui

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"ftft/configs"
	"ftft/datamap"
	"ftft/train/cost"
	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

var update = flag.Bool("update", false, "write testdata's screens anew")

// recorder takes down what the workbench asks for.
type recorder struct {
	asked []string
	err   error
}

func (r *recorder) Launch(study rundir.StudyDir, o rundir.Launch) error {
	what := fmt.Sprintf("launch %s %s %s %v seed %d", study.ID(), o.Arm, o.Strategy, o.Fraction, o.Seed)
	if s := o.Selection; s != nil {
		what = fmt.Sprintf("rows %s %s %s %q %v", study.ID(), s.Source, s.Strategy, s.Rule, s.Rows)
	}
	r.asked = append(r.asked, what)
	return r.err
}

func (r *recorder) Forecast(_ rundir.StudyDir, o rundir.Launch) (cost.Forecast, error) {
	return cost.Forecast{Runs: []string{"demo-" + string(o.Arm)}, Changes: []configs.Change{{Key: "arms.run", From: `["erm"]`, To: fmt.Sprintf("[%q]", o.Arm)}}, Examples: 330,
		Steps: 400, FLOPs: 1.5e12, Time: 40 * time.Second, By: "demo-reference", Memory: 700 << 20, FreeMemory: 3 << 30, Disk: 900 << 20, FreeDisk: 800 << 20, Ahead: 1}, r.err
}

func (r *recorder) Stop(run rundir.Dir) error {
	r.asked = append(r.asked, "stop "+run.ID())
	return r.err
}

func (r *recorder) Ask(run rundir.Dir, action string) (string, error) {
	r.asked = append(r.asked, action+" "+run.ID())
	return "done: " + action, r.err
}

func (r *recorder) Resume(run rundir.Dir) (string, error) {
	r.asked = append(r.asked, "resume "+run.ID())
	return "goes on", r.err
}

// bench is a workbench on a simulated study.
type bench struct {
	*App
	t       *testing.T
	study   rundir.StudyDir
	actions *recorder
}

func newBench(t *testing.T, w, h int, change func(*Options)) *bench {
	t.Helper()
	b := &bench{t: t, study: rundir.StudyDir(filepath.Join(t.TempDir(), "demo")), actions: &recorder{}}
	if err := os.Mkdir(string(b.study), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := b.study.WriteStudy(rundir.Study{Name: "demo", State: rundir.Pending, Created: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Runs: []rundir.StudyRun{
		{ID: "demo-reference", Role: rundir.Reference, Seed: 1}, {ID: "demo-ftft", Role: rundir.Main, Arm: rundir.FTFT, Seed: 1},
	}}); err != nil {
		t.Fatal(err)
	}
	options := Options{Root: filepath.Dir(string(b.study)), Actions: b.actions, Columns: measures, Texts: func(_ rundir.Dir, row int) (Example, error) {
		return Example{Text: fmt.Sprintf("Premise %d says\x1b[31m something.", row), TextPair: "The hypothesis denies it.", Meta: map[string]string{"flipped": "no"}}, nil
	}}
	if change != nil {
		change(&options)
	}
	b.App = New(options)
	b.remember.rest, b.frame = 0, 0
	b.send(tea.WindowSizeMsg{Width: w, Height: h})
	return b
}

// train begins one of the study's runs.
func (b *bench) train(id, role string, arm rundir.Arm, rows []int) *watchtest.Writer {
	return watchtest.New(b.study.Run(id), watchtest.Plan{Manifest: rundir.Manifest{Role: role, Arm: arm, Study: "demo", Seed: 1}, Examples: 1000, Rows: rows,
		BatchSize: 10, Steps: 400, Evaluate: 8, Speed: 1})
}

// send gives the model a message and carries out what it commands.
func (b *bench) send(msg tea.Msg) {
	b.t.Helper()
	if _, cmd := b.Update(msg); cmd != nil {
		b.carryOut(cmd)
	}
}

func (b *bench) carryOut(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, cmd := range msg {
			b.carryOut(cmd)
		}
	case tea.QuitMsg, nil:
	default:
		b.send(msg)
	}
}

// look polls as often as it takes to open the newest run and take in what is new.
func (b *bench) look() {
	b.t.Helper()
	for range 3 {
		time.Sleep(10 * time.Millisecond) // the feed lets the training rest between two pictures
		b.pollOnce()
	}
	b.stale = true
}

// pollOnce takes in what is new, and carries out what the screens then ask for.
func (b *bench) pollOnce() {
	b.t.Helper()
	cmd, _ := b.takeSnapshot(b.feed.Poll(b.focus))
	b.carryOut(cmd)
	b.carryOut(b.refresh())
}

func (b *bench) press(keys ...string) {
	b.t.Helper()
	special := map[string]tea.KeyPressMsg{"enter": {Code: tea.KeyEnter}, "tab": {Code: tea.KeyTab}, "shift+tab": {Code: tea.KeyTab, Mod: tea.ModShift}, "down": {Code: tea.KeyDown}, "end": {Code: tea.KeyEnd},
		"up": {Code: tea.KeyUp}, "esc": {Code: tea.KeyEscape}, "space": {Code: tea.KeySpace, Text: " "}, "ctrl+u": {Code: 'u', Mod: tea.ModCtrl}, "backspace": {Code: tea.KeyBackspace}, "ctrl+y": {Code: 'y', Mod: tea.ModCtrl}, "ctrl+t": {Code: 't', Mod: tea.ModCtrl}}
	for _, key := range keys {
		msg, isSpecial := special[key]
		if !isSpecial {
			msg = tea.KeyPressMsg{Code: []rune(key)[0], Text: key}
		}
		b.send(msg)
	}
}

// text is the screen as a terminal shows it, without styles.
func (b *bench) shown() string {
	buffer := uv.NewScreenBuffer(b.w, b.h+b.told)
	uv.NewStyledString(b.View().Content).Draw(buffer, buffer.Bounds())
	var lines []string
	for y := range b.h + b.told {
		var line strings.Builder
		for x := 0; x < b.w; x++ {
			if cell := buffer.CellAt(x, y); cell != nil && cell.Width > 0 {
				line.WriteString(cell.Content)
			}
		}
		lines = append(lines, strings.TrimRight(line.String(), " "))
	}
	return strings.Join(lines, "\n") + "\n"
}

func (b *bench) golden(name string) {
	b.t.Helper()
	b.same(name, b.shown())
}

func (b *bench) shows(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		if !strings.Contains(b.shown(), text) {
			b.t.Errorf("the screen does not show %q:\n%s", text, b.shown())
		}
	}
}

func TestScreens(t *testing.T) {
	for _, size := range []struct{ w, h int }{{120, 40}, {80, 24}} {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			b := newBench(t, size.w, size.h, nil)
			name := func(screen string) string { return fmt.Sprintf("%s-%dx%d", screen, size.w, size.h) }
			b.look()
			b.golden(name("waiting"))
			w := b.train("demo-reference", rundir.Reference, "", nil)
			w.Train(60)
			b.look()
			b.golden(name("first-epoch"))
			w.Train(190) // into the third epoch
			b.look()
			b.golden(name("third-epoch"))
			w.Train(150)
			w.Finish(rundir.Finish{Status: rundir.Complete})
			main := b.train("demo-ftft", rundir.Main, rundir.FTFT, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
			main.Train(220)
			b.look()
			b.golden(name("map"))
			for i, screen := range b.screens {
				b.press(fmt.Sprint(i + 1))
				b.golden(name(strings.ToLower(screen.home().tab)))
			}
			b.press("?")
			b.golden(name("help"))
			main.Die()
		})
	}
}

func TestFractionMovesTheCountExactly(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	b.train("demo-reference", rundir.Reference, "", nil).Train(400)
	b.look()
	for _, step := range []struct {
		key  string
		want int
	}{{"[", 320}, {"]", 330}, {"}", 380}, {"{", 330}, {"{", 280}, {"]", 290}} {
		b.press(step.key)
		chosen := 0
		for _, n := range b.sel.Chosen {
			chosen += n
		}
		if b.sel.Count != step.want || chosen != step.want || b.health.value == nil || b.health.value.Count != step.want {
			t.Errorf("after %s: %d, by label %v, health %+v; want %d", step.key, b.sel.Count, b.sel.Chosen, b.health.value, step.want)
		}
		b.shows(fmt.Sprintf("%d of 1,000", step.want))
	}
	for range 120 {
		b.press("]")
	}
	if b.sel.Count != 1000 {
		t.Errorf("at the end: %d", b.sel.Count)
	}
	for _, strategy := range append(datamap.Strategies[1:], datamap.Ambiguous) {
		b.press("s")
		b.shows(strategy)
	}
}

func TestLaunchAsksFirst(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	b.look()
	b.press("enter", "enter")
	b.shows("selections wait for the first complete epoch")
	b.train("demo-reference", rundir.Reference, "", nil).Train(200)
	b.look()
	b.press("1", "s", "s", "enter")
	b.shows("demo-custom", `arms.run, ["erm"] -> ["custom"]`, "1 ahead of it", "at most 40 s", "1.5 TFLOP", "about 700 MB, 3.0 GB free", "Not enough disk space: needs 900 MB, 800 MB free.")
	b.press("1")
	if len(b.actions.asked) != 0 {
		t.Fatalf("launched before enter: %v", b.actions.asked)
	}
	b.press("enter", "enter")
	b.shows("Queued custom", "Training loss")
	b.look()
	b.shows("Queued custom") // until the next key
	b.press("5", "down", "enter")
	b.actions.err = errors.New("the disk is full: free some space")
	b.press("1", "enter", "enter")
	b.shows("the disk is full: free some space", "Launch the main model")
	want := []string{"launch demo custom easy-to-learn 0.33 seed 1", "launch demo random easy-to-learn 0.33 seed 1", "launch demo custom easy-to-learn 0.33 seed 1"}
	if !slices.Equal(b.actions.asked, want) {
		t.Errorf("asked for %v", b.actions.asked)
	}
	b.press("tab", "enter")
	b.shows("go to demo-reference (tab) to launch")
}

func TestStopAsksFirst(t *testing.T) {
	b := newBench(t, 80, 24, nil)
	b.look()
	b.press("x")
	b.shows("No run is active here.")
	w := b.train("demo-reference", rundir.Reference, "", nil)
	w.Train(10)
	b.look()
	b.press("x", "q")
	b.press("x")
	b.shows("Stop demo-reference and keep its weights? x yes, any other key cancels")
	if len(b.actions.asked) != 0 {
		t.Errorf("stopped without a yes: %v", b.actions.asked)
	}
	if o := b.outcome(); !slices.Equal(o.Running, []string{"demo-reference"}) {
		t.Errorf("on quitting: %+v", o)
	}
	b.press("x")
	if !slices.Equal(b.actions.asked, []string{"stop demo-reference"}) {
		t.Errorf("asked for %v", b.actions.asked)
	}
	w.Die()
	b.look()
	b.shows("interrupted", "Interrupted at step 10: its process is gone.")
	if o := b.outcome(); len(o.Running) != 0 {
		t.Errorf("on quitting: %+v", o)
	}
}

func TestFailureSaysWhatToDo(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	w := b.train("demo-reference", rundir.Reference, "", nil)
	w.Train(10)
	w.Finish(rundir.Finish{Status: rundir.Failed, Message: "the loss is NaN: try a smaller learning rate", GUIDs: []string{"ex-00001"}})
	b.look()
	b.shows("failed", "the loss is NaN: try a smaller learning rate")
	b.press("4")
	b.shows("Fix the cause and run the experiment again. Batch: ex-")
}

func TestPlainTerminals(t *testing.T) {
	b := newBench(t, 120, 40, func(o *Options) { o.ASCII = true })
	w := b.train("demo-reference", rundir.Reference, "", nil)
	w.Train(400)
	b.look()
	b.shows("0=no epoch", "4=all")
	for _, screen := range []string{"1", "2", "3", "4", "5", "?"} {
		b.press(screen)
		if at := strings.IndexFunc(b.shown(), func(r rune) bool { return r >= 0x80 }); at >= 0 {
			t.Errorf("view %s has %q", screen, b.shown()[at:at+4])
		}
	}
	b = newBench(t, 120, 40, func(o *Options) { o.NoColor = true })
	b.train("demo-reference", rundir.Reference, "", nil).Train(400)
	b.look()
	b.shows("0=no epoch", "4=all")
	if strings.Contains(b.View().Content, "38;5;202m") {
		t.Error("NO_COLOR leaves correctness to colour")
	}
}

func TestEverySizeIsFilledExactly(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	b.train("demo-reference", rundir.Reference, "", nil).Train(250)
	b.look()
	for _, size := range []tea.WindowSizeMsg{{Width: 1, Height: 1}, {Width: 20, Height: 5}, {Width: 40, Height: 12}, {Width: 60, Height: 16}, {Width: 99, Height: 60}, {Width: 100, Height: 30}, {Width: 250, Height: 80}} {
		b.send(size)
		for _, screen := range []string{"1", "2", "3", "4", "5", "?", "?"} {
			b.press(screen)
			lines := strings.Split(b.View().Content, "\n")
			if len(lines) != size.Height {
				t.Errorf("%dx%d, view %s: %d lines", size.Width, size.Height, screen, len(lines))
			}
			for _, line := range lines {
				if width := uv.NewStyledString(line).UnicodeWidth(); width != size.Width {
					t.Errorf("%dx%d, view %s: a line of %d cells: %q", size.Width, size.Height, screen, width, line)
				}
			}
		}
	}
}

func TestAnIdleScreenIsNotDrawnAgain(t *testing.T) {
	b := newBench(t, 80, 24, nil)
	b.train("demo-reference", rundir.Reference, "", nil).Train(250)
	b.look()
	b.View()
	b.Update(b.feed.Poll(b.focus))
	if b.stale {
		t.Error("a poll without news spoils the cached screen")
	}
}

// In the list, a request is about the run under the cursor.
func TestRequestsInTheListOfRuns(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	stopped := b.train("demo-reference", rundir.Reference, "", nil)
	stopped.Train(10)
	stopped.Finish(rundir.Finish{Status: rundir.Stopped})
	running := b.train("demo-ftft", rundir.Main, rundir.FTFT, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	running.Train(2)
	defer running.Die()
	b.look()
	b.press("4", "g", "p")
	b.shows("demo-reference is not running: it is stopped.")
	b.press("r", "r", "down", "r")
	b.shows("demo-ftft is running: r resumes a run that was stopped")
	b.press("p")
	if want := []string{"resume demo-reference", "pause demo-ftft"}; !slices.Equal(b.actions.asked, want) {
		t.Errorf("asked %q", b.actions.asked)
	}
}

func TestARunIsPausedAndResumed(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	w := b.train("demo-reference", rundir.Reference, "", nil)
	w.Train(10)
	b.look()
	b.press("p", "c")
	if want := []string{"pause demo-reference", "checkpoint demo-reference"}; !slices.Equal(b.actions.asked, want) {
		t.Errorf("asked %q", b.actions.asked)
	}
	b.shows("demo-reference: done: checkpoint")
	b.press("r")
	b.shows("r resumes a run that was stopped, was interrupted or has failed")
	w.Die()
	b.look()
	b.press("r", "r")
	if want := "resume demo-reference"; b.actions.asked[len(b.actions.asked)-1] != want {
		t.Errorf("asked %q", b.actions.asked)
	}
	b.press("p")
	b.shows("No run is active here")
}

// onMap is the map screen.
func (a *App) onMap() *mapScreen { return a.screens[0].(*mapScreen) }

// prompt is the prompt that is open, nil if there is none.
func (a *App) prompt() *prompt {
	p, _ := a.top().(*prompt)
	return p
}
