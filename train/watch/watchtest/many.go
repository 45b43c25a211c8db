package watchtest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"ftft/train/rundir"
)

// Many writes a folder of experiments of five complete runs each, for measurements of lists. Each log has 250 step events and eight
// evaluations of three sets, about 70 kB; the selections have 1,500 rows. Runs have no dynamics.
func Many(root string, experiments int) {
	arms := []rundir.Arm{"", rundir.FTFT, rundir.Random, rundir.ERM, rundir.DM}
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	write := func(path string, v any) {
		text, err := json.MarshalIndent(v, "", "  ")
		must(err)
		must(os.WriteFile(path, text, 0o666))
	}
	log := manyEvents(began)
	var rows []int
	for i := range 1500 {
		rows = append(rows, 3*i)
	}
	for e := range experiments {
		name := fmt.Sprintf("snli-%04d", e)
		study := rundir.StudyDir(filepath.Join(root, name))
		must(os.MkdirAll(string(study), 0o777))
		plan := rundir.Study{Format: 1, Name: name, State: rundir.Complete, Created: began.Add(time.Duration(e) * time.Hour)}
		for k, arm := range arms {
			role, parent := rundir.Main, name+"-reference"
			id := name + "-" + string(arm)
			if k == 0 {
				role, parent, id = rundir.Reference, "", name+"-reference"
			}
			plan.Runs = append(plan.Runs, rundir.StudyRun{ID: id, Role: role, Arm: arm, Seed: 1, State: rundir.Complete, Parent: parent})
			dir := study.Run(id)
			must(dir.Make())
			write(dir.Manifest(), rundir.Manifest{
				Format: 1, ID: id, Name: name, Role: role, Arm: arm, Study: name, Parent: parent, Seed: 1, Labels: Labels, Engine: "native",
				ConfigHash: fmt.Sprintf("%064d", e), DataHash: fmt.Sprintf("%064d", 0), Created: plan.Created.Add(time.Duration(k) * time.Minute),
			})
			if arm.Selects() {
				write(dir.Selection(), rundir.Selection{Strategy: "ambiguous", Fraction: 0.33, Source: parent, Of: 4500, Count: len(rows), Rows: rows})
			}
			must(os.WriteFile(dir.Events(), log, 0o666))
			must(os.WriteFile(dir.LockFile(), nil, 0o666))
		}
		write(study.Study(), plan)
	}
}

// manyEvents returns the log of a complete run.
func manyEvents(began time.Time) (log []byte) {
	seq := int64(0)
	add := func(step int, body rundir.Body) {
		seq++
		event := rundir.Event{Seq: seq, Attempt: 1, Time: began.Add(time.Duration(seq) * time.Second), Step: step, Body: body}
		line, err := event.MarshalJSON()
		must(err)
		log = append(append(log, line...), '\n')
	}
	const steps, evaluations = 2256, 8
	add(0, &rundir.Start{
		PID: 1, Host: "h", MaxSteps: steps, StepsPerEpoch: steps / evaluations, Epochs: evaluations, Examples: 4500, BatchSize: 16,
	})
	for i := range 250 {
		step := (i + 1) * steps / 250
		add(step, &rundir.Steps{Losses: make([]float32, 9), LearningRate: 5e-5, GradientNorm: 1, Tokens: int64(step), Seconds: float64(step)})
		if (i+1)*evaluations/250 == i*evaluations/250 {
			continue
		}
		index := (i + 1) * evaluations / 250
		add(step, &rundir.Epoch{Epoch: index - 1})
		for k, set := range []string{"validation", "plain", "against"} {
			add(step, &rundir.Evaluation{
				Set: set, SetKind: []string{"id", "ood", "ood"}[k], Use: []string{"validation", "validation", "test"}[k], Index: index,
				Examples: 450, Accuracy: 0.5 + float64(index)/20, Hash: fmt.Sprintf("%064d", step),
			})
		}
	}
	add(steps, &rundir.Checkpoint{Path: "checkpoints/step-2256", Last: true})
	add(steps, &rundir.Finish{Status: rundir.Complete, BestStep: steps / 2, Seconds: steps})
	return log
}
