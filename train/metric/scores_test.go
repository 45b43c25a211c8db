package metric

import (
	"math"
	"reflect"
	"testing"
)

// logits are of six examples and three classes. The third example has a tie, and class 2 is never predicted.
var logits = []float32{2, 1, 0, 0, 3, -1, .5, .5, -2, -1, 0, -3, 1, 2, .25, 4, -4, 0}

func nearScores(a, b Scores) bool {
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }
	return a.Examples == b.Examples && near(a.Accuracy, b.Accuracy) && near(a.MacroF1, b.MacroF1) && near(a.Loss, b.Loss)
}

// The expected scores are those of scikit-learn's accuracy_score and f1_score(average="macro"), and of NumPy.
func TestScore(t *testing.T) {
	for _, c := range []struct {
		name string
		gold []int32
		want Scores
	}{
		{
			"a class in neither gold nor prediction", []int32{0, 1, 1, 0, 1, 0},
			Scores{6, 0.6666666666666666, 0.6666666666666666, 0.5012011082117723},
		},
		{
			"a class never predicted", []int32{0, 1, 2, 2, 1, 0},
			Scores{6, 0.6666666666666666, 0.5333333333333333, 1.2512011082117722},
		},
	} {
		got := Score(logits, c.gold, 3)
		if !nearScores(got, c.want) {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
	if got := Score(nil, nil, 3); got != (Scores{}) {
		t.Errorf("no examples: got %+v, want zeros", got)
	}
}

func TestScoreOfLargeLogits(t *testing.T) {
	got := Score([]float32{3e38, -3e38}, []int32{0}, 2)
	if got.Loss != 0 || got.Accuracy != 1 {
		t.Errorf("got %+v, want a loss of 0", got)
	}
}

func TestConfusion(t *testing.T) {
	got := Confusion(logits, []int32{0, 1, 2, 2, 1, 0}, 3)
	want := [][]int{{2, 0, 0}, {0, 2, 0}, {1, 1, 0}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestScorePanicsIfSizesDisagree(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("5 logits for 2 examples of 3 classes were accepted")
		}
	}()
	Score(make([]float32, 5), []int32{0, 1}, 3)
}

func TestConstant(t *testing.T) {
	gold := make([]int32, 100)
	for i := 17; i < 100; i++ {
		gold[i] = 1
	}
	class := Majority(gold, 3)
	got := Constant(class, gold, 3)
	want := Scores{100, .83, 0.453551912568306, 0.4558862130273584}
	if class != 1 || !nearScores(got, want) {
		t.Errorf("class %d: got %+v, want %+v", class, got, want)
	}
	if got := Majority([]int32{1, 0, 0, 1}, 2); got != 0 {
		t.Errorf("a tie gives class %d, want the lowest", got)
	}
	if got := Constant(0, nil, 2); got != (Scores{}) {
		t.Errorf("no examples: got %+v, want zeros", got)
	}
}
