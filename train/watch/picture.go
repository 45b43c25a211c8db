package watch

import (
	"ftft/datamap"
	"ftft/train/rundir"
)

// Picture is the dynamics of one run up to a poll. It is immutable.
type Picture struct {
	Dir      rundir.Dir
	Labels   []string                    // by class
	Map      *datamap.Map                // of the complete epochs; nil before the first
	Rankings map[string]*datamap.Ranking // of Map, by strategy; strategies that it lacks the measures for are left out
	Points   []Point                     // the data map; none before there is variability
	Levels   datamap.Levels              // of the correctness of Points
	At       []int32                     // for each of Points, its example in Map, or -1; nil = Points are Map's examples, in order
	PGold    []float32                   // of the latest epoch's rows: the distribution to show before there is a map
	Epoch    int                         // the running one, from 0; -1 = none
	Seen     int                         // examples that the running epoch has reached
	Examples int                         // that the run trains on
	Preview  bool                        // only Points is set; the whole picture follows
	Problem  error                       // why the dynamics could not be read

	trails  *datamap.Map    // complete epochs and the running one, of the rows that the latter has reached
	inTrail map[int32]int32 // by row, the example in trails
}

// Point is one example on the data map. Correct is the fraction of the epochs in which it was predicted correctly, NaN if unknown.
type Point struct {
	Variability, Confidence, Correct float32
}

// latest returns the map that holds most epochs of an example of Map, and its index there.
func (p *Picture) latest(index int) (*datamap.Map, int) {
	if p.trails != nil {
		if i, ok := p.inTrail[p.Map.Rows[index]]; ok {
			return p.trails, int(i)
		}
	}
	return p.Map, index
}

// Trail returns p(gold) by epoch of an example of Map, including the running epoch if that has reached the example.
func (p *Picture) Trail(index int) []float32 {
	m, index := p.latest(index)
	trail := make([]float32, len(m.PGold))
	for epoch := range trail {
		trail[epoch] = m.PGold[epoch][index]
	}
	return trail
}

// Logits returns the logits of an example of Map by epoch, [E][C], including the running epoch if that has reached the example; nil
// if the source has none. They are the map's own: callers must not change them.
func (p *Picture) Logits(index int) [][]float32 {
	m, index := p.latest(index)
	if !m.HasLogits() {
		return nil
	}
	return m.Explain(datamap.Metrics[0], index).Logits
}

// Point returns the point of an example of Map, nil before it has one.
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

// setPoints sets a point for each example that has variability, from all epochs that have reached it.
func (p *Picture) setPoints() {
	complete := p.Map != nil && p.Map.Varies()
	switch reached := p.trails != nil && p.trails.Epochs >= 2; {
	case complete:
		p.Levels = datamap.Levels{Epochs: p.Map.Epochs, Mixed: reached && p.trails.Len() > 0}
	case reached:
		p.Levels = datamap.Levels{Epochs: p.trails.Epochs}
	}
	if p.trails != nil && p.trails.Epochs >= 2 {
		for i := range p.trails.Rows {
			p.Points = append(p.Points, pointOf(p.trails, i))
		}
		p.At = indices(p.trails.Rows, p.Map)
	}
	if complete {
		for i, row := range p.Map.Rows {
			if _, done := p.inTrail[row]; !done {
				p.Points = append(p.Points, pointOf(p.Map, i))
				if p.At != nil {
					p.At = append(p.At, int32(i))
				}
			}
		}
	}
}

// indices returns for each of rows, ascending, its example in m: -1 where m does not have the row or is nil.
func indices(rows []int32, m *datamap.Map) []int32 {
	at, next := make([]int32, len(rows)), 0
	for k, row := range rows {
		at[k] = -1
		if m == nil {
			continue
		}
		for next < m.Len() && m.Rows[next] < row {
			next++
		}
		if next < m.Len() && m.Rows[next] == row {
			at[k] = int32(next)
		}
	}
	return at
}

// AfterEpochs returns a picture of the map after its first epochs, at least two. It holds only the points. It takes time: call it in
// the background.
func (p *Picture) AfterEpochs(epochs int) (*Picture, error) {
	m, err := p.Map.Between(0, epochs)
	if err != nil {
		return nil, err
	}
	earlier := &Picture{Dir: p.Dir, Labels: p.Labels, Epoch: -1, Points: pointsOf(m), Levels: datamap.Levels{Epochs: epochs}}
	if m.Len() != p.Map.Len() {
		earlier.At = indices(m.Rows, p.Map)
	}
	return earlier, nil
}
