package rundir

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"ftft/internal/disk"
	"ftft/internal/fault"
	"ftft/internal/input"
)

// ExampleRecord is one line of examples.jsonl or of an evaluation set's list: the example of one row of the arrays, and where its text
// is.
type ExampleRecord struct {
	Row   int    `json:"row"` // from 0, consecutive
	GUID  string `json:"guid"`
	Gold  int    `json:"gold"`  // class index
	Label string `json:"label"` // its name
	File  string `json:"file"`  // that holds the text
	Line  int    `json:"line"`  // of File on which the record begins, from 1
}

// WriteExamples writes one record per line. The file appears complete or not at all.
func WriteExamples(path string, examples []ExampleRecord) error {
	return disk.WriteStream(path, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		for _, example := range examples {
			if err := encoder.Encode(example); err != nil {
				return err
			}
		}
		return nil
	})
}

// ReadExamples reads a file that WriteExamples wrote. Rows out of order are an error.
func ReadExamples(path string) ([]ExampleRecord, error) {
	file, err := disk.Open(path)
	if err != nil {
		return nil, input.Unreadable(path, err)
	}
	defer file.Close()
	var examples []ExampleRecord
	lines := bufio.NewScanner(file)
	for lines.Buffer(nil, lineBytes); lines.Scan(); {
		var example ExampleRecord
		if err := fault.DecodeJSON(path, lines.Bytes(), &example); err != nil {
			return nil, fault.At(path, len(examples)+1, fault.Message(err))
		}
		if example.Row != len(examples) {
			return nil, fault.At(path, len(examples)+1, fmt.Sprintf("holds row %d, where row %d belongs", example.Row, len(examples)))
		}
		examples = append(examples, example)
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, fault.At(path, len(examples)+1, fmt.Sprintf("the line is longer than %d MB", lineBytes>>20))
	}
	return examples, lines.Err()
}
