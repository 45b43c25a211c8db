package report

import (
	"cmp"
	"strings"
	"testing"

	"ftft/train/metric"
	"ftft/train/rundir"
)

var oodTest = []metric.Set{{Name: "other", Kind: "ood", Use: "test"}}

// scoredArm returns an arm of seed 1 that is complete, with a score on the OOD test set at its last step.
func scoredArm(arm rundir.Arm, score float64) Arm {
	return Arm{
		Name: string(arm), Arm: arm, Run: "s-" + string(arm), Seed: 1, State: rundir.Complete, Steps: 12, MaxSteps: 12, ScoredAt: 12,
		Scores:      map[string]Score{"other": {Kind: "ood", Use: "test", Accuracy: score}},
		Evaluations: []Point{{Step: 12, Score: score}},
	}
}

func TestSentenceOnADifference(t *testing.T) {
	byExamples := func(value, low, high float64) Difference {
		return Difference{Sets: oodTest, Value: value, Low: low, High: high, Uncertainty: ByExamples, Seeds: 1}
	}
	early := []Reach{{Wanted: .7, Best: .75, Step: 3, Share: .25, Compute: .5}}
	never := []Reach{{Wanted: .7, Best: .65}}
	idTest := []metric.Set{{Name: "same", Kind: "id", Use: "test"}}
	for name, c := range map[string]struct {
		score   Difference
		reached []Reach
		metric  string
		state   string // of the arm; "" = complete
		sets    []metric.Set
		want    string
	}{
		"noise": {score: byExamples(-.01, -.03, .01), reached: early,
			want: "ftft reaches erm's best accuracy on other (OOD test) with 25 % of the steps and 50 % of the compute; " +
				"the difference at the end is within noise (-1.0 points; 95 % interval over examples -3.0 to +1.0)."},
		"worse": {score: byExamples(-.05, -.08, -.02), reached: never,
			want: "ftft does not reach erm's best accuracy on other (OOD test) (0.650 against 0.700); " +
				"at the end it is worse by 5.0 points, beyond noise (95 % interval over examples -8.0 to -2.0)."},
		"better": {score: byExamples(.05, .02, .08), reached: early,
			want: "ftft reaches erm's best accuracy on other (OOD test) with 25 % of the steps and 50 % of the compute; " +
				"at the end it is better by 5.0 points, beyond noise (95 % interval over examples +2.0 to +8.0)."},
		"worse though it reached": {score: byExamples(-.05, -.08, -.02), reached: early,
			want: "ftft reaches erm's best accuracy on other (OOD test) with 25 % of the steps and 50 % of the compute; " +
				"at the end it is worse by 5.0 points, beyond noise (95 % interval over examples -8.0 to -2.0)."},
		"the same predictions": {score: byExamples(0, 0, 0), reached: []Reach{{Wanted: .7, Best: .7, Step: 12, Share: 1}},
			want: "ftft reaches erm's best accuracy on other (OOD test) with 100 % of the steps; at the end both score the same."},
		"a tie": {score: byExamples(0, -.02, .02), reached: early,
			want: "ftft reaches erm's best accuracy on other (OOD test) with 25 % of the steps and 50 % of the compute; " +
				"the difference at the end is within noise (0.0 points; 95 % interval over examples -2.0 to +2.0)."},
		"no logits": {score: Difference{Sets: oodTest, Value: .05, Uncertainty: Unknown, Seeds: 1}, reached: never,
			want: "ftft does not reach erm's best accuracy on other (OOD test) (0.650 against 0.700); " +
				"at the end it is better by 5.0 points, of unknown uncertainty: no logits are saved."},
		"no logits, a tie": {score: Difference{Sets: oodTest, Uncertainty: Unknown, Seeds: 1}, reached: early,
			want: "ftft reaches erm's best accuracy on other (OOD test) with 25 % of the steps and 50 % of the compute; " +
				"at the end both score the same."},
		"loss": {score: byExamples(-.05, -.08, -.02), reached: early, metric: "loss",
			want: "ftft reaches erm's lowest loss on other (OOD test) with 25 % of the steps and 50 % of the compute; " +
				"at the end it is better by 0.050, beyond noise (95 % interval over examples -0.080 to -0.020)."},
		"running": {score: byExamples(-.05, -.08, -.02), reached: never, state: rundir.Running, metric: "macro_f1",
			want: "So far (ftft running at step 12 of 12): ftft has not reached erm's best macro F1 on other (OOD test) " +
				"(0.650 against 0.700); at the last evaluations it is worse by 5.0 points, beyond noise " +
				"(95 % interval over examples -8.0 to -2.0)."},
		"no OOD set": {
			score:   Difference{Sets: idTest, Value: .01, Low: -.01, High: .03, Uncertainty: ByExamples},
			reached: never, sets: idTest,
			want: "There is no OOD set; ftft does not reach erm's best accuracy on same (ID test) (0.650 against 0.700); " +
				"the difference at the end is within noise (+1.0 points; 95 % interval over examples -1.0 to +3.0)."},
		"seeds": {score: Difference{Sets: oodTest, Value: .01, Low: -.02, High: .04, Uncertainty: BySeeds, Seeds: 3},
			reached: []Reach{{Step: 3, Share: .25, Compute: .5}, {Step: 6, Share: .5, Compute: .75}, {Step: 3, Share: .25, Compute: .5}},
			want: "ftft reaches erm's best accuracy on other (OOD test) in all 3 seeds, with 25 to 50 % of the steps and " +
				"50 to 75 % of the compute; the difference at the end is within noise (+1.0 points; 95 % interval over 3 seeds -2.0 to +4.0)."},
		"some seeds": {score: Difference{Sets: oodTest, Value: .01, Low: -.02, High: .04, Uncertainty: BySeeds, Seeds: 2},
			reached: []Reach{{Step: 3, Share: .25, Compute: .5}, {Wanted: .7, Best: .6}},
			want: "ftft reaches erm's best accuracy on other (OOD test) in 1 of 2 seeds, with 25 % of the steps and " +
				"50 % of the compute; the difference at the end is within noise (+1.0 points; 95 % interval over 2 seeds -2.0 to +4.0)."},
		"no seed": {score: Difference{Sets: oodTest, Value: -.03, Low: -.04, High: -.02, Uncertainty: BySeeds, Seeds: 2},
			reached: []Reach{{Wanted: .7, Best: .6}, {Wanted: .7, Best: .6}},
			want: "ftft does not reach erm's best accuracy on other (OOD test) in any of 2 seeds; " +
				"at the end it is worse by 3.0 points, beyond noise (95 % interval over 2 seeds -4.0 to -2.0)."},
	} {
		arm, erm := scoredArm(rundir.FTFT, .65), scoredArm(rundir.ERM, .7)
		if c.state != "" {
			arm.State = c.state
		}
		r := &Report{Metric: "accuracy", Sets: oodTest, Arms: []Arm{arm, erm}}
		if c.metric != "" {
			r.Metric = c.metric
		}
		if c.sets != nil {
			r.Sets = c.sets
		}
		compared := &Comparison{Name: "ftft", Arm: rundir.FTFT, Runs: []string{arm.Run}, Scores: []Difference{c.score}, Reached: c.reached}
		if got := r.sentenceOn(compared, &Line{Name: "ftft", Arms: []*Arm{&r.Arms[0]}}); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// The sentence is on the OOD sets, and does not hide a loss in distribution.
func TestSentenceTellsOfALossInDistribution(t *testing.T) {
	id := func(name, use string) metric.Set { return metric.Set{Name: name, Kind: "id", Use: use} }
	beyond := func(set metric.Set, value float64) Difference {
		return Difference{Sets: []metric.Set{set}, Value: value, Low: value - .04, High: value + .04, Uncertainty: ByExamples, Seeds: 1}
	}
	tested, second, tuned := id("same", "test"), id("more", "test"), id("tune", "validation")
	for name, c := range map[string]struct {
		scores []Difference
		metric string
		want   string
	}{
		"worse":  {scores: []Difference{beyond(tested, -.089)}, want: "; in distribution it is worse by 8.9 points, beyond noise."},
		"better": {scores: []Difference{beyond(tested, .05)}, want: "; in distribution it is better by 5.0 points, beyond noise."},
		"loss": {scores: []Difference{beyond(tested, .5)}, metric: "loss",
			want: "; in distribution it is worse by 0.500, beyond noise."},
		"noise":           {scores: []Difference{beyond(tested, -.03)}},
		"unknown":         {scores: []Difference{{Sets: []metric.Set{tested}, Value: -.5, Uncertainty: Unknown}}},
		"test before":     {scores: []Difference{beyond(tested, -.03), beyond(tuned, -.2)}},
		"only validation": {scores: []Difference{beyond(tuned, -.2)}, want: "; in distribution it is worse by 20.0 points, beyond noise."},
		"two sets, one worse": {scores: []Difference{beyond(second, -.2), beyond(tested, -.03)},
			want: "; on more (ID test) it is worse by 20.0 points, beyond noise."},
	} {
		arm, erm := scoredArm(rundir.FTFT, .65), scoredArm(rundir.ERM, .7)
		for _, d := range c.scores {
			arm.Scores[d.Sets[0].Name] = Score{Kind: "id", Use: d.Sets[0].Use}
		}
		ood := Difference{Sets: oodTest, Value: -.01, Low: -.03, High: .01, Uncertainty: ByExamples, Seeds: 1}
		r := &Report{Metric: "accuracy", Sets: oodTest, Arms: []Arm{arm, erm}}
		if c.metric != "" {
			r.Metric = c.metric
		}
		compared := &Comparison{Name: "ftft", Arm: rundir.FTFT, Runs: []string{arm.Run}, Scores: append(c.scores, ood),
			Reached: []Reach{{Wanted: .7, Best: .65}}}
		got := r.sentenceOn(compared, &Line{Name: "ftft", Arms: []*Arm{&r.Arms[0]}})
		if _, rest, _ := strings.Cut(got, "+1.0)"); c.metric == "" && rest != cmp.Or(c.want, ".") || !strings.HasSuffix(got, c.want) {
			t.Errorf("%s:\n%s\nwant the end\n%s", name, got, c.want)
		}
	}
}

// The sentence tells where the reference, which is smaller than all others, has the best score.
func TestSentenceTellsOfAReferenceThatScoresBest(t *testing.T) {
	const clause = "the reference itself scores best: better than erm by "
	for name, c := range map[string]struct {
		reference []float64 // accuracy on the validation set; on the OOD test set 0.2 less
		predicted []int     // by the reference, on the OOD test set
		want      bool
	}{
		"best":                   {[]float64{.9, .9, .9, .9, .9, .9}, []int{0, 1}, true},
		"best within noise":      {[]float64{.9, .9, .9, .9, .9, .9}, []int{0, 0}, false},
		"better than erm alone":  {[]float64{.76, .76, .76, .76, .76, .76}, []int{0, 1}, false},
		"worse than all of them": {[]float64{.3, .3, .3, .3, .3, .3}, []int{0, 1}, false},
	} {
		small := reference
		small.tune = c.reference
		dir := experiment(t, small, ftft, erm)
		saveLogits(t, dir.Run(small.id), "other", 12, c.predicted...)
		saveLogits(t, dir.Run(erm.id), "other", 12, 1, 0) // both wrong
		r, err := OfStudy(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range r.Differences {
			if strings.Contains(d.Sentence, clause) != c.want {
				t.Errorf("%s: %s", name, d.Sentence)
			}
			if d.Arm == rundir.Reference {
				t.Errorf("%s: the reference has a difference to erm", name)
			}
		}
	}
}

func TestSentenceWithoutADifference(t *testing.T) {
	reference, ftft, erm := scoredArm(rundir.Reference, .5), scoredArm(rundir.FTFT, .6), scoredArm(rundir.ERM, .7)
	started, startedFTFT := erm, ftft
	started.Scores, started.Evaluations, startedFTFT.Scores = nil, nil, nil
	early := ftft // its score is that of its best evaluation
	early.ScoredAt, early.Evaluations = early.MaxSteps/4, []Point{{early.MaxSteps / 4, 0, .6}, {early.Steps, 0, .5}}
	for _, c := range []struct {
		arms []Arm
		want string
	}{
		{nil, "No run has started."},
		{[]Arm{started, startedFTFT}, "No run has been evaluated yet."},
		{[]Arm{reference}, "Only the reference has scores. The reference has accuracy 0.500 on other (OOD test), after 100 % of its steps."},
		{[]Arm{reference, startedFTFT},
			"Only the reference has scores. The reference has accuracy 0.500 on other (OOD test), after 100 % of its steps."},
		{[]Arm{reference, erm}, "Only erm has scores, and there is no other arm to compare it with. " +
			"erm has accuracy 0.700 on other (OOD test), after 100 % of its steps."},
		{[]Arm{reference, startedFTFT, erm}, "Only erm has scores. erm has accuracy 0.700 on other (OOD test), after 100 % of its steps."},
		{[]Arm{ftft}, "There is no erm run to compare with. ftft has accuracy 0.600 on other (OOD test), after 100 % of its steps."},
		{[]Arm{early}, "There is no erm run to compare with. ftft has accuracy 0.600 on other (OOD test), after 25 % of its steps."},
		{[]Arm{ftft, started}, "erm has no scores yet to compare with. ftft has accuracy 0.600 on other (OOD test), after 100 % of its steps."},
		{[]Arm{ftft, erm}, "ftft and erm have no seed or no evaluation set in common, so they cannot be compared."},
	} {
		r := &Report{Metric: "accuracy", Sets: oodTest, Arms: c.arms}
		if got := r.sentence(); got != c.want {
			t.Errorf("%s\nwant\n%s", got, c.want)
		}
	}
}
