package tokenizer

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The values are those that tokenizers 0.23.3 writes after it has read the texts.
func TestScoresAreReadAsTokenizersReadsThem(t *testing.T) {
	for text, want := range map[string]float64{
		"-7.2473015785217285": -7.247301578521728, "-7.7030534744262695": -7.703053474426269, "0.0": 0, "-3": -3, "1e-3": 0.001,
		"-24.518644332885742": -24.518644332885746, "12345678901234567890123": 12345678901234567890123, "1.5E2": 150,
	} {
		if got, ok := parseScore(text); !ok || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"1e309", "1e99999999999999999999", "-123e400"} {
		if got, ok := parseScore(text); ok {
			t.Errorf("%s: got %v", text, got)
		}
	}
	for _, text := range []string{"0e999999999", "1e-99999999999999999999"} {
		if got, ok := parseScore(text); !ok || got != 0 {
			t.Errorf("%s: got %v, %v", text, got, ok)
		}
	}
}

func TestScoresSurviveWriting(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	changed := 0
	for _, score := range []float64{0, -1, 1e-300, -1e300, -0.1, -7.4249958992004395} {
		if got, ok := parseScore(formatScore(score)); !ok || got != score {
			t.Errorf("%v is written as %s, which is %v", score, formatScore(score), got)
		}
	}
	for range 20_000 {
		score := float64(float32(-25 * random.Float64()))
		got, ok := parseScore(formatScore(score))
		if !ok || math.Abs(got-score) > 1e-14 {
			t.Errorf("%v is written as %s, which is %v", score, formatScore(score), got)
		}
		if got != score {
			changed++
		}
	}
	if changed > 40 {
		t.Errorf("%d of 20000 scores are read as others", changed)
	}
}
