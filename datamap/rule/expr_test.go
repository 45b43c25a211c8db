package rule

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
)

func TestColumnFunctionsEqualNumpy(t *testing.T) {
	var golden struct {
		GUIDs   []string
		Shares  []float64
		Columns map[string]struct {
			Values, Ranks               []*float64
			Quantiles                   []float64
			Mean, Std, Min, Max, Median float64
		}
	}
	file, err := os.ReadFile("testdata/columns.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file, &golden); err != nil {
		t.Fatal(err)
	}
	orNaN := func(values []*float64) (numbers []float64) {
		for _, v := range values {
			if v == nil {
				v = new(float64)
				*v = math.NaN()
			}
			numbers = append(numbers, *v)
		}
		return numbers
	}
	for name, want := range golden.Columns {
		c := newColumn(Column{Numbers: orNaN(want.Values)}, golden.GUIDs)
		for i, share := range golden.Shares {
			if got := c.quantile(share); got != want.Quantiles[i] {
				t.Errorf("quantile(%s, %v) is %v, numpy's %v", name, share, got, want.Quantiles[i])
			}
		}
		if c.quantile(0) != want.Min || c.quantile(1) != want.Max || c.quantile(0.5) != want.Median {
			t.Errorf("%s: minimum, maximum or median", name)
		}
		if mean, std := c.moments(); math.Abs(mean-want.Mean) > 1e-15 || math.Abs(std-want.Std) > 1e-14 {
			t.Errorf("%s: mean and deviation %v, %v; numpy's %v, %v", name, mean, std, want.Mean, want.Std)
		}
		ranks := orNaN(want.Ranks)
		for i, got := range c.ranks() {
			if got != ranks[i] && !(got != got && ranks[i] != ranks[i]) {
				t.Errorf("rank(%s) of %d is %v, numpy's %v", name, i, got, ranks[i])
			}
		}
	}
}

