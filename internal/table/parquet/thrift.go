package parquet

import (
	"encoding/binary"
	"errors"
)

var errThrift = errors.New("its metadata are malformed")

// The types of the compact protocol of Thrift:
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
const (
	thriftStop = iota
	thriftTrue
	thriftFalse
	thriftByte
	thriftInt16
	thriftInt32
	thriftInt64
	thriftDouble
	thriftBinary
	thriftList
	thriftSet
	thriftMap
	thriftStruct
)

const (
	deepest     = 32  // structures within structures
	elementSize = 512 // memory that an element of a list takes at most, in bytes
)

// checkStruct returns the size of the structure at the beginning of data. Every length in it is within data, and its lists are within the
// budget, so that decoding takes no more memory than that.
func checkStruct(data []byte, budget *Budget) (int, error) {
	s := scanner{data: data, budget: budget}
	if err := s.structure(0); err != nil {
		return 0, err
	}
	budget.Give(s.elements * elementSize)
	return s.at, nil
}

type scanner struct {
	data     []byte
	at       int
	elements int64
	budget   *Budget
}

func (s *scanner) byte() (byte, error) {
	if s.at >= len(s.data) {
		return 0, errThrift
	}
	s.at++
	return s.data[s.at-1], nil
}

func (s *scanner) varint() (uint64, error) {
	value, size := binary.Uvarint(s.data[s.at:])
	if size <= 0 {
		return 0, errThrift
	}
	s.at += size
	return value, nil
}

func (s *scanner) skip(size uint64) error {
	if size > uint64(len(s.data)-s.at) {
		return errThrift
	}
	s.at += int(size)
	return nil
}

func (s *scanner) structure(depth int) error {
	if depth > deepest {
		return errThrift
	}
	for {
		head, err := s.byte()
		if err != nil || head == thriftStop {
			return err
		}
		if head>>4 == 0 { // the field's ID follows
			if _, err := s.varint(); err != nil {
				return err
			}
		}
		if kind := head & 15; kind != thriftTrue && kind != thriftFalse {
			if err := s.value(kind, depth+1); err != nil {
				return err
			}
		}
	}
}

func (s *scanner) value(kind byte, depth int) error {
	if depth > deepest {
		return errThrift
	}
	switch kind {
	case thriftTrue, thriftFalse, thriftByte: // as elements of a list
		return s.skip(1)
	case thriftInt16, thriftInt32, thriftInt64:
		_, err := s.varint()
		return err
	case thriftDouble:
		return s.skip(8)
	case thriftBinary:
		size, err := s.varint()
		if err != nil {
			return err
		}
		return s.skip(size)
	case thriftList, thriftSet:
		return s.list(depth)
	case thriftStruct:
		return s.structure(depth)
	}
	return errThrift // Parquet has no maps
}

func (s *scanner) list(depth int) error {
	head, err := s.byte()
	if err != nil {
		return err
	}
	count := uint64(head >> 4)
	if count == 15 {
		if count, err = s.varint(); err != nil {
			return err
		}
	}
	if count > uint64(len(s.data)-s.at) { // an element takes a byte or more
		return errThrift
	}
	if err := s.budget.Take(int64(count), elementSize); err != nil {
		return err
	}
	s.elements += int64(count)
	for range count {
		if err := s.value(head&15, depth+1); err != nil {
			return err
		}
	}
	return nil
}
