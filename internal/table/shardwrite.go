package table

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"ftft/internal/fault"
	"ftft/internal/table/parquet"
)

// part is rows of one file that are written.
type part struct {
	*Table
	rows  []int
	edits map[int]map[string]string
}

// parts splits rows by their files.
func (t *Table) parts(rows []int, edits map[int]map[string]string) (list []part) {
	for _, row := range rows {
		shard, local := t.shard(row)
		if len(list) == 0 || list[len(list)-1].Table != shard {
			list = append(list, part{Table: shard, edits: map[int]map[string]string{}})
		}
		last := &list[len(list)-1]
		last.rows = append(last.rows, local)
		if values := edits[row]; values != nil {
			last.edits[local] = values
		}
	}
	return list
}

// writable returns an error if rows of the format cannot be written.
func (t *Table) writable() error {
	if t.Format != Arrow {
		return nil
	}
	return fault.At(t.File, 0, "rows of Arrow files are not written; write the data as Parquet first, with: "+
		`datasets.load_from_disk("FOLDER").to_parquet("FILE.parquet")`)
}

// writeShards writes rows of several files as one.
func (t *Table) writeShards(w io.Writer, rows []int, edits map[int]map[string]string) error {
	first := t.shards[0]
	if err := first.writable(); err != nil {
		return err
	}
	if len(t.shards) == 1 {
		return first.Write(w, rows, edits)
	}
	if first.isArray() {
		return fault.At(t.File, 0, "rows of several JSON lists are not written as one file; name one of them")
	}
	parts := t.parts(rows, edits)
	if first.parquet != nil {
		return writeParquetShards(w, first, parts)
	}
	for _, shard := range t.shards {
		reordered := first.headed && !slices.Equal(shard.Columns, first.Columns)
		if reordered || shard.syntax != first.syntax || shard.encodingName != first.encodingName {
			return fault.At(shard.File, 0, fmt.Sprintf("its rows are not written into one file with those of %s, because %s",
				filepath.Base(first.File), "the order of the columns, the delimiter or the encoding differs; name one of them"))
		}
	}
	encoded := first.writer(w)
	out := bufio.NewWriterSize(encoded, 1<<16)
	out.WriteString(first.text[:first.head]) // errors surface at the flush
	out.WriteString(first.lineEnd(-1))
	for _, p := range parts {
		for _, row := range p.rows {
			record, err := p.edited(row, p.edits[row])
			if err != nil {
				return err
			}
			out.WriteString(record)
			out.WriteString(p.lineEnd(row))
		}
	}
	return errors.Join(out.Flush(), encoded.Close())
}

// writeParquetShards writes Parquet with the schema of the first file.
func writeParquetShards(w io.Writer, first *Table, parts []part) error {
	list := []parquet.Part{first.parquetPart(nil, nil)}
	for _, p := range parts {
		list = append(list, p.parquetPart(p.rows, p.edits))
	}
	err := parquet.Write(w, list)
	if errors.Is(err, parquet.ErrSchemas) {
		return fault.At(first.File, 0, "its schema is not that of the files that are read with it, so their rows "+
			"are not written into one file; name one of them")
	}
	return err
}
