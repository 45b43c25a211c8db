package arrow

import "encoding/binary"

// flat is a table of a flatbuffer: https://flatbuffers.dev/internals. Reading beyond the data panics, which Open turns into an error.
type flat struct {
	data []byte
	at   int
}

// root returns the table that a flatbuffer begins with.
func root(data []byte) flat { return flat{data, int(binary.LittleEndian.Uint32(data))} }

// field returns where the value of a field is, 0 if it is absent.
func (f flat) field(slot int) int {
	vtable := f.at - int(int32(binary.LittleEndian.Uint32(f.data[f.at:])))
	if size := int(binary.LittleEndian.Uint16(f.data[vtable:])); 4+2*slot+2 > size {
		return 0
	}
	offset := int(binary.LittleEndian.Uint16(f.data[vtable+4+2*slot:]))
	if offset == 0 {
		return 0
	}
	return f.at + offset
}

// integer returns a field of 1, 2, 4 or 8 bytes, or a default.
func (f flat) integer(slot, size int, absent int64) int64 {
	at := f.field(slot)
	if at == 0 {
		return absent
	}
	switch size {
	case 1:
		return int64(f.data[at])
	case 2:
		return int64(int16(binary.LittleEndian.Uint16(f.data[at:])))
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(f.data[at:])))
	}
	return int64(binary.LittleEndian.Uint64(f.data[at:]))
}

// follow returns where the offset at a place leads to.
func (f flat) follow(at int) int { return at + int(binary.LittleEndian.Uint32(f.data[at:])) }

// table returns a field that is a table, and whether it is there.
func (f flat) table(slot int) (flat, bool) {
	at := f.field(slot)
	if at == 0 {
		return flat{}, false
	}
	return flat{f.data, f.follow(at)}, true
}

// vector returns the number of elements of a field and where the first one is.
func (f flat) vector(slot int) (count, at int) {
	field := f.field(slot)
	if field == 0 {
		return 0, 0
	}
	at = f.follow(field)
	return int(binary.LittleEndian.Uint32(f.data[at:])), at + 4
}

// text returns a field that is a string.
func (f flat) text(slot int) string {
	count, at := f.vector(slot)
	return string(f.data[at : at+count])
}

// tables visits the tables of a vector.
func (f flat) tables(slot int, visit func(flat)) {
	count, at := f.vector(slot)
	for i := range count {
		visit(flat{f.data, f.follow(at + 4*i)})
	}
}

// pairs returns the elements of a vector of structs of two int64.
func (f flat) pairs(slot int) [][2]int64 {
	count, at := f.vector(slot)
	data := f.data[at : at+16*count]
	list := make([][2]int64, count)
	for i := range list {
		list[i] = [2]int64{int64(binary.LittleEndian.Uint64(data[16*i:])), int64(binary.LittleEndian.Uint64(data[16*i+8:]))}
	}
	return list
}

// keyValues returns a vector of tables of a key and a value.
func (f flat) keyValues(slot int) map[string]string {
	pairs := map[string]string{}
	f.tables(slot, func(pair flat) { pairs[pair.text(0)] = pair.text(1) })
	return pairs
}
