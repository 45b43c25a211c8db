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
	f, err := study.Forecast(dir, rundir.Launch{Arm: rundir.ERM})
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
	f, err = study.Forecast(dir, rundir.Launch{Arm: rundir.FTFT, Strategy: datamap.Ambiguous, Fraction: 0.25})
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
	if _, err := study.Forecast(dir, rundir.Launch{Arm: rundir.FTFT, Strategy: datamap.Ambiguous, Fraction: 0.25, Seed: 9}); err == nil {
		t.Error("a forecast with a seed that the experiment lacks")
	}
}
