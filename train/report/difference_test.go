package report

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ftft/datamap/dynamics"
	"ftft/train/metric"
	"ftft/train/rundir"
)

// saveLogits writes the logits of an evaluation that predicts these classes, of two.
func saveLogits(t *testing.T, dir rundir.Dir, set string, step int, predicted ...int) {
	t.Helper()
	logits := make([]float32, 2*len(predicted))
	for i, class := range predicted {
		logits[2*i+class] = 1
	}
	if err := dynamics.WriteNPY(dir.EvalLogits(set, step), logits, len(predicted), 2); err != nil {
		t.Fatal(err)
	}
}

// experiment writes runs and their plan.
func experiment(t *testing.T, runs ...runFixture) rundir.StudyDir {
	t.Helper()
	root := t.TempDir()
	plan := rundir.Study{Name: "s"}
	for _, w := range runs {
		w.write(t, root)
		var set map[string]string
		if w.rate != "" {
			set = map[string]string{"main.train.learning_rate": w.rate}
		}
		plan.Runs = append(plan.Runs, rundir.StudyRun{
			ID: w.id, Role: w.role, Arm: w.arm, Seed: w.seed, Parent: w.parent, Fraction: w.fraction, Set: set,
		})
	}
	dir := rundir.StudyDir(filepath.Join(root, "s"))
	if err := dir.WriteStudy(plan); err != nil {
		t.Fatal(err)
	}
	return dir
}

// onSet returns the difference on one set.
func (c *Comparison) onSet(t *testing.T, name string) Difference {
	t.Helper()
	for _, d := range c.Scores {
		if len(d.Sets) == 1 && d.Sets[0].Name == name {
			return d
		}
	}
	t.Fatalf("no difference on %s: %+v", name, c.Scores)
	return Difference{}
}

