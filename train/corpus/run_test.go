package corpus

import (
	"errors"
	"os"
	"strings"
	"testing"

	"ftft/train/rundir"
)

func TestOfRunReadsTheDataUnlessItChanged(t *testing.T) {
	path := write(t, "d.csv", many())
	cfg := config(path)
	cfg.Name, cfg.Stop.Patience = "run", 0
	cfg.Reference.Model, cfg.Main.Model = "small", "large"
	data, err := Load(cfg, 3)
	if err != nil {
		t.Fatal(err)
	}
	dir := rundir.Dir(t.TempDir())
	manifest := rundir.Manifest{Role: rundir.Reference, Seed: 3, DataHash: data.Hash()}
	err = errors.Join(os.WriteFile(dir.Config(), cfg.TOML(), 0o644), dir.WriteManifest(manifest))
	if err != nil {
		t.Fatal(err)
	}
	run, err := OfRun(dir)
	if err != nil || run.Data.Hash() != data.Hash() || run.Manifest.Seed != 3 || run.Config.Name != "run" {
		t.Fatalf("got %+v, %v", run, err)
	}

	if err := os.WriteFile(path, []byte(strings.Replace(many(), ",text,", ",other,", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = OfRun(dir)
	changed := (*ChangedError)(nil)
	if !errors.As(err, &changed) || changed.Run != dir || changed.Recorded != data.Hash() || changed.Current == data.Hash() {
		t.Errorf("changed data: %v", err)
	}
}

// A trainer that computes no hash leaves data_hash empty: the data is then unknown, not changed, as long as the guids are the run's.
func TestDataWithoutAHashIsTheRunsIfTheGUIDsAre(t *testing.T) {
	cfg := config(write(t, "d.csv", many()))
	cfg.Name, cfg.Stop.Patience = "run", 0
	cfg.Reference.Model, cfg.Main.Model = "small", "large"
	data, err := Load(cfg, 3)
	if err != nil {
		t.Fatal(err)
	}
	dir := rundir.Dir(t.TempDir())
	records := data.Train.Records(data.Labels)
	err = errors.Join(os.WriteFile(dir.Config(), cfg.TOML(), 0o644), rundir.WriteExamples(dir.Examples(), records),
		dir.WriteManifest(rundir.Manifest{Role: rundir.Reference, Seed: 3}))
	if err != nil {
		t.Fatal(err)
	}
	run, err := OfRun(dir)
	if err != nil || !run.Unchecked || len(run.Data.Train.Examples) != len(records) {
		t.Fatalf("the same guids: %+v, %v", run, err)
	}
	records[1].GUID = "other"
	if err := rundir.WriteExamples(dir.Examples(), records); err != nil {
		t.Fatal(err)
	}
	if _, err := OfRun(dir); !errors.As(err, new(*ChangedError)) || !strings.Contains(err.Error(), `row 1 is "other" in `) {
		t.Errorf("other guids: %v", err)
	}
	if err := rundir.WriteExamples(dir.Examples(), records[:1]); err != nil {
		t.Fatal(err)
	}
	if _, err := OfRun(dir); !errors.As(err, new(*ChangedError)) || !strings.Contains(err.Error(), "has 1 examples") {
		t.Errorf("fewer examples: %v", err)
	}
}
