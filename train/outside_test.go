package train

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ftft/configs"
	"ftft/train/corpus"
	"ftft/train/rundir"
)

// outside loads the tiny experiment with main runs that a script trains.
func outside(t *testing.T, sets ...string) configs.Config {
	t.Helper()
	script := filepath.Join(t.TempDir(), "train.py")
	if err := os.WriteFile(script, []byte("print()\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	sets = append([]string{"main={model=\"org/name\", engine={kind=\"torchrun\"}}", "main.engine.script=" + script}, sets...)
	cfg, err := configs.Load("../testdata/tiny/tiny.toml", sets...)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// jobLines reads a list of examples.
func jobLines(t *testing.T, path string) (lines []rundir.JobExample) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var e rundir.JobExample
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, e)
	}
	return lines
}

func TestJobsHoldWhatTheNativeLoopPlans(t *testing.T) {
	cfg := outside(t, "train.max_steps=0", "train.epochs=3", "train.batch_size=7", "train.warmup=0.13", "main.train.dropout=0.25")
	data, err := corpus.Load(cfg, 1)
	if err != nil {
		t.Fatal(err)
	}
	n := len(data.Train.Examples)
	chosen := rundir.NewSelection(rundir.Selection{Strategy: "random", Fraction: 0.25, Of: n}, 10, func(i int) rundir.Chosen {
		e := data.Train.Examples[3*i+2]
		return rundir.Chosen{Row: e.Row, GUID: e.GUID, Label: cfg.Labels[e.Gold]}
	})
	dir := rundir.Dir(filepath.Join(t.TempDir(), "run"))
	manifest := rundir.Manifest{
		ID: "run", Role: rundir.Main, Arm: rundir.FTFT, Seed: 1, Labels: cfg.Labels, DataHash: data.Hash(), ConfigHash: "x",
		Engine: rundir.Outside,
	}
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.WriteFile(dir.Config(), cfg.TOML(), 0o666), dir.WriteSelection(chosen), dir.WriteManifest(manifest),
		WriteJob(dir, cfg, manifest, data, &chosen),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	job, err := dir.ReadJob()
	if err != nil {
		t.Fatal(err)
	}
	steps := 3 * ((n + 6) / 7)
	if job.MaxSteps != steps || job.StepsPerEpoch != 2 || job.Epochs != (steps+1)/2 || job.Trained != 10 || job.Examples != n ||
		job.WarmupSteps != (13*steps+99)/100 || job.Model != "org/name" || *job.Dropout != 0.25 || !job.Shuffle || job.Format != 1 ||
		job.Stop == nil || job.Stop.Patience != cfg.Stop.Patience || len(job.EvaluationSteps) != 4 || job.EvaluationSteps[3] != steps {
		t.Errorf("%+v for %d examples", job, n)
	}
	lines := jobLines(t, dir.JobTrain())
	var rows []int
	for _, line := range lines {
		rows = append(rows, line.Row)
		if e := data.Train.Examples[line.Row]; line.Text != e.Text || line.Label != e.Gold || line.TextPair != nil {
			t.Errorf("%+v, want %+v", line, e)
		}
	}
	if !slices.Equal(rows, chosen.Rows) {
		t.Errorf("rows %v, want %v", rows, chosen.Rows)
	}
	if len(job.Evals) != len(data.Evals) {
		t.Errorf("evaluation sets %+v", job.Evals)
	}
	for i, set := range job.Evals {
		texts := jobLines(t, filepath.Join(dir.JobFolder(), set.File))
		records, err := rundir.ReadExamples(dir.EvalExamples(set.Name))
		if want := data.Evals[i]; err != nil || len(texts) != set.Examples || len(records) != set.Examples || set.Use != want.Use ||
			set.Kind != want.Kind || texts[1].Text != want.Examples[1].Text || texts[1].Row != 1 {
			t.Errorf("%+v: %d texts, %d records, %v", set, len(texts), len(records), err)
		}
	}

	// What is missing is written again, with the same bytes.
	before, err := os.ReadFile(dir.JobTrain())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir.JobFolder()); err != nil {
		t.Fatal(err)
	}
	if err := RestoreJob(dir); err != nil {
		t.Fatal(err)
	}
	again, err := dir.ReadJob()
	after, readErr := os.ReadFile(dir.JobTrain())
	if err != nil || readErr != nil || string(after) != string(before) || again.WarmupSteps != job.WarmupSteps {
		t.Errorf("restored: %+v, %v, %v", again, err, readErr)
	}
	if err := os.Remove(dir.JobEval("tune")); err != nil {
		t.Fatal(err)
	}
	if err := RestoreJob(dir); err != nil || len(jobLines(t, dir.JobEval("tune"))) == 0 {
		t.Error(err)
	}
	manifest.DataHash = "other"
	if err := dir.WriteManifest(manifest); err != nil {
		t.Fatal(err)
	}
	if err := RestoreJob(dir); err != nil { // nothing is missing
		t.Error(err)
	}
	if err := os.Remove(dir.Job()); err != nil {
		t.Fatal(err)
	}
	if err := RestoreJob(dir); err == nil || !strings.Contains(err.Error(), "the data has changed") {
		t.Errorf("other data: %v", err)
	}
}

