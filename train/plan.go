package train

import (
	"errors"
	"fmt"
	"io/fs"

	"ftft/configs"
	"ftft/train/corpus"
	"ftft/train/rundir"
)

// plan holds what a run directory prescribes. An attempt reads each of its files once.
type plan struct {
	dir       rundir.Dir
	manifest  rundir.Manifest
	config    configs.Config
	model     configs.Model     // of config, the one that the run trains
	selection *rundir.Selection // nil: the run trains on everything
	settings  rundir.Settings   // what requests to earlier attempts have changed
}

// readPlan reads the files of a plan, whose manifest the caller has read.
func readPlan(dir rundir.Dir, manifest rundir.Manifest) (*plan, error) {
	config, err := configs.OfRun(dir)
	if err != nil {
		return nil, err
	}
	p := &plan{dir: dir, manifest: manifest, config: config, model: config.ModelFor(manifest.Role)}
	selection, err := dir.ReadSelection()
	if err == nil {
		p.selection = &selection
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	p.settings, err = dir.ReadSettings()
	return p, err
}

// engine returns how the run is computed.
func (p *plan) engine() configs.Engine { return p.config.EngineFor(p.manifest.Role) }

// rows returns the rows of examples to train on, ascending. It returns an error if they are not those that were selected.
func (p *plan) rows(examples []corpus.Example) ([]int, error) {
	if p.selection == nil {
		rows := make([]int, len(examples))
		for i := range rows {
			rows[i] = i
		}
		return rows, nil
	}
	rows := p.selection.Rows
	if n := len(examples); len(rows) == 0 || rows[0] < 0 || rows[len(rows)-1] >= n {
		return nil, fmt.Errorf("%s: its %d rows are not all among the %d training examples", p.dir.Selection(), len(rows), n)
	}
	if p.selection.Hash == "" { // written by another program
		return rows, nil
	}
	if err := p.selection.CheckGUIDs(len(examples), func(row int) string { return examples[row].GUID }); err != nil {
		return nil, fmt.Errorf("%s: %w; restore it from a copy, or start the experiment again", p.dir.Selection(), err)
	}
	return rows, nil
}
