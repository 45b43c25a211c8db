package pytorch

// The instructions that a pickle of dicts and tensors needs, in protocols 2 to 5. Python's pickletools documents them.
const (
	Mark        = '('
	Stop        = '.'
	Pop         = '0'
	PopMark     = '1'
	Protocol    = 0x80
	Frame       = 0x95
	None        = 'N'
	True        = 0x88
	False       = 0x89
	Int4        = 'J'
	Int1        = 'K'
	Int2        = 'M'
	Long1       = 0x8a
	Float       = 'G'
	Unicode     = 'X'
	Unicode1    = 0x8c
	String      = 'T' // of Python 2
	String1     = 'U'
	EmptyTuple  = ')'
	TupleOf     = 't'
	Tuple1      = 0x85
	Tuple2      = 0x86
	Tuple3      = 0x87
	EmptyList   = ']'
	Append      = 'a'
	Appends     = 'e'
	EmptyDict   = '}'
	SetItem     = 's'
	SetItems    = 'u'
	GlobalOf    = 'c'
	StackGlobal = 0x93
	Reduce      = 'R'
	Build       = 'b'
	Persistent  = 'Q'
	Put         = 'q'
	Put4        = 'r'
	Memoize     = 0x94
	Get         = 'h'
	Get4        = 'j'
)

// others names what the remaining instructions build.
var others = map[byte]string{
	'l': "a list in text", 'F': "a number in text", 0x8f: "a set", 0x91: "a frozenset",
	'B': "bytes", 'C': "bytes", 0x8e: "bytes", 0x96: "a bytearray",
	0x8b: "an integer of more than 255 bytes", 0x81: "an object", 0x92: "an object",
}
