package rule

import (
	"fmt"
	"slices"
	"strings"

	"ftft/internal/fault"

	"github.com/expr-lang/expr/ast"
)

// kind is the type of a part of a rule. The parameter of a function may accept several.
type kind uint8

const (
	aNumber kind = 1 << iota
	aText
	aTruth
	aColumn // the bare name of a column of numbers, for functions over all examples
	aShare  // a constant from 0 to 1
)

func (k kind) String() string {
	switch k {
	case aNumber:
		return "a number"
	case aText:
		return "text"
	case aTruth:
		return "a condition"
	case aColumn:
		return "the name of a column of numbers"
	case aShare:
		return "a constant from 0 to 1"
	}
	return "a number or text"
}

// value is a part of a rule as a function of the example. expr's own machine boxes every value of every example and takes
// several times as long.
type value struct {
	number   func(i int) float64 // exactly one of the three functions is set
	text     func(i int) string
	truth    func(i int) bool
	constant bool                 // the same for every example
	column   *column              // the column, if the part is its bare name
	parts    []func(i int) string // the texts that text joins, if it does; nil otherwise
	cost
}

func (v value) kind() kind {
	switch {
	case v.number != nil:
		return aNumber
	case v.text != nil:
		return aText
	}
	return aTruth
}

// joins returns the texts that a text joins, or the text alone. The caller may append to them.
func (v value) joins() []func(i int) string {
	if v.parts == nil {
		return []func(i int) string{v.text}
	}
	return v.parts
}

func number(x float64) value {
	return value{number: func(int) float64 { return x }, constant: true}
}

func text(s string) value { return value{text: func(int) string { return s }, constant: true} }

func truth(b bool) value { return value{truth: func(int) bool { return b }, constant: true} }

type compiler struct {
	text         string
	table        Table
	columns      map[string]*column
	instructions int // of all patterns so far
}

// wrong returns an error at a part of the rule.
func (c *compiler) wrong(node ast.Node, format string, args ...any) error {
	return &Error{Text: c.text, At: offset(c.text, node.Location().From), Message: fmt.Sprintf(format, args...)}
}

// unfinished is wrong for an error that a longer text may not have.
func (c *compiler) unfinished(node ast.Node, format string, args ...any) error {
	return &Error{Text: c.text, At: offset(c.text, node.Location().From), Message: fmt.Sprintf(format, args...), open: true}
}

// compile turns a part into a function. A constant part is evaluated here, once.
func (c *compiler) compile(node ast.Node) (value, error) {
	v, err := c.part(node)
	if err == nil && !v.constant {
		err = c.limit(node, v)
	}
	if err != nil || !v.constant {
		return v, err
	}
	switch v.kind() {
	case aNumber:
		return number(v.number(0)), nil
	case aText:
		constant := text(v.text(0))
		constant.bytes = float64(len(v.text(0)) * len(c.table.GUIDs))
		return constant, nil
	}
	return truth(v.truth(0)), nil
}

func (c *compiler) part(node ast.Node) (value, error) {
	switch n := node.(type) {
	case *ast.IdentifierNode:
		return c.name(n)
	case *ast.IntegerNode:
		return number(float64(n.Value)), nil
	case *ast.FloatNode:
		return number(n.Value), nil
	case *ast.StringNode:
		return text(n.Value), nil
	case *ast.BoolNode:
		return truth(n.Value), nil
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.CallNode:
		return c.call(n)
	case *ast.ArrayNode:
		return value{}, c.wrong(n, "a list is allowed only after `in`")
	}
	return value{}, c.wrong(node, "%s is not part of a rule", foreign(node))
}

// foreign names the parts of expr's language that rules lack.
func foreign(node ast.Node) string {
	switch node.(type) {
	case *ast.ConditionalNode:
		return "`? :`"
	case *ast.MemberNode, *ast.SliceNode, *ast.ChainNode:
		return "access by `.` or `[ ]`"
	case *ast.SequenceNode:
		return "`;`"
	case *ast.VariableDeclaratorNode:
		return "`let`"
	case *ast.MapNode:
		return "`{ }`"
	case *ast.NilNode:
		return "`nil`"
	}
	return "this"
}

