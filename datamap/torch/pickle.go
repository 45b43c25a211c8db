package torch

import (
	"fmt"
	"math/big"
)

// The instructions that a pickle of a dict of tensors needs, in protocols 2 to 5. Python's pickletools documents them.
const (
	mark        = '('
	stop        = '.'
	pop         = '0'
	popMark     = '1'
	protocol    = 0x80
	frame       = 0x95
	none        = 'N'
	newTrue     = 0x88
	newFalse    = 0x89
	binInt      = 'J'
	binInt1     = 'K'
	binInt2     = 'M'
	long1       = 0x8a
	unicode     = 'X'
	unicode1    = 0x8c
	emptyTuple  = ')'
	tupleOf     = 't'
	tuple1      = 0x85
	tuple2      = 0x86
	tuple3      = 0x87
	emptyDict   = '}'
	setItem     = 's'
	setItems    = 'u'
	globalOf    = 'c'
	stackGlobal = 0x93
	reduce      = 'R'
	persistent  = 'Q'
	put         = 'q'
	put4        = 'r'
	memoize     = 0x94
	get         = 'h'
	get4        = 'j'
)

// foreign names what other pickle instructions build.
var foreign = map[byte]string{
	']': "a list", 'l': "a list", 'G': "a float", 'F': "a float", 0x8f: "a set", 0x91: "a frozenset",
	'B': "bytes", 'C': "bytes", 0x8e: "bytes", 0x96: "a bytearray", 'U': "bytes of Python 2", 'T': "bytes of Python 2",
	0x8b: "an integer of more than 255 bytes", 0x81: "an object", 0x92: "an object", 'b': "an object's attributes",
}

// The values of a pickle are nil, bool, int64, *big.Int (beyond int64), string, *storage, *tensor and these types.
type (
	tuple  []any
	dict   struct{ keys, values []any } // a key may occur twice
	global string                       // a class or function, as "module.name"
)

const (
	orderedDict global = "collections.OrderedDict"
	rebuild     global = "torch._utils._rebuild_tensor_v2"
)

// kind returns what messages call a value.
func kind(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return "a bool"
	case int64, *big.Int:
		return "an integer"
	case string:
		return "a string"
	case tuple:
		return "a tuple"
	case *dict:
		return "a dict"
	case *storage:
		return "a storage"
	case *tensor:
		return "a tensor of " + list(v.size)
	}
	return fmt.Sprintf("%v", v)
}
