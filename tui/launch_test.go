package tui

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"ftft/configs"
	"ftft/datamap"
	"ftft/datamap/marks"
	"ftft/train/rundir"
)

func TestLaunchAsksFirst(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	b.readRuns()
	b.press("enter", "enter")
	b.shows("selections wait for the first complete epoch")
	b.train("demo-reference", rundir.Reference, "", nil).Train(200)
	b.readRuns()
	b.press("1", "s", "s", "enter")
	b.shows("demo-custom", `selection.strategy: "ambiguous" -> "easy-to-learn"`, "1 ahead of it", "at most 40 s", "1.5 TFLOP",
		"about 700 MB, 3.0 GB free", "Not enough disk space: needs 900 MB, 800 MB free.", "The reference still trains")
	b.press("1")
	if len(b.actions.requests) != 0 {
		t.Fatalf("launched without confirmation: %v", b.actions.requests)
	}
	b.press("enter", "enter")
	b.shows("Queued custom", "Training loss")
	b.readRuns()
	b.shows("Queued custom") // the message stays until the next key
	b.press("5", "down", "left", "down", "right", "home", "enter")
	b.actions.err = errors.New("the disk is full: free some space")
	b.press("1", "enter", "enter")
	b.shows("the disk is full: free some space", "Launch the main model")
	want := []string{
		"launch demo custom easy-to-learn 0.33 seed 1",
		"launch demo random random 0.33 seed 1",
		"launch demo custom easy-to-learn 0.33 seed 1",
	}
	if !slices.Equal(b.actions.requests, want) {
		t.Errorf("got requests %q, want %q", b.actions.requests, want)
	}
	b.press("tab", "enter")
	b.shows("go to demo-reference (tab) to launch")
}

// onForm returns a workbench that shows the form, and a complete ftft run on exactly its selection.
func onForm(t *testing.T, w, h int) *bench {
	t.Helper()
	b := finishedReference(t, w, h)
	ftft := b.train("demo-ftft", rundir.Main, rundir.FTFT, nil)
	if err := ftft.Dir.WriteSelection(b.record(b.runs()[0])); err != nil {
		t.Fatal(err)
	}
	ftft.Train(400)
	ftft.Finish(rundir.Finish{Status: rundir.Complete})
	b.readRuns()
	b.press("enter")
	return b
}

// line returns the line of the form with a field.
func (b *bench) line(name string) string {
	b.t.Helper()
	for _, line := range strings.Split(b.shown(), "\n") {
		if strings.HasPrefix(line, "  "+name+" ") {
			return line
		}
	}
	b.t.Fatalf("no field %s:\n%s", name, b.shown())
	return ""
}

// expectLine checks that the line of a field contains a text.
func (b *bench) expectLine(name, want string) {
	b.t.Helper()
	if line := b.line(name); !strings.Contains(line, want) {
		b.t.Errorf("%s lacks %q: %s", name, want, line)
	}
}

// to moves the cursor to a field.
func (b *bench) to(name string) {
	b.t.Helper()
	b.press("home")
	for i, f := range b.screens[4].(*launchScreen).fields() {
		if f.view().Name == name {
			b.press(slices.Repeat([]string{"down"}, i)...)
			return
		}
	}
	b.t.Fatalf("no field %s", name)
}

// The state beside an arm is that of the run with exactly the selection, the seed and the settings of the form.
func TestFormShowsTheStateOfTheExactRun(t *testing.T) {
	b := onForm(t, 120, 40)
	const reused = "complete: launching reuses it"
	b.expectLine("ftft", reused)
	b.expectLine("launch", "nothing to train")
	b.press("]")
	b.expectLine("ftft", "new")
	b.expectLine("launch", "1 run")
	b.press("[")
	b.expectLine("ftft", reused)
	for _, name := range []string{"learning rate", "budget", "patience"} {
		b.to(name)
		b.press("right")
		b.expectLine("ftft", "new")
		b.press("left")
		b.expectLine("ftft", reused)
	}
	b.press("1", "y", "5") // a mark that excludes nothing
	b.expectLine("ftft", reused)
	if _, err := marks.Append(string(b.focus), marks.Mark{GUID: b.dataMap().GUIDs[b.sel.List[0]], Mark: marks.Exclude}); err != nil {
		t.Fatal(err)
	}
	b.execute(b.readMarks(b.dataMap()))
	b.expectLine("ftft", "new")
}