func (c *compiler) unary(n *ast.UnaryNode) (value, error) {
	v, err := c.compile(n.Node)
	if err != nil {
		return value{}, err
	}
	number, condition := v.number, v.truth
	switch logical := n.Operator == "!" || n.Operator == "not"; {
	case logical && condition == nil:
		return value{}, c.wrong(n, "`%s` needs a condition, not %s; it binds tightly: write not (text contains \"x\")", n.Operator, v.kind())
	case logical:
		return value{truth: func(i int) bool { return !condition(i) }, constant: v.constant, cost: v.cost}, nil
	case number == nil:
		return value{}, c.wrong(n, "`%s` needs a number, not %s", n.Operator, v.kind())
	case n.Operator == "-":
		return value{number: func(i int) float64 { return -number(i) }, constant: v.constant, cost: v.cost}, nil
	}
	return value{number: number, constant: v.constant, cost: v.cost}, nil
}

func (c *compiler) binary(n *ast.BinaryNode) (value, error) {
	if n.Operator == "in" {
		return c.in(n)
	}
	a, err := c.compile(n.Left)
	if err != nil {
		return value{}, err
	}
	b, err := c.compile(n.Right)
	if err != nil {
		return value{}, err
	}
	examples, both := float64(len(c.table.GUIDs)), sum(a, b)
	v := value{constant: a.constant && b.constant}
	v.steps = both.steps + stepsOfNumber*examples
	switch n.Operator {
	case "&&", "and", "||", "or":
		v.truth, err = c.logic(n, a, b)
	case "==", "!=", "<", "<=", ">", ">=":
		v.steps += stepsOfCopy * both.bytes
		v.truth, err = c.comparison(n, a, b)
	case "contains", "startsWith", "endsWith":
		if a.text == nil || b.text == nil {
			return value{}, c.wrong(n, "`%s` needs two texts, not %s and %s", n.Operator, a.kind(), b.kind())
		}
		v.steps += stepsOfText*examples + stepsOfSearch*both.bytes
		v.truth = search(n.Operator, a.text, b.text)
	case "matches":
		var perByte float64
		v.truth, perByte, err = c.pattern(n, a, b)
		v.steps += stepsOfText*examples + stepsOfMachine*perByte*(a.bytes+examples)
	case "+", "-", "*", "/", "%", "**", "^":
		switch {
		case a.number != nil && b.number != nil:
			if n.Operator == "**" || n.Operator == "^" || n.Operator == "%" {
				v.steps += stepsOfPower * examples
			}
			v.number = arithmetic(n.Operator, a.number, b.number)
		case a.text != nil && b.text != nil && n.Operator == "+":
			v.parts = append(a.joins(), b.joins()...)
			v.text = joined(v.parts)
			v.bytes = both.bytes
			v.steps += stepsOfText * examples
		default:
			return value{}, c.wrong(n, "`%s` needs two numbers, not %s and %s", n.Operator, a.kind(), b.kind())
		}
	default:
		return value{}, c.wrong(n, "`%s` is not part of a rule", n.Operator)
	}
	return v, err
}

// name compiles the name of a column.
func (c *compiler) name(n *ast.IdentifierNode) (value, error) {
	col, err := c.column(n)
	if err != nil {
		return value{}, err
	}
	if col.Texts != nil {
		return value{text: func(i int) string { return col.Texts[i] }, cost: cost{bytes: col.bytes}}, nil
	}
	return value{number: func(i int) float64 { return col.Numbers[i] }, column: col}, nil
}

// column returns the column that a name stands for, fetching it on its first use.
func (c *compiler) column(n *ast.IdentifierNode) (*column, error) {
	if known, ok := c.columns[n.Value]; ok {
		return known, nil
	}
	if !slices.Contains(c.table.Names, n.Value) {
		hint := fmt.Sprintf(" (put text in quotes: %q);", n.Value)
		if near := fault.Nearest(n.Value, c.table.Names); near != "" {
			hint = fmt.Sprintf("; did you mean %s?", near)
		}
		return nil, c.wrong(n, "no column `%s`%s available: %s", n.Value, hint, strings.Join(c.table.Names, ", "))
	}
	fetched, err := c.table.Column(n.Value)
	if err != nil {
		return nil, &Error{Text: c.text, At: offset(c.text, n.Location().From), Message: fmt.Sprintf("%s: %v", n.Value, err), cause: err}
	}
	examples := len(c.table.GUIDs)
	if len(fetched.Numbers)+len(fetched.Texts) != examples || (fetched.Numbers == nil) == (fetched.Texts == nil) {
		return nil, c.wrong(n, "%s has %d numbers and %d texts; %d examples need one or the other",
			n.Value, len(fetched.Numbers), len(fetched.Texts), examples)
	}
	c.columns[n.Value] = newColumn(fetched, c.table.GUIDs)
	return c.columns[n.Value], nil
}
