package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"ftft/datamap/source"
	"ftft/internal/disk"
	"ftft/internal/fault"
	"ftft/internal/packed"
	"ftft/internal/table"
	"ftft/train/rundir"
)

// write writes the files that the flags name.
func (s *selectFlags) write(src *dataSource, chosen []int, record rundir.Selection, messages io.Writer) error {
	var data *source.Data
	var err error
	if s.rows != "" || s.cartography != "" {
		if data, err = src.records(); err != nil {
			return err
		}
		src.warnUnchecked(messages)
	}
	if err := s.writable(src, data); err != nil { // before the first file is written
		return err
	}
	var rows []int
	if data != nil { // before the first file is written
		if rows, err = joinRows(data, src, chosen, messages); err != nil {
			return err
		}
	}
	if s.selection != "" {
		if err := disk.WriteOutput(s.selection, func(w io.Writer) error { return printJSON(w, record) }); err != nil {
			return err
		}
	}
	if data == nil {
		return nil
	}
	if s.rows != "" {
		if err := writeRows(s.rows, data, rows, nil); err != nil {
			return err
		}
	}
	if s.cartography == "" {
		return nil
	}
	task := s.task
	if task == "" {
		whole, err := filepath.Abs(data.File)
		if err != nil {
			return err
		}
		task = filepath.Base(filepath.Dir(whole))
	}
	folder := filepath.Join(s.cartography, fmt.Sprintf("cartography_%s_%.2f", s.metric(), record.Fraction), task)
	if err := disk.MkdirAll(folder); err != nil {
		return disk.Explain("write "+folder, err)
	}
	return writeRows(filepath.Join(folder, "train.tsv"), data, rows, nil)
}

// writable returns an error if one of the files cannot be written.
func (s *selectFlags) writable(src *dataSource, data *source.Data) error {
	for _, path := range []string{s.rows, s.selection} {
		if err := src.output(path); err != nil {
			return err
		}
	}
	if data == nil { // nothing but the selection is written
		return nil
	}
	if shape := data.Shape(); s.cartography != "" && shape.Delimiter != "\t" {
		return usageError{fmt.Errorf("--cartography writes tab-separated values, and %s is %s", data.File, shape)}
	}
	endings := []string{"." + table.JSONL, "." + table.CSV, "." + table.TSV, "." + table.Parquet}
	if ending := table.Ending(s.rows); s.rows != "" && slices.Contains(endings, ending) && ending != "."+data.Format {
		return usageError{fmt.Errorf("--rows %s: the rows keep the format of %s, which is %s", s.rows, data.File, data.Format)}
	}
	return nil
}

// joinRows returns the rows of the chosen examples in the order of the file. A chosen example without a row is an error. It reports
// how many rows have no example.
func joinRows(data *source.Data, src *dataSource, chosen []int, messages io.Writer) ([]int, error) {
	var rows []int
	lost := ""
	for _, guid := range src.guids(chosen) {
		if row, ok := data.Row(guid); ok {
			rows = append(rows, row)
		} else if lost == "" {
			lost = guid
		}
	}
	if n := len(chosen) - len(rows); n > 0 {
		const message = "has no row of %d of the %d selected examples, such as guid %q; nothing was written: " +
			"--data names another file, --guid the column of the guids"
		return nil, fault.At(data.File, 0, fmt.Sprintf(message, n, len(chosen), lost))
	}
	slices.Sort(rows)
	foreign, _ := data.Unmatched(src.GUIDs)
	if len(foreign) > 0 {
		fmt.Fprintf(messages, "%d of the %d rows of %s have no example on the map, such as %s\n",
			len(foreign), data.Len(), data.File, data.GUIDs()[foreign[0]])
	}
	return rows, nil
}

// writeRows writes records to a file in their own format, compressed if its name says so, completely or not at all.
func writeRows(path string, data *source.Data, rows []int, edits map[int]map[string]string) error {
	return disk.WriteOutput(path, func(w io.Writer) error {
		out, err := packed.Writer(w, path)
		if err != nil {
			return err
		}
		return errors.Join(data.Write(out, rows, edits), out.Close())
	})
}
