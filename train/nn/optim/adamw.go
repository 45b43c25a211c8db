// Package optim moves parameters along their gradients: AdamW, clipping and the schedule of the learning rate, each as
// PyTorch and transformers have it.
package optim

import (
	"math"

	"ftft/train/nn"
)

// Config is AdamW's; the zero value of Beta1 and Beta2 stands for PyTorch's 0.9 and 0.999.
type Config struct {
	Beta1, Beta2 float64
	Epsilon      float64
	WeightDecay  float64 // decoupled; of weights and embeddings, never of biases and layer-norms
}

// AdamW is Adam with decoupled weight decay (Loshchilov and Hutter, 2019), as torch.optim.AdamW computes it: dense, so
// that the rows of an embedding that a batch did not touch move by their momentum.
type AdamW struct {
	parameters []*nn.Parameter[float32]
	config     Config
	first      [][]float32 // running mean of the gradient, by parameter
	second     [][]float32 // and of its square
	steps      int
}

// New begins with zero moments.
func New(parameters []*nn.Parameter[float32], c Config) *AdamW {
	if c.Beta1 == 0 {
		c.Beta1 = 0.9
	}
	if c.Beta2 == 0 {
		c.Beta2 = 0.999
	}
	a := &AdamW{parameters: parameters, config: c}
	for _, p := range parameters {
		a.first = append(a.first, make([]float32, len(p.Data)))
		a.second = append(a.second, make([]float32, len(p.Data)))
	}
	return a
}

// Step moves every parameter by its gradient times scale (see ClipScale) at a learning rate.
func (a *AdamW) Step(rate, scale float64) {
	a.steps++
	c := a.config
	stride := rate / (1 - math.Pow(c.Beta1, float64(a.steps)))
	root := float32(1 / math.Sqrt(1-math.Pow(c.Beta2, float64(a.steps))))
	b1, b2, epsilon, move, factor := float32(c.Beta1), float32(c.Beta2), float32(c.Epsilon), float32(stride), float32(scale)
	for i, p := range a.parameters {
		keep := float32(1)
		if p.Kind.Decays() {
			keep = float32(1 - rate*c.WeightDecay)
		}
		data := p.Data
		grad, first, second := p.Grad[:len(data)], a.first[i][:len(data)], a.second[i][:len(data)]
		for j, g := range grad {
			g *= factor
			m := b1*first[j] + (1-b1)*g
			v := b2*second[j] + (1-b2)*g*g
			first[j], second[j] = m, v
			data[j] = data[j]*keep - move*m/(float32(math.Sqrt(float64(v)))*root+epsilon)
		}
	}
}

// Norm is the Euclidean norm of all gradients together, in float64.
func Norm(parameters []*nn.Parameter[float32]) float64 {
	total := 0.0
	for _, p := range parameters {
		if p.Touched == nil {
			total += squares(p.Grad)
			continue
		}
		width := p.Shape[1]
		for _, row := range p.Touched {
			total += squares(p.Grad[int(row)*width : (int(row)+1)*width])
		}
	}
	return math.Sqrt(total)
}

func squares(x []float32) float64 {
	var s [4]float64
	for len(x) >= 4 {
		for j := range s {
			v := float64(x[j])
			s[j] += v * v
		}
		x = x[4:]
	}
	for j, v := range x {
		s[j] += float64(v) * float64(v)
	}
	return (s[0] + s[1]) + (s[2] + s[3])
}

// ClipScale is what gradients of a norm are multiplied by so that it is at most limit, as
// torch.nn.utils.clip_grad_norm_ has it. limit 0 clips nothing.
func ClipScale(norm, limit float64) float64 {
	if limit == 0 {
		return 1
	}
	return min(1, limit/(norm+1e-6))
}

// Factor is the learning rate's at a step, counted from 1, of a run of total steps: it rises linearly over the warm-up
// and falls linearly to zero, as transformers' get_linear_schedule_with_warmup.
func Factor(step, total, warmup int) float64 {
	done := step - 1
	if done < warmup {
		return float64(done) / float64(warmup)
	}
	return max(0, float64(total-done)/float64(max(1, total-warmup)))
}