// An empty second text is that of a pair, and not a missing one.
func TestJobsKeepEmptySecondTexts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.jsonl")
	examples := []corpus.Example{{Row: 0, Text: "a", Paired: true}, {Row: 1, Text: "b", TextPair: "c", Paired: true, Gold: 1}}
	if err := writeJobExamples(path, examples, nil); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	want := `{"row":0,"text":"a","text_pair":"","label":0}` + "\n" + `{"row":1,"text":"b","text_pair":"c","label":1}` + "\n"
	if err != nil || string(text) != want {
		t.Errorf("%s, %v", text, err)
	}
}

// The result of an outside run depends on its script and its model, and not on what its jobs ask for.
func TestIdentityOfOutsideRuns(t *testing.T) {
	identity := func(cfg configs.Config, role string) string {
		t.Helper()
		hash, err := Identity(cfg, role, rundir.ERM, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		return hash
	}
	cfg := outside(t)
	first := identity(cfg, rundir.Main)
	slurm := cfg
	slurm.Main.Engine = &configs.Engine{Kind: configs.Slurm, Script: cfg.Main.Engine.Script, Partition: "gpu", Processes: 8}
	if identity(slurm, rundir.Main) != first {
		t.Error("the same script has another identity under Slurm")
	}
	moved := cfg
	moved.Main.Engine = &configs.Engine{Kind: configs.Torchrun, Script: filepath.Join(t.TempDir(), "moved.py")}
	if err := os.WriteFile(moved.Main.Engine.Script, []byte("print()\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if identity(moved, rundir.Main) != first {
		t.Error("a script that was moved has another identity")
	}
	if err := os.WriteFile(moved.Main.Engine.Script, []byte("print(1)\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if identity(moved, rundir.Main) == first {
		t.Error("a script that was changed has the same identity")
	}
	other := cfg
	other.Main.Model = "else/name"
	if identity(other, rundir.Main) == first {
		t.Error("another model of the hub has the same identity")
	}

	folder := filepath.Join(cfg.Data.Root, "org") // not there: the name is one of the hub
	if name, fromHub, err := OutsideModel(cfg, rundir.Main); err != nil || !fromHub || name != "org/name" {
		t.Errorf("%q, %t, %v; is there %s?", name, fromHub, err, folder)
	}
	local := cfg
	local.Data.Root = t.TempDir()
	weights := filepath.Join(local.Data.Root, "org", "name", "model.safetensors")
	if err := os.MkdirAll(filepath.Dir(weights), 0o777); err != nil {
		t.Fatal(err)
	}
	var hashes []string
	for _, content := range []string{"", "a", "b"} {
		if content != "" {
			if err := os.WriteFile(weights, []byte(content), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		hashes = append(hashes, identity(local, rundir.Main))
	}
	if hashes[0] == hashes[1] || hashes[1] == hashes[2] {
		t.Errorf("other weights, the same identity: %v", hashes)
	}
	if name, fromHub, err := OutsideModel(local, rundir.Main); err != nil || fromHub || name != filepath.Dir(weights) {
		t.Errorf("%q, %t, %v", name, fromHub, err)
	}
	for _, model := range []string{"org/nmae", "/no/such/folder", "./name", "a/b/c"} {
		local.Main.Model = model
		if _, _, err := OutsideModel(local, rundir.Main); err == nil || !strings.Contains(err.Error(), "main.model: no folder") {
			t.Errorf("%s: %v", model, err)
		}
	}

	// The native reference of a mixed experiment is that of a native experiment.
	native, err := configs.Load("../testdata/tiny/tiny.toml")
	if err != nil {
		t.Fatal(err)
	}
	if identity(cfg, rundir.Reference) != identity(native, rundir.Reference) {
		t.Error("a native reference has another identity beside an outside main model")
	}
}

// Embeddings need a model that this program reads; what another trainer has saved need not be one.
func TestEmbeddingsOfOutsideRuns(t *testing.T) {
	cfg := outside(t)
	data, err := corpus.Load(cfg, 1)
	if err != nil {
		t.Fatal(err)
	}
	dir := rundir.Dir(filepath.Join(t.TempDir(), "run"))
	manifest := rundir.Manifest{Role: rundir.Main, Arm: rundir.ERM, Seed: 1, Labels: cfg.Labels, DataHash: data.Hash(), Engine: rundir.Outside}
	for _, err := range []error{
		dir.Make(), os.WriteFile(dir.Config(), cfg.TOML(), 0o666), dir.WriteManifest(manifest), os.Mkdir(dir.Checkpoint(3), 0o777),
		os.WriteFile(filepath.Join(dir.Checkpoint(3), "config.json"), []byte(`{"model_type":"mamba"}`), 0o666),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	err = EmbedRun(dir, nil)
	if err == nil || !strings.HasPrefix(err.Error(),
		"embeddings need a model that ftft can read, and that of "+string(dir)+" was trained by another program: ") {
		t.Error(err)
	}
}