// With a rule, the arm is custom, as its run is, and the fraction is the share of all examples.
func TestFormOfARuleSaysWhatIsLaunched(t *testing.T) {
	b := onForm(t, 120, 40)
	b.to("strategy")
	b.press("enter")
	b.typeText("confidence < 0.5")
	b.press("enter")
	n := b.sel.Count
	share := float64(n) / 1000
	b.expectLine("launch", "custom")
	b.expectLine("custom", "the rows that match the rule")
	b.expectLine("custom", "new")
	b.expectLine("strategy", "all that match  confidence < 0.5")
	b.expectLine("fraction", fmt.Sprintf("%g %%  of all: %d of 1,000", 100*share, n))
	b.shows(fmt.Sprintf("rows: the %d that match confidence < 0.5 (%g %% of all)", n, 100*share), "demo-custom")
	p, err := b.screens[4].(*launchScreen).plan()
	if err != nil || len(p.orders) != 1 || p.orders[0].Arm != rundir.Custom || !sameShare(p.orders[0].Fraction, share) {
		t.Errorf("got the plan %+v (%v), want a fraction of %v", p, err, share)
	}
	custom := b.train("demo-custom", rundir.Main, rundir.Custom, nil)
	if err := custom.Dir.WriteSelection(b.record(b.runs()[0])); err != nil {
		t.Fatal(err)
	}
	plan, err := b.study.ReadStudy()
	if err != nil {
		t.Fatal(err)
	}
	plan.Runs = append(plan.Runs, rundir.StudyRun{ID: "demo-custom", Role: rundir.Main, Arm: rundir.Custom, Seed: 1})
	if err := b.study.WriteStudy(plan); err != nil {
		t.Fatal(err)
	}
	custom.Train(100)
	custom.Finish(rundir.Finish{Status: rundir.Stopped})
	b.readRuns()
	b.expectLine("custom", "stopped: launching trains it again")
}

func TestFormChangesEachField(t *testing.T) {
	b := onForm(t, 120, 40)
	b.to("random")
	b.press("right")
	b.to("strategy")
	b.press("left")
	b.expectLine("strategy", "random")
	b.press("right")
	b.expectLine("strategy", "ambiguous")
	b.to("fraction")
	b.press("L", "right", "left")
	b.expectLine("fraction", "38 %")
	b.to("learning rate")
	b.press("right")
	b.expectLine("learning rate", "0.0007  the experiment has 0.0005")
	b.to("budget")
	b.press("right", "right")
	b.expectLine("budget", "6 epochs  600 steps = 15.8 passes over 380")
	b.to("patience")
	b.press("left", "left", "left")
	b.expectLine("patience", "0  never stops early")
	b.shows("The other arms have 400 steps", "main.train.epochs: 4 -> 6", "main.train.learning_rate: 0.0005 -> 0.0007",
		"selection.fraction: 0.33 -> 0.38", "stop.patience: 2 -> 0", "at most 1 min 20 s")
	command := `/demo/study.json --set 'arms.run=["ftft","random"]' --set main.train.epochs=6 ` +
		`--set main.train.learning_rate=0.0007 --set selection.fraction=0.38 --set stop.patience=0 --runs `
	if line := b.Commands()[0].Line(); !strings.Contains(line, command) {
		t.Errorf("got the command %s, want it to contain %s", line, command)
	}
	b.press("home", "enter")
	set := " map[main.train.epochs:6 main.train.learning_rate:0.0007 stop.patience:0]"
	want := []string{"launch demo ftft ambiguous 0.38 seed 1" + set, "launch demo random random 0.38 seed 1" + set}
	if !slices.Equal(b.actions.requests, want) {
		t.Errorf("got requests %q, want %q", b.actions.requests, want)
	}
}

