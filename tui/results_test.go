package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"ftft/configs"
	"ftft/datamap/dynamics"
	"ftft/internal/disk"
	"ftft/train/metric"
	"ftft/train/nn/spec"
	"ftft/train/report"
	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// resultsBench returns a workbench on the results of an experiment of a reference, ftft, which stopped early, and erm, which has
// trained for ermSteps of 400 steps. The runs have saved their models and the logits of the evaluations that the report scores.
func resultsBench(t *testing.T, w, h, ermSteps int) *bench {
	t.Helper()
	b := newBench(t, w, h, nil)
	config, err := configs.Load("../testdata/tiny/tiny.toml")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(err)
	plan, err := b.study.ReadStudy()
	must(err)
	plan.Runs[1].Parent = "demo-reference"
	plan.Runs = append(plan.Runs, rundir.StudyRun{ID: "demo-erm", Role: rundir.Main, Arm: rundir.ERM, Seed: 1})
	plan.State = rundir.Running
	must(b.study.WriteStudy(plan))
	train := func(planned rundir.StudyRun, rows []int, speed float64, steps, scored, layers int) *watchtest.Writer {
		manifest := rundir.Manifest{Role: planned.Role, Arm: planned.Arm, Study: "demo", Seed: 1, Parent: planned.Parent}
		run := watchtest.New(b.study.Run(planned.ID),
			watchtest.Plan{Manifest: manifest, Examples: 1000, Rows: rows, BatchSize: 10, Steps: 400, Evaluate: 8, Speed: speed})
		run.Train(steps)
		must(disk.WriteFile(run.Dir.Config(), config.TOML()))
		model := spec.Scratch(layers, 16, 2, 32, 50, 16, watchtest.Labels)
		must(disk.WriteFile(filepath.Join(run.Dir.Checkpoint(steps), "config.json"), model.JSON()))
		record, err := rundir.ReadRecord(run.Dir)
		must(err)
		for _, e := range record.Evaluations {
			const n = 200
			examples, logits := make([]rundir.ExampleRecord, n), make([]float32, 3*n)
			for row := range n {
				examples[row] = rundir.ExampleRecord{Row: row, GUID: fmt.Sprint(row), Gold: row % 3}
				predicted := row % 3
				if (row*7+30*len(planned.Arm))%n >= int(e.Accuracy*n+0.5) { // other errors for each arm
					predicted = (row + 1) % 3
				}
				logits[3*row+predicted] = 1
			}
			if e.Step == scored {
				must(rundir.WriteExamples(run.Dir.EvalExamples(e.Set), examples))
				must(dynamics.WriteNPY(run.Dir.EvalLogits(e.Set, scored), logits, n, 3))
			}
		}
		return run
	}
	rows := make([]int, 330)
	for i := range rows {
		rows[i] = 3 * i
	}
	train(plan.Runs[0], nil, 0.6, 400, 400, 1).Finish(rundir.Finish{Status: rundir.Complete})
	train(plan.Runs[1], rows, 2, 250, 250, 2).Finish(rundir.Finish{Status: rundir.Complete, StoppedEarly: true, BestStep: 250})
	erm := train(plan.Runs[2], nil, 1, ermSteps, ermSteps, 2)
	if ermSteps == 400 {
		erm.Finish(rundir.Finish{Status: rundir.Complete})
		plan.State = rundir.Complete
		must(b.study.WriteStudy(plan))
	} else {
		t.Cleanup(erm.Die)
	}
	b.readRuns()
	b.press("0")
	return b
}

// results returns the results screen.
func (b *bench) results() *resultsScreen { return b.screens[b.screenAt(placeResults)].(*resultsScreen) }

func TestResultsStates(t *testing.T) {
	for _, size := range []struct{ w, h int }{{120, 40}, {80, 24}, {60, 20}} {
		b := resultsBench(t, size.w, size.h, 400)
		b.golden(fmt.Sprintf("results-experiment-%dx%d", size.w, size.h))
		if size.w == 120 {
			b.press("e", "down")
			b.golden("results-explain-120x40")
			b.press("e", "right", "a")
			b.golden("results-steps-120x40")
		}
	}
}

// At 80x24 nothing that matters is cut: the arm, the score on the OOD test set, the difference, the compute, and a chart.
func TestResultsFitASmallScreen(t *testing.T) {
	b := resultsBench(t, 80, 24, 400)
	b.shows("OOD test", "difference to erm", "of erm's", "ftft 33 % reaches erm's best", "within noise", "Quality by compute", "◆",
		"━ ftft 33 %")
	_, table, _ := strings.Cut(b.shown(), "\n") // without the tabs
	if table, _, _ = strings.Cut(table, "Quality"); strings.Contains(table, "…") {
		t.Errorf("the table is cut:\n%s", b.shown())
	}
}

