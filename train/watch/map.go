package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"ftft/configs"
	"ftft/datamap"
	"ftft/datamap/dynamics"
	"ftft/internal/parallel"
	"ftft/train/rundir"
)

// ReadMap reads the data map of a run's complete epochs.
func ReadMap(dir rundir.Dir, form datamap.Options) (*datamap.Map, error) {
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
	for i, end := range record.EpochEnds {
		if end.Number != i {
			return nil, fmt.Errorf("%s: epoch %d is logged as complete where epoch %d belongs", dir.Events(), end.Number, i)
		}
	}
	if record.Epochs == 0 {
		return nil, errors.New("no epoch is complete yet")
	}
	epochs, err := readEpochs(dir, nil, record.Epochs)
	if err != nil {
		return nil, err
	}
	return datamap.New(mapInput(manifest.Labels, guids, gold, epochs), form)
}

// FormOf returns the form of the measures that a run's config asks for; cartography's for a run without a config.
func FormOf(dir rundir.Dir) (datamap.Options, error) {
	if _, err := os.Stat(dir.Config()); errors.Is(err, fs.ErrNotExist) {
		return datamap.Options{}, nil
	}
	config, err := configs.Load(dir.Config())
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
		guids[i], gold[i] = record.GUID, int32(record.Gold)
	}
	return guids, gold, nil
}

// readEpochs appends to the logits of a run's first complete epochs those of the following ones, up to n.
func readEpochs(dir rundir.Dir, epochs [][]float32, n int) ([][]float32, error) {
	for len(epochs) < n {
		epoch, err := dynamics.ReadEpoch(dir.Epoch(len(epochs)))
		if err != nil {
			return nil, err
		}
		epochs = append(epochs, epoch.Logits)
	}
	return epochs, nil
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
