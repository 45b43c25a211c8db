package study

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ftft/configs"
	"ftft/datamap"
	"ftft/internal/input"
	"ftft/train"
	"ftft/train/corpus"
	"ftft/train/rundir"
	"ftft/train/watch"
)

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
	if _, err := Check(tiny(t), nil); err != nil {
		t.Error(err)
	}
	if _, err := Check(tiny(t, "data.eval.other.path=nosuch.jsonl"), nil); !errors.As(err, new(*corpus.Bad)) {
		t.Errorf("missing data: %v", err)
	}
	cfg := tiny(t)
	cfg.Main = configs.Model{Model: "nosuch", Train: cfg.Train}
	if _, err := Check(cfg, nil); err == nil || !strings.Contains(err.Error(), "nosuch") {
		t.Errorf("missing model: %v", err)
	}
	defer input.SetBudget(20_000)()
	var invalid *configs.Invalid
	if _, err := Check(tiny(t), nil); !errors.As(err, &invalid) || invalid.Problems[0].Key != rundir.Reference ||
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
