package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Column holds the values of a leaf of the schema, of all row groups.
type Column struct {
	Type          format.Type
	Width         int  // bytes of a value; 0 for byte arrays and booleans
	MaxDefinition byte // the definition level of a value that is not null
	MaxRepetition byte

	Entries     int    // values and nulls
	Definitions []byte // [Entries], or nil if no entry is null
	Repetitions []byte // [Entries], or nil if MaxRepetition is 0

	Fixed []byte   // values of Width bytes, as in PLAIN; booleans take a byte each
	Texts []string // the byte arrays of dictionaries, and those without a dictionary
	Codes []uint32 // the index in Texts of each byte array

	ranks      []int // values before each block of entries
	dictionary dictionary
}

// dictionary holds the values that the pages of a column chunk refer to.
type dictionary struct {
	there bool
	count int
	first int    // index in Texts of the first byte array
	fixed []byte // values of the column's width
}

// appendChunk decodes a column chunk and appends its values. chunk holds its pages, and is kept if they are not compressed.
func (c *Column) appendChunk(chunk []byte, codec format.CompressionCodec, entries int64, budget *Budget) error {
	c.dictionary = dictionary{}
	if err := checkCodec(codec); err != nil {
		return err
	}
	end := int64(c.Entries) + entries
	for len(chunk) > 0 {
		var header format.PageHeader
		size, err := decodeThrift(chunk, &header, budget)
		if err != nil {
			return err
		}
		chunk = chunk[size:]
		packed, unpacked := int64(header.CompressedPageSize), int64(header.UncompressedPageSize)
		if packed < 0 || packed > int64(len(chunk)) || unpacked < 0 {
			return fmt.Errorf("a page of %d bytes, %d unpacked, where %d bytes are left", packed, unpacked, len(chunk))
		}
		body := chunk[:packed]
		chunk = chunk[packed:]
		switch header.Type {
		case format.DictionaryPage:
			err = c.readDictionary(header, body, codec, budget)
		case format.DataPage:
			err = c.readV1(header, body, codec, end, budget)
		case format.DataPageV2:
			err = c.readV2(header, body, codec, end, budget)
		}
		if err != nil {
			return err
		}
	}
	if int64(c.Entries) != end {
		return fmt.Errorf("%d values instead of %d", int64(c.Entries)-end+entries, entries)
	}
	return nil
}

// decodeThrift decodes a structure at the beginning of data and returns its size in bytes.
func decodeThrift(data []byte, value any, budget *Budget) (int, error) {
	size, err := checkStruct(data, budget)
	if err != nil {
		return 0, err
	}
	var protocol thrift.CompactProtocol
	if err := thrift.NewDecoder(protocol.NewReaderFromBytes(data[:size])).Decode(value); err != nil {
		return 0, errors.New("its metadata are malformed")
	}
	return size, nil
}

func (c *Column) readDictionary(header format.PageHeader, body []byte, codec format.CompressionCodec, budget *Budget) error {
	h := header.DictionaryPageHeader
	if !h.Valid || c.dictionary.there {
		return errors.New("a second dictionary, or one without a header")
	}
	if h.V.Encoding != format.Plain && h.V.Encoding != plainDictionary {
		return fmt.Errorf("a dictionary in the encoding %v", h.V.Encoding)
	}
	data, err := unpack(body, int(header.UncompressedPageSize), codec, budget)
	if err != nil {
		return err
	}
	count := int(h.V.NumValues)
	c.dictionary = dictionary{there: true, count: count, first: len(c.Texts)}
	if c.Type == format.ByteArray {
		return c.appendPlainTexts(data, count, budget)
	}
	width := max(c.Width, 1)
	if c.Type == format.Boolean || count < 0 || count > len(data)/width {
		return fmt.Errorf("a dictionary of %d values in %d bytes", count, len(data))
	}
	c.dictionary.fixed = data[:count*width]
	return nil
}

func (c *Column) readV1(header format.PageHeader, body []byte, codec format.CompressionCodec, end int64, budget *Budget) error {
	h := header.DataPageHeader
	if !h.Valid {
		return errors.New("a page without a header")
	}
	count := int(h.V.NumValues)
	if err := c.checkCount(count, end); err != nil {
		return err
	}
	data, err := unpack(body, int(header.UncompressedPageSize), codec, budget)
	if err != nil {
		return err
	}
	size := transient(data, codec)
	if c.MaxRepetition > 0 {
		if data, err = c.prefixedLevels(data, h.V.RepetitionLevelEncoding, &c.Repetitions, c.MaxRepetition, count, budget); err != nil {
			return err
		}
	}
	defined := count
	if c.MaxDefinition > 0 {
		levels := make([]byte, 0)
		if data, err = c.prefixedLevels(data, h.V.DefinitionLevelEncoding, &levels, c.MaxDefinition, count, budget); err != nil {
			return err
		}
		if defined, err = c.define(levels, count, budget); err != nil {
			return err
		}
	}
	return c.finish(data, h.V.Encoding, count, defined, size, budget)
}

