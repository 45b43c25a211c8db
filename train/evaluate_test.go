package train

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ftft/configs"
	"ftft/datamap/dynamics"
	"ftft/train/corpus"
	"ftft/train/metric"
	"ftft/train/nn"
	"ftft/train/rundir"
)

// The budget is that of the full training set, and the evaluations divide it, whatever is trained on.
func TestEvaluationsDivideTheBudget(t *testing.T) {
	for _, c := range []struct {
		sets []string
		want []int
	}{
		{[]string{"train.max_steps=13", "train.evaluations=4"}, []int{3, 6, 9, 13}},
		{[]string{"train.max_steps=0", "train.epochs=3", "train.evaluations=5"}, []int{3, 7, 10, 14, 18}},
		{[]string{"train.max_steps=3", "train.evaluations=7"}, []int{1, 2, 3}},
	} {
		dir := prepared(t, rundir.Random, upTo(10), append(c.sets, "stop.patience=0")...)
		finish := trained(t, dir)
		start, _ := bodies[*rundir.Start](t, dir)
		last := c.want[len(c.want)-1]
		if finish.Status != rundir.Complete || start[0].MaxSteps != last || !slices.Equal(start[0].EvaluationSteps, c.want) {
			t.Errorf("%v: %s; the log says at first %d steps, evaluations at %v", c.sets, finish.Status, start[0].MaxSteps, start[0].EvaluationSteps)
		}
		evaluations, at := bodies[*rundir.Evaluation](t, dir)
		var got []string
		for i, e := range evaluations {
			got = append(got, fmt.Sprintf("%s %d %d", e.Set, e.Index, at[i]))
			logits, shape, err := dynamics.ReadNPYFloat32(dir.EvalLogits(e.Set, at[i]))
			if err != nil || !slices.Equal(shape, []int{12, 2}) {
				t.Errorf("%v: logits of shape %v, %v", c.sets, shape, err)
				continue
			}
			examples, err := rundir.ReadExamples(dir.EvalExamples(e.Set))
			if err != nil {
				t.Fatal(err)
			}
			right := 0
			for _, x := range examples {
				if metric.Predict(logits[2*x.Row:2*x.Row+2]) == x.Gold {
					right++
				}
			}
			if accuracy := float64(right) / 12; math.Abs(accuracy-e.Accuracy) > 1e-12 {
				t.Errorf("%v: %s at step %d: accuracy %v is logged, the logits have %v", c.sets, e.Set, at[i], e.Accuracy, accuracy)
			}
		}
		var want []string
		for i, step := range c.want {
			for _, set := range []string{"same", "tune", "other"} {
				want = append(want, fmt.Sprintf("%s %d %d", set, i+1, step))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v: evaluations %q, want %q", c.sets, got, want)
		}
	}
}

// replay is early stopping over a run's log, by the mean score of its OOD validation sets.
func replay(t *testing.T, dir rundir.Dir, patience int, value func(*rundir.Evaluation) float64, lowerIsBetter bool) (metric.Stopping, []metric.Validation) {
	t.Helper()
	evaluations, at := bodies[*rundir.Evaluation](t, dir)
	sums, counts := map[int]float64{}, map[int]int{}
	for i, e := range evaluations {
		if e.SetKind == "ood" && e.Use == "validation" {
			sums[at[i]] += value(e)
			counts[at[i]]++
		}
	}
	var list []metric.Validation
	for step, sum := range sums {
		list = append(list, metric.Validation{Step: step, Score: sum / float64(counts[step])})
	}
	slices.SortFunc(list, func(a, b metric.Validation) int { return a.Step - b.Step })
	return metric.Stop(list, patience, lowerIsBetter), list
}

func TestEarlyStoppingIsTheReplayOfItsLog(t *testing.T) {
	accuracy := func(e *rundir.Evaluation) float64 { return e.Accuracy }
	loss := func(e *rundir.Evaluation) float64 { return e.Loss }
	for _, c := range []struct {
		arm    rundir.Arm
		metric string
		value  func(*rundir.Evaluation) float64
		stops  bool
	}{
		{rundir.FTFT, "accuracy", accuracy, true}, {rundir.Random, "loss", loss, true}, {rundir.ERM, "accuracy", accuracy, false}, {"", "accuracy", accuracy, false},
	} {
		t.Run(string(c.arm)+" "+c.metric, func(t *testing.T) {
			// Two validation sets, so that the mean counts, and a rate at which scores soon go up and down.
			dir := prepared(t, c.arm, nil, "stop.patience=1", "stop.metric="+c.metric, "train.evaluations=12", "train.learning_rate=0.05", "data.eval.other.use=validation")
			finish := trained(t, dir)
			patience := 0
			if c.stops {
				patience = 1
			}
			stopping, list := replay(t, dir, patience, c.value, c.metric == "loss")
			last := list[len(list)-1].Step
			ended(t, dir, rundir.Complete, last)
			if finish.StoppedEarly != c.stops || stopping.Stop != c.stops || list[stopping.StopAt].Step != last {
				t.Errorf("the run ended at step %d, early: %v; by its log %+v", last, finish.StoppedEarly, stopping)
			}
			if !c.stops && last != 12 {
				t.Errorf("ended at step %d of its budget of 12", last)
			}
			best := list[stopping.Best].Step
			if finish.BestStep != best {
				t.Errorf("the best step is %d, by the log %d", finish.BestStep, best)
			}
			saved(t, dir, best, last-1, last)
			checkpoints, at := bodies[*rundir.Checkpoint](t, dir)
			for i, c := range checkpoints {
				if c.Last && c.Best != (at[i] == best) {
					t.Errorf("the checkpoint of step %d: %+v", at[i], c)
				}
			}
		})
	}
}

// What is kept as the best is the model as it was then.
func TestBestCheckpointHasItsScores(t *testing.T) {
	dir := prepared(t, rundir.ERM, nil, "train.evaluations=12", "train.learning_rate=0.05")
	finish := trained(t, dir)
	if finish.BestStep == 12 {
		t.Fatal("the best step is the last: this test needs another rate")
	}
	cfg, err := configs.Load(tiny)
	if err != nil {
		t.Fatal(err)
	}
	data, err := corpus.Load(cfg, 1)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Main.Model = dir.Checkpoint(finish.BestStep)
	model, err := OpenModel(cfg, cfg.Main, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	set := Encode(model.Tokenizer, data.Evals[1].Examples, 16)
	net, err := nn.New[float32](model.Spec, model.Weights, nn.Options{MaxTokens: set.Capacity(8), MaxSequences: 8})
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	got, _, _, err := Predict(net, set, 8, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := dynamics.ReadNPYFloat32(dir.EvalLogits(data.Evals[1].Name, finish.BestStep))
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("logits %v, logged %v, %v", got, want, err)
	}
}

// An evaluation set may reach weights that training does not: here a position beyond all training texts.
func TestInfinityInAnEvaluationEndsARun(t *testing.T) {
	long := filepath.Join(t.TempDir(), "long.jsonl")
	if err := os.WriteFile(long, []byte(`{"id": "long", "text": "`+strings.Repeat("film ", 20)+`", "label": "no"}`+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	dir := prepared(t, rundir.ERM, nil, poisoned(t, "bert.embeddings.position_embeddings.weight"), "data.eval.other.path="+long)
	_, err := Run(t.Context(), dir)
	if err == nil || !strings.Contains(err.Error(), "step 3") || !strings.Contains(err.Error(), "other") {
		t.Errorf("the error is %v", err)
	}
	ended(t, dir, rundir.Failed, 3)
}
