package op

import (
	"strings"
	"testing"

	"ftft/train/nn/kernel"
	"ftft/train/nn/spec"
)

// Without the error the layers below a mean would silently not be trained.
func TestDifferentiateRefusesAMean(t *testing.T) {
	engine := kernel.NewEngine[float64](1, kernel.Plain)
	defer engine.Close()
	g := NewGraph(engine, NewMemory[float64](), 4, 2, 3, 1, true)
	parameter := func(name string, shape ...int) *Parameter[float64] {
		p := &Parameter[float64]{Tensor: spec.Tensor{Name: name, Shape: shape}}
		p.Data, p.Grad = make([]float64, p.Size()), make([]float64, p.Size())
		return p
	}
	x := g.Embed(Embeddings[float64]{Words: parameter("words", 5, 3), Positions: parameter("positions", 4, 3), Types: parameter("types", 2, 3)})
	x = g.Mean(g.Hidden(x, 0, 1))
	g.CrossEntropy(g.Linear(x, kernel.Identity, Dense[float64]{parameter("weight", 2, 3), parameter("bias", 2)}))
	if err := g.Differentiate(); err == nil || !strings.Contains(err.Error(), "the mean over a sequence's tokens has no gradient") {
		t.Errorf("the error is %v", err)
	}
}
