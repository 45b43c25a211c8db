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

// The budget is that of the full training set, and the evaluations divide it, whatever the run trains on.
func TestEvaluationsDivideTheBudget(t *testing.T) {
	for _, c := range []struct {
		sets []string
		want []int
	}{
		{[]string{"train.max_steps=13", "train.evaluations=4"}, []int{3, 6, 9, 13}},
		{[]string{"train.max_steps=0", "train.epochs=3", "train.evaluations=5"}, []int{3, 7, 10, 14, 18}},
		{[]string{"train.max_steps=3", "train.evaluations=7"}, []int{1, 2, 3}},
	} {
		dir := prepareRun(t, rundir.Random, firstRows(10), append(c.sets, "stop.patience=0")...)
		finish := trainRun(t, dir)
		start, _ := eventsOf[*rundir.Start](t, dir)
		last := c.want[len(c.want)-1]
		if finish.Status != rundir.Complete || start[0].MaxSteps != last || !slices.Equal(start[0].EvaluationSteps, c.want) {
			t.Errorf("%v: %s; the start event has %d steps, evaluations at %v", c.sets, finish.Status, start[0].MaxSteps, start[0].EvaluationSteps)
		}
		evaluations, at := eventsOf[*rundir.Evaluation](t, dir)
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
				t.Errorf("%v: %s at step %d: the log has accuracy %v, the logits %v", c.sets, e.Set, at[i], e.Accuracy, accuracy)
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

// replayStopping replays early stopping over a run's log, by the mean score of its OOD validation sets.
func replayStopping(
	t *testing.T, dir rundir.Dir, patience int, value func(*rundir.Evaluation) float64, lowerIsBetter bool,
) (metric.Stopping, []metric.Validation) {
	t.Helper()
	evaluations, at := eventsOf[*rundir.Evaluation](t, dir)
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

func TestEarlyStoppingEqualsItsReplay(t *testing.T) {
	accuracy := func(e *rundir.Evaluation) float64 { return e.Accuracy }
	loss := func(e *rundir.Evaluation) float64 { return e.Loss }
	for _, c := range []struct {
		arm    rundir.Arm
		metric string
		value  func(*rundir.Evaluation) float64
		stops  bool
	}{
		{rundir.FTFT, "accuracy", accuracy, true}, {rundir.Random, "loss", loss, true},
		{rundir.ERM, "accuracy", accuracy, false}, {"", "accuracy", accuracy, false},
	} {
		t.Run(string(c.arm)+" "+c.metric, func(t *testing.T) {
			// Two validation sets, so that the mean matters, and a learning rate at which scores soon rise and fall.
			dir := prepareRun(t, c.arm, nil, "stop.patience=1", "stop.metric="+c.metric, "train.evaluations=12",
				"train.learning_rate=0.05", "data.eval.other.use=validation")
			finish := trainRun(t, dir)
			patience := 0
			if c.stops {
				patience = 1
			}
			stopping, list := replayStopping(t, dir, patience, c.value, c.metric == "loss")
			last := list[len(list)-1].Step
			checkFinish(t, dir, rundir.Complete, last)
			if finish.StoppedEarly != c.stops || stopping.Stop != c.stops || list[stopping.StopAt].Step != last {
				t.Errorf("the run ended at step %d, early: %v; the replay gives %+v", last, finish.StoppedEarly, stopping)
			}
			if !c.stops && last != 12 {
				t.Errorf("ended at step %d of its budget of 12", last)
			}
			best := list[stopping.Best].Step
			if finish.BestStep != best {
				t.Errorf("the best step is %d, in the replay %d", finish.BestStep, best)
			}
			checkCheckpoints(t, dir, best, last-1, last)
			checkpoints, at := eventsOf[*rundir.Checkpoint](t, dir)
			for i, c := range checkpoints {
				if c.Last && c.Best != (at[i] == best) {
					t.Errorf("the checkpoint of step %d: %+v", at[i], c)
				}
			}
		})
	}
}

// The best checkpoint gives the logits that were logged at its step.
func TestBestCheckpointHasItsLogits(t *testing.T) {
	dir := prepareRun(t, rundir.ERM, nil, "train.evaluations=12", "train.learning_rate=0.05")
	finish := trainRun(t, dir)
	if finish.BestStep == 12 {
		t.Fatal("the best step is the last: this test needs another learning rate")
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
	model, err := OpenModel(cfg, cfg.Main, nil, 1, nil)
	if err == nil {
		err = model.LoadWeights()
	}
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

// An evaluation set may use weights that training does not: here a position beyond all training texts.
func TestInfinityInAnEvaluationEndsTheRun(t *testing.T) {
	long := filepath.Join(t.TempDir(), "long.jsonl")
	if err := os.WriteFile(long, []byte(`{"id": "long", "text": "`+strings.Repeat("film ", 20)+`", "label": "no"}`+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	dir := prepareRun(t, rundir.ERM, nil, modelWithOverflow(t, "bert.embeddings.position_embeddings.weight"), "data.eval.other.path="+long)
	_, err := Run(t.Context(), dir)
	if err == nil || !strings.Contains(err.Error(), "step 3") || !strings.Contains(err.Error(), "other") {
		t.Errorf("the error is %v", err)
	}
	checkFinish(t, dir, rundir.Failed, 3)
}
