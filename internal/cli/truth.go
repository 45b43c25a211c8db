package cli

import (
	"cmp"
	"errors"
	"io/fs"
	"strings"

	"ftft/configs"
	"ftft/datamap"
	"ftft/train/rundir"
)

// wrong reports, for each example, whether its gold label is wrong, [n]. It is nil if the truth is unknown: neither --truth names a
// column of true labels, nor is the source a run on built-in data, which record the labels that they flip.
func (s *dataSource) wrong() ([]bool, error) {
	if s.truth != "" {
		truth, present, err := s.recordColumn(s.truth)
		if err != nil {
			return nil, err
		}
		label, err := s.labelColumn()
		if err != nil {
			return nil, err
		}
		wrong := make([]bool, s.Len())
		for i := range wrong {
			wrong[i] = present[i] && truth[i] != label.Texts[i]
		}
		return wrong, nil
	}
	if s.run == "" {
		return nil, nil
	}
	return s.texts.flipped(s.run, s.Map)
}

// flippedColumn is the column of built-in data that tells whether a label was flipped.
const flippedColumn = "flipped"

// truthColumn returns the name of the column that wrong reads.
func (s *dataSource) truthColumn() string { return cmp.Or(s.truth, flippedColumn) }

// flipped reports, for each example of a run on built-in data, whether its label was flipped on purpose. It is nil for other data.
func (t *texts) flipped(run rundir.Dir, m *datamap.Map) ([]bool, error) {
	cfg, err := configs.OfRun(run)
	if errors.Is(err, fs.ErrNotExist) { // a run of another program may have none
		return nil, nil
	}
	if err != nil || !strings.HasPrefix(cfg.Data.Train.Path, configs.Builtin) {
		return nil, err
	}
	wrong := make([]bool, m.Len())
	for i, row := range m.Rows {
		e, err := t.example(run, int(row))
		if err != nil {
			return nil, err
		}
		wrong[i] = e.Meta[flippedColumn] == "true"
	}
	return wrong, nil
}
