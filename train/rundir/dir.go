// Package rundir is the contract between whoever trains and whoever looks: the files of a run directory, their
// names, their bytes and the rules by which they are written and read. runs/README.md describes the same for
// readers who do not use Go.
//
// One process writes a run directory; any number read it while it is being written, over NFS too: nothing here
// maps a file into memory or waits for a notice of change. The log and the dynamics grow in place; every other
// file appears whole or not at all.
package rundir

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"ftft/internal/disk"
)

// Dir is the path of one run's directory. Its methods name the files in it; none of them touches the disk unless
// its comment says so.
type Dir string

// Sibling is another run's directory beside this one.
func (d Dir) Sibling(id string) Dir { return Dir(filepath.Join(filepath.Dir(string(d)), id)) }

// ID is the run's name: the directory's last element.
func (d Dir) ID() string { return filepath.Base(string(d)) }

// Manifest says what the run is; see the type Manifest.
func (d Dir) Manifest() string { return d.join("manifest.json") }

// Config is the resolved configuration, complete, as TOML.
func (d Dir) Config() string { return d.join("config.toml") }

// Examples lists the full training set, whatever part of it is trained on; see ExampleRecord.
func (d Dir) Examples() string { return d.join("examples.jsonl") }

// Gold holds the gold classes of Examples as an int32 array [N].
func (d Dir) Gold() string { return d.join("gold.npy") }

// Dynamics is the folder of the epochs' logits.
func (d Dir) Dynamics() string { return d.join("dynamics") }

// Epoch holds the training logits of one epoch, counted from 0, as a float32 array [N, C].
func (d Dir) Epoch(epoch int) string {
	return d.join("dynamics", fmt.Sprintf("epoch-%03d.npy", epoch))
}

// Embeddings holds mean-pooled encodings of the last epoch as a float16 array [N, H], where asked for.
func (d Dir) Embeddings() string { return d.join("embeddings.npy") }

// Evals is the folder of the evaluation sets' examples and logits.
func (d Dir) Evals() string { return d.join("eval") }

// EvalExamples lists the examples of one evaluation set; see ExampleRecord.
func (d Dir) EvalExamples(set string) string { return d.join("eval", set+".examples.jsonl") }

// EvalLogits holds the logits of one set, evaluated after the given step, as a float32 array [n, C].
func (d Dir) EvalLogits(set string, step int) string {
	return d.join("eval", set+"-"+strconv.Itoa(step)+".npy")
}

// Events is the log; see Event.
func (d Dir) Events() string { return d.join("events.jsonl") }

// Control is the folder of requests to the run; see Request.
func (d Dir) Control() string { return d.join("control") }

// Settings are what requests have changed of the run's plan; see the type Settings.
func (d Dir) Settings() string { return d.join("settings.json") }

// View is how a screen looked at the run last.
func (d Dir) View() string { return d.join("view.json") }

// Stage is where a presenter of the run says what is looked at.
func (d Dir) Stage() Stage { return Stage(d) }

// Selection is what the run trains on, if not everything; see the type Selection.
func (d Dir) Selection() string { return d.join("selection.json") }

// Checkpoints is the folder of the saved models.
func (d Dir) Checkpoints() string { return d.join("checkpoints") }

// Checkpoint is the folder of the model saved after the given step.
func (d Dir) Checkpoint(step int) string {
	return d.join("checkpoints", "step-"+strconv.Itoa(step))
}

// Report is the folder of the run's report.
func (d Dir) Report() string { return d.join("report") }

// Reserve holds some space while a run writes, for the word that there is none left.
func (d Dir) Reserve() string { return d.join(".reserve") }

// LockFile is what the writer holds a lock on; see Lock.
func (d Dir) LockFile() string { return d.join("lock") }

// Make creates the directory and the folders that every run has.
func (d Dir) Make() error {
	for _, folder := range []string{d.Dynamics(), d.Evals(), d.Control(), d.Checkpoints()} {
		if err := disk.MkdirAll(folder); err != nil {
			return disk.Explain("create the run directory", err)
		}
	}
	return nil
}

func (d Dir) join(elements ...string) string {
	return filepath.Join(append([]string{string(d)}, elements...)...)
}

// StudyDir is the path of a study's directory: the plan over several runs, which lie beside it.
type StudyDir string

// ID is the study's name: the directory's last element.
func (s StudyDir) ID() string { return filepath.Base(string(s)) }

// Study is the plan; see the type Study.
func (s StudyDir) Study() string { return filepath.Join(string(s), "study.json") }

// Report is the folder of the study's report.
func (s StudyDir) Report() string { return filepath.Join(string(s), "report") }

// LockFile is what the study process holds a lock on; see Lock.
func (s StudyDir) LockFile() string { return filepath.Join(string(s), "lock") }

// Run is the directory of one of the study's runs, which stand beside the study's own.
func (s StudyDir) Run(id string) Dir { return Dir(filepath.Join(filepath.Dir(string(s)), id)) }

// Runs lists the run directories under root, by name: the folders with a manifest. A root that does not exist
// holds none.
func Runs(root string) ([]Dir, error) {
	return holding[Dir](root, "manifest.json")
}

// Studies lists the study directories under root, by name: the folders with a study.json.
func Studies(root string) ([]StudyDir, error) {
	return holding[StudyDir](root, "study.json")
}

func holding[D ~string](root, file string) ([]D, error) {
	entries, err := os.ReadDir(root)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the runs: %w", err)
	}
	var found []D
	for _, entry := range entries {
		dir := filepath.Join(root, entry.Name())
		if _, err := os.Stat(filepath.Join(dir, file)); err == nil && entry.Name()[0] != '.' {
			found = append(found, D(dir))
		}
	}
	return found, nil
}
