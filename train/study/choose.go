package study

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"ftft/datamap"
	"ftft/datamap/dynamics"
	"ftft/datamap/facility"
	"ftft/datamap/marks"
	"ftft/internal/fault"
	"ftft/train"
	"ftft/train/corpus"
	"ftft/train/rundir"
	"ftft/train/watch"
)

// choose makes the selection of a run: the one that it was launched with, or by its parent's data map, or at random.
func (w *worker) choose(run rundir.StudyRun, data *corpus.Corpus) (*rundir.Selection, error) {
	if launched, err := w.dir.ReadSelection(run.ID); err == nil {
		if err := launched.CheckGUIDs(len(data.Train.Examples), func(row int) string { return data.Train.Examples[row].GUID }); err != nil {
			return nil, fmt.Errorf("the selection of %s does not fit the training data: %w", run.ID, err)
		}
		return &launched, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	parent := run.Parent
	if parent == "" { // at random, from the same examples as the arms beside it
		reference, _ := w.plan.Reference(run.Seed)
		parent = reference.ID
	}
	marked, err := marks.Read(string(w.dir.Run(parent)))
	if err != nil {
		return nil, err
	}
	m, choice, err := w.choice(run, parent, data, marked)
	if err != nil {
		return nil, err
	}
	excluded := 0
	choice.Pool, excluded = marked.Pool(m.GUIDs)
	chosen, err := m.Choose(choice)
	if err != nil {
		return nil, err
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("a fraction of %g of %d examples selects none; raise it", run.Fraction, m.Len()-excluded)
	}
	s := rundir.NewSelection(rundir.Selection{
		Strategy: run.Strategy, Fraction: run.Fraction, Seed: choice.Seed, Balanced: choice.Balanced, Compat: choice.Compat,
		Formula: w.config.Selection.Formula, Source: run.Parent, Of: m.Len() - excluded, Excluded: excluded,
	}, len(chosen), func(i int) rundir.Chosen {
		c := chosen[i]
		return rundir.Chosen{Row: int(m.Rows[c]), GUID: m.GUIDs[c], Label: w.config.Labels[m.Gold[c]]}
	})
	return &s, nil
}

// choice returns the map that a run's selection is made on, and the criteria, except the pool of examples that are not excluded.
func (w *worker) choice(run rundir.StudyRun, parent string, data *corpus.Corpus, marked marks.Set) (*datamap.Map, datamap.Choice, error) {
	settings := w.config.Selection
	choice := datamap.Choice{Strategy: run.Strategy, Fraction: run.Fraction, Seed: settings.Seed}
	if choice.Seed == 0 {
		choice.Seed = run.Seed
	}
	if run.Parent == "" {
		m, err := unknown(data)
		if err == nil && settings.Compat != "" {
			choice.Count, err = w.compatCount(parent, run.Fraction, marked)
		}
		return m, choice, err
	}
	if run.Strategy == settings.Strategy { // a launch with another strategy has neither
		choice.Balanced, choice.Compat = settings.Balanced, settings.Compat
	}
	m, err := w.mapOf(parent)
	if err == nil && strings.Contains(run.Strategy, datamap.Representative) {
		choice.Representative, err = w.representative(w.dir.Run(parent), m, choice.Seed)
	}
	return m, choice, err
}

// representative orders the examples of a run by facility location over its embeddings, and makes these if they are missing.
func (w *worker) representative(dir rundir.Dir, m *datamap.Map, seed int64) (*datamap.Ranking, error) {
	if _, err := os.Stat(dir.Embeddings()); errors.Is(err, fs.ErrNotExist) {
		if err := train.EmbedRun(dir, nil); err != nil {
			return nil, err
		}
	}
	return Representative(dir.Embeddings(), m, seed, nil)
}

// Representative orders the examples of a map by facility location over the embeddings in a file, [rows of the map's source,
// width]. progress, if it is not nil, is called with the number of examples ranked so far and of all.
func Representative(path string, m *datamap.Map, seed int64, progress func(ranked, all int)) (*datamap.Ranking, error) {
	all, shape, err := dynamics.ReadNPYFloats(path)
	if err != nil {
		return nil, dynamics.Fault(path, err)
	}
	if len(shape) != 2 || shape[0] != m.Total() || shape[1] == 0 {
		return nil, fault.At(path, 0, fmt.Sprintf("an array of shape %s, where [%d, width] is expected: one row per example of the source",
			dynamics.Sizes(shape), m.Total()))
	}
	width := shape[1]
	in := facility.Input{Width: width, Vectors: make([]float32, 0, m.Len()*width), Classes: m.Gold, GUIDs: m.GUIDs}
	for _, row := range m.Rows {
		in.Vectors = append(in.Vectors, all[int(row)*width:(int(row)+1)*width]...)
	}
	if in.Classes == nil { // without labels, all examples are one class
		in.Classes = make([]int32, m.Len())
	}
	keys, err := facility.Rank(in, seed, progress)
	if err != nil {
		return nil, fault.At(path, 0, err.Error())
	}
	return m.RankBy(keys), nil
}

// compatCount returns the size of the selection beside a random one, which the compatible program's rule decides.
func (w *worker) compatCount(reference string, fraction float64, marked marks.Set) (int, error) {
	m, err := w.mapOf(reference)
	if err != nil {
		return 0, err
	}
	choice := datamap.Choice{Strategy: w.config.Selection.Strategy, Fraction: fraction, Compat: w.config.Selection.Compat}
	choice.Pool, _ = marked.Pool(m.GUIDs)
	chosen, err := m.Choose(choice)
	return len(chosen), err
}

// mapOf reads the data map of a run once.
func (w *worker) mapOf(id string) (*datamap.Map, error) {
	if m, ok := w.maps[id]; ok {
		return m, nil
	}
	m, err := watch.ReadMap(w.dir.Run(id), w.config.Selection.Options())
	if err != nil {
		return nil, fmt.Errorf("data map of %s: %w", id, err)
	}
	w.maps[id] = m
	return m, nil
}

// unknown returns a map of the training set without any dynamics, enough to draw from at random.
func unknown(data *corpus.Corpus) (*datamap.Map, error) {
	in := datamap.Input{Classes: len(data.Labels), Epochs: [][]float32{make([]float32, len(data.Train.Examples)*len(data.Labels))}}
	for _, e := range data.Train.Examples {
		in.GUIDs = append(in.GUIDs, e.GUID)
		in.Gold = append(in.Gold, int32(e.Gold))
	}
	return datamap.New(in, datamap.Options{})
}