// Errors of a typed value wait until it is entered.
func TestFormTakesTypedValues(t *testing.T) {
	b := onForm(t, 120, 40)
	for _, c := range []struct{ field, wrong, problem, right, shown string }{
		{"fraction", "0%", "is not a fraction", "33.33%", "33.33 %  333 of 1,000"},
		{"seeds", "9", "9 is not one of the experiment's seeds, 1", "all", "1"},
		{"learning rate", "fast", "is not a learning rate", "1e-4", "0.0001"},
		{"budget", "4 hours", "is not a budget", "2000 steps", "2000 steps"},
		{"budget", "0", "is not a budget", "500", "500 steps"},
		{"patience", "-1", "is not a number of evaluations", "7", "7"},
	} {
		b.to(c.field)
		b.press("enter")
		b.ctrl('u')
		b.typeText(c.wrong)
		if strings.Contains(b.shown(), c.problem) {
			t.Errorf("%s: the error %q shows while the value is typed", c.field, c.problem)
		}
		b.press("enter")
		b.shows(c.problem)
		b.ctrl('u')
		b.typeText(c.right)
		b.press("enter")
		b.expectLine(c.field, c.shown)
	}
	b.to("learning rate")
	b.press("enter")
	b.ctrl('u')
	b.press("enter")
	b.expectLine("learning rate", "0.0005")
	b.to("patience")
	b.shows("main.train.max_steps: 0 -> 500", "Patience 7 cannot end a run early: it has 8 evaluations.")
	b.press("left")
	b.to("budget")
	b.press("right")
	b.expectLine("budget", "520 steps")
}

// While a forecast is computed, the last one stays.
func TestFormKeepsTheLastForecast(t *testing.T) {
	b := onForm(t, 120, 40)
	b.press("]")
	b.shows("at most 40 s")
	_, cmd := b.Update(keyOf("]"))
	if !b.screens[4].(*launchScreen).panel().Outdated {
		t.Error("the forecast of another fraction is not marked as outdated")
	}
	b.stale = true
	b.shows("at most 40 s")
	b.execute(cmd)
	if b.screens[4].(*launchScreen).panel().Outdated {
		t.Error("the new forecast is marked as outdated")
	}
}

// The form computes nothing again while nothing changes.
func TestFormRestsWhileNothingChanges(t *testing.T) {
	b := onForm(t, 120, 40)
	s := b.screens[4].(*launchScreen)
	forecasts, rows := b.actions.forecasts, &s.recorded.value.Rows[0]
	for range 5 {
		b.press("down")
		b.pollOnce()
	}
	if b.actions.forecasts != forecasts || &s.recorded.value.Rows[0] != rows {
		t.Errorf("%d more forecasts, a new record: %t", b.actions.forecasts-forecasts, &s.recorded.value.Rows[0] != rows)
	}
	b.press("]")
	if &s.recorded.value.Rows[0] == rows {
		t.Error("the record is that of another selection")
	}
}

// The config that the form writes loads, and differs from the experiment's in what the form shows.
func TestFormWritesAConfig(t *testing.T) {
	b := onForm(t, 120, 40)
	path := filepath.Join(t.TempDir(), "made.toml")
	b.to("dm")
	b.press("right")
	b.to("fraction")
	b.press("right")
	b.to("learning rate")
	b.press("left", "w")
	b.shows(".toml: a config for ftft run")
	b.ctrl('u')
	b.typeText(path)
	b.press("enter")
	b.shows("Written: " + path)
	made, err := configs.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	base := b.screens[4].(*launchScreen).base()
	var got []string
	for _, change := range configs.Differences(*base, made) {
		got = append(got, change.Key+"="+change.To)
	}
	want := []string{`arms.run=["ftft", "erm", "dm"]`, "main.train.learning_rate=0.0003", "selection.fraction=0.34"}
	if !slices.Equal(got, want) {
		t.Errorf("the config differs in %q, want %q", got, want)
	}
	b.press(":")
	b.typeText("confidence < 0.5")
	b.press("enter", "w")
	b.ctrl('u')
	b.typeText(path + "2.toml")
	b.press("enter")
	b.shows("a config cannot select by a rule")
	b.press("1", "w")
	b.ctrl('u')
	b.typeText(path)
	b.press("enter")
	b.shows("only the launch form")
	if _, err := os.Stat(path + "2.toml"); err == nil {
		t.Error("a config of a rule was written")
	}
}