func TestResultsOfARunningExperimentArePartial(t *testing.T) {
	b := resultsBench(t, 120, 40, 100)
	b.shows("Partial: of 3 runs 1 running",
		"So far (erm running at step 100 of 400): ftft 33 % reaches erm's best accuracy on against (OOD test)",
		"erm (running)")
	shown := b.results().job.value.report
	if err := rundir.StudyDir(b.study).WriteStudy(rundir.Study{Name: "demo", State: rundir.Running}); err != nil {
		t.Fatal(err)
	}
	b.press("down")
	if b.results().job.value.report != shown {
		t.Error("the report was read again, though no run has changed")
	}
}

func TestResultsWithoutAReport(t *testing.T) {
	b := imported(t, 120, 40, true)
	b.press("0")
	b.shows("Imported dynamics: no training log, so there are no results.")
	b = newBench(t, 120, 40, nil)
	b.readRuns()
	b.press("0", "enter", "c", "M", "0", "a", "C", "left")
	b.shows("No run has started, so there are no results yet.")

	b = finishedExperiment(t, 120, 40)
	b.press("0")
	b.shows("There is no erm run to compare with. ftft 33 % has accuracy 0.", "Quality by compute")
	b.press("4", "G", "enter", "0")
	b.shows("Results erm-", "Only erm has scores, and there is no other arm to compare it with.")
}

func TestResultsLeadToTheNextStep(t *testing.T) {
	b := resultsBench(t, 120, 40, 400)
	if l := b.results().line(); l.Name != "ftft 33 %" {
		t.Errorf("the cursor is on %s, and the sentence on ftft", l.Name)
	}
	b.press("c")
	b.shows("demo-ftft with ━ demo-erm")
	b.press("0", "enter")
	if b.front().home() != placeMap || b.focus.ID() != "demo-ftft" {
		t.Errorf("enter shows %s of %s", b.front().home().tab, b.focus)
	}
	b.press("0")
	if l := b.results().line(); l.Name != "ftft 33 %" { // the cursor stays, for the experiment is the same
		t.Errorf("the cursor is on %s", l.Name)
	}
	for key, field := range map[string]int{"M": seedsAt, "P": fractionAt} {
		b.press("0", key)
		form, launching := b.front().(*launchScreen)
		if !launching || b.focus.ID() != "demo-reference" || form.at != field || !slices.Equal(form.arms, []rundir.Arm{rundir.FTFT}) {
			t.Errorf("%s shows %s of %s", key, b.front().home().tab, b.focus)
		}
	}
	b.press("0", "M")
	b.shows("Another seed needs its own reference: ftft run CONFIG --set seeds=[1,2,3]")
	b.press("0", "down", "c") // erm's row
	b.shows("demo-erm with ━ demo-reference")
	b.press("0", "=")
	b.shows("ftft report demo --json")
}

// A comparison from the results says which run it views, and comes back to the results and to the run and example of before, also when
// another screen is shown instead.
func TestResultsCompareComesBack(t *testing.T) {
	for _, key := range []string{"esc", "6", "1"} {
		b := resultsBench(t, 120, 40, 400)
		b.press("1", "down", "down")
		guid := b.under()
		b.press("0", "c")
		b.shows("The viewed run is now ftft; esc returns to the results and to reference.", "demo · ftft")
		if key != "esc" { // before the picture of the run has arrived
			b.readRuns()
		}
		b.press(key)
		b.readRuns()
		home := map[string]*place{"esc": placeResults, "6": placeTriage, "1": placeMap}[key]
		if b.focus.ID() != "demo-reference" || b.front().home() != home || b.list.comparison.open {
			t.Errorf("%s shows %s of %s", key, b.front().home().tab, b.focus)
		}
		if key != "6" && b.under() != guid { // Triage has a cursor of its own
			t.Errorf("%s: the cursor is on %s, want %s", key, b.under(), guid)
		}
	}
	b := resultsBench(t, 120, 40, 400)
	b.press("c", "tab", "esc") // the user views another run
	if b.focus.ID() == "demo-reference" || b.focus.ID() == "demo-ftft" {
		t.Errorf("after tab, esc views %s", b.focus)
	}
}

// More seeds of an arm have the arm's fraction and settings, and each arm is compared with the erm run that the table compares it with.
func TestResultsLaunchTheArmAsItWas(t *testing.T) {
	b := resultsBench(t, 120, 40, 400)
	config, err := configs.Load("demo")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := b.study.ReadStudy()
	if err != nil {
		t.Fatal(err)
	}
	plan.Config = string(config.TOML())
	plan.Runs[1].Strategy, plan.Runs[1].Fraction = "ambiguous", 0.21
	plan.Runs[1].Set = map[string]string{"main.train.learning_rate": "0.002"}
	other := plan.Runs[2]
	other.ID, other.Set = "demo-erm-lr0.1", map[string]string{"main.train.learning_rate": "0.1"}
	if err := os.CopyFS(string(b.study.Run(other.ID)), os.DirFS(string(b.study.Run("demo-erm")))); err != nil {
		t.Fatal(err)
	}
	plan.Runs = append(plan.Runs, other)
	if err := b.study.WriteStudy(plan); err != nil {
		t.Fatal(err)
	}
	b.readRuns()
	b.results().job.forget()
	b.press("4", "0")
	b.results().view.Cursor = 1
	b.press("c")
	b.shows("demo-ftft with ━ demo-erm")
	if strings.Contains(b.shown(), "demo-erm-lr0.1") {
		t.Error("compared with an erm run of other settings")
	}
	b.press("0", "M")
	form := b.front().(*launchScreen)
	if form.settings.rate != 0.002 || b.sel.Fraction != 0.21 || b.focus.ID() != "demo-reference" {
		t.Errorf("the form has learning rate %g and fraction %g of %s", form.settings.rate, b.sel.Fraction, b.focus.ID())
	}
}

