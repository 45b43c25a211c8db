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
	"ftft/train"
	"ftft/train/rundir"
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