func TestFormByMouse(t *testing.T) {
	b := onForm(t, 120, 40)
	click := func(name string) {
		for y, line := range strings.Split(b.shown(), "\n") {
			if strings.HasPrefix(line, "  "+name+" ") {
				b.send(tea.MouseClickMsg{X: 20, Y: y, Button: tea.MouseLeft})
				return
			}
		}
		t.Fatalf("no line %s", name)
	}
	click("erm")
	b.expectLine("erm", "[x]")
	click("patience")
	if s := b.screens[4].(*launchScreen); s.fields()[s.at].view().Name != "patience" {
		t.Errorf("the cursor is on field %d", s.at)
	}
	click("patience")
	if b.prompt() == nil {
		t.Error("a click on the field under the cursor does not open its prompt")
	}
}

func TestFormOfImportedDynamicsSaysWhatToDo(t *testing.T) {
	b := imported(t, 120, 40, true)
	b.press("5")
	b.shows("Imported dynamics have no experiment", "ftft select", "--data DATA --rows FILE", "ftft run CONFIG")
	for range 12 {
		b.press("enter", "right", "down")
	}
	b.shows("Imported dynamics have no experiment")
	if b.prompt() != nil {
		t.Error("a field that is not shown can be typed")
	}
	b = newBench(t, 80, 24, func(o *Options) { o.Root = t.TempDir() })
	b.press("5", "end", "enter", "left", "=")
	b.shows("ftft runs")
}

func TestFormOnSmallTerminals(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 20}, {40, 12}} {
		b := onForm(t, size[0], size[1])
		b.press("]")
		b.to("patience")
		b.expectLine("patience", "2")
		b.press("home")
		b.expectLine("launch", "ftft")
		if size[1] >= 20 {
			b.golden(fmt.Sprintf("form-%dx%d", size[0], size[1]))
		}
	}
}

// A workbench without actions shows the runs and their cost, and says why it does not launch.
func TestFormReadOnly(t *testing.T) {
	b := onForm(t, 120, 40)
	b.options.Actions = nil
	b.press("]")
	b.expectLine("ftft", "new")
	b.shows("read-only: run `ftft` to launch", "at most 40 s")
	b.press("enter")
	b.shows("Launch the main model")
	if len(b.actions.requests) != 0 {
		t.Errorf("got requests %q", b.actions.requests)
	}
}

// The form warns of a reference whose map shows that it is weak.
func TestFormWarnsOfAWeakReference(t *testing.T) {
	b := onForm(t, 120, 40)
	b.health.value.Verdict, b.health.value.Reason = datamap.Weak, "overlap 3 %"
	b.stale = true
	b.shows("The reference is under-trained or weak (overlap 3 %): its selection may mislead.")
	b.to("ftft")
	b.press("left", "down", "right")
	if strings.Contains(b.shown(), "may mislead") {
		t.Error("a random sample is said to depend on the reference")
	}
}

// The arrows change a budget in steps by about a twentieth of it.
func TestRoundDown(t *testing.T) {
	for n, want := range map[int]int{0: 1, 1: 1, 4: 2, 9: 5, 10: 10, 25: 20, 60: 50, 112: 100, 499: 200, 5000: 5000} {
		if got := roundDown(n); got != want {
			t.Errorf("%d: got %d, want %d", n, got, want)
		}
	}
}
