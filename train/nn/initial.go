package nn

import (
	"math"
	"math/rand/v2"

	"ftft/train/nn/kernel"
	"ftft/train/nn/spec"
)

// Init returns new weights of a model, distributed as in transformers: weights and embeddings are normal with mean 0 and
// standard deviation Spec.InitializerRange, except the embedding of the pad token, which is zero, and its position, if it
// has one of its own; biases and the shifts of layer-norms are 0, the scales 1. Models with PreNorm have standard deviations by
// the kind of weight, and no value beyond two of them.
func Init(s spec.Spec, seed int64) Weights {
	w := Weights{}
	for i, t := range s.Tensors() {
		w[t.Name] = initial(s, t, seed, i)
	}
	return w
}

// initial returns new values of one parameter. The random stream is seeded by its number, so that no parameter's values
// depend on another's.
func initial(s spec.Spec, t spec.Tensor, seed int64, number int) []float32 {
	values := make([]float32, t.Size())
	switch t.Kind {
	case spec.NormScale:
		for i := range values {
			values[i] = 1
		}
	case spec.Weight, spec.Embedding:
		r := rand.New(rand.NewPCG(uint64(seed), uint64(number)))
		deviation, limit := s.InitializerRange, math.Inf(1)
		if s.PreNorm {
			deviation, limit = s.Deviation(t), 2
		}
		for i := range values {
			v := normal(r)
			for math.Abs(v) > limit {
				v = normal(r)
			}
			values[i] = float32(v * deviation)
		}
		if n := s.Names(); t.Name == n.WordEmbeddings || t.Name == n.PositionEmbeddings && s.FirstPosition > 0 {
			clear(values[s.Pad*s.Embedding : (s.Pad+1)*s.Embedding])
		}
	}
	return values
}

// normal draws from the standard normal distribution by the polar method (Marsaglia and Bray, 1964). The standard
// library's sampler returns values that in rare cases differ between processors.
func normal(r *rand.Rand) float64 {
	for {
		u, v := float64(2*r.Float64())-1, float64(2*r.Float64())-1
		s := float64(u*u) + float64(v*v)
		if s < 1 && s > 0 {
			return u * math.Sqrt(-2*kernel.Log(s)/s)
		}
	}
}
