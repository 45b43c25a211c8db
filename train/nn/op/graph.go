package op

import (
	"errors"
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"ftft/train/nn/kernel"

	_ "go4.org/unsafe/assume-no-moving-gc" // a pin that Gorgonia needs on this version of Go
)

// A Graph is a network under construction and then at work: forward, and backward where it was told to differentiate.
type Graph[T kernel.Float] struct {
	engine    *kernel.Engine[T]
	graph     *G.ExprGraph
	batch     *G.Node
	input     *input
	tokens    int // capacity: the rows of a value that has a row a token
	sequences int // and of one that has a row a sequence
	hidden    int

	parameters []*Parameter[T]
	nodes      map[*Parameter[T]]*G.Node
	names      int

	logits kernel.Matrix[T]
	loss   float64
	end    *G.Node
	vm     G.VM

	training bool // it has a backward pass
	memory   *Memory[T]
	turns    map[string]int // see next
	results  map[G.Value]result[T]
}

// NewGraph begins a graph for batches of at most the given tokens and sequences; hidden is the width of the hidden
// states. training says whether Differentiate will be called. Graphs that share a memory must not run at the same time.
func NewGraph[T kernel.Float](engine *kernel.Engine[T], memory *Memory[T], tokens, sequences, hidden int, seed int64, training bool) *Graph[T] {
	g := &Graph[T]{
		engine: engine, graph: G.NewGraph(), tokens: tokens, sequences: sequences, hidden: hidden,
		input:  &input{Batch: &Batch{}, seed: seed, positions: make([]int32, 0, tokens)},
		nodes:  map[*Parameter[T]]*G.Node{},
		memory: memory, turns: map[string]int{}, results: map[G.Value]result[T]{}, training: training,
	}
	g.batch = G.NewVector(g.graph, tensor.Int, G.WithShape(1), G.WithName("batch"))
	return g
}

// Differentiate adds the backward pass.
func (g *Graph[T]) Differentiate() error {
	if !g.training {
		return errors.New("a graph for predictions keeps nothing for a backward pass")
	}
	nodes := make(G.Nodes, len(g.parameters))
	for i, p := range g.parameters {
		nodes[i] = g.nodes[p]
	}
	_, err := G.Grad(g.end, nodes...)
	return err
}

// Compile readies the graph to run.
func (g *Graph[T]) Compile() { g.vm = G.NewTapeMachine(g.graph) }

// Run computes the batch's logits [sequences, classes], or what else the graph was given to End, valid until the next
// run; and, where there is a loss, the mean cross-entropy and the parameters' gradients. Dropout is on in training.
func (g *Graph[T]) Run(b *Batch) (loss float64, logits []T, err error) {
	if b.Tokens() > g.tokens || b.Sequences() > g.sequences {
		return 0, nil, fmt.Errorf("a batch of %d tokens in %d sequences exceeds the network's %d in %d", b.Tokens(), b.Sequences(), g.tokens, g.sequences)
	}
	g.input.set(b)
	g.vm.Reset()
	if err := G.Let(g.batch, g.input); err != nil {
		return 0, nil, err
	}
	if err := g.vm.RunAll(); err != nil {
		return 0, nil, err
	}
	return g.loss, g.logits.Data[:b.Sequences()*g.logits.Cols], nil
}

// Close frees the machine.
func (g *Graph[T]) Close() error { return g.vm.Close() }

// node is the graph's leaf for a parameter.
func (g *Graph[T]) node(p *Parameter[T]) *G.Node {
	value := tensor.New(tensor.WithShape(p.Shape...), tensor.WithBacking(p.Data))
	n := G.NewTensor(g.graph, value.Dtype(), len(p.Shape), G.WithShape(p.Shape...), G.WithName(p.Name), G.WithValue(value))
	g.nodes[p] = n
	g.parameters = append(g.parameters, p)
	return n
}

// dropout is the dropout of a site in this run.
func (g *Graph[T]) dropout(rate float64, site int) kernel.Dropout {
	if !g.training {
		return kernel.Dropout{}
	}
	return kernel.NewDropout(rate, g.input.seed, g.input.Step, site)
}

// apply adds an operation to the graph.
func (g *Graph[T]) apply(o *fused, value G.Value, inputs ...*G.Node) *G.Node {
	g.names++
	o.name = fmt.Sprintf("%s %d", o.name, g.names)
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

// gradientOf shows a parameter's gradient, which the operation after has filled.
func (g *Graph[T]) gradientOf(p *Parameter[T], after *G.Node) *G.Node {
	value := tensor.New(tensor.WithShape(p.Shape...), tensor.WithBacking(p.Grad))
	return g.apply(&fused{name: "gradient of " + p.Name}, value, after)
}