// There are more ties than are sorted by comparison, and guids share their first bytes or are prefixes of each other.
func TestRanksOfManyTies(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	const n = 6000
	numbers, guids := make([]float64, n), make([]string, n)
	for i := range n {
		numbers[i] = []float64{math.Inf(-1), -2, math.Copysign(0, -1), 0, 1e-300, math.Inf(1), math.NaN()}[r.IntN(7)]
		guids[i] = "common" + strings.Repeat("\x00", r.IntN(3)) + strings.Repeat("a", r.IntN(10)) + strconv.Itoa(i)
		if i < 4 {
			guids[i] = "common"[:2+i]
		}
	}
	order := make([]int, 0, n)
	for i, x := range numbers {
		if x == x {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(i, j int) int {
		if numbers[i] != numbers[j] {
			if numbers[i] < numbers[j] {
				return -1
			}
			return 1
		}
		return strings.Compare(guids[i], guids[j])
	})
	ranks := newColumn(Column{Numbers: numbers}, guids).ranks()
	for place, i := range order {
		if ranks[i] != float64(place) {
			t.Fatalf("%g, %q: rank %g, want %d", numbers[i], guids[i], ranks[i], place)
		}
	}
	for i, x := range numbers {
		if x != x && ranks[i] == ranks[i] {
			t.Fatal("a rank of no number")
		}
	}
}

// writer writes random rules.
type writer struct{ *rand.Rand }

func (w writer) one(choices ...string) string { return choices[w.IntN(len(choices))] }

func (w writer) number(depth int) string {
	if depth == 0 || w.IntN(4) == 0 {
		return w.one("confidence", "variability", "correctness", "aum", "length", "rank(correctness)", "rank(aum)",
			"quantile(aum, 0.3)", "mean(length)", "0", "1", "3", "40", "0.5", "1e-3", ".25")
	}
	switch w.IntN(6) {
	case 0:
		return fmt.Sprintf("len(%s)", w.text(depth-1))
	case 1:
		return fmt.Sprintf("%s(%s)", w.one("abs", "ceil", "floor", "round", "float", "-", "+"), w.number(depth-1))
	case 2:
		return fmt.Sprintf("indexOf(%s, %s)", w.text(depth-1), w.text(depth-1))
	}
	return fmt.Sprintf("(%s %s %s)", w.number(depth-1), w.one("+", "-", "*", "/", "**"), w.number(depth-1))
}

func (w writer) text(depth int) string {
	if depth == 0 || w.IntN(3) == 0 {
		return w.one("label", "predicted", "text", "guid", "category", `"neutral"`, `'no'`, "`a`", `""`, `"é"`, `"t \"1\""`)
	}
	switch w.IntN(3) {
	case 0:
		return fmt.Sprintf("(%s + %s)", w.text(depth-1), w.text(depth-1))
	case 1:
		return fmt.Sprintf("string(%s)", w.text(depth-1))
	}
	return fmt.Sprintf("%s(%s)", w.one("lower", "upper", "trim"), w.text(depth-1))
}

func (w writer) condition(depth int) string {
	if depth == 0 {
		return w.one("confidence < 0.5", `label == "neutral"`, "aum > 0", "correctness == 3", "true", "false", "label != predicted")
	}
	depth--
	switch w.IntN(12) {
	case 0, 1:
		return w.condition(depth) + w.one(" && ", " and ") + w.condition(depth)
	case 2, 3:
		return fmt.Sprintf("(%s%s%s)", w.condition(depth), w.one(" || ", " or "), w.condition(depth))
	case 4:
		return fmt.Sprintf("%s (%s)", w.one("not", "!"), w.condition(depth))
	case 5:
		return fmt.Sprintf("%s %s %s", w.text(depth), w.one("==", "!=", "<", "<=", ">", ">="), w.text(depth))
	case 6:
		return fmt.Sprintf("%s %s%s %s", w.text(depth), w.one("", "not "), w.one("contains", "startsWith", "endsWith"), w.text(depth))
	case 7:
		return fmt.Sprintf("%s matches %s", w.text(depth), w.one(`"^no"`, `"\\bnot?\\b"`, `"[^a-m]+$"`, `"(?i)É"`))
	case 8:
		return fmt.Sprintf("%s %s [%s]", w.number(depth), w.one("in", "not in"), w.one("1, 2, 3", "-1, 0.25, 3", "3"))
	case 9:
		return fmt.Sprintf("%s in [%s]", w.text(depth), w.one(`"a", "neutral"`, `""`))
	case 10:
		return fmt.Sprintf("%s(%s, %s)", w.one("hasPrefix", "hasSuffix"), w.text(depth), w.text(depth))
	}
	return fmt.Sprintf("%s %s %s", w.number(depth), w.one("==", "!=", "<", "<=", ">", ">=", "< aum <="), w.number(depth))
}

// expr's own machine agrees on every example. Functions that it lacks, such as rank, are columns or constants computed here.
func TestRandomRulesAgreeWithExpr(t *testing.T) {
	const n = 200
	table, numbers, texts := random(n)
	env := map[string]any{}
	theirs := strings.NewReplacer("rank(correctness)", "rank_correctness",
		"rank(aum)", "rank_aum", "quantile(aum, 0.3)", "quantile_aum", "mean(length)", "mean_length")
	for _, name := range []string{"correctness", "aum"} {
		places := make([]float64, n)
		for i := range places {
			for j := range places {
				if a, b := numbers[name][i], numbers[name][j]; a != a {
					places[i] = math.NaN()
				} else if b < a || b == a && texts["guid"][j] < texts["guid"][i] {
					places[i]++
				}
			}
		}
		numbers["rank_"+name] = places
	}
	present := slices.Sorted(slices.Values(slices.DeleteFunc(slices.Clone(numbers["aum"]), math.IsNaN)))
	at := 0.3 * float64(len(present)-1)
	low := int(at)
	numbers["quantile_aum"] = slices.Repeat([]float64{present[low] + (at-float64(low))*(present[low+1]-present[low])}, n)
	mean := 0.0
	for _, x := range numbers["length"] {
		mean += x
	}
	numbers["mean_length"] = slices.Repeat([]float64{mean / n}, n)
	fill := func(i int) {
		for name := range numbers {
			env[name] = numbers[name][i]
		}
		for name := range texts {
			env[name] = texts[name][i]
		}
	}
	fill(0)

	w := writer{rand.New(rand.NewPCG(3, 3))}
	machine, matched := vm.VM{}, 0
	for range 3000 {
		text := w.condition(1 + w.IntN(4))
		if len(text) > maxBytes {
			continue
		}
		rule, err := Compile(text, table)
		if err != nil {
			t.Fatal(err)
		}
		program, err := expr.Compile(theirs.Replace(text), expr.Env(env), expr.AsBool())
		if err != nil {
			t.Fatal(text, err)
		}
		for i, got := range rule.Match() {
			fill(i)
			want, err := machine.Run(program, env)
			if err != nil {
				t.Fatal(text, err)
			}
			if got != want {
				t.Fatalf("%s: example %d: %v, expr's %v", text, i, got, want)
			}
			if got {
				matched++
			}
		}
	}
	if share := float64(matched) / (3000 * n); share < 0.2 || share > 0.8 {
		t.Errorf("%.0f %% of the conditions hold: the rules tell little", 100*share)
	}
}

// FuzzRule checks that any text either compiles or gives an error with a position.
func FuzzRule(f *testing.F) {
	table, _, _ := random(20)
	w := writer{rand.New(rand.NewPCG(4, 4))}
	for range 50 {
		f.Add(w.condition(3))
	}
	for _, text := range []string{"", "((((", "not not", "a[", "label == \"\xff",
		"let a = 1; a", "$env?.a", "any(text, {# == .a})", "text matches \"(a|b*)*\"", "1 .. 2", "b'x'", "{a: 1}",
		"a ? b : c", "a | b()", "::len(text)", "// a", "/* a", "\"\\u{110000}\"", "0x1p-2", "if", "else"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rule, err := Compile(text, table)
		if err == nil {
			rule.Match()
			return
		}
		if e, ok := err.(*Error); !ok || e.At < 0 || e.At > len(text) || !strings.Contains(err.Error(), "column ") {
			t.Errorf("%q: %#v", text, err)
		}
		Complete(text, len(text)/2, table.Names)
	})
}
