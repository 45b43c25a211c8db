package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"ftft/internal/limit"
)

// craft returns a file of one optional column of texts with the given pages, each with its body, and the number of rows that it claims.
func craft(t *testing.T, rows int64, codec format.CompressionCodec, pages ...any) string {
	t.Helper()
	var chunk []byte
	for i := 0; i < len(pages); i += 2 {
		header, body := pages[i].(format.PageHeader), pages[i+1].([]byte)
		header.CompressedPageSize = int32(len(body))
		if header.UncompressedPageSize == 0 {
			header.UncompressedPageSize = int32(len(body))
		}
		head, err := thrift.Marshal(new(thrift.CompactProtocol), &header)
		if err != nil {
			t.Fatal(err)
		}
		chunk = append(append(chunk, head...), body...)
	}
	column := format.SchemaElement{Name: "text"}
	column.Type.V, column.Type.Valid = format.ByteArray, true
	column.RepetitionType.V, column.RepetitionType.Valid = format.Optional, true
	root := format.SchemaElement{Name: "schema"}
	root.NumChildren.V, root.NumChildren.Valid = 1, true
	meta := format.ColumnMetaData{Type: format.ByteArray, Codec: codec, NumValues: rows, DataPageOffset: 4, PathInSchema: []string{"text"},
		TotalCompressedSize: int64(len(chunk)), TotalUncompressedSize: int64(len(chunk)), Encoding: []format.Encoding{format.Plain}}
	footer := &format.FileMetaData{Version: 1, NumRows: rows, Schema: []format.SchemaElement{root, column},
		RowGroups: []format.RowGroup{{NumRows: rows, Columns: []format.ColumnChunk{{MetaData: meta}}}}}
	data, err := thrift.Marshal(new(thrift.CompactProtocol), footer)
	if err != nil {
		t.Fatal(err)
	}
	return Magic + string(chunk) + string(data) + string(binary.LittleEndian.AppendUint32(nil, uint32(len(data)))) + Magic
}

func dataPage(values int32, encoding format.Encoding) (h format.PageHeader) {
	h.Type = format.DataPage
	h.DataPageHeader.Valid = true
	h.DataPageHeader.V = format.DataPageHeader{NumValues: values, Encoding: encoding, DefinitionLevelEncoding: format.RLE}
	return h
}

func dictionaryPage(values int32) (h format.PageHeader) {
	h.Type = format.DictionaryPage
	h.DictionaryPageHeader.Valid = true
	h.DictionaryPageHeader.V = format.DictionaryPageHeader{NumValues: values, Encoding: format.Plain}
	return h
}

// runs returns a run of one level, behind its size, and what follows it.
func runs(level byte, times uint64, rest ...byte) []byte {
	run := append(binary.AppendUvarint(nil, times<<1), level)
	return append(append(binary.LittleEndian.AppendUint32(nil, uint32(len(run))), run...), rest...)
}

