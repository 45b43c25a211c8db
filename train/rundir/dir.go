// Package rundir is the contract between the process that trains a run and the programs that read it: the files of a run directory,
// their names, their bytes, and how they are written and read. runs/README.md describes the same for readers in other languages.
//
// One process writes a run directory, and any number of processes read it at the same time, also over NFS: nothing here maps a file
// into memory or waits for a change notification. The log and the dynamics grow in place; every other file appears complete or not at
// all.
//
// It may import internal packages and train/metric. Begin reading at Dir, which names the files, and Record, the state of a run
// according to its log.
package rundir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ftft/internal/disk"
)

// Dir is the path of a run's directory. The methods without an error only name files and do not access the disk.
type Dir string

// Sibling returns the directory of another run in the same folder.
func (d Dir) Sibling(id string) Dir { return Dir(filepath.Join(filepath.Dir(string(d)), id)) }

// ID returns the run's name, the last element of the path.
func (d Dir) ID() string { return filepath.Base(string(d)) }

// Manifest is the file that identifies the run; see the type Manifest.
func (d Dir) Manifest() string { return d.join("manifest.json") }

// Config is the file of the complete resolved config, TOML.
func (d Dir) Config() string { return d.join("config.toml") }

// Examples is the list of the full training set, even for a run on a part of it; see ExampleRecord.
func (d Dir) Examples() string { return d.join("examples.jsonl") }

// Gold is the file of the gold classes of Examples, an int32 array [N].
func (d Dir) Gold() string { return d.join("gold.npy") }

// Dynamics is the folder of the epochs' logits.
func (d Dir) Dynamics() string { return d.join("dynamics") }

// Epoch is the file of the training logits of one epoch, counted from 0: a float32 array [N, C].
func (d Dir) Epoch(epoch int) string {
	return d.join("dynamics", fmt.Sprintf("epoch-%03d.npy", epoch))
}

// Embeddings is the file of mean-pooled encodings, a float16 array [N, H]. Few runs have one.
func (d Dir) Embeddings() string { return d.join("embeddings.npy") }

// Evals is the folder of the evaluation sets' examples and logits.
func (d Dir) Evals() string { return d.join("eval") }

// EvalExamples is the list of the examples of one evaluation set; see ExampleRecord.
func (d Dir) EvalExamples(set string) string { return d.join("eval", set+".examples.jsonl") }

// EvalLogits is the file of the logits of one set, evaluated after a step: a float32 array [n, C].
func (d Dir) EvalLogits(set string, step int) string {
	return d.join("eval", set+"-"+strconv.Itoa(step)+".npy")
}

// Events is the log; see Event.
func (d Dir) Events() string { return d.join("events.jsonl") }

// Control is the folder of requests to the run; see Request.
func (d Dir) Control() string { return d.join("control") }

// Settings is the file of what requests have changed; see the type Settings.
func (d Dir) Settings() string { return d.join("settings.json") }

// View is the file of how a screen last showed the run.
func (d Dir) View() string { return d.join("view.json") }

// Stage returns where a presenter of the run publishes what it shows.
func (d Dir) Stage() Stage { return Stage(d) }

// Selection is the file of what the run trains on, absent for a run on everything; see the type Selection.
func (d Dir) Selection() string { return d.join("selection.json") }

// Checkpoints is the folder of the saved models.
func (d Dir) Checkpoints() string { return d.join("checkpoints") }

// Checkpoint is the folder of the model saved after a step.
func (d Dir) Checkpoint(step int) string {
	return d.join("checkpoints", "step-"+strconv.Itoa(step))
}

// Report is the folder of the run's report.
func (d Dir) Report() string { return d.join("report") }

// Reserve is a file that holds some space while a run writes, so that a full disk can still be logged.
func (d Dir) Reserve() string { return d.join(".reserve") }

// LockFile is the file that the writing process locks; see Lock.
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

// StudyDir is the path of an experiment's directory. Its runs' directories are beside it.
type StudyDir string

// ID returns the experiment's name, the last element of the path.
func (s StudyDir) ID() string { return filepath.Base(string(s)) }

// Study is the file of the plan; see the type Study.
func (s StudyDir) Study() string { return filepath.Join(string(s), "study.json") }

// Report is the folder of the experiment's report.
func (s StudyDir) Report() string { return filepath.Join(string(s), "report") }

// LockFile is the file that the study process locks; see Lock.
func (s StudyDir) LockFile() string { return filepath.Join(string(s), "lock") }

// Run returns the directory of one of the experiment's runs.
func (s StudyDir) Run(id string) Dir { return Dir(filepath.Join(filepath.Dir(string(s)), id)) }

// preparedNames are the files and folders that preparation makes before the manifest. The folders are empty then.
var preparedNames = []string{
	"config.toml", "examples.jsonl", "gold.npy", "selection.json", "lock", "dynamics", "eval", "control", "checkpoints",
}

// Unprepared reports whether a directory holds nothing but a part of what preparation makes before the manifest, such as after a kill,
// so that it may be replaced. It does not if there is no directory.
func (d Dir) Unprepared() (bool, error) {
	info, err := os.Lstat(string(d))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil || !info.IsDir() || Locked(d) {
		return false, err
	}
	return holdsOnly(string(d), preparedNames)
}

// Unplanned is Unprepared for the directory of an experiment, whose plan is missing.
func (s StudyDir) Unplanned() (bool, error) {
	if info, err := os.Lstat(string(s)); err != nil || !info.IsDir() {
		return false, err
	}
	return holdsOnly(string(s), []string{"lock", "study.log", "report", "orders", "selections"})
}

// holdsOnly reports whether a folder has nothing but the given regular files, empty folders and drafts.
func holdsOnly(folder string, names []string) (bool, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return false, err
	}
	for _, entry := range entries {
		_, draft := disk.DraftOf(entry.Name())
		switch {
		case draft:
		case !slices.Contains(names, entry.Name()) || !entry.IsDir() && !entry.Type().IsRegular():
			return false, nil
		case entry.IsDir():
			if empty, err := holdsOnly(filepath.Join(folder, entry.Name()), nil); !empty {
				return false, err
			}
		}
	}
	return true, nil
}

// CheckID returns an error unless an ID names a folder or a file beside others: a plan or a log from elsewhere must not lead out of its
// folder.
func CheckID(id string) error {
	hidden := strings.HasPrefix(id, ".") // also "." and ".."
	if id == "" || hidden || len(id) > 255 || strings.ContainsAny(id, "/\\\x00") {
		return fmt.Errorf("%q cannot be an ID: IDs are names of folders, without slashes and a leading dot", id)
	}
	return nil
}

// Runs lists the run directories in root, by name: the folders with a manifest.json. A root that does not exist has none.
func Runs(root string) ([]Dir, error) {
	return holding[Dir](root, "manifest.json")
}

// Studies lists the experiments' directories in root, by name: the folders with a study.json.
func Studies(root string) ([]StudyDir, error) {
	return holding[StudyDir](root, "study.json")
}

// holding lists the folders in root that have a file, by name.
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