func TestDifferencesAreByExamplesWithOneSeed(t *testing.T) {
	dir := experiment(t, reference, ftft, erm)
	saveLogits(t, dir.Run(ftft.id), "same", 4, 0, 1, 1, 0) // gold is 0 1 1 1
	saveLogits(t, dir.Run(erm.id), "same", 12, 0, 1, 0, 0)
	saveLogits(t, dir.Run(ftft.id), "other", 4, 1, 0)
	saveLogits(t, dir.Run(erm.id), "other", 12, 1, 0)
	r, err := OfStudy(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Differences) != 2 || r.Differences[0].Name != "ftft" || r.Differences[1].Name != "erm_es" {
		t.Fatalf("%+v", r.Differences)
	}
	c := r.Differences[0]
	if !slices.Equal(c.Runs, []string{ftft.id}) || !slices.Equal(c.ERM, []string{erm.id}) {
		t.Errorf("%v minus %v", c.Runs, c.ERM)
	}
	same := c.onSet(t, "same")
	if !near(same.Value, .05) || same.Uncertainty != ByExamples || same.Resamples != 2000 || same.Seeds != 1 {
		t.Errorf("%+v", same)
	}
	// One of four examples differs: a sample's difference is k/4 with k binomial of 4 and 1/4, which is at most 3/4 in 97.5 %.
	if same.Low != 0 || same.High != .75 {
		t.Errorf("%g to %g, want 0 to 0.75", same.Low, same.High)
	}
	if other := c.onSet(t, "other"); other.Low != 0 || other.High != 0 || other.Uncertainty != ByExamples {
		t.Errorf("of equal predictions: %+v", other)
	}
	if tune := c.onSet(t, "tune"); tune.Uncertainty != Unknown || !near(tune.Value, .05) {
		t.Errorf("without logits: %+v", tune)
	}
	again, err := OfStudy(dir)
	if err != nil || !reflect.DeepEqual(r, again) {
		t.Error("the same files give another report: ", err)
	}
	const begins = "ftft reaches erm's best accuracy on other (OOD test) with 33 % of the steps"
	if r.Sentence != c.Sentence || !strings.HasPrefix(r.Sentence, begins) {
		t.Errorf("%q", r.Sentence)
	}
	for _, part := range []string{r.Sentence, "| ftft | +5.0 (0.0 to +75.0) | +5.0 | 0.0 (0.0 to 0.0) | examples, 2000 resamples |"} {
		if text := strings.ReplaceAll(r.Markdown(), "+5.0 (0.0 to 0.0)", "0.0 (0.0 to 0.0)"); !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
}

func TestSetsWithOtherExamplesAreNotPaired(t *testing.T) {
	dir := experiment(t, ftft, erm)
	saveLogits(t, dir.Run(ftft.id), "other", 4, 1, 0)
	saveLogits(t, dir.Run(erm.id), "other", 12, 1, 1)
	if err := rundir.WriteExamples(dir.Run(erm.id).EvalExamples("other"), records(1, 1)); err != nil {
		t.Fatal(err)
	}
	r, err := OfStudy(dir)
	if err != nil {
		t.Fatal(err)
	}
	if d := r.Differences[0].onSet(t, "other"); d.Uncertainty != Unknown {
		t.Errorf("%+v", d)
	}
	// Logits of another number of examples are a fault.
	saveLogits(t, dir.Run(ftft.id), "same", 4, 1, 0)
	saveLogits(t, dir.Run(erm.id), "same", 12, 1, 1, 0, 0)
	if _, err := OfStudy(dir); err == nil || !strings.Contains(err.Error(), "same-4.npy: shape [2, 2]") {
		t.Errorf("%v", err)
	}
}

func TestDifferencesAreOverSeedsWithSeveral(t *testing.T) {
	ftft2, erm2 := ftft, erm
	ftft2.id, ftft2.seed, ftft2.tune = "s2-ftft", 2, []float64{.5, .6, .55, .5}
	erm2.id, erm2.seed = "s2-erm", 2
	r, err := OfStudy(experiment(t, ftft, erm, ftft2, erm2))
	if err != nil {
		t.Fatal(err)
	}
	c := r.Differences[0]
	d := c.onSet(t, "other")
	// The differences are 0.8 - 0.75 and 0.6 - 0.75; t(1, 0.975) is 12.7062, their standard error 0.1.
	if d.Uncertainty != BySeeds || d.Seeds != 2 || d.Resamples != 0 || !near(d.Value, -.05) || math.Abs(d.Low+.05+1.27062) > 1e-5 {
		t.Errorf("%+v", d)
	}
	if !slices.Equal(c.Runs, []string{"s-ftft", "s2-ftft"}) || !slices.Equal(c.ERM, []string{"s-erm", "s2-erm"}) {
		t.Errorf("%v minus %v", c.Runs, c.ERM)
	}
	if c.Reached[0].Step != 4 || c.Reached[1].Step != 0 || !near(c.Reached[1].Best, .4) {
		t.Errorf("%+v", c.Reached)
	}
	if !strings.Contains(r.Sentence, "in 1 of 2 seeds, with 33 % of the steps and 33 % of the compute; "+
		"the difference at the end is within noise (-5.0 points; 95 % interval over 2 seeds") {
		t.Errorf("%q", r.Sentence)
	}
}

func TestQualityBySteps(t *testing.T) {
	r, err := OfStudy(experiment(t, reference, ftft, erm))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.Sets, oodTest) {
		t.Errorf("sets %v", r.Sets)
	}
	arm := r.arm(t, rundir.FTFT)
	want := []Point{{2, share + 2./12, .3}, {4, share + 4./12, .6}, {6, share + 6./12, .5}, {8, share + 8./12, .4}}
	for i, p := range arm.Evaluations {
		if i >= len(want) || p.Step != want[i].Step || !near(p.Compute, want[i].Compute) || !near(p.Score, want[i].Score) {
			t.Errorf("evaluation %d: %+v", i, p)
		}
	}
	// erm's best is 0.6 at step 10. Its copy that stops early, at step 8, has no evaluation after that.
	if reach := r.Differences[0].Reached[0]; reach.Step != 4 || !near(reach.Wanted, .6) || !near(reach.Share, 4./12) ||
		!near(reach.Compute, share+4./12) {
		t.Errorf("%+v", reach)
	}
	if early := r.Differences[1].Reached[0]; early.Step != 0 || !near(early.Best, .5) {
		t.Errorf("%+v", early)
	}
	if p := r.arm(t, rundir.EarlyERM).Evaluations; len(p) != 4 || p[3].Step != 8 || !near(p[3].Compute, 8./12) {
		t.Errorf("%+v", p)
	}
	if p := r.arm(t, rundir.Reference).Evaluations; len(p) != 6 || !near(p[2].Compute, share/2) {
		t.Errorf("%+v", p)
	}
}

func TestLowerLossReachesERM(t *testing.T) {
	loss := []string{"stop.metric=loss"}
	a, b := ftft, erm
	a.sets, b.sets = loss, loss
	r, err := OfStudy(experiment(t, a, b))
	if err != nil {
		t.Fatal(err)
	}
	// The loss is 1 - (validation - 0.2): erm's lowest is 0.4.
	if reach := r.Differences[0].Reached[0]; reach.Step != 4 || !near(reach.Wanted, .4) || !near(reach.Best, .4) {
		t.Errorf("%+v", reach)
	}
}

