package study

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ftft/configs"
	"ftft/datamap"
	"ftft/internal/input"
	"ftft/train"
	"ftft/train/corpus"
	"ftft/train/rundir"
	"ftft/train/watch"
)

// The environment variables that list runs. Those in meets wait for one another before they train. Those in breaks end before they log
// anything; a request ends those in stops after their first step, and pauses those in pauses.
const (
	meets  = "FTFT_TEST_MEETS"
	breaks = "FTFT_TEST_BREAKS"
	stops  = "FTFT_TEST_STOPS"
	pauses = "FTFT_TEST_PAUSES"
)

// TestMain lets the test binary act as the program that a study process starts for each run, train DIR, and as that process, study DIR.
func TestMain(m *testing.M) {
	if len(os.Args) < 3 || os.Args[1] != "train" && os.Args[1] != "study" {
		os.Exit(m.Run())
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	var err error
	if os.Args[1] == "study" {
		err = Run(ctx, rundir.StudyDir(os.Args[2]), false)
	} else {
		err = trainAsTold(ctx, rundir.Dir(os.Args[2]))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// trainAsTold trains a run as the environment says, and keeps a journal of the beginning and the end.
func trainAsTold(ctx context.Context, dir rundir.Dir) error {
	listed := func(variable string) bool { return slices.Contains(strings.Fields(os.Getenv(variable)), dir.ID()) }
	root := filepath.Dir(string(dir))
	note(root, "+"+dir.ID())
	defer note(root, "-"+dir.ID())
	if listed(meets) {
		if err := meet(root); err != nil {
			return err
		}
	}
	if listed(breaks) {
		return errors.New("broken")
	}
	for variable, action := range map[string]string{stops: "stop", pauses: "pause"} {
		if listed(variable) {
			if err := dir.Send(rundir.Request{Action: action}); err != nil {
				return err
			}
		}
	}
	if m, err := dir.ReadManifest(); err == nil && m.Engine == rundir.Outside {
		return trainOutside(dir)
	}
	_, err := train.Resume(ctx, dir, false)
	return err
}

// note appends a word to the journal of the runs under root.
func note(root, word string) {
	file, err := os.OpenFile(filepath.Join(root, ".journal"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err == nil {
		_, err = fmt.Fprintln(file, word)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		panic(err)
	}
}

// journal returns the words of the journal.
func journal(t *testing.T, root string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, ".journal"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(data))
}

// meet waits until all runs that meet have begun.
func meet(root string) error {
	for range 3000 {
		data, err := os.ReadFile(filepath.Join(root, ".journal"))
		if err != nil {
			return err
		}
		missing := func(id string) bool { return !slices.Contains(strings.Fields(string(data)), "+"+id) }
		if !slices.ContainsFunc(strings.Fields(os.Getenv(meets)), missing) {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return errors.New("the others have not begun")
}

// tiny loads the experiment in the testdata folder of the module.
func tiny(t *testing.T, sets ...string) configs.Config {
	t.Helper()
	cfg, err := configs.Load("../../testdata/tiny/tiny.toml", sets...)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// created creates an experiment under root.
func created(t *testing.T, root string, cfg configs.Config) rundir.StudyDir {
	t.Helper()
	dir, err := Create(root, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// outline returns a plan's state and one word per run: its ID, ":", its state, and "=" if it was reused.
func outline(t *testing.T, dir rundir.StudyDir) (state string, runs []string) {
	t.Helper()
	plan, err := dir.ReadStudy()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range plan.Runs {
		reused := ""
		if r.Reused {
			reused = "="
		}
		runs = append(runs, r.ID+":"+r.State+reused)
	}
	return plan.State, runs
}

// expectOutline checks a plan's outline.
func expectOutline(t *testing.T, dir rundir.StudyDir, state string, runs ...string) {
	t.Helper()
	if gotState, got := outline(t, dir); gotState != state || !slices.Equal(got, runs) {
		t.Errorf("%s %q,\nwant %s %q", gotState, got, state, runs)
	}
}

func TestPlanHasARunPerArmAndSeed(t *testing.T) {
	short := func(cfg configs.Config) (list []string) {
		for _, seed := range cfg.Seeds {
			for _, r := range planned("x", cfg, seed) {
				list = append(list, fmt.Sprintf("%s %d %s/%s <%s %s %g", r.ID, r.Seed, r.Role, r.Arm, r.Parent, r.Strategy, r.Fraction))
			}
		}
		return list
	}
	// dm comes after erm, which it selects by; erm_es is not a run.
	cfg := tiny(t, `arms.run=["dm", "erm_es", "random", "erm", "ftft"]`, "selection.strategy=hard-to-learn", "selection.fraction=0.25")
	if got, want := short(cfg), []string{
		"x-reference 1 reference/ <  0",
		"x-random 1 main/random < random 0.25",
		"x-erm 1 main/erm <  0",
		"x-ftft 1 main/ftft <x-reference hard-to-learn 0.25",
		"x-dm 1 main/dm <x-erm hard-to-learn 0.25",
	}; !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	if got, want := short(tiny(t, `arms.run=["ftft"]`, "seeds=[7, 3]")), []string{
		"x-s7-reference 7 reference/ <  0", "x-s7-ftft 7 main/ftft <x-s7-reference ambiguous 0.33",
		"x-s3-reference 3 reference/ <  0", "x-s3-ftft 3 main/ftft <x-s3-reference ambiguous 0.33",
	}; !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func TestTheSameConfigIsTheSameExperiment(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "tiny-2", "of another program"), 0o777); err != nil {
		t.Fatal(err)
	}
	first := created(t, root, tiny(t))
	if again := created(t, root, tiny(t)); again != first || first.ID() != "tiny" {
		t.Errorf("%s, then %s", first, again)
	}
	other := created(t, root, tiny(t, "stop.patience=1"))
	if other.ID() != "tiny-3" || created(t, root, tiny(t, "stop.patience=1")) != other {
		t.Errorf("another config is in %s", other)
	}

	// Creating it again resets its states, unless a process carries it out.
	plan, err := first.ReadStudy()
	if err != nil {
		t.Fatal(err)
	}
	plan.State, plan.Runs[1].State = rundir.Failed, rundir.Failed
	if err := first.WriteStudy(plan); err != nil {
		t.Fatal(err)
	}
	lock, err := rundir.Lock(first)
	if err != nil {
		t.Fatal(err)
	}
	created(t, root, tiny(t))
	if state, runs := outline(t, first); state != rundir.Failed || runs[1] != "tiny-ftft:failed" {
		t.Errorf("a plan that is carried out was changed: %s %q", state, runs)
	}
	if err := Run(t.Context(), first, false); !errors.As(err, new(*rundir.LockedError)) {
		t.Errorf("two processes carry out one plan: %v", err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	created(t, root, tiny(t))
	if state, runs := outline(t, first); state != rundir.Pending || runs[1] != "tiny-ftft:pending" {
		t.Errorf("a plan that was reset: %s %q", state, runs)
	}
}

func TestAFailedArmDoesNotStopTheOthers(t *testing.T) {
	t.Setenv(breaks, "tiny-ftft")
	root := t.TempDir()
	cfg := tiny(t, `arms.run=["ftft", "random"]`)
	dir := created(t, root, cfg)
	if err := Run(t.Context(), dir, false); err == nil || !strings.Contains(err.Error(), "tiny-ftft: ") {
		t.Errorf("error %v", err)
	}
	expectOutline(t, dir, rundir.Failed, "tiny-reference:complete", "tiny-ftft:failed", "tiny-random:complete")

	// A second call reuses complete runs and resumes failed ones.
	t.Setenv(breaks, "")
	before, err := os.ReadFile(dir.Run("tiny-random").Events())
	if err != nil {
		t.Fatal(err)
	}
	if err := Run(t.Context(), created(t, root, cfg), false); err != nil {
		t.Fatal(err)
	}
	expectOutline(t, dir, rundir.Complete, "tiny-reference:complete=", "tiny-ftft:complete", "tiny-random:complete=")
	if after, err := os.ReadFile(dir.Run("tiny-random").Events()); err != nil || string(after) != string(before) {
		t.Errorf("a complete run was written to: %v", err)
	}
	ftft, err := dir.Run("tiny-ftft").ReadSelection()
	if err != nil {
		t.Fatal(err)
	}
	random, err := dir.Run("tiny-random").ReadSelection()
	if err != nil || ftft.Count != 15 || random.Count != 15 || ftft.Hash == random.Hash ||
		ftft.Source != "tiny-reference" || random.Source != "" {
		t.Errorf("selections %+v\n%+v, %v", ftft, random, err)
	}

	// A failed reference prevents the arms of its own seed. The other seed reuses the existing runs.
	dir = created(t, root, tiny(t, `arms.run=["ftft", "random"]`, "seeds=[2, 1]"))
	t.Setenv(breaks, dir.ID()+"-s2-reference")
	if err := Run(t.Context(), dir, false); err == nil {
		t.Error("a failed reference gives no error")
	}
	expectOutline(t, dir, rundir.Failed, "tiny-2-s2-reference:failed", "tiny-2-s2-ftft:failed", "tiny-2-s2-random:failed",
		"tiny-reference:complete=", "tiny-ftft:complete=", "tiny-random:complete=")
	if _, err := os.Stat(string(dir.Run("tiny-2-s2-ftft"))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an arm without a reference has a directory: %v", err)
	}
}

// dm selects by the erm run, so an erm run that was stopped stops dm.
func TestArmsOfAStoppedReferenceAreStopped(t *testing.T) {
	t.Setenv(stops, "tiny-erm")
	// An epoch has one step, so that the erm run has a complete epoch when it stops.
	dir := created(t, t.TempDir(), tiny(t, `arms.run=["erm", "dm", "random"]`, "train.batch_size=48", "selection.strategy=hard-to-learn"))
	if err := Run(t.Context(), dir, false); err != nil {
		t.Error(err)
	}
	expectOutline(t, dir, rundir.Complete, "tiny-reference:complete", "tiny-erm:stopped", "tiny-random:complete", "tiny-dm:stopped")

	t.Setenv(stops, "tiny-reference")
	dir = created(t, t.TempDir(), tiny(t, `arms.run=["ftft"]`))
	if err := Run(t.Context(), dir, false); err != nil {
		t.Error(err)
	}
	expectOutline(t, dir, rundir.Stopped, "tiny-reference:stopped", "tiny-ftft:stopped")
}

func TestLaunchesAreCarriedOutAfterThePlan(t *testing.T) {
	dir := created(t, t.TempDir(), tiny(t, `arms.run=["random"]`))
	for _, l := range []rundir.Launch{
		{ID: "1", Arm: rundir.FTFT, Strategy: "hard-to-learn", Fraction: 0.5},
		{ID: "2", Arm: rundir.Random, Strategy: "random", Fraction: 0.25},
		{ID: "3", Arm: rundir.Custom, Strategy: "easy-to-learn", Fraction: 0.1},
		{ID: "4", Arm: rundir.ERM},
	} {
		if err := dir.RequestLaunch(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := Run(t.Context(), dir, false); err != nil {
		t.Fatal(err)
	}
	expectOutline(t, dir, rundir.Complete, "tiny-reference:complete", "tiny-random:complete",
		"tiny-ftft-0.5:complete", "tiny-random-0.25:complete", "tiny-easy-to-learn-0.1:complete", "tiny-erm:complete")
	if left, err := dir.Launches(); err != nil || len(left) > 0 {
		t.Errorf("launches left: %+v, %v", left, err)
	}
	for id, want := range map[string]int{"tiny-ftft-0.5": 24, "tiny-random-0.25": 12, "tiny-easy-to-learn-0.1": 4} {
		if s, err := dir.Run(id).ReadSelection(); err != nil || s.Count != want || s.Source == "" != (s.Strategy == "random") {
			t.Errorf("%s: %+v, %v", id, s, err)
		}
	}
}

// A run with other settings has its own directory, config and hash; the same launch again reuses it. The config of the launch gives
// the same run to an experiment of its own.
func TestLaunchesWithSettingsAreRunsOfTheirOwn(t *testing.T) {
	root := t.TempDir()
	cfg := tiny(t, `arms.run=["ftft"]`)
	dir := created(t, root, cfg)
	launch := rundir.Launch{Arm: rundir.FTFT, Strategy: "ambiguous", Fraction: 0.33, Set: map[string]string{
		"main.train.learning_rate": "2e-2", "stop.patience": "0", "main.train.max_steps": "8",
	}}
	for _, id := range []string{"1", "2"} {
		launch.ID = id
		if err := dir.RequestLaunch(launch); err != nil {
			t.Fatal(err)
		}
	}
	if err := Run(t.Context(), dir, false); err != nil {
		t.Fatal(err)
	}
	const id = "tiny-ftft-0.33-lr0.02-steps8-patience0"
	expectOutline(t, dir, rundir.Complete, "tiny-reference:complete", "tiny-ftft:complete", id+":complete", id+":complete=")
	own, err := configs.Load(dir.Run(id).Config())
	if err != nil || own.Main.Train.LearningRate != 0.02 || own.Stop.Patience != 0 || own.Reference.Train.LearningRate != 0.01 {
		t.Errorf("its config.toml: %+v, %v", own, err)
	}
	run, err := dir.Run(id).ReadManifest()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := dir.Run("tiny-ftft").ReadManifest()
	if err != nil || run.ConfigHash == plain.ConfigHash || len(run.Set) != 3 || plain.Set != nil {
		t.Errorf("settings %v and %v, hashes %s and %s, %v", run.Set, plain.Set, run.ConfigHash, plain.ConfigHash, err)
	}
	record, err := rundir.ReadRecord(dir.Run(id))
	if err != nil || record.Start.MaxSteps != 8 {
		t.Errorf("started %+v, %v", record.Start, err)
	}

	made, err := cfg.OfLaunches([]rundir.Launch{launch})
	if err != nil {
		t.Fatal(err)
	}
	saved := filepath.Join(t.TempDir(), "saved.toml")
	if err := os.WriteFile(saved, made.TOML(), 0o666); err != nil {
		t.Fatal(err)
	}
	loaded, err := configs.Load(saved)
	if err != nil {
		t.Fatal(err)
	}
	again := created(t, root, loaded)
	if err := Run(t.Context(), again, false); err != nil {
		t.Fatal(err)
	}
	expectOutline(t, again, rundir.Complete, "tiny-reference:complete=", id+":complete=")
}

func TestACancelledStudyStartsNoRun(t *testing.T) {
	dir := created(t, t.TempDir(), tiny(t, `arms.run=["erm"]`))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Run(ctx, dir, false); err != nil {
		t.Error(err)
	}
	expectOutline(t, dir, rundir.Interrupted, "tiny-reference:pending", "tiny-erm:pending")
	if plan, err := dir.ReadStudy(); err != nil || plan.Owner.PID != os.Getpid() {
		t.Errorf("owner %+v, %v", plan.Owner, err)
	}
	if rundir.Locked(dir) {
		t.Error("the study is still locked")
	}
}

// A run is reused if and only if nothing that decides its result differs.
func TestIdentityIsWhatDecidesTheResult(t *testing.T) {
	reference := rundir.StudyRun{Role: rundir.Reference, Seed: 1}
	erm := rundir.StudyRun{Role: rundir.Main, Arm: rundir.ERM, Seed: 1}
	ftft := rundir.StudyRun{Role: rundir.Main, Arm: rundir.FTFT, Seed: 1}
	hash := func(run rundir.StudyRun, rows *rundir.Selection, sets ...string) string {
		t.Helper()
		h, err := train.Identity(tiny(t, sets...), run.Role, run.Arm, run.Seed, rows)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	one, two := &rundir.Selection{Hash: "1"}, &rundir.Selection{Hash: "2"}
	for _, c := range []struct {
		set                  string
		reference, erm, ftft bool // whether the setting makes another run of it
	}{
		{"name=other", false, false, false},
		{"engine.threads=7", false, false, false},
		{"engine.slots=2", false, false, false},
		{"seeds=[5]", false, false, false}, // the run's own seed counts
		{`arms.run=["erm"]`, false, false, false},
		{"data.root=/elsewhere", false, false, false},
		{"data.train.path=copy.jsonl", false, false, false},
		{"selection.fraction=0.5", false, false, false}, // the selection itself counts
		{"stop.patience=5", false, false, true},
		{"stop.metric=loss", true, true, true},
		{"main.layers=2", false, true, true},
		{"reference.layers=2", true, false, false},
		{"main.train.learning_rate=0.1", false, true, true},
		{"train.learning_rate=0.1", true, true, true},
		{"train.max_steps=13", true, true, true},
		{"train.shuffle=false", true, true, true},
		{"train.dropout=0.2", true, true, true},
	} {
		for name, differs := range map[string]bool{
			"reference": hash(reference, nil) != hash(reference, nil, c.set),
			"erm":       hash(erm, nil) != hash(erm, nil, c.set),
			"ftft":      hash(ftft, one) != hash(ftft, one, c.set),
		} {
			if want := map[string]bool{"reference": c.reference, "erm": c.erm, "ftft": c.ftft}[name]; differs != want {
				t.Errorf("%s makes another run of %s: %t, want %t", c.set, name, differs, want)
			}
		}
	}
	other := ftft
	other.Seed = 2
	if hash(ftft, one) == hash(ftft, two) || hash(ftft, one) == hash(other, one) {
		t.Error("another selection or another seed makes no other run")
	}
}

// A running epoch would mix probabilities of two epochs, so the map has only complete ones.
func TestMapHasOnlyCompleteEpochs(t *testing.T) {
	dir := created(t, t.TempDir(), tiny(t, `arms.run=["erm"]`, "train.max_steps=15")) // two epochs and a half
	if err := Run(t.Context(), dir, false); err != nil {
		t.Fatal(err)
	}
	run := dir.Run("tiny-reference")
	m, err := watch.ReadMap(run, datamap.Options{})
	if err != nil || m.Epochs != 2 || m.Len() != 48 {
		t.Fatalf("%d epochs, %d examples, %v", m.Epochs, m.Len(), err)
	}
	s, err := watch.ReadMap(run, datamap.Options{Sample: true})
	if err != nil || s.Variability[0] <= m.Variability[0] {
		t.Errorf("the sample form gives %v, the population's %v, %v", s.Variability[0], m.Variability[0], err)
	}
	if _, err := watch.ReadMap(dir.Run("none"), datamap.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a run that does not exist: %v", err)
	}
}

func TestCheckFindsFaultsBeforeTheRun(t *testing.T) {
	if _, err := Check(tiny(t)); err != nil {
		t.Error(err)
	}
	if _, err := Check(tiny(t, "data.eval.other.path=nosuch.jsonl")); !errors.As(err, new(*corpus.Bad)) {
		t.Errorf("missing data: %v", err)
	}
	cfg := tiny(t)
	cfg.Main = configs.Model{Model: "nosuch", Train: cfg.Train}
	if _, err := Check(cfg); err == nil || !strings.Contains(err.Error(), "nosuch") {
		t.Errorf("missing model: %v", err)
	}
	defer input.SetBudget(20_000)()
	var invalid *configs.Invalid
	if _, err := Check(tiny(t)); !errors.As(err, &invalid) || invalid.Problems[0].Key != rundir.Reference ||
		!strings.Contains(err.Error(), "of memory, and this machine has 40 kB available") {
		t.Errorf("models larger than the memory: %v", err)
	}
}

// The content of the data counts, not its path: a moved file is the same data, a file with one changed label is not.
func TestRunsOnOtherDataAreNotReused(t *testing.T) {
	root, data := t.TempDir(), t.TempDir()
	if err := os.CopyFS(data, os.DirFS("../../testdata/tiny")); err != nil {
		t.Fatal(err)
	}
	arms := `arms.run=["erm"]`
	if err := Run(t.Context(), created(t, root, tiny(t, arms)), false); err != nil {
		t.Fatal(err)
	}
	dir := created(t, root, tiny(t, arms, "data.root="+data))
	if err := Run(t.Context(), dir, false); err != nil {
		t.Fatal(err)
	}
	expectOutline(t, dir, rundir.Complete, "tiny-reference:complete=", "tiny-erm:complete=")

	text, err := os.ReadFile(filepath.Join(data, "other.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), `"yes"`, `"no"`, 1)
	if err := os.WriteFile(filepath.Join(data, "other.jsonl"), []byte(changed), 0o666); err != nil {
		t.Fatal(err)
	}
	dir = created(t, root, tiny(t, arms, "data.root="+data))
	if err := Run(t.Context(), dir, false); err != nil {
		t.Fatal(err)
	}
	notComplete := func(r string) bool { return !strings.HasSuffix(r, ":complete") }
	if state, runs := outline(t, dir); state != rundir.Complete || slices.ContainsFunc(runs, notComplete) {
		t.Errorf("%s %q", state, runs)
	}
}
