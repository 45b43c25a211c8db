// Package optim moves parameters along their gradients: AdamW, clipping and the schedule of the learning rate, each as
// PyTorch and transformers have it.
package optim

import (
	"math"

	"ftft/train/nn"
	"ftft/train/nn/kernel"
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
	net    *nn.Net[float32]
	config Config
	moved  []kernel.Moved[float32] // by parameter
	// Beta1 and Beta2 to the power of the steps done: products, for the standard library's powers differ from
	// processor to processor.
	power1, power2 float64
}

// New begins with zero moments.
func New(net *nn.Net[float32], c Config) *AdamW {
	if c.Beta1 == 0 {
		c.Beta1 = 0.9
	}
	if c.Beta2 == 0 {
		c.Beta2 = 0.999
	}
	a := &AdamW{net: net, config: c, power1: 1, power2: 1}
	for _, p := range net.Parameters() {
		size := len(p.Data)
		a.moved = append(a.moved, kernel.Moved[float32]{
			Data: p.Data, Grad: p.Grad, First: make([]float32, size), Second: make([]float32, size), Width: p.Shape[len(p.Shape)-1],
		})
	}
	return a
}

// Step moves every parameter by its gradient times scale (see ClipScale) at a learning rate.
func (a *AdamW) Step(rate, scale float64) {
	c := a.config
	a.power1 = float64(a.power1 * c.Beta1) // converted: what follows must not be fused with it
	a.power2 = float64(a.power2 * c.Beta2)
	step := kernel.AdamStep{
		Factor: scale, Beta1: c.Beta1, Beta2: c.Beta2, Epsilon: c.Epsilon,
		Root: 1 / math.Sqrt(1-a.power2), Move: rate / (1 - a.power1),
	}
	for i, p := range a.net.Parameters() {
		step.Keep = 1
		if p.Kind.Decays() {
			step.Keep = 1 - float64(rate*c.WeightDecay)
		}
		a.moved[i].Touched = p.Touched
		a.net.Engine().AdamW(&a.moved[i], step)
	}
}

// Tensors are the moments, not copies: of each parameter the first (exp_avg) and the second (exp_avg_sq), as PyTorch
// names them.
func (a *AdamW) Tensors() []nn.Tensor {
	var list []nn.Tensor
	for i, p := range a.net.Parameters() {
		list = append(list, nn.Tensor{Name: "exp_avg." + p.Name, Shape: p.Shape, Values: a.moved[i].First},
			nn.Tensor{Name: "exp_avg_sq." + p.Name, Shape: p.Shape, Values: a.moved[i].Second})
	}
	return list
}

// Resume says that so many steps have been taken, by whoever has filled the Tensors.
func (a *AdamW) Resume(steps int) {
	a.power1, a.power2 = 1, 1
	for range steps {
		a.power1 = float64(a.power1 * a.config.Beta1)
		a.power2 = float64(a.power2 * a.config.Beta2)
	}
}

// Norm is the Euclidean norm of all gradients together, summed in float64.
func (a *AdamW) Norm() float64 {
	total := 0.0
	for i, p := range a.net.Parameters() {
		a.moved[i].Touched = p.Touched
		total += a.net.Engine().Squares(&a.moved[i])
	}
	return math.Sqrt(total)
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
