package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"ftft/configs"
	"ftft/datamap"
	"ftft/datamap/dynamics"
	"ftft/internal/parallel"
	"ftft/train/rundir"
)

// Picture is one run's dynamics, as far as they have come.
type Picture struct {
	Dir      rundir.Dir
	Labels   []string                    // by class
	Map      *datamap.Map                // of the complete epochs; nil before the first
	Rankings map[string]*datamap.Ranking // of Map, by strategy; those that it cannot give are left out
	Points   []Point                     // the data map: none before there is variability
	At       []int32                     // of Points, the example of Map that each is; -1 where it is not there; nil = they are Map's, in its order
	PGold    []float32                   // of the latest epoch, rows seen: the distribution to show before there is a map
	Epoch    int                         // the running one, from 0; -1 if none is
	Seen     int                         // examples that the running epoch has come to
	Examples int                         // that the run trains on
	Preview  bool                        // the points alone, before guids are read: the whole picture comes next
	Problem  error                       // why the dynamics could not be read

	trails *datamap.Map // complete epochs and the running one, for the rows that it has seen
	places map[int32]int32
}

// Point is one example on the data map. Correct is the share of the epochs in which it was predicted correctly, NaN where
// nobody knows.
type Point struct {
	Variability, Confidence, Correct float32
}

// latest gives the map that holds most epochs of an example of Map, and its index there.
func (p *Picture) latest(index int) (*datamap.Map, int) {
	if p.trails != nil {
		if place, seen := p.places[p.Map.Rows[index]]; seen {
			return p.trails, int(place)
		}
	}
	return p.Map, index
}

// Trail gives p(gold) by epoch of an example of Map, the running epoch included if it has come to it.
func (p *Picture) Trail(index int) []float32 {
	m, index := p.latest(index)
	trail := make([]float32, len(m.PGold))
	for epoch := range trail {
		trail[epoch] = m.PGold[epoch][index]
	}
	return trail
}

// Logits gives those of an example of Map by epoch, [E][C], the running epoch included if it has come to it; nil where the source
// has none. They are the map's own: nobody changes them.
func (p *Picture) Logits(index int) [][]float32 {
	m, index := p.latest(index)
	if !m.HasLogits() {
		return nil
	}
	return m.Explain(datamap.Metrics[0], index).Logits
}

// Point gives the place on the data map of an example of Map, nil before it has one.
func (p *Picture) Point(index int) *Point {
	m, index := p.latest(index)
	if !m.Varies() {
		return nil
	}
	point := pointOf(m, index)
	return &point
}

func pointsOf(m *datamap.Map) []Point {
	points := make([]Point, m.Len())
	for i := range points {
		points[i] = pointOf(m, i)
	}
	return points
}

func pointOf(m *datamap.Map, i int) Point {
	return Point{float32(m.Variability[i]), float32(m.Confidence[i]), float32(m.Correct(i))}
}

// camera keeps what has been read of the run that is looked at.
type camera struct {
	dir      rundir.Dir
	form     datamap.Options
	gold     []int32
	guids    []string    // nil until read
	previews int         // given
	epochs   [][]float32 // complete ones' logits
	modified time.Time   // of the running epoch's file, when last read
	step     int         // that a replay stood at
	state    string
	problem  string
	complete *datamap.Map
	rankings map[string]*datamap.Ranking
	rest     time.Time // no new picture of a running epoch before this
}

// PictureOf reads a run's dynamics once, as far as they have come.
func PictureOf(run *Run) (*Picture, error) {
	c := &camera{dir: run.Dir, previews: 1}
	picture, err := c.take(run)
	if err == nil && (picture == nil || picture.Map == nil) {
		err = fmt.Errorf("%s has no complete epoch yet", run.ID())
	}
	return picture, err
}

// restFactor keeps pictures from taking more than this part of one core from the training.
const restFactor = 20