// prefixedLevels appends levels that follow their size of 4 bytes, and returns the data behind them.
func (c *Column) prefixedLevels(
	data []byte, encoding format.Encoding, levels *[]byte, most byte, count int, budget *Budget,
) ([]byte, error) {
	if encoding != format.RLE {
		return nil, fmt.Errorf("levels in the encoding %v, which is not supported", encoding)
	}
	if len(data) < 4 || uint64(binary.LittleEndian.Uint32(data)) > uint64(len(data)-4) {
		return nil, errors.New("levels beyond the end of their page")
	}
	size := 4 + int(binary.LittleEndian.Uint32(data))
	return data[size:], appendLevels(levels, data[4:size], most, count, budget)
}

func (c *Column) readV2(header format.PageHeader, body []byte, codec format.CompressionCodec, end int64, budget *Budget) error {
	h := header.DataPageHeaderV2
	if !h.Valid {
		return errors.New("a page without a header")
	}
	count := int(h.V.NumValues)
	if err := c.checkCount(count, end); err != nil {
		return err
	}
	repetitions, definitions := int64(h.V.RepetitionLevelsByteLength), int64(h.V.DefinitionLevelsByteLength)
	unpacked := int64(header.UncompressedPageSize) - repetitions - definitions
	if repetitions < 0 || definitions < 0 || repetitions+definitions > int64(len(body)) || unpacked < 0 {
		return errors.New("levels beyond the end of their page")
	}
	if c.MaxRepetition > 0 {
		if err := appendLevels(&c.Repetitions, body[:repetitions], c.MaxRepetition, count, budget); err != nil {
			return err
		}
	}
	defined := count
	if c.MaxDefinition > 0 {
		levels := make([]byte, 0)
		err := appendLevels(&levels, body[repetitions:repetitions+definitions], c.MaxDefinition, count, budget)
		if err != nil {
			return err
		}
		if defined, err = c.define(levels, count, budget); err != nil {
			return err
		}
	}
	data := body[repetitions+definitions:]
	if compressed := h.V.IsCompressed; compressed.Valid && !compressed.V {
		codec = format.Uncompressed
	}
	data, err := unpack(data, int(unpacked), codec, budget)
	if err != nil {
		return err
	}
	return c.finish(data, h.V.Encoding, count, defined, transient(data, codec), budget)
}

// transient returns the size of the memory that unpacking took.
func transient(data []byte, codec format.CompressionCodec) int {
	if codec == format.Uncompressed {
		return 0
	}
	return len(data)
}

// checkCount checks the number of values that a page claims against what its chunk has left.
func (c *Column) checkCount(count int, end int64) error {
	if count < 0 || int64(c.Entries)+int64(count) > end {
		return fmt.Errorf("a page of %d values where %d are left", count, end-int64(c.Entries))
	}
	return nil
}

// define appends the definition levels of a page and returns how many of its entries are values.
func (c *Column) define(levels []byte, count int, budget *Budget) (int, error) {
	defined := 0
	for _, level := range levels {
		if level == c.MaxDefinition {
			defined++
		}
	}
	if defined == count && c.Definitions == nil {
		budget.Give(int64(len(levels)))
		return count, nil
	}
	if c.Definitions == nil { // all entries so far are values
		if err := budget.Take(int64(c.Entries), 1); err != nil {
			return 0, err
		}
		c.Definitions = make([]byte, c.Entries)
		for i := range c.Definitions {
			c.Definitions[i] = c.MaxDefinition
		}
	}
	c.Definitions = append(c.Definitions, levels...)
	return defined, nil
}

// finish decodes the values of a page. size is what unpacking the page took, in bytes; it is given back unless the values share it.
func (c *Column) finish(data []byte, encoding format.Encoding, count, defined, size int, budget *Budget) error {
	if err := c.appendValues(data, encoding, defined, budget); err != nil {
		return err
	}
	if c.Type != format.ByteArray || encoding == format.RLEDictionary || encoding == plainDictionary {
		budget.Give(int64(size))
	}
	c.Entries += count
	return nil
}
