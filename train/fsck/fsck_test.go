package fsck

import (
	"path/filepath"
	"strings"
	"testing"

	"ftft/datamap/dynamics"
	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// Rows that were never in a batch are a note in an outside run, and a problem in a native one, or if no row was seen.
func TestUnseenRowsAreANoteInOutsideRuns(t *testing.T) {
	for _, c := range []struct {
		engine string
		seen   int
		note   string
		faulty bool
	}{
		{rundir.Outside, 4, "EPOCH: 2 of 6 examples were never in a batch", false},
		{rundir.Outside, 0, "", true},
		{rundir.Native, 4, "", true},
	} {
		plan := watchtest.Plan{Manifest: rundir.Manifest{Role: rundir.Main, Arm: rundir.ERM, Engine: c.engine},
			Examples: 6, BatchSize: 6, Steps: 1}
		run := watchtest.New(rundir.Dir(filepath.Join(t.TempDir(), "r")), plan)
		run.Train(1)
		run.Finish(rundir.Finish{Status: rundir.Complete})
		store, err := dynamics.Create(run.Dir.Epoch(0), 6, len(watchtest.Labels))
		if err != nil {
			t.Fatal(err)
		}
		for row := range c.seen {
			if err := store.WriteRow(row, []float32{1, 2, 3}); err != nil {
				t.Fatal(err)
			}
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		checked := &checker{dir: run.Dir, examples: 6}
		if checked.manifest, err = run.Dir.ReadManifest(); err != nil {
			t.Fatal(err)
		}
		if err := checked.epoch(run.Dir.Epoch(0)); (err != nil) != c.faulty {
			t.Errorf("%+v: %v", c, err)
		}
		if note := strings.Replace(strings.Join(checked.Notes, ""), filepath.Base(string(run.Dir.Epoch(0))), "EPOCH", 1); note != c.note {
			t.Errorf("%+v: the notes are %q", c, checked.Notes)
		}
	}
}