// look gives a new picture of a run if there is anything new in it.
func (f *Feed) look(run *Run) *Picture {
	if f.camera == nil || f.camera.dir != run.Dir {
		f.camera = &camera{dir: run.Dir}
	}
	picture, err := f.camera.take(run)
	switch {
	case err != nil && err.Error() == f.camera.problem:
		return nil
	case err != nil:
		f.camera.problem = err.Error()
		return &Picture{Dir: run.Dir, Epoch: -1, Problem: err}
	case picture != nil:
		f.camera.problem = ""
	}
	return picture
}

func (c *camera) take(run *Run) (*Picture, error) {
	begun := time.Now()
	if c.gold == nil {
		if ready, err := c.readGold(run); !ready || err != nil {
			return nil, err
		}
	}
	if c.guids == nil && len(c.gold) >= previewFrom && run.Epochs >= 2 && c.previews == 0 {
		c.previews++
		return c.preview(run)
	}
	if c.guids == nil {
		if err := c.readGUIDs(run); err != nil {
			return nil, err
		}
	}
	fresh := c.state != run.Status.State || len(c.epochs) != run.Epochs
	if !fresh && begun.Before(c.rest) {
		return nil, nil
	}
	if err := c.readEpochs(run); err != nil {
		return nil, err
	}
	var running []float32
	if run.Active() {
		logits, changed, err := c.readRunning(run)
		if err != nil || !fresh && !changed {
			return nil, err
		}
		running = logits
	} else if !fresh {
		return nil, nil
	}
	c.state = run.Status.State
	picture, err := c.develop(run, running)
	c.rest = time.Now().Add(restFactor * time.Since(begun))
	return picture, err
}

// previewFrom is the number of examples from which on the points are shown before anything else is read.
const previewFrom = 20_000

// preview makes a picture of what takes no guids: the points of the complete epochs.
func (c *camera) preview(run *Run) (*Picture, error) {
	epochs, err := readMore(run, nil)
	if err != nil {
		return nil, err
	}
	m, err := datamap.New(datamap.Input{GUIDs: make([]string, len(c.gold)), Gold: c.gold, Classes: len(run.Manifest.Labels), Epochs: epochs}, c.form)
	if err != nil {
		return nil, err
	}
	return &Picture{Dir: run.Dir, Labels: run.Manifest.Labels, Epoch: -1, Preview: true, Points: pointsOf(m)}, nil
}

// readGold reads the gold labels; not ready if the run has not written them yet.
func (c *camera) readGold(run *Run) (ready bool, err error) {
	gold, _, err := dynamics.ReadNPYInt32(run.Dir.Gold())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if c.form, err = FormOf(run.Dir); err != nil {
		return false, err
	}
	c.gold = gold
	return true, nil
}

func (c *camera) readGUIDs(run *Run) error {
	records, err := rundir.ReadExamples(run.Dir.Examples())
	if err != nil {
		return err
	}
	if len(records) != len(c.gold) {
		return fmt.Errorf("%s holds %d labels, %s %d examples: they are of different data", run.Dir.Gold(), len(c.gold), run.Dir.Examples(), len(records))
	}
	c.guids = make([]string, len(records))
	for i, record := range records {
		c.guids[i] = record.GUID
	}
	return nil
}

// FormOf gives the form of the measures that a run's config asks for; a run without a config has cartography's.
func FormOf(dir rundir.Dir) (datamap.Options, error) {
	if _, err := os.Stat(dir.Config()); errors.Is(err, fs.ErrNotExist) {
		return datamap.Options{}, nil
	}
	config, err := configs.Load(dir.Config())
	return datamap.Options{Sample: config.Selection.Formula == "sample"}, err
}

// readEpochs reads the complete epochs that are new and computes their map and rankings.
func (c *camera) readEpochs(run *Run) error {
	if len(c.epochs) > run.Epochs { // the run was started over, or a replay goes back
		c.epochs, c.complete, c.rankings = nil, nil, nil
	}
	if len(c.epochs) == run.Epochs {
		return nil
	}
	epochs, err := readMore(run, c.epochs)
	if err != nil {
		return err
	}
	complete, err := datamap.New(c.input(run, epochs), c.form)
	if err != nil {
		return err
	}
	c.epochs, c.complete, c.rankings = epochs, complete, rankingsOf(complete, run.Manifest.Seed)
	return nil
}

