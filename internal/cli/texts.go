package cli

import (
	"fmt"
	"os"
	"slices"
	"sync"

	"ftft/configs"
	"ftft/datamap"
	"ftft/datamap/marks"
	"ftft/datamap/rule"
	"ftft/train"
	"ftft/train/corpus"
	"ftft/train/rundir"
	"ftft/train/tokenizer"
	"ftft/tui"
	"ftft/tui/view"
)

// texts finds the texts of a run's examples. It reads the data of a run once.
type texts struct {
	mutex sync.Mutex
	run   rundir.Dir
	data  *corpus.Run
}

// columns returns the columns that a rule can name for a run's examples.
func (t *texts) columns(run rundir.Dir, m *datamap.Map, marked marks.Set) rule.Table {
	return (&dataSource{Map: m, run: run, marked: marked, texts: t}).table(true)
}

// example returns the texts and columns of the example in a row of a run.
func (t *texts) example(run rundir.Dir, row int) (tui.Example, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.run != run {
		source, err := corpus.OfRun(run)
		if err != nil {
			return tui.Example{}, err
		}
		t.run, t.data = run, source
	}
	examples := t.data.Data.Train.Examples
	if row >= len(examples) {
		return tui.Example{}, fmt.Errorf("row %d of %d", row, len(examples))
	}
	e := examples[row]
	return tui.Example{Text: e.Text, TextPair: e.TextPair, Meta: e.Meta, Unchecked: t.data.Unchecked}, nil
}

// tokens counts the tokens of texts with the tokenizer of a run's model. It reads the tokenizer of a run once.
type tokens struct {
	mutex     sync.Mutex
	run       rundir.Dir
	tokenizer *tokenizer.Tokenizer
	limit     int
}

// count returns how many tokens of a text, or of a pair, the model of a run reads.
func (t *tokens) count(run rundir.Dir, text, pair string) (view.Truncation, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.run != run {
		if err := t.read(run); err != nil {
			return view.Truncation{}, err
		}
	}
	k := view.Truncation{Limit: t.limit}
	k.First, k.Second, k.Tokens = t.tokenizer.Fit(text, pair, t.limit)
	return k, nil
}

// read loads the tokenizer from the last checkpoint of a run, or else from the folder of the model that the run starts from.
func (t *tokens) read(run rundir.Dir) error {
	manifest, err := run.ReadManifest()
	if err != nil {
		return err
	}
	cfg, err := configs.OfRun(run)
	if err != nil {
		return err
	}
	model := cfg.ModelFor(manifest.Role)
	steps, err := run.CheckpointSteps()
	if err != nil {
		return err
	}
	folder := ""
	switch {
	case len(steps) > 0:
		folder = run.Checkpoint(slices.Max(steps))
	case manifest.Engine == rundir.Outside && !isFolder(cfg.Resolve(model.Model)):
		return fmt.Errorf("the tokens of %s are unknown: another program trains it, by a model that is no folder here", run.ID())
	case model.Model != "":
		if folder, err = cfg.ModelFolder(model.Model); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%s has no tokenizer before its first checkpoint", run.ID())
	}
	loaded, err := train.LoadTokenizer(folder)
	if err != nil {
		return err
	}
	t.run, t.tokenizer, t.limit = run, loaded, model.Train.MaxLength
	return nil
}

// exampleText returns the texts and columns of the example in a row of the source.
func (s *dataSource) exampleText(_ rundir.Dir, row int) (tui.Example, error) {
	i, ok := slices.BinarySearch(s.Rows, int32(row))
	if !ok {
		return tui.Example{}, fmt.Errorf("row %d is not on the map", row)
	}
	record, ok := s.data.Row(s.GUIDs[i])
	if !ok {
		return tui.Example{}, fmt.Errorf("%s has no record of guid %s", s.data.File, s.GUIDs[i])
	}
	fields := s.data.Fields(record)
	texts, err := s.data.Texts(record)
	if err != nil {
		return tui.Example{}, err
	}
	e := tui.Example{Text: texts[0], Meta: fields}
	if len(texts) > 1 {
		e.TextPair = texts[1]
	}
	for _, column := range slices.Concat(s.data.Text, []string{s.data.GUID, s.data.Label}) {
		delete(fields, column)
	}
	return e, nil
}

// isFolder reports whether there is a folder of a name.
func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