func TestArmsWithTwoFractionsAreNamedByThem(t *testing.T) {
	small, third := ftft, ftft
	small.id, small.fraction, third.fraction = "s-ftft-0.125", .125, .33
	copied := small
	copied.id = "s-ftft-0.125-2"
	second := erm
	second.id = "s-erm-2"
	r, err := OfStudy(experiment(t, third, small, erm, second))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range r.Differences {
		names = append(names, c.Name)
	}
	if want := []string{"ftft 33 %", "ftft 12.5 %", "erm_es of s-erm", "s-erm-2", "erm_es of s-erm-2"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	if r, err = OfStudy(experiment(t, third, small, copied, erm)); err != nil {
		t.Fatal(err)
	}
	if r.Differences[1].Name != "s-ftft-0.125" || r.Differences[2].Name != "s-ftft-0.125-2" {
		t.Errorf("%q and %q", r.Differences[1].Name, r.Differences[2].Name)
	}
}

// Runs with other settings are arms of their own, also where their seeds differ, and erm has the experiment's settings. All tables
// name an arm alike, and the sentence tells that it has other settings than erm.
func TestArmsWithOtherSettingsAreNamedByThem(t *testing.T) {
	fast, other := ftft, erm
	fast.id, fast.rate, fast.seed = "s-ftft-lr0.1", "0.1", 2
	other.id, other.rate = "s-erm-lr0.1", "0.1"
	fast.sets, other.sets = []string{"main.train.learning_rate=0.1"}, []string{"main.train.learning_rate=0.1"}
	plain, second := ftft, erm
	plain.fraction, fast.fraction = .33, .33
	second.id, second.seed = "s-erm-2", 2
	r, err := OfStudy(experiment(t, plain, fast, other, erm, second))
	if err != nil {
		t.Fatal(err)
	}
	baseline, sentences := map[string]string{}, map[string]string{}
	for _, c := range r.Differences {
		sentences[c.Name] = c.Sentence
		if len(c.Runs) == 1 {
			baseline[c.Name] = c.ERM[0]
		}
	}
	if baseline["ftft 33 %"] != erm.id || baseline["ftft 33 % lr 0.1"] != second.id || baseline["erm lr 0.1"] != erm.id {
		t.Errorf("compared with %v", baseline)
	}
	const caveat = "; the settings differ: lr 0.1 against 0.01."
	for name, differs := range map[string]bool{"ftft 33 %": false, "ftft 33 % lr 0.1": true, "erm lr 0.1": true} {
		if strings.HasSuffix(sentences[name], caveat) != differs {
			t.Errorf("%q", sentences[name])
		}
	}
	for i, name := range []string{
		"ftft 33 %, seed 1", "ftft 33 % lr 0.1, seed 2", "erm lr 0.1, seed 1", "erm_es lr 0.1, seed 1", "erm, seed 1",
	} {
		if got := r.Rows()[i+1][0]; got != name {
			t.Errorf("row %d is of %q, want %q", i, got, name)
		}
	}
	if rows := r.DifferenceRows(); rows[2][0] != "ftft 33 % lr 0.1" || rows[2][0] != r.Arms[1].Name || rows[2][0] != r.Lines()[1].Name {
		t.Errorf("%q and %q", rows[2][0], r.Arms[1].Name)
	}
}

// An arm is named as the curves name it: with the percentage rounded, unless that makes two alike.
func TestArmsAreNamedByWhatTheySelect(t *testing.T) {
	for want, a := range map[string]Arm{
		"ftft 33.3 %":              {Arm: rundir.FTFT, Fraction: 1. / 3},
		"random 7 % patience 4":    {Arm: rundir.Random, Fraction: .07, Set: map[string]string{"stop.patience": "4"}},
		"custom rule 1234":         {Arm: rundir.Custom, Strategy: "rule", Fraction: .5, Examples: 1234},
		"custom easy-to-learn 5 %": {Arm: rundir.Custom, Strategy: "easy-to-learn", Fraction: .05},
	} {
		r := &Report{Arms: []Arm{a}}
		if r.findLines(); r.Arms[0].Name != want {
			t.Errorf("%q, want %q", r.Arms[0].Name, want)
		}
	}
	r := &Report{Arms: []Arm{{Arm: rundir.FTFT, Fraction: .25}, {Arm: rundir.FTFT, Fraction: .2501}}}
	if r.findLines(); r.Arms[0].Name != "ftft 25 %" || r.Arms[1].Name != "ftft 25.01 %" {
		t.Errorf("%q and %q", r.Arms[0].Name, r.Arms[1].Name)
	}
}

func TestComparedSets(t *testing.T) {
	idTest, idValidation := metric.Set{Name: "a", Kind: "id", Use: "test"}, metric.Set{Name: "b", Kind: "id", Use: "validation"}
	validation, test := metric.Set{Name: "c", Kind: "ood", Use: "validation"}, oodTest[0]
	second := metric.Set{Name: "e", Kind: "ood", Use: "test"}
	for _, c := range []struct{ all, want []metric.Set }{
		{nil, []metric.Set{}},
		{[]metric.Set{idValidation}, []metric.Set{idValidation}},
		{[]metric.Set{idValidation, idTest}, []metric.Set{idTest}},
		{[]metric.Set{idTest, validation}, []metric.Set{validation}},
		{[]metric.Set{idTest, validation, test, second}, []metric.Set{test, second}},
	} {
		if got := comparedSets(c.all); !slices.Equal(got, c.want) {
			t.Errorf("of %v: %v, want %v", c.all, got, c.want)
		}
	}
}

func TestMeanOverSetsAveragesTheirSamples(t *testing.T) {
	d := mean([]Difference{
		{Sets: oodTest, Value: .1, samples: []float64{0, .2, .4}},
		{Sets: []metric.Set{{Name: "e", Kind: "ood", Use: "test"}}, Value: .3, samples: []float64{.2, .4, .6, 9}},
	})
	if !near(d.Value, .2) || len(d.Sets) != 2 || d.Resamples != 3 || !near(d.Low, .1+.05*.2) || !near(d.High, .5-.05*.2) {
		t.Errorf("%+v", d)
	}
	if d := mean([]Difference{{Value: .1, samples: []float64{0}}, {Value: .2}}); d.Uncertainty != Unknown {
		t.Errorf("with one set's samples missing: %+v", d)
	}
}

// A reader reads the logits of an evaluation once, as long as the file is the same.
func TestReaderKeepsEvaluations(t *testing.T) {
	dir := experiment(t, ftft, erm)
	for _, step := range []int{4, 12} {
		run := map[int]string{4: ftft.id, 12: erm.id}[step]
		saveLogits(t, dir.Run(run), "other", step, 1, 0)
	}
	var reader Reader
	first, err := reader.OfStudy(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := dir.Run(ftft.id).EvalLogits("other", 4)
	info, err := os.Stat(path)
	if err == nil {
		err = os.WriteFile(path, make([]byte, info.Size()), 0o666)
	}
	if err == nil {
		err = os.Chtimes(path, info.ModTime(), info.ModTime())
	}
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if again, err := reader.OfStudy(dir); err != nil || !reflect.DeepEqual(again, first) {
			t.Fatalf("the reader read the file again: %v", err)
		}
	}
	if err := os.Chtimes(path, info.ModTime(), info.ModTime().Add(1)); err != nil {
		t.Fatal(err)
	}
	if r, err := reader.OfStudy(dir); err != nil || len(r.Problems) == 0 {
		t.Error("the reader did not read a file that has changed")
	}
}

func TestLinesJoinSeeds(t *testing.T) {
	ftft2, erm2 := ftft, erm
	ftft2.id, ftft2.seed, ftft2.tune = "s2-ftft", 2, []float64{.5, .6, .55, .5}
	erm2.id, erm2.seed = "s2-erm", 2
	r, err := OfStudy(experiment(t, reference, ftft, erm, ftft2, erm2))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, l := range r.Lines() {
		names = append(names, l.Name)
	}
	if want := []string{"reference", "ftft", "erm", "erm_es"}; !slices.Equal(names, want) {
		t.Fatalf("%q, want %q", names, want)
	}
	l := &r.Lines()[1]
	if len(l.Arms) != 2 || l.Compared != &r.Differences[0] || r.Lines()[2].Compared != nil {
		t.Errorf("%+v", l)
	}
	if score, ok := l.Score(r, oodTest); !ok || !near(score, (.6+.4)/2) {
		t.Errorf("score %g", score)
	}
	if d, ok := l.Difference(oodTest); !ok || d.Uncertainty != BySeeds {
		t.Errorf("%+v", d)
	}
	if _, ok := r.Lines()[0].Difference(oodTest); ok {
		t.Error("the reference has a difference to erm")
	}
	if got := l.Mean(func(a *Arm) float64 { return float64(a.Steps) }); got != 8 {
		t.Errorf("%g steps", got)
	}
	if got := r.SentenceOf(&r.Lines()[0]); got != "The reference has accuracy 0.200 on other (OOD test), after 100 % of its steps." {
		t.Errorf("%q", got)
	}
	if groups := r.SetGroups(); len(groups) != 3 || !slices.Equal(groups[0], oodTest) || groups[1][0].Name != "same" {
		t.Errorf("%v", groups)
	}
}
