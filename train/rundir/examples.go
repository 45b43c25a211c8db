package rundir

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"ftft/internal/disk"
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
		return nil, err
	}
	defer file.Close()
	var examples []ExampleRecord
	for decoder := json.NewDecoder(bufio.NewReaderSize(file, 1<<20)); ; {
		var example ExampleRecord
		err := decoder.Decode(&example)
		if err == io.EOF {
			return examples, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, len(examples)+1, err)
		}
		if example.Row != len(examples) {
			return nil, fmt.Errorf("%s: line %d holds row %d, where row %d belongs", path, len(examples)+1, example.Row, len(examples))
		}
		examples = append(examples, example)
	}
}