// What a small file claims is refused before memory is taken for it.
func TestClaimsAreChecked(t *testing.T) {
	plain := []byte{1, 0, 0, 0, 'a'}
	const many = 1 << 31 / 2
	large := dataPage(1, format.Plain)
	large.UncompressedPageSize = 1<<31 - 1
	for name, c := range map[string]struct{ text, want string }{
		"good": {craft(t, 3, 0, dictionaryPage(1), plain, dataPage(3, format.RLEDictionary), runs(1, 3, 0, 6)), ""},
		"a run of dictionary indices beyond its page": {
			craft(t, 3, 0, dictionaryPage(1), plain, dataPage(3, format.RLEDictionary),
				runs(1, 3, append([]byte{0}, binary.AppendUvarint(nil, many<<1)...)...)),
			"run lengths"},
		"bytes behind the run": {
			craft(t, 3, 0, dictionaryPage(1), plain, dataPage(3, format.RLEDictionary), runs(1, 3, 0, 6, 6)), "run lengths"},
		"a run of levels beyond its page": {craft(t, 3, 0, dataPage(3, format.Plain), runs(0, many)), "run lengths"},
		"an index beyond the dictionary": {
			craft(t, 1, 0, dictionaryPage(1), plain, dataPage(1, format.RLEDictionary), runs(1, 1, 1, 2, 1)), "index 1 of a dictionary of 1"},
		"many nulls":               {craft(t, many, 0, dataPage(many, format.Plain), runs(0, many)), "more than 16 MB"},
		"more values than rows":    {craft(t, 3, 0, dataPage(many, format.Plain), runs(0, many)), "a page of 1073741824 values where 3 are left"},
		"a page of 2 GB in snappy": {craft(t, 1, format.Snappy, large, []byte("\xff\xff\xff\xff\x07")), "unpacks to over 1000 times"},
		"a text beyond its page":   {craft(t, 1, 0, dataPage(1, format.Plain), runs(1, 1, 255, 255, 255, 127)), "a text beyond the end"},
		"many texts": {
			craft(t, many, 0, dataPage(many, format.DeltaByteArray), runs(1, many, 0x80, 1, 4, 0, 0)), "more than 16 MB"},
		"a list of metadata": {Magic + "\x29\xfc\xff\xff\xff\x7f" + "\x06\x00\x00\x00" + Magic, "metadata are malformed"},
	} {
		limit.Check(t, 64<<20, 10, func() {
			_, err := Open(c.text, NewBudget(16<<20))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%s: %v, want %q", name, err, c.want)
			}
		})
	}
}

// Values that the writer makes dictionaries and runs of are read again.
func TestHybridReadsWhatItWrites(t *testing.T) {
	for width := 1; width <= 17; width++ {
		var values []uint32
		for i := range 1000 {
			value := uint32(i*i) % (1 << width)
			for range 1 + i%11*(i%3) {
				values = append(values, value)
			}
		}
		var got []uint32
		add := func(value uint32) error { got = append(got, value); return nil }
		err := hybrid(appendHybrid(nil, values, width), width, len(values), func(value uint32, times int) error {
			for range times {
				got = append(got, value)
			}
			return nil
		}, add)
		if err != nil || len(got) != len(values) {
			t.Fatalf("width %d: %d values of %d, %v", width, len(got), len(values), err)
		}
		for i := range got {
			if got[i] != values[i] {
				t.Fatalf("width %d: value %d is %d, want %d", width, i, got[i], values[i])
			}
		}
	}
}

// Texts are written with a dictionary where they repeat, and a file of many pages and groups is read again.
func TestLargeFileIsWrittenAndRead(t *testing.T) {
	text := craft(t, 3, format.Uncompressed, dictionaryPage(2), []byte("\x01\x00\x00\x00a\x02\x00\x00\x00bc"),
		dataPage(3, format.RLEDictionary), runs(1, 3, 1, 3, 2))
	file, err := Open(text, NewBudget(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]int, groupRows+10)
	for i := range rows {
		rows[i] = i % 3
	}
	var out bytes.Buffer
	edits := func(int) ([]Edit, error) { return nil, nil }
	if err := Write(&out, []Part{{file, rows, edits}, {file, rows[:5], edits}}); err != nil {
		t.Fatal(err)
	}
	again, err := Open(out.String(), NewBudget(64<<20))
	if err != nil {
		t.Fatal(err)
	}
	if again.Rows != len(rows)+5 || len(again.footer.RowGroups) != 3 || out.Len() > 100_000 {
		t.Errorf("%d rows in %d groups and %d bytes", again.Rows, len(again.footer.RowGroups), out.Len())
	}
	rows = append(rows, rows[:5]...)
	for i := range again.Rows {
		a, ok := again.Leaves[0].Value(i)
		b, _ := file.Leaves[0].Value(rows[i])
		if !ok || again.Leaves[0].Text(a) != file.Leaves[0].Text(b) {
			t.Fatalf("row %d differs", i)
		}
	}
	other := *file.footer
	other.Schema = other.Schema[:1]
	if err := Write(&out, []Part{{file, rows[:1], edits}, {&File{footer: &other}, nil, edits}}); !errors.Is(err, ErrSchemas) {
		t.Errorf("another schema: %v", err)
	}
}
