package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"

	"ftft/configs"
	"ftft/datamap"
	"ftft/datamap/dynamics"
	"ftft/internal/fault"
	"ftft/internal/parallel"
	"ftft/train/rundir"
)

// ReadMap reads the data map of a run's complete epochs.
func ReadMap(dir rundir.Dir, form datamap.Options) (*datamap.Map, error) {
	return ReadMapBetween(dir, form, 0, -1)
}

// ReadMapBetween reads the data map of the complete epochs from..to-1, counted from 0; a to of -1 stands for the last. Others are not
// read. A range that is empty or exceeds the complete epochs is a *datamap.NoEpoch.
func ReadMapBetween(dir rundir.Dir, form datamap.Options, from, to int) (*datamap.Map, error) {
	guids, gold, err := readExamples(dir)
	if err != nil {
		return nil, err
	}
	manifest, err := dir.ReadManifest()
	if err != nil {
		return nil, err
	}
	record, err := rundir.ReadRecord(dir)
	if err != nil {
		return nil, err
	}
	if record.Epochs == 0 {
		return nil, errors.New("no epoch is complete yet")
	}
	if to < 0 {
		to = record.Epochs
	}
	if from < 0 || from >= to || to > record.Epochs {
		return nil, &datamap.NoEpoch{From: from, To: to, Count: record.Epochs}
	}
	epochs, err := readEpochs(dir, nil, from, to, &record)
	if err != nil {
		return nil, err
	}
	m, err := datamap.New(mapInput(manifest.Labels, guids, gold, epochs), form)
	if err == nil {
		m.First = from
	}
	return m, err
}

// FormOf returns the form of the measures that a run's config asks for; cartography's for a run without a config.
func FormOf(dir rundir.Dir) (datamap.Options, error) {
	if _, err := os.Stat(dir.Config()); errors.Is(err, fs.ErrNotExist) {
		return datamap.Options{}, nil
	}
	config, err := configs.OfRun(dir)
	return config.Selection.Options(), err
}

// readExamples reads the guids and gold classes of a run's examples.
func readExamples(dir rundir.Dir) (guids []string, gold []int32, err error) {
	records, err := rundir.ReadExamples(dir.Examples())
	if err != nil {
		return nil, nil, err
	}
	guids, gold = make([]string, len(records)), make([]int32, len(records))
	for i, record := range records {
		if record.Gold < 0 || record.Gold > math.MaxInt32 {
			return nil, nil, fault.At(dir.Examples(), i+1,
				fmt.Sprintf("the gold label %d of example %q is not a class index", record.Gold, record.GUID))
		}
		guids[i], gold[i] = record.GUID, int32(record.Gold)
	}
	return guids, gold, nil
}

// readEpochs appends the logits of a run's epochs up to to-1. epochs has those of from and of some after it. The log must hold the
// ends of all epochs in order.
func readEpochs(dir rundir.Dir, epochs [][]float32, from, to int, record *rundir.Record) ([][]float32, error) {
	for from+len(epochs) < to {
		next := from + len(epochs)
		if next >= len(record.EpochEnds) || record.EpochEnds[next].Number != next {
			return nil, fault.At(dir.Events(), 0, fmt.Sprintf("the end of epoch %d is not logged, and that of a later epoch is", next))
		}
		logits, err := readEpoch(dir.Epoch(next), record.EpochEnds[next].Hash)
		if err != nil {
			return nil, err
		}
		epochs = append(epochs, logits)
	}
	return epochs, nil
}

// readEpoch reads the logits of a complete epoch. A file that is missing, or has another SHA-256 than was logged at the end of the epoch,
// is a *fault.Bad; an empty hash, of an old log, is not checked.
func readEpoch(path, hash string) ([]float32, error) {
	epoch, got, err := dynamics.HashEpoch(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.At(path, 0, "missing, although the log says that the epoch is complete: restore it from a copy of the run")
	case err != nil:
		return nil, dynamics.Fault(path, err)
	case hash != "" && got != hash:
		return nil, fault.At(path, 0, fmt.Sprintf("damaged or changed since the epoch ended: its SHA-256 is %.12s…, and %.12s… is logged; "+
			"restore it from a copy of the run, or leave it out of maps and selections with --epochs", got, hash))
	}
	return epoch.Logits, nil
}

func mapInput(labels, guids []string, gold []int32, epochs [][]float32) datamap.Input {
	return datamap.Input{GUIDs: guids, Gold: gold, Labels: labels, Classes: len(labels), Epochs: epochs}
}

// rankingsOf ranks a map by each strategy that it has the measures for.
func rankingsOf(m *datamap.Map, seed int64) map[string]*datamap.Ranking {
	sorted := make([]*datamap.Ranking, len(datamap.Strategies))
	parallel.Do(len(sorted), func(i int) {
		if ranking, err := m.Rank(datamap.Strategies[i], seed); err == nil {
			sorted[i] = ranking
		}
	})
	rankings := map[string]*datamap.Ranking{}
	for i, strategy := range datamap.Strategies {
		if sorted[i] != nil {
			rankings[strategy] = sorted[i]
		}
	}
	return rankings
}
