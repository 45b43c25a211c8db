// Package optim updates the parameters of a network by their gradients: AdamW, gradient clipping and the schedule of the
// learning rate, each equal to that of PyTorch or transformers. It may import nn and kernel. Begin reading at AdamW.
package optim

import (
	"math"

	"ftft/train/nn"
	"ftft/train/nn/kernel"
)

// Config configures AdamW.
type Config struct {
	Beta1, Beta2 float64 // zero means 0.9 and 0.999, the defaults of PyTorch
	Epsilon      float64
	WeightDecay  float64 // applies to weights and embeddings, not to biases and layer-norms
}

// AdamW is Adam with decoupled weight decay (Loshchilov and Hutter, 2019), as torch.optim.AdamW computes it. It is dense: the
// rows of an embedding that a batch does not contain still move by their momentum.
type AdamW struct {
	net        *nn.Net[float32]
	config     Config
	parameters []*nn.Parameter[float32]    // those that are trained
	states     []kernel.AdamState[float32] // by parameter

	// Beta1 and Beta2 to the power of the number of steps. They are computed as products because the bits of math.Pow
	// differ between processors.
	power1, power2 float64
}

// New returns an optimiser of the parameters of a network that are trained. Its moments are zero.
func New(net *nn.Net[float32], c Config) *AdamW {
	if c.Beta1 == 0 {
		c.Beta1 = 0.9
	}
	if c.Beta2 == 0 {
		c.Beta2 = 0.999
	}
	a := &AdamW{net: net, config: c, power1: 1, power2: 1}
	net.AllocateGradients()
	for _, p := range net.Parameters() {
		if p.Frozen {
			continue
		}
		a.parameters = append(a.parameters, p)
		size := len(p.Data)
		a.states = append(a.states, kernel.AdamState[float32]{
			Data: p.Data, Grad: p.Grad, First: make([]float32, size), Second: make([]float32, size), Width: p.Shape[len(p.Shape)-1],
		})
	}
	return a
}

// Step updates every parameter that is trained at a learning rate. The gradients are first multiplied by scale; see ClipScale.
func (a *AdamW) Step(rate, scale float64) {
	c := a.config
	a.power1 = float64(a.power1 * c.Beta1) // the conversion prevents fusion with what follows
	a.power2 = float64(a.power2 * c.Beta2)
	step := kernel.AdamStep{
		Factor: scale, Beta1: c.Beta1, Beta2: c.Beta2, Epsilon: c.Epsilon,
		Root: 1 / math.Sqrt(1-a.power2), Move: rate / (1 - a.power1),
	}
	for i, p := range a.parameters {
		step.Keep = 1
		if p.Kind.Decays() {
			step.Keep = 1 - float64(rate*c.WeightDecay)
		}
		a.states[i].Touched = p.Touched
		a.net.Engine().AdamW(&a.states[i], step)
	}
}

// Tensors returns the moments themselves, not copies: for each parameter that is trained the first (exp_avg) and the second
// (exp_avg_sq), with PyTorch's names.
func (a *AdamW) Tensors() []nn.Tensor {
	var list []nn.Tensor
	for i, p := range a.parameters {
		list = append(list, nn.Tensor{Name: "exp_avg." + p.Name, Shape: p.Shape, Values: a.states[i].First},
			nn.Tensor{Name: "exp_avg_sq." + p.Name, Shape: p.Shape, Values: a.states[i].Second})
	}
	return list
}

// Resume sets the number of steps that led to the current contents of Tensors.
func (a *AdamW) Resume(steps int) {
	a.power1, a.power2 = 1, 1
	for range steps {
		a.power1 = float64(a.power1 * a.config.Beta1)
		a.power2 = float64(a.power2 * a.config.Beta2)
	}
}

// Norm returns the Euclidean norm of all gradients together, computed in float64.
func (a *AdamW) Norm() float64 {
	total := 0.0
	for i, p := range a.parameters {
		a.states[i].Touched = p.Touched
		total += a.net.Engine().Squares(&a.states[i])
	}
	return math.Sqrt(total)
}

// ClipScale returns the factor that reduces the gradients' norm to limit, or 1 if it is less, as computed by
// torch.nn.utils.clip_grad_norm_. A limit of 0 means no clipping.
func ClipScale(norm, limit float64) float64 {
	if limit == 0 {
		return 1
	}
	return min(1, limit/(norm+1e-6))
}

// Schedule returns the factor of the learning rate at a step, counted from 1, in a run of total steps. It rises linearly
// from zero during the warm-up steps, then falls linearly to zero, as in transformers' get_linear_schedule_with_warmup.
func Schedule(step, total, warmup int) float64 {
	done := step - 1
	if done < warmup {
		return float64(done) / float64(warmup)
	}
	return max(0, float64(total-done)/float64(max(1, total-warmup)))
}
