// Package op holds the fused operations that an encoder is made of. Each is a Gorgonia Op with its derivative, over buffers that
// it owns and that the functions of package kernel fill. Gorgonia provides the graph, the differentiation and the machine
// that runs both. The package may import kernel and spec, and nothing else of this project.
//
// An operation is a struct of its buffers with a method forward beside a method backward, as in Karpathy's llm.c. Comments
// give the shape of each matrix. A buffer has room for the largest batch; its method rows returns the rows in use. A name that
// begins with d, such as dx, is the gradient of the loss by the value of the remaining name.
//
// The operations form a chain in which every value has one consumer, so Gorgonia never adds gradients. Half a layer, up to
// its layer-norm, is one operation with the residual connection inside.
//
// Begin reading at Graph, then attention.go.
package op

import (
	"errors"
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"ftft/train/nn/kernel"

	_ "go4.org/unsafe/assume-no-moving-gc" // its version is pinned because Gorgonia's own does not support this version of Go
)

// A Graph is a network. Methods that take a *G.Node or a Hidden add operations to it; Differentiate then adds the backward
// pass, Compile completes it, and Run runs it.
type Graph[T kernel.Float] struct {
	engine    *kernel.Engine[T]
	graph     *G.ExprGraph
	batch     *G.Node // the leaf of input
	input     *input
	tokens    int // capacity: rows of a value that has one for each token
	sequences int // capacity: rows of a value that has one for each sequence
	hidden    int

	parameters []*Parameter[T]
	nodes      map[*Parameter[T]]*G.Node
	operations int // added so far

	results kernel.Matrix[T] // [sequences, columns] of the current part of a batch
	rows    []T              // [sequences of the batch, columns] what Run returns
	loss    float64          // the sum over the sequences so far
	end     *G.Node          // the last operation of the forward pass
	vm      G.VM

	training bool // whether there is a backward pass
	memory   *Memory[T]
	turns    map[string]int // by name: which of two buffers comes next; see alternate
	buffers  map[G.Value]buffer[T]
}

// NewGraph returns an empty graph that computes at most the given numbers of tokens and sequences at a time. hidden is the width of
// the hidden states; training reports whether Differentiate will be called. Graphs that share a memory must not run at the
// same time.
func NewGraph[T kernel.Float](engine *kernel.Engine[T], memory *Memory[T], tokens, sequences, hidden int, seed int64,
	training bool) *Graph[T] {
	g := &Graph[T]{
		engine: engine, graph: G.NewGraph(), tokens: tokens, sequences: sequences, hidden: hidden,
		input:  newInput(tokens, sequences, seed),
		nodes:  map[*Parameter[T]]*G.Node{},
		memory: memory, turns: map[string]int{}, buffers: map[G.Value]buffer[T]{}, training: training,
	}
	g.batch = G.NewVector(g.graph, tensor.Int, G.WithShape(1), G.WithName("batch"))
	return g
}

// Differentiate adds the backward pass.
func (g *Graph[T]) Differentiate() error {
	if !g.training {
		return errors.New("a graph for predictions saves nothing for a backward pass")
	}
	var nodes G.Nodes
	for _, p := range g.parameters {
		if !p.Frozen {
			nodes = append(nodes, g.nodes[p])
		}
	}
	_, err := G.Grad(g.end, nodes...)
	return err
}

// Compile makes the graph ready to run.
func (g *Graph[T]) Compile() { g.vm = G.NewTapeMachine(g.graph) }

// Run runs a batch through the graph. It returns the value that was given to CrossEntropy or End, row by row, valid until
// the next run. After CrossEntropy it also returns the mean loss, and after Differentiate it sets the parameters' gradients.
// Dropout applies if and only if the graph is for training.
//
// A batch of more sequences than the graph has room for is computed in parts, one after another. All results have the bits of
// the undivided batch: each gradient is a sum over the rows in order, which the next part continues, and dropout depends on a row's
// number in the whole batch.
func (g *Graph[T]) Run(b *Batch) (loss float64, rows []T, err error) {
	g.loss, g.rows = 0, g.rows[:0]
	for first := 0; first < b.Sequences(); first += g.sequences {
		g.input.set(b, first, min(first+g.sequences, b.Sequences()))
		if g.input.Tokens() > g.tokens {
			return 0, nil, fmt.Errorf("sequences of %d tokens together, and the network computes at most %d at a time",
				g.input.Tokens(), g.tokens)
		}
		g.vm.Reset()
		if err := G.Let(g.batch, g.input); err != nil {
			return 0, nil, err
		}
		if err := g.vm.RunAll(); err != nil {
			return 0, nil, err
		}
		g.rows = append(g.rows, g.results.Data[:g.input.Sequences()*g.results.Cols]...)
	}
	return g.loss / float64(b.Sequences()), g.rows, nil
}

// Close frees the machine.
func (g *Graph[T]) Close() error { return g.vm.Close() }

// node adds a parameter to the graph and returns its leaf.
func (g *Graph[T]) node(p *Parameter[T]) *G.Node {
	value := tensor.New(tensor.WithShape(p.Shape...), tensor.WithBacking(p.Data))
	n := G.NewTensor(g.graph, value.Dtype(), len(p.Shape), G.WithShape(p.Shape...), G.WithName(p.Name), G.WithValue(value))
	g.nodes[p] = n
	g.parameters = append(g.parameters, p)
	return n
}

// dropout returns the dropout of a site in the current step; outside training it drops nothing.
func (g *Graph[T]) dropout(rate float64, site int, rows extent) kernel.Dropout {
	return g.dropoutFrom(rate, site, rows.first())
}

// dropoutFrom is dropout for a matrix whose first row has the number first in the whole batch.
func (g *Graph[T]) dropoutFrom(rate float64, site, first int) kernel.Dropout {
	if !g.training {
		return kernel.Dropout{}
	}
	return kernel.NewDropout(rate, g.input.seed, g.input.Step, site).From(first)
}

// soFar returns the gradient that the earlier parts of the batch have computed, for a product to continue; without earlier parts a
// matrix without data, which counts as zero.
func (g *Graph[T]) soFar(grad kernel.Matrix[T]) kernel.Matrix[T] {
	if g.input.continues() {
		return grad
	}
	return kernel.Matrix[T]{}
}

// sumColumns computes the gradient of a parameter as sums of columns, or continues it; see kernel.Engine.ColumnSums.
func (g *Graph[T]) sumColumns(p *Parameter[T], x, y kernel.Matrix[T]) {
	g.engine.ColumnSums(p.Grad, x, y, g.input.continues())
}

// apply adds an operation, whose output is value, to the graph.
func (g *Graph[T]) apply(o *fused, value G.Value, inputs ...*G.Node) *G.Node {
	g.operations++
	o.name = fmt.Sprintf("%s %d", o.name, g.operations)
	o.value, o.shape = value, value.Shape()
	o.out = value.Dtype()
	if dims := o.shape.Dims(); dims > 0 {
		o.out = G.TensorType{Dims: dims, Of: value.Dtype()}
	}
	for _, n := range inputs {
		o.in = append(o.in, n.Type())
	}
	return G.Must(G.ApplyOp(o, inputs...))
}

// gradientOf adds a view of a parameter's gradient, which the operation filledBy computes beside its own output.
func (g *Graph[T]) gradientOf(p *Parameter[T], filledBy *G.Node) *G.Node {
	value := tensor.New(tensor.WithShape(p.Shape...), tensor.WithBacking(p.Grad))
	return g.apply(&fused{name: "gradient of " + p.Name}, value, filledBy)
}
