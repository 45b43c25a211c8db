package rule

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"ftft/internal/fault"

	"github.com/expr-lang/expr/ast"
)

// function is a function that rules can call.
type function struct {
	name  string
	takes []kind // the parameters
	call  func(args []value) value
}

// functions lists all of them. Each takes time linear in its argument. Functions of one example mean the same as in expr, where
// all numbers are floats. Functions of a column cover all examples and are computed once.
var functions = []function{
	{"quantile", []kind{aColumn, aShare}, func(args []value) value { return number(args[0].column.quantile(args[1].number(0))) }},
	{"rank", []kind{aColumn}, func(args []value) value {
		ranks := args[0].column.ranks()
		return value{number: func(i int) float64 { return ranks[i] }}
	}},
	{"mean", []kind{aColumn}, func(args []value) value { mean, _ := args[0].column.moments(); return number(mean) }},
	{"std", []kind{aColumn}, func(args []value) value { _, deviation := args[0].column.moments(); return number(deviation) }},
	{"min", []kind{aColumn}, func(args []value) value { return number(args[0].column.quantile(0)) }},
	{"median", []kind{aColumn}, func(args []value) value { return number(args[0].column.quantile(0.5)) }},
	{"max", []kind{aColumn}, func(args []value) value { return number(args[0].column.quantile(1)) }},

	{"abs", []kind{aNumber}, rounded(math.Abs)},
	{"ceil", []kind{aNumber}, rounded(math.Ceil)},
	{"floor", []kind{aNumber}, rounded(math.Floor)},
	{"round", []kind{aNumber}, rounded(math.Round)},
	{"int", []kind{aNumber | aText}, func(args []value) value { return rounded(math.Trunc)([]value{float(args)}) }},
	{"float", []kind{aNumber | aText}, float},
	{"string", []kind{aNumber | aText}, decimal},

	{"len", []kind{aText}, counted(utf8.RuneCountInString)},
	{"lower", []kind{aText}, rewritten(strings.ToLower)},
	{"upper", []kind{aText}, rewritten(strings.ToUpper)},
	{"trim", []kind{aText}, rewritten(strings.TrimSpace)},
	{"hasPrefix", []kind{aText, aText}, found(strings.HasPrefix)},
	{"hasSuffix", []kind{aText, aText}, found(strings.HasSuffix)},
	{"indexOf", []kind{aText, aText}, func(args []value) value {
		a, b := args[0].text, args[1].text
		return value{number: func(i int) float64 { return float64(strings.Index(a(i), b(i))) }}
	}},
}

func functionNames() []string {
	var names []string
	for _, f := range functions {
		names = append(names, f.name)
	}
	return names
}

func rounded(f func(float64) float64) func(args []value) value {
	return func(args []value) value {
		arg := args[0].number
		return value{number: func(i int) float64 { return f(arg(i)) }}
	}
}

func counted(f func(string) int) func(args []value) value {
	return func(args []value) value {
		arg := args[0].text
		return value{number: func(i int) float64 { return float64(f(arg(i))) }}
	}
}

func rewritten(f func(string) string) func(args []value) value {
	return func(args []value) value {
		arg := args[0].text
		return value{text: func(i int) string { return f(arg(i)) }}
	}
}

func found(f func(a, b string) bool) func(args []value) value {
	return func(args []value) value {
		a, b := args[0].text, args[1].text
		return value{truth: func(i int) bool { return f(a(i), b(i)) }}
	}
}

// float parses a number from a text, NaN if there is none.
func float(args []value) value {
	if args[0].number != nil {
		return args[0]
	}
	arg := args[0].text
	return value{number: func(i int) float64 {
		x, err := strconv.ParseFloat(arg(i), 64)
		if err != nil {
			return math.NaN()
		}
		return x
	}}
}

// decimal formats a number with the fewest digits that identify it, never with an exponent.
func decimal(args []value) value {
	if args[0].text != nil {
		return args[0]
	}
	arg := args[0].number
	return value{text: func(i int) string { return strconv.FormatFloat(arg(i), 'f', -1, 64) }}
}

func (c *compiler) call(n *ast.CallNode) (value, error) {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return value{}, c.wrong(n, "call a function by its name alone")
	}
	f, err := c.function(callee)
	if err != nil {
		return value{}, err
	}
	if len(n.Arguments) != len(f.takes) {
		arguments := "1 argument"
		if len(f.takes) > 1 {
			arguments = fmt.Sprintf("%d arguments", len(f.takes))
		}
		return value{}, c.wrong(n, "`%s` needs %s, not %d", f.name, arguments, len(n.Arguments))
	}
	args, constant := make([]value, len(f.takes)), true
	for k, node := range n.Arguments {
		if args[k], err = c.argument(f, f.takes[k], node); err != nil {
			return value{}, err
		}
		constant = constant && args[k].constant
	}
	v := f.call(args)
	v.constant = v.constant || constant
	v.cost = f.cost(args, v, float64(len(c.table.GUIDs)))
	return v, nil
}

// cost returns the cost of a call for a number of examples. result is its value.
func (f function) cost(args []value, result value, examples float64) cost {
	work := sum(args...)
	read := work.bytes
	work.bytes = 0
	work.steps += stepsOfNumber * examples
	if read > 0 {
		work.steps += stepsOfText*examples + stepsOfSearch*read
	}
	switch {
	case f.name == "string" && args[0].number != nil:
		work.steps += stepsOfFormat * examples
		work.bytes = formattedNumber * examples
	case f.name == "float" || f.name == "int":
		if args[0].text != nil {
			work.steps += stepsOfFormat*examples + stepsOfCase*read
		}
	case f.name == "lower" || f.name == "upper":
		work.steps += stepsOfCase * read
		work.bytes = read
	case result.text != nil:
		work.bytes = read
	}
	return work
}

func (c *compiler) function(callee *ast.IdentifierNode) (function, error) {
	for _, f := range functions {
		if f.name == callee.Value {
			return f, nil
		}
	}
	hint := ";"
	if near := fault.Nearest(callee.Value, functionNames()); near != "" {
		hint = fmt.Sprintf("; did you mean %s?", near)
	}
	return function{}, c.wrong(callee, "no function `%s`%s available: %s", callee.Value, hint, strings.Join(functionNames(), ", "))
}

func (c *compiler) argument(f function, takes kind, node ast.Node) (value, error) {
	v, err := c.compile(node)
	if err != nil {
		return value{}, err
	}
	fits := takes&v.kind() != 0
	switch takes {
	case aColumn:
		fits = v.column != nil
	case aShare:
		fits = v.number != nil && v.constant && v.number(0) >= 0 && v.number(0) <= 1
	}
	if !fits {
		return value{}, c.wrong(node, "`%s` needs %s here", f.name, takes)
	}
	return v, nil
}
