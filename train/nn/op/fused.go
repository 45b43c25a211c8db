package op

import (
	"fmt"
	"hash"
	"hash/fnv"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// fused is an operation of the graph. It implements Gorgonia's Op and SDOp (an Op with a symbolic derivative).
type fused struct {
	name  string // unique in the graph: Gorgonia merges operations of equal hash and inputs
	in    []hm.Type
	out   hm.Type
	shape tensor.Shape
	value G.Value // what run fills

	// run computes value from the inputs. It is nil if an input's operation has filled value already.
	run func(in []G.Value) error

	// diff adds the backward operation, given the inputs and the gradient of value, and returns the gradients of the
	// inputs that wrt names. It is nil in a backward operation.
	diff func(in G.Nodes, gradient *G.Node) (G.Nodes, error)
	wrt  []bool // by input: whether it has a gradient
}

var _ G.SDOp = (*fused)(nil)

func (o *fused) Arity() int { return len(o.in) }

func (o *fused) Type() hm.Type {
	types := append(append([]hm.Type{}, o.in...), o.out)
	return hm.NewFnType(types...)
}

func (o *fused) InferShape(...G.DimSizer) (tensor.Shape, error) { return o.shape, nil }

// Do runs the operation. It turns a panic into an error: Gorgonia's machine calls it on a goroutine of its own, where a
// panic would end the process.
func (o *fused) Do(in ...G.Value) (v G.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: %v", o.name, p)
		}
	}()
	if o.run != nil {
		if err := o.run(in); err != nil {
			return nil, fmt.Errorf("%s: %w", o.name, err)
		}
	}
	return o.value, nil
}

func (o *fused) ReturnsPtr() bool      { return false }
func (o *fused) CallsExtern() bool     { return false }
func (o *fused) OverwritesInput() int  { return -1 }
func (o *fused) WriteHash(h hash.Hash) { h.Write([]byte(o.name)) }
func (o *fused) String() string        { return o.name }

func (o *fused) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

func (o *fused) DiffWRT(inputs int) []bool {
	if o.diff == nil {
		return make([]bool, inputs)
	}
	return o.wrt
}

func (o *fused) SymDiff(in G.Nodes, _, gradient *G.Node) (G.Nodes, error) {
	return o.diff(in, gradient)
}
