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
	"ftft/train"
	"ftft/train/corpus"
	"ftft/train/rundir"
)

// choose makes the selection of a run from its parent's data map, or by chance.
func (w *worker) choose(run rundir.StudyRun, data *corpus.Corpus) (*rundir.Selection, error) {
	seed := w.config.Selection.Seed
	if seed == 0 {
		seed = run.Seed
	}
	parent := run.Parent
	if parent == "" { // by chance; the examples are those that the arms beside it choose from
		parent = w.reference(run.Seed)
	}
	if kept, err := w.dir.KeptSelection(run.ID); err == nil {
		return &kept, fits(&kept, data)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	marked, err := marks.Read(string(w.dir.Run(parent)))
	if err != nil {
		return nil, err
	}
	choice := datamap.Choice{Strategy: run.Strategy, Fraction: run.Fraction, Seed: seed}
	m, err := blank(data)
	if run.Parent != "" {
		if run.Strategy == w.config.Selection.Strategy { // not of an order for another one
			choice.Balanced, choice.Compat = w.config.Selection.Balanced, w.config.Selection.Compat
		}
		m, err = w.mapOf(parent)
	} else if w.config.Selection.Compat != "" && err == nil {
		choice.Count, err = w.compatCount(parent, run.Fraction, marked)
	}
	if err != nil {
		return nil, err
	}
	if run.Parent != "" && strings.Contains(run.Strategy, datamap.Representative) {
		if choice.Representative, err = w.representative(w.dir.Run(parent), m, seed); err != nil {
			return nil, err
		}
	}
	excluded := 0
	choice.Pool, excluded = marked.Pool(m.GUIDs)
	chosen, err := m.Choose(choice)
	if err != nil {
		return nil, err
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("a fraction of %g of %d examples is none; raise it", run.Fraction, m.Len()-excluded)
	}
	s := &rundir.Selection{
		Strategy: run.Strategy, Fraction: run.Fraction, Seed: seed, Balanced: choice.Balanced, Compat: choice.Compat, Formula: w.config.Selection.Formula,
		Ties: "by guid, bytes, ascending", Source: run.Parent, Of: m.Len() - excluded, Count: len(chosen), Excluded: excluded, Labels: map[string]int{},
	}
	guids := make([]string, len(chosen))
	for i, c := range chosen {
		s.Rows = append(s.Rows, int(m.Rows[c]))
		s.Labels[w.config.Labels[m.Gold[c]]]++
		guids[i] = m.GUIDs[c]
	}
	s.Hash = rundir.HashGUIDs(guids)
	return s, nil
}

// fits says whether a selection that was made elsewhere is one of these data.
func fits(s *rundir.Selection, data *corpus.Corpus) error {
	guids := make([]string, len(s.Rows))
	for i, row := range s.Rows {
		if row >= len(data.Train.Examples) {
			return fmt.Errorf("the selection names row %d, and the training set has %d", row, len(data.Train.Examples))
		}
		guids[i] = data.Train.Examples[row].GUID
	}
	if rundir.HashGUIDs(guids) != s.Hash {
		return errors.New("the selection was made of other data: its rows have other guids now")
	}
	return nil
}

// representative orders the examples of a run by facility location over its embeddings, which are made where they are
// missing.
func (w *worker) representative(dir rundir.Dir, m *datamap.Map, seed int64) (*datamap.Ranking, error) {
	if _, err := os.Stat(dir.Embeddings()); errors.Is(err, fs.ErrNotExist) {
		if err := train.EmbedRun(dir, nil); err != nil {
			return nil, err
		}
	}
	return Representative(dir.Embeddings(), m, seed, nil)
}

// Representative orders the examples of a map by facility location over embeddings, [rows of the map's source, width]. done,
// where it is not nil, is told how many examples of how many are ranked.
func Representative(path string, m *datamap.Map, seed int64, done func(examples, of int)) (*datamap.Ranking, error) {
	all, shape, err := dynamics.ReadNPYFloats(path)
	if err != nil {
		return nil, err
	}
	if len(shape) != 2 || shape[0] != m.Total() {
		return nil, fmt.Errorf("%s: an array of shape %v, where [%d, width] is expected: a row an example of the source", path, shape, m.Total())
	}
	width := shape[1]
	in := facility.Input{Width: width, Vectors: make([]float32, 0, m.Len()*width), Classes: m.Gold, GUIDs: m.GUIDs}
	for _, row := range m.Rows {
		in.Vectors = append(in.Vectors, all[int(row)*width:(int(row)+1)*width]...)
	}
	if in.Classes == nil { // the source has no labels: blocks of all examples
		in.Classes = make([]int32, m.Len())
	}
	keys, err := facility.Rank(in, seed, done)
	if err != nil {
		return nil, err
	}
	return m.RankBy(keys), nil
}

// reference is the run whose dynamics the arms of a seed are chosen by.
func (w *worker) reference(seed int64) string {
	for _, run := range w.plan.Runs {
		if run.Role == rundir.Reference && run.Seed == seed {
			return run.ID
		}
	}
	return ""
}

// compatCount is the size of the selection that a random one stands beside, which another program's rule decides.
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

// mapOf draws the data map of a run from its complete epochs, once.
func (w *worker) mapOf(id string) (*datamap.Map, error) {
	if m, ok := w.maps[id]; ok {
		return m, nil
	}
	m, err := ReadMap(w.dir.Run(id), datamap.Options{Sample: w.config.Selection.Formula == "sample"})
	if err != nil {
		return nil, fmt.Errorf("data map of %s: %w", id, err)
	}
	w.maps[id] = m
	return m, nil
}

// ReadMap draws the data map of a run from its complete epochs.
func ReadMap(dir rundir.Dir, form datamap.Options) (*datamap.Map, error) {
	examples, err := rundir.ReadExamples(dir.Examples())
	if err != nil {
		return nil, err
	}
	manifest, err := dir.ReadManifest()
	if err != nil {
		return nil, err
	}
	events, err := rundir.ReadEvents(dir)
	if err != nil {
		return nil, err
	}
	in := datamap.Input{Classes: len(manifest.Labels), Labels: manifest.Labels}
	for _, e := range examples {
		in.GUIDs = append(in.GUIDs, e.GUID)
		in.Gold = append(in.Gold, int32(e.Gold))
	}
	for _, e := range events {
		done, ok := e.Body.(*rundir.Epoch)
		if !ok {
			continue
		}
		if done.Epoch != len(in.Epochs) {
			return nil, fmt.Errorf("%s: epoch %d is logged as complete where epoch %d belongs", dir.Events(), done.Epoch, len(in.Epochs))
		}
		epoch, err := dynamics.ReadEpoch(dir.Epoch(done.Epoch))
		if err != nil {
			return nil, err
		}
		in.Epochs = append(in.Epochs, epoch.Logits)
	}
	if len(in.Epochs) == 0 {
		return nil, errors.New("no epoch is complete yet")
	}
	return datamap.New(in, form)
}

// blank is a map of the training set on which nothing is known: enough to draw from at random.
func blank(data *corpus.Corpus) (*datamap.Map, error) {
	in := datamap.Input{Classes: len(data.Labels), Epochs: [][]float32{make([]float32, len(data.Train.Examples)*len(data.Labels))}}
	for _, e := range data.Train.Examples {
		in.GUIDs = append(in.GUIDs, e.GUID)
		in.Gold = append(in.Gold, int32(e.Gold))
	}
	return datamap.New(in, datamap.Options{})
}
