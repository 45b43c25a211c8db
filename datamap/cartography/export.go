package cartography

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"ftft/datamap"
)

// WriteDynamics writes the logits of a map into a folder in cartography's format: training_dynamics/dynamics_epoch_N.jsonl, N
// from 0, with one line per example in the map's order. A logit has the digits of its float64, as when Python prints a float32,
// so readers get the same values. If numbers is set, guids are written as JSON numbers.
func WriteDynamics(folder string, m *datamap.Map, numbers bool) error {
	folder = filepath.Join(folder, "training_dynamics")
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	for epoch := range m.Epochs {
		if err := writeEpoch(filepath.Join(folder, fmt.Sprintf("dynamics_epoch_%d.jsonl", epoch)), m, epoch, numbers); err != nil {
			return err
		}
	}
	return nil
}

func writeEpoch(path string, m *datamap.Map, epoch int, numbers bool) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	out := bufio.NewWriterSize(file, 1<<16)
	all, key := m.Logits(epoch), fmt.Sprintf(`, "logits_epoch_%d": [`, epoch)
	var line []byte
	for i, row := range m.Rows {
		line = append(appendGUID(append(line[:0], `{"guid": `...), m.GUIDs[i], numbers), key...)
		for c, logit := range all[int(row)*m.Classes : (int(row)+1)*m.Classes] {
			if c > 0 {
				line = append(line, ", "...)
			}
			line = strconv.AppendFloat(line, float64(logit), 'g', -1, 64)
		}
		line = strconv.AppendInt(append(line, `], "gold": `...), int64(m.Gold[i]), 10)
		if _, err := out.Write(append(line, "}\n"...)); err != nil {
			return err
		}
	}
	return out.Flush()
}

// appendGUID appends a guid as a JSON string or, if numbers is set, as a JSON number.
func appendGUID(line []byte, guid string, numbers bool) []byte {
	if numbers {
		return append(line, guid...)
	}
	if plain(guid) {
		return append(append(append(line, '"'), guid...), '"')
	}
	quoted, err := json.Marshal(guid)
	if err != nil {
		panic(err) // strings never fail
	}
	return append(line, quoted...)
}

// plain reports whether json.Marshal would write a text unchanged.
func plain(text string) bool {
	for i := range len(text) {
		if b := text[i]; b < ' ' || b > '~' || b == '"' || b == '\\' || b == '<' || b == '>' || b == '&' {
			return false
		}
	}
	return true
}
