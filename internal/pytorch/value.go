package pytorch

import (
	"fmt"
	"math/big"
)

// The values of a file are nil, bool, int64, *big.Int (beyond int64), float64, string, *Storage, *Tensor and the types below. They may
// contain one another in a cycle.

// A Tuple is a tuple of Python.
type Tuple []any

// A List is a list of Python.
type List struct{ Items []any }

// A Dict is a dict of Python, in its order. A key may occur twice.
type Dict struct{ Keys, Values []any }

// A class is a class or a function, as "module.name".
type class string

// Kind returns what messages call a value.
func Kind(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return "a bool"
	case int64, *big.Int:
		return "an integer"
	case float64:
		return "a number"
	case string:
		return "a string"
	case Tuple:
		return "a tuple"
	case *List:
		return "a list"
	case *Dict:
		return "a dict"
	case *Storage:
		return "a storage"
	case *Tensor:
		return "a tensor of " + v.Shape()
	}
	return fmt.Sprintf("%v", v)
}
