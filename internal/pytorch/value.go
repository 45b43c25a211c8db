package pytorch

import (
	"fmt"
	"math/big"
)

// The values of a file are nil, bool, int64, *big.Int (beyond int64), float64, string, *Storage, *Tensor and these types. They may
// contain one another in a cycle.
type (
	Tuple []any
	List  struct{ Items []any }
	Dict  struct{ Keys, Values []any } // a key may occur twice
	class string                       // a class or function, as "module.name"
)

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
