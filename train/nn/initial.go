package nn

import (
	"math"
	"math/rand/v2"

	"ftft/train/nn/kernel"
	"ftft/train/nn/spec"
)

// Init makes a model's weights as transformers does: normal with the Spec's standard deviation for weights and
// embeddings, [PAD]'s embedding zero, zero biases, norms one and zero.
func Init(s spec.Spec, seed int64) Weights {
	w := Weights{}
	for i, t := range s.Tensors() {
		w[t.Name] = initial(s, t, seed, i)
	}
	return w
}

// initial makes one parameter. Its number keys the draws, so that no parameter's depend on another's.
func initial(s spec.Spec, t spec.Tensor, seed int64, number int) []float32 {
	values := make([]float32, t.Size())
	switch t.Kind {
	case spec.NormScale:
		for i := range values {
			values[i] = 1
		}
	case spec.Weight, spec.Embedding:
		r := rand.New(rand.NewPCG(uint64(seed), uint64(number)))
		for i := range values {
			values[i] = float32(normal(r) * s.InitializerRange)
		}
		if t.Name == spec.WordEmbeddings {
			clear(values[s.Pad*s.Hidden : (s.Pad+1)*s.Hidden])
		}
	}
	return values
}

// normal draws from the standard normal distribution by Marsaglia's polar method. (The standard library's sampler
// depends on the processor, if seldom.)
func normal(r *rand.Rand) float64 {
	for {
		u, v := float64(2*r.Float64())-1, float64(2*r.Float64())-1
		s := float64(u*u) + float64(v*v)
		if s < 1 && s > 0 {
			return u * math.Sqrt(-2*kernel.Log(s)/s)
		}
	}
}