// readMore adds the complete epochs that are missing.
func readMore(run *Run, epochs [][]float32) ([][]float32, error) {
	for len(epochs) < run.Epochs {
		epoch, err := dynamics.ReadEpoch(run.Dir.Epoch(len(epochs)))
		if err != nil {
			return nil, err
		}
		epochs = append(epochs, epoch.Logits)
	}
	return epochs, nil
}

// rankingsOf sorts a map by every strategy that it has what for.
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

func (c *camera) input(run *Run, epochs [][]float32) datamap.Input {
	return datamap.Input{GUIDs: c.guids, Gold: c.gold, Labels: run.Manifest.Labels, Classes: len(run.Manifest.Labels), Epochs: epochs}
}

// readRunning reads the epoch that is being written, nil if there is none.
func (c *camera) readRunning(run *Run) (logits []float32, changed bool, err error) {
	path := run.Dir.Epoch(run.Epochs)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	changed = !info.ModTime().Equal(c.modified) || run.Replay != nil && c.step != run.Status.Step
	c.modified, c.step = info.ModTime(), run.Status.Step
	epoch, err := dynamics.ReadEpoch(path)
	if err != nil {
		return nil, false, err
	}
	if run.Replay != nil {
		return hide(run, epoch.Logits, len(run.Manifest.Labels), run.Epochs), changed, nil
	}
	return epoch.Logits, changed, nil
}

// develop makes the picture: the complete epochs' map and, for the rows that the running epoch has seen, theirs with it.
func (c *camera) develop(run *Run, running []float32) (*Picture, error) {
	p := &Picture{Dir: run.Dir, Labels: run.Manifest.Labels, Map: c.complete, Rankings: c.rankings, Epoch: -1}
	if run.Start != nil {
		p.Examples = run.Start.Examples
	}
	if c.complete != nil {
		p.PGold = c.complete.PGold[c.complete.Epochs-1]
	}
	if running != nil {
		trails, err := datamap.New(c.input(run, append(c.epochs[:len(c.epochs):len(c.epochs)], running)), c.form)
		if err != nil {
			return nil, err
		}
		p.Epoch, p.Seen, p.trails = len(c.epochs), trails.Len(), trails
		p.places = make(map[int32]int32, trails.Len())
		for place, row := range trails.Rows {
			p.places[row] = int32(place)
		}
		if c.complete == nil {
			p.PGold = trails.PGold[0]
		}
	}
	p.plot()
	return p, nil
}

// plot gives every example that has variability its point, from as many epochs as it has been seen in.
func (p *Picture) plot() {
	if p.trails != nil && p.trails.Epochs >= 2 {
		for i := range p.trails.Rows {
			p.Points = append(p.Points, pointOf(p.trails, i))
		}
		p.At = indices(p.trails.Rows, p.Map)
	}
	if p.Map != nil && p.Map.Varies() {
		for i, row := range p.Map.Rows {
			if _, plotted := p.places[row]; !plotted {
				p.Points = append(p.Points, pointOf(p.Map, i))
				if p.At != nil {
					p.At = append(p.At, int32(i))
				}
			}
		}
	}
}

// indices finds rows, ascending, on a map: -1 where it has none of them, or where there is no map.
func indices(rows []int32, on *datamap.Map) []int32 {
	at, next := make([]int32, len(rows)), 0
	for k, row := range rows {
		at[k] = -1
		if on == nil {
			continue
		}
		for next < on.Len() && on.Rows[next] < row {
			next++
		}
		if next < on.Len() && on.Rows[next] == row {
			at[k] = int32(next)
		}
	}
	return at
}

// AfterEpochs is how the points were after so many epochs of the map, at least two; nothing else is in that picture. It takes
// time.
func (p *Picture) AfterEpochs(epochs int) (*Picture, error) {
	m, err := p.Map.Between(0, epochs)
	if err != nil {
		return nil, err
	}
	before := &Picture{Dir: p.Dir, Labels: p.Labels, Epoch: -1, Points: pointsOf(m)}
	if m.Len() != p.Map.Len() {
		before.At = indices(m.Rows, p.Map)
	}
	return before, nil
}
