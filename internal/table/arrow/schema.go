package arrow

import "errors"

// A Kind is what the values of a column are.
type Kind uint8

// The kinds of values that Leaf.Bytes returns. Numbers are little-endian.
const (
	Other     Kind = iota // not read
	Null                  // none
	Boolean               // a byte, 0 or 1
	Integer               // of Width bytes
	Float                 // of Width bytes
	Text                  // UTF-8
	Binary                // bytes
	Decimal               // an integer of Width bytes, with Scale digits after the point
	Date                  // days since 1970, or milliseconds where PerSecond is 1000
	Time                  // units since midnight
	Timestamp             // units since 1970
	UUID                  // 16 bytes
)

// Type is the type of a column.
type Type struct {
	Kind      Kind
	Name      string // such as "a list"
	Width     int    // bytes of a value
	Unsigned  bool
	Scale     int
	PerSecond int64 // units per second
	Zoned     bool  // an instant, which is stored in UTC
}

// field is a column of the schema, which may have columns of its own.
type field struct {
	name     string
	kind     int64 // of type, as in Schema.fbs
	Type     Type
	offsets  int // bytes of an offset of texts: 4 or 8; 0 = a value has one width
	view     bool
	children []*field
	leaf     int // index in batch.columns; -1 for what is not read

	dictionary int64 // the ID of its dictionary
	encoded    bool  // whether it has one; Type is then that of its indices, and values that of the dictionary
	values     *field
}

// The types of Schema.fbs.
const (
	typeNull = iota + 1
	typeInt
	typeFloat
	typeBinary
	typeUTF8
	typeBool
	typeDecimal
	typeDate
	typeTime
	typeTimestamp
	typeInterval
	typeList
	typeStruct
	typeUnion
	typeFixedBinary
	typeFixedList
	typeMap
	typeDuration
	typeLargeBinary
	typeLargeUTF8
	typeLargeList
	typeRunEnd
	typeBinaryView
	typeUTF8View
	typeListView
	typeLargeListView
)

const (
	mostFields = 1 << 14
	deepest    = 64 // fields within fields
)

// readSchema makes the fields and leaves.
func (f *File) readSchema(header flat) error {
	if header.integer(0, 2, 0) != 0 {
		return errors.New("its numbers are big-endian; write it again on another machine")
	}
	f.Metadata = header.keyValues(2)
	count := 0
	var read func(flat, []string, string, int) (*field, error)
	read = func(from flat, path []string, within string, depth int) (*field, error) {
		if count++; count > mostFields || depth > deepest {
			return nil, errors.New("its schema has too many fields")
		}
		one := &field{name: from.text(0), kind: from.integer(2, 1, 0), leaf: -1}
		path = append(path[:len(path):len(path)], one.name)
		kind, _ := from.table(3)
		one.setType(kind)
		if from.keyValues(6)["ARROW:extension:name"] == "arrow.uuid" && one.Type.Width == 16 {
			one.Type.Kind = UUID
		}
		nested := within
		switch one.kind {
		case typeList, typeLargeList, typeFixedList, typeListView, typeLargeListView:
			nested = "list"
		case typeMap:
			nested = "map"
		case typeUnion, typeRunEnd:
			nested = "union"
		}
		before := len(f.Leaves)
		var err error
		from.tables(5, func(child flat) {
			if err != nil {
				return
			}
			var c *field
			if c, err = read(child, path, nested, depth+1); err == nil {
				one.children = append(one.children, c)
			}
		})
		if err != nil {
			return nil, err
		}
		if encoding, ok := from.table(4); ok {
			f.Leaves = f.Leaves[:before]
			values := *one
			indices, _ := encoding.table(1)
			one = &field{name: one.name, kind: typeInt, encoded: true, dictionary: encoding.integer(0, 8, 0), values: &values}
			one.Type = Type{Kind: Integer, Width: int(indices.integer(0, 4, 32) / 8), Unsigned: indices.integer(1, 1, 0) == 0}
			values.leaf = 0
			if f.encoded[one.dictionary] == nil {
				f.encoded[one.dictionary] = &values
			}
		} else if len(one.children) > 0 {
			return one, nil
		}
		kept := one.Type
		if one.encoded {
			kept = one.values.Type
		}
		one.leaf = len(f.Leaves)
		f.Leaves = append(f.Leaves, &Leaf{Path: path, Type: kept, Within: within, file: f, column: one.leaf})
		return one, nil
	}
	f.fields = []*field{}
	var err error
	header.tables(1, func(child flat) {
		if err != nil {
			return
		}
		var one *field
		if one, err = read(child, nil, "", 0); err == nil {
			f.fields = append(f.fields, one)
		}
	})
	if err == nil && len(f.fields) == 0 {
		err = errors.New("it has no columns")
	}
	return err
}

// perSecond returns how many of Schema.fbs's time units a second has.
func perSecond(unit int64) int64 { return [...]int64{1, 1e3, 1e6, 1e9}[unit] }

// setType sets a field's type from its table.
func (one *field) setType(kind flat) {
	t := &one.Type
	switch one.kind {
	case typeNull:
		*t = Type{Kind: Null, Name: "null"}
	case typeInt:
		*t = Type{Kind: Integer, Name: "integer", Width: int(kind.integer(0, 4, 0) / 8), Unsigned: kind.integer(1, 1, 0) == 0}
	case typeFloat:
		*t = Type{Kind: Float, Name: "float", Width: 2 << kind.integer(0, 2, 0)}
	case typeBinary, typeLargeBinary, typeBinaryView:
		*t = Type{Kind: Binary, Name: "bytes"}
	case typeUTF8, typeLargeUTF8, typeUTF8View:
		*t = Type{Kind: Text, Name: "text"}
	case typeBool:
		*t = Type{Kind: Boolean, Name: "boolean"}
	case typeDecimal:
		*t = Type{Kind: Decimal, Name: "decimal", Width: int(kind.integer(2, 4, 128) / 8), Scale: int(kind.integer(1, 4, 0))}
	case typeDate:
		if *t = (Type{Kind: Date, Name: "date", Width: 4}); kind.integer(0, 2, 1) == 1 {
			t.Width, t.PerSecond = 8, 1000
		}
	case typeTime:
		*t = Type{Kind: Time, Name: "time", Width: int(kind.integer(1, 4, 32) / 8), PerSecond: perSecond(kind.integer(0, 2, 1))}
	case typeTimestamp:
		*t = Type{Kind: Timestamp, Name: "timestamp", Width: 8, PerSecond: perSecond(kind.integer(0, 2, 0)), Zoned: kind.text(1) != ""}
	case typeFixedBinary:
		*t = Type{Kind: Binary, Name: "bytes", Width: int(kind.integer(0, 4, 0))}
	case typeInterval, typeDuration:
		*t = Type{Name: "a time span", Width: 8}
		if unit := kind.integer(0, 2, 1); one.kind == typeInterval && unit == 0 {
			t.Width = 4
		} else if one.kind == typeInterval && unit == 2 {
			t.Width = 16
		}
	case typeFixedList:
		*t = Type{Name: "a list", Width: int(kind.integer(0, 4, 0))}
	case typeUnion:
		*t = Type{Name: "a union", Width: int(kind.integer(0, 2, 0))} // 1 = dense
	default:
		*t = Type{Name: "an unknown type"}
	}
	switch one.kind {
	case typeBinary, typeUTF8:
		one.offsets = 4
	case typeLargeBinary, typeLargeUTF8:
		one.offsets = 8
	case typeBinaryView, typeUTF8View:
		one.view = true
	}
}
