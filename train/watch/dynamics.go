package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"ftft/datamap"
	"ftft/datamap/dynamics"
	"ftft/train/rundir"
)

// pictureReader reads one run's dynamics as they grow, and keeps what it has read.
type pictureReader struct {
	dir      rundir.Dir
	form     datamap.Options
	gold     []int32
	guids    []string // nil until read
	previews int      // the number of previews returned
	problem  string   // the last one returned

	epochs   [][]float32 // logits of the complete epochs, and of these:
	complete *datamap.Map
	rankings map[string]*datamap.Ranking

	modified time.Time // the running epoch's file, when it was last read
	step     int       // of a replay, then
	state    string    // of the run, then
	rest     time.Time // no new picture of a running epoch before this
}

// PictureOf reads a run's dynamics once. It is an error if no epoch is complete.
func PictureOf(run *Run) (*Picture, error) {
	if run.Brief {
		record, err := rundir.ReadRecord(run.Dir)
		if corrupt := (*rundir.Corrupt)(nil); err != nil && !errors.As(err, &corrupt) {
			return nil, err
		}
		whole := *run
		whole.Record, whole.Brief = record, false
		run = &whole
	}
	r := &pictureReader{dir: run.Dir, previews: 1}
	picture, err := r.read(run)
	if err == nil && (picture == nil || picture.Map == nil) {
		err = fmt.Errorf("%s has no complete epoch yet", run.ID())
	}
	return picture, err
}

// picture returns a new picture of a run, nil if its dynamics have not changed.
func (f *Feed) picture(run *Run) *Picture {
	if f.dynamics == nil || f.dynamics.dir != run.Dir {
		f.dynamics = &pictureReader{dir: run.Dir}
	}
	picture, err := f.dynamics.read(run)
	switch {
	case err != nil && err.Error() == f.dynamics.problem:
		return nil
	case err != nil:
		f.dynamics.problem = err.Error()
		return &Picture{Dir: run.Dir, Epoch: -1, Problem: err}
	case picture != nil:
		f.dynamics.problem = ""
	}
	return picture
}

// restFactor bounds the time that pictures of a running epoch take from the training: 1/restFactor of one core.
const restFactor = 20

// previewFrom is the number of examples from which on a preview, the points alone, is returned before anything else is read.
const previewFrom = 20_000

// read returns a new picture, nil if nothing has changed.
func (r *pictureReader) read(run *Run) (*Picture, error) {
	began := time.Now()
	if r.gold == nil {
		if ready, err := r.readGold(); !ready || err != nil {
			return nil, err
		}
	}
	if r.guids == nil && len(r.gold) >= previewFrom && run.Epochs >= 2 && r.previews == 0 {
		r.previews++
		return r.preview(run)
	}
	if r.guids == nil {
		if err := r.readGUIDs(); err != nil {
			return nil, err
		}
	}
	fresh := r.state != run.Status.State || len(r.epochs) != run.Epochs
	if !fresh && began.Before(r.rest) {
		return nil, nil
	}
	if err := r.readComplete(run); err != nil {
		return nil, err
	}
	var running []float32
	if run.Active() {
		logits, changed, err := r.readRunning(run)
		if err != nil || !fresh && !changed {
			return nil, err
		}
		running = logits
	} else if !fresh {
		return nil, nil
	}
	r.state = run.Status.State
	picture, err := r.compose(run, running)
	r.rest = time.Now().Add(restFactor * time.Since(began))
	return picture, err
}

// preview returns a picture of the points of the complete epochs, which need no guids.
func (r *pictureReader) preview(run *Run) (*Picture, error) {
	epochs, err := readEpochs(run.Dir, nil, 0, run.Epochs, &run.Record)
	if err != nil {
		return nil, err
	}
	m, err := datamap.New(mapInput(run.Manifest.Labels, make([]string, len(r.gold)), r.gold, epochs), r.form)
	if err != nil {
		return nil, err
	}
	return &Picture{
		Dir: run.Dir, Labels: run.Manifest.Labels, Epoch: -1, Preview: true, Points: pointsOf(m), Levels: datamap.Levels{Epochs: m.Epochs},
	}, nil
}

// readGold reads the gold classes. ready is false if the run has not written them yet.
func (r *pictureReader) readGold() (ready bool, err error) {
	gold, _, err := dynamics.ReadNPYInt32(r.dir.Gold())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if r.form, err = FormOf(r.dir); err != nil {
		return false, err
	}
	r.gold = gold
	return true, nil
}

func (r *pictureReader) readGUIDs() error {
	guids, _, err := readExamples(r.dir)
	if err != nil {
		return err
	}
	if len(guids) != len(r.gold) {
		return fmt.Errorf("%s has %d labels and %s %d examples: they belong to different data",
			r.dir.Gold(), len(r.gold), r.dir.Examples(), len(guids))
	}
	r.guids = guids
	return nil
}

// readComplete reads the complete epochs that are new and computes their map and rankings.
func (r *pictureReader) readComplete(run *Run) error {
	if len(r.epochs) > run.Epochs { // the run was started over, or a replay goes back
		r.epochs, r.complete, r.rankings = nil, nil, nil
	}
	if len(r.epochs) == run.Epochs {
		return nil
	}
	epochs, err := readEpochs(run.Dir, r.epochs, 0, run.Epochs, &run.Record)
	if err != nil {
		return err
	}
	complete, err := datamap.New(mapInput(run.Manifest.Labels, r.guids, r.gold, epochs), r.form)
	if err != nil {
		return err
	}
	r.epochs, r.complete, r.rankings = epochs, complete, rankingsOf(complete, run.Manifest.Seed)
	return nil
}

// readRunning reads the logits of the running epoch, nil if there is none, and reports whether they may have changed.
func (r *pictureReader) readRunning(run *Run) (logits []float32, changed bool, err error) {
	path := run.Dir.Epoch(run.Epochs)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	changed = !info.ModTime().Equal(r.modified) || run.Replay != nil && r.step != run.Status.Step
	r.modified, r.step = info.ModTime(), run.Status.Step
	epoch, err := dynamics.ReadEpoch(path)
	if err != nil {
		return nil, false, err
	}
	if run.Replay != nil {
		return hide(run, epoch.Logits, len(run.Manifest.Labels), run.Epochs), changed, nil
	}
	return epoch.Logits, changed, nil
}

// compose makes the picture of the complete epochs' map and, for the rows that the running epoch has reached, of their map with it.
func (r *pictureReader) compose(run *Run, running []float32) (*Picture, error) {
	p := &Picture{Dir: run.Dir, Labels: run.Manifest.Labels, Map: r.complete, Rankings: r.rankings, Epoch: -1}
	if run.Start != nil {
		p.Examples = run.Start.Examples
	}
	if r.complete != nil {
		p.PGold = r.complete.PGold[r.complete.Epochs-1]
	}
	if running != nil {
		epochs := append(r.epochs[:len(r.epochs):len(r.epochs)], running)
		trails, err := datamap.New(mapInput(run.Manifest.Labels, r.guids, r.gold, epochs), r.form)
		if err != nil {
			return nil, err
		}
		p.Epoch, p.Seen, p.trails = len(r.epochs), trails.Len(), trails
		p.inTrail = make(map[int32]int32, trails.Len())
		for i, row := range trails.Rows {
			p.inTrail[row] = int32(i)
		}
		if r.complete == nil {
			p.PGold = trails.PGold[0]
		}
	}
	p.setPoints()
	return p, nil
}
