package cli

import (
	"os"
	"path/filepath"
	"testing"

	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// A failed experiment tells why each of its failed runs has failed, in the words of the runs' logs.
func TestCausesNameEachFailedRun(t *testing.T) {
	m := &monitor{dir: rundir.StudyDir(filepath.Join(t.TempDir(), "own"))}
	plan := rundir.Study{Runs: []rundir.StudyRun{
		{ID: "own-erm", State: rundir.Failed}, {ID: "own-dm", State: rundir.Failed}, // dm never started
		{ID: "own-random", State: rundir.Failed}, {ID: "own-ftft", State: rundir.Complete},
	}}
	for id, message := range map[string]string{"own-erm": "out of memory", "own-random": "no quota", "own-ftft": ""} {
		manifest := rundir.Manifest{Role: rundir.Main, Arm: rundir.ERM}
		status := rundir.Failed
		if message == "" {
			status = rundir.Complete
		}
		watchtest.New(m.dir.Run(id), watchtest.Plan{Manifest: manifest, Examples: 6, BatchSize: 6, Steps: 1}).
			Finish(rundir.Finish{Status: status, Message: message})
	}
	if got, want := m.causes(plan), "own-erm: out of memory\nown-random: no quota"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := os.MkdirAll(string(m.dir), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(studyLog(m.dir), []byte("ftft: no data\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := m.causes(rundir.Study{}); got != "ftft: no data" {
		t.Errorf("without failed runs: %q", got)
	}
}