func TestResultsByMouse(t *testing.T) {
	b := resultsBench(t, 120, 40, 400)
	lines := strings.Split(b.shown(), "\n")
	for y, line := range lines {
		if strings.HasPrefix(line, "━ reference") {
			b.send(tea.MouseClickMsg{X: 10, Y: y, Button: tea.MouseLeft})
		}
	}
	if l := b.results().line(); l.Name != "reference" {
		t.Errorf("a click on the reference leads to %s", l.Name)
	}
	b.shows("The reference has accuracy")
}

func TestResultsSetsAndParts(t *testing.T) {
	b := resultsBench(t, 80, 24, 400)
	for _, head := range []string{"validation", "plain", "against"} {
		b.press("right")
		header := strings.Split(b.shown(), "\n")
		if text := strings.Join(header[:9], "\n"); !strings.Contains(text, head+" ") {
			t.Errorf("no column of %s:\n%s", head, text)
		}
	}
	b.press("C")
	if strings.Contains(b.shown(), "difference to erm") || !strings.Contains(b.shown(), "Quality by compute") {
		t.Errorf("the chart is not alone:\n%s", b.shown())
	}
	b.press("C")
	if !strings.Contains(b.shown(), "difference to erm") || strings.Contains(b.shown(), "Quality by compute") {
		t.Errorf("the table is not alone:\n%s", b.shown())
	}
}

// A mean over a validation and a test set says so.
func TestExplainedScoresNameTheirSets(t *testing.T) {
	b := resultsBench(t, 120, 40, 400)
	b.press("2", "e")
	var formulas []string
	for _, item := range b.explainer.items() {
		formulas = append(formulas, item.Formula+item.Numbers)
	}
	for _, want := range []string{"on mean of plain (OOD validation) and against (OOD test)", "; validation (ID validation): "} {
		if !strings.Contains(strings.Join(formulas, "\n"), want) {
			t.Errorf("no %q in %q", want, formulas)
		}
	}
}

// The numbers of a difference are those of the seeds that it is over: those with an erm run.
func TestExplainedDifferenceIsOfTheComparedSeeds(t *testing.T) {
	set := metric.Set{Name: "against", Kind: "ood", Use: "test"}
	arm := func(run string, accuracy float64) *report.Arm {
		return &report.Arm{Run: run, Scores: map[string]report.Score{set.Name: {Accuracy: accuracy}}}
	}
	r := &report.Report{Metric: "accuracy"}
	l := &report.Line{
		Arms: []*report.Arm{arm("one", 0.6), arm("two", 0.8)}, Compared: &report.Comparison{Runs: []string{"one"}, ERM: []string{"erm"}},
	}
	item := explainDifference(r, l, &report.Difference{Sets: []metric.Set{set}, Value: 0.1})
	if want := "0.6000 - 0.5000"; !strings.HasSuffix(item.Numbers, want) {
		t.Errorf("got %s, want %s", item.Numbers, want)
	}
}

// A run that cannot be read costs its own row only, and the screen says why.
func TestResultsLeaveOutBrokenRuns(t *testing.T) {
	for _, size := range []struct{ w, h int }{{120, 40}, {80, 24}} {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			b := finishedExperiment(t, size.w, size.h)
			if err := os.Truncate(b.study.Run("demo-ftft").Manifest(), 40); err != nil {
				t.Fatal(err)
			}
			b.readRuns()
			b.press("0")
			b.golden(fmt.Sprintf("results-damaged-%dx%d", size.w, size.h))
		})
	}
}

// An experiment that has not evaluated anything has no sets to explain or to choose from.
func TestResultsBeforeTheFirstEvaluation(t *testing.T) {
	b := newBench(t, 100, 30, nil)
	run := b.train("demo-reference", rundir.Reference, "", nil)
	run.Train(3)
	config, err := configs.Parse("bench", benchConfig, "")
	if err == nil {
		err = os.WriteFile(run.Dir.Config(), config.TOML(), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	b.readRuns()
	b.press("0", "left", "e")
	b.shows("Explain reference")
	b.press("right", "down")
}
