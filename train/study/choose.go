package study

import (
	"errors"
	"fmt"

	"ftft/datamap"
	"ftft/datamap/dynamics"
	"ftft/datamap/marks"
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
