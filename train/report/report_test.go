package report

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ftft/configs"
	"ftft/internal/disk"
	"ftft/train/nn/spec"
	"ftft/train/rundir"
)

// runFixture describes a run to write.
type runFixture struct {
	id, role, parent string
	arm              rundir.Arm
	seed             int64
	fraction         float64   // of its selection, by the plan
	rate             string    // its own learning rate, by the plan; "" = the experiment's
	layers           int       // of its model; 0 = none was saved
	examples         int       // trained on
	tune             []float64 // accuracy on the validation set at each evaluation, two steps apart
	taken            int       // steps, of 12
	status           string    // of its finish event; "" = it has none
	sets             []string  // over the config of testdata
}

// write writes the run's directory under root. Each step takes a second and a million FLOPs, each evaluation of a set seven FLOPs.
// The scores on the other sets are 0.1 and 0.2 below those on the validation set.
func (w runFixture) write(t *testing.T, root string) rundir.Dir {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := configs.Load("../../testdata/tiny/tiny.toml", w.sets...)
	check(err)
	dir := rundir.Dir(filepath.Join(root, w.id))
	check(dir.Make())
	check(disk.WriteFile(dir.Config(), cfg.TOML()))
	check(rundir.WriteExamples(dir.Examples(), records(0, 1, 1, 1, 0)))
	for set, gold := range map[string][]int{"same": {0, 1, 1, 1}, "tune": {0, 0, 0, 1}, "other": {0, 1}} {
		check(rundir.WriteExamples(dir.EvalExamples(set), records(gold...)))
	}
	if w.layers > 0 {
		model := spec.Scratch(w.layers, 16, 2, 32, 50, 16, cfg.Labels)
		check(disk.WriteFile(filepath.Join(dir.Checkpoint(w.taken), "config.json"), model.JSON()))
	}
	check(dir.WriteManifest(rundir.Manifest{Role: w.role, Arm: w.arm, Parent: w.parent, Seed: w.seed, Labels: cfg.Labels}))

	log, err := rundir.OpenLog(dir, 0)
	check(err)
	defer log.Close()
	host, err := os.Hostname()
	check(err)
	check(log.Append(0, &rundir.Start{Host: host, MaxSteps: 12, Examples: w.examples}))
	for step := 1; step <= w.taken; step++ {
		check(log.Append(step, &rundir.Steps{Losses: []float32{1}, Seconds: float64(step), FLOPs: 1e6 * float64(step)}))
		if i := step/2 - 1; step%2 == 0 && i < len(w.tune) {
			for _, set := range []struct {
				name, kind, use string
				minus           float64
			}{{"same", "id", "test", 0.1}, {"tune", "ood", "validation", 0}, {"other", "ood", "test", 0.2}} {
				a := w.tune[i] - set.minus
				check(log.Append(step, &rundir.Evaluation{
					Set: set.name, SetKind: set.kind, Use: set.use, Index: i + 1, Accuracy: a, MacroF1: a / 2, Loss: 1 - a, FLOPs: 7,
				}))
			}
		}
	}
	if w.status != "" {
		check(log.Append(w.taken, &rundir.Finish{Status: w.status}))
	}
	return dir
}

func records(gold ...int) []rundir.ExampleRecord {
	var list []rundir.ExampleRecord
	for i, g := range gold {
		list = append(list, rundir.ExampleRecord{Row: i, GUID: string(rune('a' + i)), Gold: g})
	}
	return list
}

// The runs of an experiment, all complete. The reference has two layers, the main model four.
var (
	reference = runFixture{
		id: "s-reference", role: rundir.Reference, seed: 1, layers: 2, examples: 5,
		tune: []float64{.5, .4, .4, .4, .4, .4}, taken: 12, status: rundir.Complete,
	}
	ftft = runFixture{
		id: "s-ftft", role: rundir.Main, arm: rundir.FTFT, parent: "s-reference", seed: 1, layers: 4, examples: 2,
		tune: []float64{.5, .8, .7, .6}, taken: 8, status: rundir.Complete,
	}
	erm = runFixture{
		id: "s-erm", role: rundir.Main, arm: rundir.ERM, seed: 1, layers: 4, examples: 5,
		tune: []float64{.5, .7, .6, .65, .8, .75}, taken: 12, status: rundir.Complete,
	}
)

