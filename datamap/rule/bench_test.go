package rule

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
)

// large returns a table of as many examples as MultiNLI has. Many of them have the same correctness.
func large() Table {
	const n = 400_000
	r := rand.New(rand.NewPCG(1, 1))
	numbers := map[string][]float64{"confidence": make([]float64, n), "variability": make([]float64, n), "correctness": make([]float64, n)}
	texts := map[string][]string{"guid": make([]string, n), "label": make([]string, n), "text": make([]string, n)}
	labels := []string{"entailment", "neutral", "contradiction"}
	for i := range n {
		numbers["confidence"][i], numbers["variability"][i], numbers["correctness"][i] = r.Float64(), r.Float64()/2, float64(r.IntN(7))
		texts["guid"][i], texts["label"][i] = fmt.Sprintf("train-%d", r.IntN(1e9)), labels[r.IntN(3)]
		texts["text"][i] = fmt.Sprintf("A man number %d is not playing a guitar on a stage in front of %d people.", i, r.IntN(100))
	}
	return tableOf(texts["guid"], numbers, texts)
}

// BenchmarkRule does the work of one key stroke: it compiles and matches a rule.
func BenchmarkRule(b *testing.B) {
	table := large()
	for _, text := range []string{
		`variability > 0.2 && confidence < 0.7 && label == "neutral"`,
		`variability >= quantile(variability, 0.67)`,
		`rank(confidence) < 500`,
		`rank(correctness) < 500`,
		`label in ["neutral", "contradiction"] and abs(confidence - 0.5) < 0.1`,
		`text contains "not" and not (guid startsWith "dev")`,
		`text matches "\\bnot?\\b"`,
		`lower(text) contains "guitar"`,
	} {
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				rule, err := Compile(text, table)
				if err != nil {
					b.Fatal(err)
				}
				rule.Match()
			}
		})
	}
}

// BenchmarkMachine runs the same rules on expr's own machine. It is the reason why rules are compiled to functions.
func BenchmarkMachine(b *testing.B) {
	const text = `variability > 0.2 && confidence < 0.7 && label == "neutral"`
	table := large()
	variability, _ := table.Column("variability")
	confidence, _ := table.Column("confidence")
	label, _ := table.Column("label")
	type example struct {
		Variability float64 `expr:"variability"`
		Confidence  float64 `expr:"confidence"`
		Label       string  `expr:"label"`
	}
	program, err := expr.Compile(text, expr.Env(example{}), expr.AsBool())
	if err != nil {
		b.Fatal(err)
	}
	n, workers := len(table.GUIDs), runtime.GOMAXPROCS(0)
	matches := make([]bool, n)
	for b.Loop() {
		var wait sync.WaitGroup
		for w := range workers {
			wait.Go(func() {
				machine, e := vm.VM{}, &example{}
				for i := w * n / workers; i < (w+1)*n/workers; i++ {
					e.Variability, e.Confidence, e.Label = variability.Numbers[i], confidence.Numbers[i], label.Texts[i]
					match, err := machine.Run(program, e)
					matches[i] = err == nil && match.(bool)
				}
			})
		}
		wait.Wait()
	}
}
