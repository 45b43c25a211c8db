// Package op holds the fused operations that a BERT is made of, each a Gorgonia Op with its derivative, over buffers
// that the op owns and the kernels fill. Gorgonia gives the graph, the differentiation and the machine that runs them.
//
// The operations form a chain: every value has one consumer, so that Gorgonia never has to add gradients up. Half a
// layer, up to the layer-norm, is one operation, with its residual inside.
package op

import (
	"fmt"
	"hash"
	"hash/fnv"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// fused is one operation: run fills value from the inputs' values.
type fused struct {
	name  string // unique in the graph: Gorgonia merges operations of equal hash
	in    []hm.Type
	out   hm.Type
	shape tensor.Shape
	value G.Value
	run   func(in []G.Value) error // nil in a view: the value was filled by the input's operation
	diff  func(in G.Nodes, gradient *G.Node) (G.Nodes, error)
	wrt   []bool
}

var _ G.SDOp = (*fused)(nil)

func (o *fused) Arity() int { return len(o.in) }

func (o *fused) Type() hm.Type {
	types := append(append([]hm.Type{}, o.in...), o.out)
	return hm.NewFnType(types...)
}

func (o *fused) InferShape(...G.DimSizer) (tensor.Shape, error) { return o.shape, nil }

// Do runs the operation. A panic in it would end the process, for the machine runs it on a goroutine of its own.
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