// share is the reference's size relative to the main model: each layer of width 16 has 2224 parameters, the norm of the embeddings 32.
const share = (2*2224. + 32) / (4*2224 + 32)

// study writes runs and their plan, and returns the report on it.
func study(t *testing.T, runs ...runFixture) *Report {
	t.Helper()
	root := t.TempDir()
	plan := rundir.Study{Name: "s"}
	for _, w := range runs {
		w.write(t, root)
		plan.Runs = append(plan.Runs, rundir.StudyRun{ID: w.id, Role: w.role, Arm: w.arm, Seed: w.seed, Parent: w.parent})
	}
	plan.Runs = append(plan.Runs, rundir.StudyRun{ID: "s-to-come", Role: rundir.Main, Arm: rundir.Random, Seed: 1})
	dir := rundir.StudyDir(filepath.Join(root, "s"))
	if err := dir.WriteStudy(plan); err != nil {
		t.Fatal(err)
	}
	r, err := OfStudy(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// arm returns the row of an arm.
func (r *Report) arm(t *testing.T, name rundir.Arm) Arm {
	t.Helper()
	i := slices.IndexFunc(r.Arms, func(a Arm) bool { return a.Arm == name })
	if i < 0 {
		t.Fatalf("no %s in the report", name)
	}
	return r.Arms[i]
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestArmsAreScoredWhereTheyStop(t *testing.T) {
	r := study(t, reference, ftft, erm)
	var got []rundir.Arm
	for _, a := range r.Arms {
		got = append(got, a.Arm)
	}
	if want := []rundir.Arm{rundir.Reference, rundir.FTFT, rundir.ERM, rundir.EarlyERM}; !slices.Equal(got, want) {
		t.Fatalf("arms %q, want %q", got, want)
	}
	for _, c := range []struct {
		arm                     rundir.Arm
		examples, steps, scored int
		tune, other             float64 // validation scores: those given, and the other ones
	}{
		{rundir.Reference, 5, 12, 12, .4, .5}, // the last; its best beside it
		{rundir.FTFT, 2, 8, 4, .8, .6},        // the best; the last beside it
		{rundir.ERM, 5, 12, 12, .75, .8},
		{rundir.EarlyERM, 5, 8, 4, .7, .65}, // erm's log read up to the second evaluation without a better score
	} {
		a := r.arm(t, c.arm)
		if a.Examples != c.examples || a.Steps != c.steps || a.MaxSteps != 12 || a.ScoredAt != c.scored || a.State != rundir.Complete {
			t.Errorf("%s: %+v", c.arm, a)
		}
		if a.Scores["tune"].Accuracy != c.tune || a.Last["tune"].Accuracy != c.other {
			t.Errorf("%s: validation %v and %v, want %v and %v", c.arm, a.Scores["tune"], a.Last["tune"], c.tune, c.other)
		}
		s := a.Scores["same"]
		if s.Kind != "id" || s.Use != "test" || !near(s.Accuracy, c.tune-.1) || !near(s.MacroF1, (c.tune-.1)/2) || !near(s.Loss, 1.1-c.tune) {
			t.Errorf("%s: in distribution %+v", c.arm, s)
		}
		if s := a.Scores["other"]; s.Kind != "ood" || !near(s.Accuracy, c.tune-.2) {
			t.Errorf("%s: out of distribution %+v", c.arm, s)
		}
	}
}

func TestComputeIsTheReferencesShareAndTheStepsTaken(t *testing.T) {
	// Tables, pooler and classifier are the same in both models, so that of all parameters the reference has more.
	const same = (50+16+2)*16 + 16*16 + 16 + 2*16 + 2
	const total = (2*2224. + 32 + same) / (4*2224 + 32 + same)
	r := study(t, reference, ftft, erm)
	for _, c := range []struct {
		arm              rundir.Arm
		compute, total   float64
		million, seconds float64
		evaluations      float64 // of three sets
	}{
		{rundir.Reference, share, total, 12, 12, 6},
		{rundir.FTFT, share + 8./12, total + 8./12, 12 + 8, 8, 4},
		{rundir.ERM, 1, 1, 12, 12, 6},
		{rundir.EarlyERM, 8. / 12, 8. / 12, 8, 8, 4},
	} {
		a := r.arm(t, c.arm)
		if !near(a.Compute, c.compute) || !near(a.ComputeTotal, c.total) {
			t.Errorf("%s: compute %v and %v, want %v and %v", c.arm, a.Compute, a.ComputeTotal, c.compute, c.total)
		}
		if a.FLOPs != 1e6*c.million || a.Seconds != c.seconds || a.EvaluationFLOPs != 21*c.evaluations {
			t.Errorf("%s: %v FLOPs, %v of evaluations, %v s", c.arm, a.FLOPs, a.EvaluationFLOPs, a.Seconds)
		}
	}
}

// A launch with a budget or a batch size of its own is measured by the experiment's budget.
func TestComputeOfALaunchIsOfTheExperimentsBudget(t *testing.T) {
	cfg, err := configs.Load("../../testdata/tiny/tiny.toml", "train.max_steps=24", "train.batch_size=8")
	if err != nil {
		t.Fatal(err)
	}
	short, small := ftft, erm
	short.id, small.id = "s-ftft-steps12", "s-erm-batch4"
	short.sets, small.sets = []string{"main.train.max_steps=12"}, []string{"main.train.max_steps=12", "main.train.batch_size=4"}
	root := t.TempDir()
	plan := rundir.Study{Name: "s", Config: string(cfg.TOML())}
	for _, w := range []runFixture{reference, short, small} {
		w.write(t, root)
		planned := rundir.StudyRun{ID: w.id, Role: w.role, Arm: w.arm, Seed: w.seed, Parent: w.parent, Set: map[string]string{}}
		for _, set := range w.sets {
			key, value, _ := strings.Cut(set, "=")
			planned.Set[key] = value
		}
		plan.Runs = append(plan.Runs, planned)
	}
	dir := rundir.StudyDir(filepath.Join(root, "s"))
	if err := dir.WriteStudy(plan); err != nil {
		t.Fatal(err)
	}
	r, err := OfStudy(dir)
	if err != nil {
		t.Fatal(err)
	}
	if a := r.arm(t, rundir.FTFT); !near(a.Compute, share+8./24) || !near(a.Evaluations[0].Compute, share+2./24) || a.PlainSteps() != 24 {
		t.Errorf("ftft: compute %v of %v steps, %v", a.Compute, a.PlainSteps(), a.Evaluations)
	}
	if a := r.arm(t, rundir.ERM); !near(a.Compute, 12./48) || a.PlainSteps() != 48 {
		t.Errorf("erm: compute %v of %v steps", a.Compute, a.PlainSteps())
	}

	manifest, err := dir.Run(small.id).ReadManifest()
	if err != nil {
		t.Fatal(err)
	}
	for study, want := range map[string]float64{"s": 12. / 48, "gone": 0} { // the compute is not known without the experiment
		manifest.Study, manifest.Set = study, plan.Runs[2].Set
		if err := dir.Run(small.id).WriteManifest(manifest); err != nil {
			t.Fatal(err)
		}
		if r, err := OfRun(dir.Run(small.id)); err != nil || !near(r.Arms[0].Compute, want) {
			t.Errorf("alone, in %s: %v, %v", study, r.Arms, err)
		}
	}
}

func TestEarlyStoppingIsReplayedByMetricAndPatience(t *testing.T) {
	with := func(sets ...string) (Arm, bool) {
		one := erm
		one.sets = sets
		r := study(t, one)
		i := slices.IndexFunc(r.Arms, func(a Arm) bool { return a.Arm == rundir.EarlyERM })
		if i < 0 {
			return Arm{}, false
		}
		return r.Arms[i], true
	}
	for _, c := range []struct {
		sets          []string
		steps, scored int
	}{
		{[]string{"stop.patience=1"}, 6, 4},
		{[]string{"stop.patience=3"}, 12, 10},                   // it never runs out
		{[]string{"stop.patience=2", "stop.metric=loss"}, 8, 4}, // the loss falls where the accuracy rises
		{[]string{"stop.patience=2", "stop.metric=macro_f1"}, 8, 4},
	} {
		if a, ok := with(c.sets...); !ok || a.Steps != c.steps || a.ScoredAt != c.scored {
			t.Errorf("%v: %d steps, scored at %d", c.sets, a.Steps, a.ScoredAt)
		}
	}
	for _, sets := range [][]string{{"stop.patience=0"}, {`arms.run=["erm"]`}} {
		if _, ok := with(sets...); ok {
			t.Errorf("%v: the report has an erm_es", sets)
		}
	}
}

func TestBaselineIsTheTrainingSetsMajority(t *testing.T) {
	a := study(t, reference).arm(t, "reference") // the majority of 0 1 1 1 0 is 1
	for set, want := range map[string]float64{"same": .75, "tune": .25, "other": .5} {
		if got := a.Baseline[set]; got.Accuracy != want || got.Kind != a.Scores[set].Kind {
			t.Errorf("%s: %+v, want an accuracy of %v", set, got, want)
		}
	}
	if got, want := a.Baseline["other"].Loss, math.Ln2; !near(got, want) {
		t.Errorf("loss %v, want %v, that of even odds", got, want)
	}
}

// A run that ended early is reported up to its last step, even without a saved model, which leaves its compute unknown.
func TestInterruptedRunsAreReported(t *testing.T) {
	first := ftft
	first.tune, first.taken, first.status, first.layers = nil, 1, "", 0
	r := study(t, reference, first, erm)
	a := r.arm(t, rundir.FTFT)
	if a.State != rundir.Interrupted || a.Steps != 1 || a.ScoredAt != 0 || len(a.Scores) > 0 {
		t.Errorf("%+v", a)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
	if got := r.arm(t, "reference").Compute; !near(got, share) {
		t.Errorf("the reference's share is %v, by the model that was saved %v", got, share)
	}
	if text := r.Text(); !strings.Contains(text, "ftft (interrupted)") || strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
		t.Errorf("the table is\n%s", text)
	}

	// The reference itself.
	first = reference
	first.tune, first.taken, first.status, first.layers = nil, 0, rundir.Failed, 0
	r = study(t, first)
	if a := r.arm(t, "reference"); a.State != rundir.Failed || a.Steps != 0 || a.Compute != 0 {
		t.Errorf("%+v", a)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
	if text := r.Text(); !strings.Contains(text, "reference (failed)") {
		t.Errorf("the table is\n%s", text)
	}
}

// Runs that the plan marks as failed because their reference failed have not started. One that could not be prepared has failed.
func TestRunsThatNeverStartedAreNamed(t *testing.T) {
	root := t.TempDir()
	failed := reference
	failed.status = rundir.Failed
	failed.write(t, root)
	erm.write(t, root)
	plan := rundir.Study{Name: "s", State: rundir.Failed, Runs: []rundir.StudyRun{
		{ID: failed.id, Role: rundir.Reference, Seed: 1, State: rundir.Failed},
		{ID: "s-ftft", Role: rundir.Main, Arm: rundir.FTFT, Seed: 1, State: rundir.Failed},
		{ID: erm.id, Role: rundir.Main, Arm: rundir.ERM, Seed: 1, State: rundir.Complete},
		{ID: "s-other", Role: rundir.Main, Arm: rundir.Random, Seed: 2, State: rundir.Failed},
		{ID: "s-late", Role: rundir.Main, Arm: rundir.Custom, Seed: 2, State: rundir.Pending},
	}}
	dir := rundir.StudyDir(filepath.Join(root, "s"))
	if err := dir.WriteStudy(plan); err != nil {
		t.Fatal(err)
	}
	r, err := OfStudy(dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"s-ftft", "s-late"}; !slices.Equal(r.NotStarted, want) {
		t.Errorf("not started: %q, want %q", r.NotStarted, want)
	}
	for _, text := range []string{r.Text(), r.Markdown()} {
		if !strings.Contains(text, "\nNot started: s-ftft, s-late.\n") {
			t.Errorf("the table is\n%s", text)
		}
	}
}

// A run that cannot be read costs its own row only. The report that is read once fails, and names the run.
func TestBrokenRunsAreLeftOut(t *testing.T) {
	for _, damage := range []struct {
		do    func(run rundir.Dir) error
		names string
	}{
		{func(run rundir.Dir) error { return os.WriteFile(run.Manifest(), []byte("{"), 0o666) }, "manifest.json:1"},
		{func(run rundir.Dir) error { return os.Remove(run.Manifest()) }, "manifest.json is missing"},
		{func(run rundir.Dir) error { return os.Remove(run.Config()) }, "config.toml is missing"},
	} {
		dir := completeExperiment(t)
		if err := damage.do(dir.Run(ftft.id)); err != nil {
			t.Fatal(err)
		}
		r, err := new(Reader).OfStudy(dir)
		if err != nil || len(r.Arms) != 3 || len(r.Missing) > 0 { // reference, erm, erm_es
			t.Fatalf("%s: got %+v, %v", damage.names, r, err)
		}
		if len(r.Problems) != 1 || !strings.Contains(r.Problems[0].Error(), damage.names) {
			t.Errorf("got the problems %v, want one that names %s", r.Problems, damage.names)
		}
		if _, err := OfStudy(dir); err == nil || !strings.Contains(err.Error(), damage.names) {
			t.Errorf("read once: got %v, want an error that names %s", err, damage.names)
		}
	}
}

// A complete run without a folder is named below the table.
func TestMissingRunsAreNamed(t *testing.T) {
	dir := completeExperiment(t)
	if err := os.RemoveAll(string(dir.Run(ftft.id))); err != nil {
		t.Fatal(err)
	}
	r, err := OfStudy(dir)
	if err != nil || !slices.Equal(r.Missing, []string{ftft.id}) || !strings.Contains(r.Text(), "Missing folders: "+ftft.id) {
		t.Errorf("got %+v, %v", r, err)
	}
}

// completeExperiment returns an experiment whose plan has all runs as complete.
func completeExperiment(t *testing.T) rundir.StudyDir {
	t.Helper()
	dir := experiment(t, reference, ftft, erm)
	plan, err := dir.ReadStudy()
	if err != nil {
		t.Fatal(err)
	}
	for i := range plan.Runs {
		plan.Runs[i].State = rundir.Complete
	}
	if err := dir.WriteStudy(plan); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A run reused from another experiment keeps its manifest, which names a parent in that experiment.
func TestThePlanNamesTheParentOfAReusedRun(t *testing.T) {
	root := t.TempDir()
	reference.write(t, root)
	again := ftft
	again.parent = "elsewhere"
	again.write(t, root)
	dir := rundir.StudyDir(filepath.Join(root, "s"))
	plan := rundir.Study{Name: "s", Runs: []rundir.StudyRun{{ID: reference.id}, {ID: again.id, Parent: reference.id}}}
	if err := dir.WriteStudy(plan); err != nil {
		t.Fatal(err)
	}
	r, err := OfStudy(dir)
	if err != nil {
		t.Fatal(err)
	}
	if a := r.arm(t, rundir.FTFT); !near(a.Compute, share+8./12) {
		t.Errorf("compute %v", a.Compute)
	}
}

func TestReportOfOneRun(t *testing.T) {
	root := t.TempDir()
	reference.write(t, root)
	r, err := OfRun(ftft.write(t, root))
	if err != nil {
		t.Fatal(err)
	}
	if a := r.arm(t, rundir.FTFT); len(r.Arms) != 1 || r.Name != "s-ftft" || !near(a.Compute, share+8./12) || a.ScoredAt != 4 {
		t.Errorf("%+v", r)
	}
	if r, err = OfRun(rundir.Dir(filepath.Join(root, reference.id))); err != nil {
		t.Fatal(err)
	}
	if a := r.arm(t, "reference"); a.Compute != 0 || a.ComputeTotal != 0 {
		t.Errorf("a reference alone has a compute: %v, %v", a.Compute, a.ComputeTotal)
	}
	lost := ftft
	lost.id, lost.parent = "lost", "gone"
	if _, err := OfRun(lost.write(t, root)); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("without its reference: %v", err)
	}
}

func TestKeysOfTheReport(t *testing.T) {
	text, err := json.Marshal(study(t, reference, ftft, erm))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Arms []map[string]any `json:"arms"`
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for _, arm := range got.Arms {
		for _, key := range []string{
			"arm", "examples", "steps", "compute", "compute_total_parameters", "flops", "seconds", "scores", "baseline",
		} {
			if arm[key] == nil {
				t.Errorf("%v has no %s", arm["arm"], key)
			}
		}
		for set, scores := range arm["scores"].(map[string]any) {
			for _, key := range []string{"kind", "use", "accuracy", "macro_f1", "loss"} {
				if scores.(map[string]any)[key] == nil {
					t.Errorf("%v: the scores of %s have no %s", arm["arm"], set, key)
				}
			}
		}
	}
}

func TestTableOfArms(t *testing.T) {
	r := study(t, reference, ftft, erm)
	rows := r.Rows()
	want := [][]string{
		{"arm", "examples", "steps", "compute", "training TFLOP", "time", "same (ID test)", "tune (OOD validation)", "other (OOD test)"},
		{"reference", "5", "12/12", "50.2 %", "0.00", "12.0 s", "0.3000", "0.4000", "0.2000"},
		{"ftft", "2", "8/12", "116.8 %", "0.00", "8.0 s", "0.7000", "0.8000", "0.6000"},
		{"erm", "5", "12/12", "100.0 %", "0.00", "12.0 s", "0.6500", "0.7500", "0.5500"},
		{"erm_es", "5", "8/12", "66.7 %", "0.00", "8.0 s", "0.6000", "0.7000", "0.5000"},
		{"majority class", "", "", "", "", "", "0.7500", "0.2500", "0.5000"},
	}
	if !reflect.DeepEqual(rows, want) {
		t.Errorf("got\n%q\nwant\n%q", rows, want)
	}
	lines := strings.Split(strings.TrimRight(r.Text(), "\n"), "\n")
	for i, line := range lines {
		if len(line) != len(lines[0]) {
			t.Errorf("line %d of the table has %d characters, the first %d", i+1, len(line), len(lines[0]))
		}
	}
	if len(lines) != len(want)+1 {
		t.Errorf("%d lines, want %d", len(lines), len(want)+1)
	}
	markdown := r.Markdown()
	for _, part := range []string{"# s\n", "| arm | examples |", "|---|---|", "| ftft | 2 | 8/12 |", "Compute is relative to"} {
		if !strings.Contains(markdown, part) {
			t.Errorf("no %q in\n%s", part, markdown)
		}
	}

	// The table shows the score that decides early stopping, and the seed if there are several.
	first, second := erm, erm
	first.sets = []string{"stop.metric=loss"}
	second.id, second.seed, second.sets = "s-two", 2, first.sets
	rows = study(t, first, second).Rows()
	if got := rows[1]; got[0] != "erm, seed 1" || got[7] != "0.2500" {
		t.Errorf("%q", got)
	}
	if got := rows[3][0]; got != "erm, seed 2" {
		t.Errorf("%q", got)
	}
}

// A run may have been renamed since its manifest was written; the plan that reuses it has the current name.
func TestRenamedRunIsReportedByItsDirectory(t *testing.T) {
	root := t.TempDir()
	reference.write(t, root)
	moved := rundir.Dir(filepath.Join(root, "moved"))
	if err := os.Rename(string(erm.write(t, root)), string(moved)); err != nil {
		t.Fatal(err)
	}
	manifest, err := moved.ReadManifest()
	if err != nil || manifest.ID != erm.id {
		t.Fatalf("the manifest has the ID %q, %v", manifest.ID, err)
	}
	dir := rundir.StudyDir(filepath.Join(root, "s"))
	if err := dir.WriteStudy(rundir.Study{Name: "s", Runs: []rundir.StudyRun{{ID: reference.id}, {ID: "moved"}}}); err != nil {
		t.Fatal(err)
	}
	r, err := OfStudy(dir)
	if err != nil {
		t.Fatal(err)
	}
	if a := r.arm(t, rundir.ERM); a.Run != "moved" || !near(r.arm(t, "reference").Compute, share) {
		t.Errorf("%+v", r)
	}
}
