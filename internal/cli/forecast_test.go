package cli

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"ftft/datamap"
	"ftft/train/report"
	"ftft/train/rundir"
	"ftft/train/study"
	"ftft/tui/recording"
)

// The forecast of an arm, made before the experiment has a main model, agrees with what the recorded arm took.
func TestForecastAgreesWithTheRun(t *testing.T) {
	root := t.TempDir()
	if err := recording.Unpack(root); err != nil {
		t.Fatal(err)
	}
	dir := rundir.StudyDir(filepath.Join(root, "demo"))
	took, err := report.OfStudy(dir)
	if err != nil {
		t.Fatal(err)
	}
	erm := took.Arms[slices.IndexFunc(took.Arms, func(a report.Arm) bool { return a.Arm == rundir.ERM })]
	plan, err := dir.ReadStudy()
	if err != nil {
		t.Fatal(err)
	}
	plan.Runs = plan.Runs[:1]
	if err := dir.WriteStudy(plan); err != nil {
		t.Fatal(err)
	}
	f, err := study.Forecast(dir, []rundir.Launch{{Arm: rundir.ERM}})
	if err != nil {
		t.Fatal(err)
	}
	difference := math.Abs(f.FLOPs/erm.FLOPs - 1)
	if difference > 0.01 || f.Steps != erm.MaxSteps || f.Examples != erm.Examples || f.By != "demo-reference" {
		t.Errorf("forecast %+v; the run took %+v", f, erm)
	}
	if f.Time.Seconds() < erm.Seconds/3 || f.Time.Seconds() > erm.Seconds*3 { // the time per FLOP of small models varies
		t.Errorf("forecast %v; the run took %.1f s", f.Time, erm.Seconds)
	}
	ftft := rundir.Launch{Arm: rundir.FTFT, Strategy: datamap.Ambiguous, Fraction: 0.25}
	one, err := study.Forecast(dir, []rundir.Launch{ftft})
	if err != nil {
		t.Fatal(err)
	}
	double := ftft
	double.Set = map[string]string{"main.train.epochs": "16"}
	f, err = study.Forecast(dir, []rundir.Launch{double})
	if err != nil || math.Abs(f.FLOPs/one.FLOPs-2) > 1e-9 || f.Steps != 2*one.Steps || f.Time <= one.Time {
		t.Errorf("with twice the epochs: %+v, %v; with the experiment's: %+v", f, err, one)
	}
	f, err = study.Forecast(dir, []rundir.Launch{ftft, {Arm: rundir.Random, Fraction: 0.25}, ftft})
	if err != nil {
		t.Fatal(err)
	}
	if runs := []string{"demo-ftft-0.25", "demo-random-0.25", "demo-ftft-0.25-2"}; !slices.Equal(f.Runs, runs) || f.FLOPs != 3*one.FLOPs ||
		f.Memory != one.Memory || f.Disk != 3*one.Disk {
		t.Errorf("forecast of three runs %+v, of one %+v", f, one)
	}
	f, err = study.Forecast(dir, []rundir.Launch{ftft})
	if err != nil {
		t.Fatal(err)
	}
	var changed []string
	for _, change := range f.Changes {
		changed = append(changed, change.Key+"="+change.To)
	}
	if want := []string{`arms.run=["ftft"]`, "selection.fraction=0.25"}; !slices.Equal(changed, want) {
		t.Errorf("the changes are %v, want %v", changed, want)
	}
	if f.Examples != 1125 || !slices.Equal(f.Runs, []string{"demo-ftft-0.25"}) {
		t.Errorf("forecast %+v", f)
	}
	if _, err := study.Forecast(dir, []rundir.Launch{{Arm: rundir.ERM, Seed: 9}}); err == nil {
		t.Error("a forecast with a seed that the experiment lacks")
	}
}
