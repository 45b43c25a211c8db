package rule

import (
	"cmp"
	"math"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/expr-lang/expr/ast"
)

func (c *compiler) logic(n *ast.BinaryNode, a, b value) (func(i int) bool, error) {
	if a.truth == nil {
		return nil, c.wrong(n.Left, "`%s` needs conditions, not %s", n.Operator, a.kind())
	}
	if b.truth == nil {
		return nil, c.unfinished(n.Right, "`%s` needs conditions, not %s", n.Operator, b.kind())
	}
	if n.Operator == "&&" || n.Operator == "and" {
		return func(i int) bool { return a.truth(i) && b.truth(i) }, nil
	}
	return func(i int) bool { return a.truth(i) || b.truth(i) }, nil
}

func (c *compiler) comparison(n *ast.BinaryNode, a, b value) (func(i int) bool, error) {
	equality := n.Operator == "==" || n.Operator == "!="
	switch {
	case a.kind() != b.kind():
		return nil, c.wrong(n, "`%s` cannot compare %s with %s", n.Operator, a.kind(), b.kind())
	case a.number != nil:
		return compare(n.Operator, a.number, b.number), nil
	case a.text != nil:
		return compare(n.Operator, a.text, b.text), nil
	case !equality:
		return nil, c.wrong(n, "`%s` compares numbers or texts, not conditions", n.Operator)
	}
	same := n.Operator == "=="
	return func(i int) bool { return (a.truth(i) == b.truth(i)) == same }, nil
}

func compare[T cmp.Ordered](operator string, a, b func(i int) T) func(i int) bool {
	switch operator {
	case "==":
		return func(i int) bool { return a(i) == b(i) }
	case "!=":
		return func(i int) bool { return a(i) != b(i) }
	case "<":
		return func(i int) bool { return a(i) < b(i) }
	case "<=":
		return func(i int) bool { return a(i) <= b(i) }
	case ">":
		return func(i int) bool { return a(i) > b(i) }
	}
	return func(i int) bool { return a(i) >= b(i) }
}

func search(operator string, a, b func(i int) string) func(i int) bool {
	find := strings.Contains
	switch operator {
	case "startsWith":
		find = strings.HasPrefix
	case "endsWith":
		find = strings.HasSuffix
	}
	return func(i int) bool { return find(a(i), b(i)) }
}

func arithmetic(operator string, a, b func(i int) float64) func(i int) float64 {
	switch operator {
	case "+":
		return func(i int) float64 { return a(i) + b(i) }
	case "-":
		return func(i int) float64 { return a(i) - b(i) }
	case "*":
		return func(i int) float64 { return a(i) * b(i) }
	case "/":
		return func(i int) float64 { return a(i) / b(i) }
	case "%":
		return func(i int) float64 { return math.Mod(a(i), b(i)) }
	}
	return func(i int) float64 { return math.Pow(a(i), b(i)) }
}

// maxInstructions limits the compiled size of all patterns of a rule together. Matching takes at most one step per instruction
// and byte.
const maxInstructions = 500

// pattern compiles the regular expression after "matches". RE2 matches in time linear in the text, and perByte estimates its
// steps for a byte.
func (c *compiler) pattern(n *ast.BinaryNode, a, b value) (truth func(i int) bool, perByte float64, err error) {
	if a.text == nil || b.text == nil {
		return nil, 0, c.wrong(n, "`matches` needs two texts, not %s and %s", a.kind(), b.kind())
	}
	if !b.constant {
		return nil, 0, c.wrong(n.Right, "the pattern after `matches` must be a constant, not a column")
	}
	tree, err := syntax.Parse(b.text(0), syntax.Perl)
	if err != nil {
		return nil, 0, c.wrong(n.Right, "%s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, 0, c.wrong(n.Right, "%v", err)
	}
	if c.instructions += len(program.Inst); c.instructions > maxInstructions {
		return nil, 0, c.wrong(n.Right, "the rule's patterns have %d instructions; the limit is %d", c.instructions, maxInstructions)
	}
	compiled, err := regexp.Compile(b.text(0))
	if err != nil {
		return nil, 0, c.wrong(n.Right, "%v", err)
	}
	return func(i int) bool { return compiled.MatchString(a.text(i)) }, c.machineSteps(program, a.text), nil
}

// in compiles the search for a value in a list of constants.
func (c *compiler) in(n *ast.BinaryNode) (value, error) {
	a, err := c.compile(n.Left)
	if err != nil {
		return value{}, err
	}
	list, ok := n.Right.(*ast.ArrayNode)
	if !ok {
		return value{}, c.wrong(n, "`in` needs a list, such as [\"a\", \"b\"]")
	}
	numbers, texts := map[float64]bool{}, map[string]bool{}
	for _, node := range list.Nodes {
		b, err := c.compile(node)
		switch {
		case err != nil:
			return value{}, err
		case !b.constant:
			return value{}, c.wrong(node, "a list may contain only constants, not columns")
		case a.kind() != b.kind():
			return value{}, c.wrong(node, "`in` cannot compare %s with %s", a.kind(), b.kind())
		case b.number != nil:
			numbers[b.number(0)] = true
		case b.text != nil:
			texts[b.text(0)] = true
		}
	}
	examples := float64(len(c.table.GUIDs))
	work := cost{steps: a.steps + stepsOfText*examples + stepsOfSearch*a.bytes}
	switch a.kind() {
	case aNumber:
		return value{truth: func(i int) bool { return numbers[a.number(i)] }, constant: a.constant, cost: work}, nil
	case aText:
		return value{truth: func(i int) bool { return texts[a.text(i)] }, constant: a.constant, cost: work}, nil
	}
	return value{}, c.wrong(n, "`in` needs a number or text, not a condition")
}
