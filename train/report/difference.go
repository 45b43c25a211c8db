package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"ftft/configs"
	"ftft/train/metric"
	"ftft/train/rundir"
)

// Comparison compares an arm with erm, over the seeds that both have.
type Comparison struct {
	Name     string       `json:"name"` // the Name of its arms
	Arm      rundir.Arm   `json:"arm"`
	Runs     []string     `json:"runs"`     // one for each seed
	ERM      []string     `json:"erm"`      // the erm runs that these are compared with
	Scores   []Difference `json:"scores"`   // on each set, then on the mean of Report.Sets where that is of several
	Reached  []Reach      `json:"reached"`  // one for each seed
	Sentence string       `json:"sentence"` // as Report.Sentence, on this arm

	settings []string // in which the arm differs from erm: "lr 0.002 against 0.001"
}

// The ways in which the uncertainty of a difference is known.
const (
	ByExamples = "examples" // one seed: a paired bootstrap over the examples of the evaluation set
	BySeeds    = "seeds"    // several seeds: their spread, by Student's t over the differences
	Unknown    = "unknown"  // one seed, and no logits are saved
)

// Difference is the score of an arm minus that of erm, each at its ScoredAt. Of several seeds it is the mean.
type Difference struct {
	Sets        []metric.Set `json:"sets"`  // whose mean score it is of; usually one
	Value       float64      `json:"value"` // in the units of Report.Metric
	Low         float64      `json:"low"`   // of the 95 % interval
	High        float64      `json:"high"`
	Uncertainty string       `json:"uncertainty"` // what the interval is of: examples | seeds | unknown
	Resamples   int          `json:"resamples,omitempty"`
	Seeds       int          `json:"seeds"`

	samples []float64 // of the bootstrap
}

// Noise reports whether the difference may be chance: its interval holds 0. ok is false if there is no interval.
func (d *Difference) Noise() (noise, ok bool) {
	return d.Low <= 0 && d.High >= 0, d.Uncertainty != Unknown
}

// Reach is when an arm first scores as well, on the mean of Report.Sets, as erm at its best evaluation.
type Reach struct {
	Run     string  `json:"run"`
	Wanted  float64 `json:"wanted"`  // the best score of erm
	Best    float64 `json:"best"`    // the best score of the arm
	Step    int     `json:"step"`    // 0 = it never does
	Share   float64 `json:"share"`   // of erm's budget
	Compute float64 `json:"compute"` // up to the step, in Arm.Compute's unit; 0 = not known yet
}

// comparedSets returns the sets whose mean score decides: the OOD test sets; without any, the OOD validation sets; without any
// OOD set, the ID test sets; and else the ID validation sets.
func comparedSets(all []metric.Set) []metric.Set {
	sets := []metric.Set{}
	for _, wanted := range [][2]string{{"ood", "test"}, {"ood", "validation"}, {"id", "test"}, {"id", "validation"}} {
		for _, s := range all {
			if s.Kind == wanted[0] && s.Use == wanted[1] {
				sets = append(sets, s)
			}
		}
		if len(sets) > 0 {
			break
		}
	}
	return sets
}

// compare completes a report of outcomes: the evaluations of each arm, the differences to erm and the sentences. It leaves out a
// difference whose files cannot be read.
func (reader *Reader) compare(r *Report, outcomes map[string]*outcome) {
	r.Sets, r.Differences = comparedSets(r.allSets()), []Comparison{}
	for i := range r.Arms {
		r.Arms[i].Evaluations = r.points(&r.Arms[i], outcomes[r.Arms[i].Run])
	}
	r.lines = r.findLines()
	for i := range r.lines {
		if l := &r.lines[i]; l.Arms[0].Arm == rundir.Reference && r.leads(l) {
			c, err := reader.comparison(r, l, r.Sets, outcomes)
			if err != nil {
				r.Problems = append(r.Problems, lost(err))
				continue
			}
			r.leader, _ = c.Compared(r)
		}
	}
	lineOf := map[int]int{} // by the index of a comparison
	for i := range r.lines {
		if r.lines[i].Arms[0].Arm == rundir.Reference {
			continue
		}
		c, err := reader.comparison(r, &r.lines[i], r.allSets(), outcomes)
		if err != nil {
			r.Problems = append(r.Problems, lost(err))
			continue
		}
		if c.Sentence = r.sentenceOn(&c, &r.lines[i]); len(c.Runs) > 0 {
			lineOf[len(r.Differences)] = i
			r.Differences = append(r.Differences, c)
		}
	}
	for i := range r.Differences {
		r.lines[lineOf[i]].Compared = &r.Differences[i]
	}
	r.Sentence = r.sentence()
}

// lower reports whether lower scores are better.
func (r *Report) lower() bool { return r.Metric == "loss" }

// Better reports whether score a is better than b.
func (r *Report) Better(a, b float64) bool {
	if r.lower() {
		return a < b
	}
	return a > b
}

// points returns the mean score of each evaluation up to where the arm stopped.
func (r *Report) points(a *Arm, o *outcome) []Point {
	points := []Point{}
	for _, mean := range o.record.Means(r.Metric, func(s metric.Set) bool { return slices.Contains(r.Sets, s) }) {
		if mean.Step <= a.Steps {
			points = append(points, Point{mean.Step, a.computeAt(mean.Step), mean.Score})
		}
	}
	return points
}

// computeAt returns the compute up to a step, 0 if it is not known.
func (a *Arm) computeAt(step int) float64 {
	switch {
	case a.Compute == 0:
		return 0
	case a.Arm == rundir.Reference:
		return a.Compute * float64(step) / float64(max(a.MaxSteps, 1))
	default:
		return a.Compute - float64(a.Steps)/a.plain + float64(step)/a.plain
	}
}

// best returns the best of points, the first of equals; nil without points.
func (r *Report) best(points []Point) (best *Point) {
	for i := range points {
		if best == nil || r.Better(points[i].Score, best.Score) {
			best = &points[i]
		}
	}
	return best
}

// scored returns the mean score over Report.Sets at the arm's ScoredAt.
func (a *Arm) scored() (score float64, ok bool) {
	for _, p := range a.Evaluations {
		if p.Step == a.ScoredAt {
			return p.Score, true
		}
	}
	return 0, false
}

// erm returns the erm run of a seed, if possible one with the settings of the experiment; nil if there is none.
func (r *Report) erm(seed int64) (erm *Arm) {
	for i := range r.Arms {
		if a := &r.Arms[i]; a.Arm == rundir.ERM && a.Seed == seed && (erm == nil || len(erm.Set) > 0 && len(a.Set) == 0) {
			erm = a
		}
	}
	return erm
}

// leads reports whether no other line has as good a score on Report.Sets as l.
func (r *Report) leads(l *Line) bool {
	score, ok := l.Score(r, r.Sets)
	return ok && !slices.ContainsFunc(r.lines, func(other Line) bool {
		rival, known := other.Score(r, r.Sets)
		return known && other.Arms[0] != l.Arms[0] && !r.Better(score, rival)
	})
}

// comparison compares a line with erm on some sets. Its Runs are empty for erm itself, and if no seed has scores of both.
func (reader *Reader) comparison(r *Report, l *Line, sets []metric.Set, outcomes map[string]*outcome) (c Comparison, err error) {
	c = Comparison{Name: l.Name, Arm: l.Arms[0].Arm}
	bySet := map[metric.Set][]Difference{}
	var means []Difference
	for _, a := range l.Arms {
		erm := r.erm(a.Seed)
		if a == erm || erm == nil || len(a.Scores) == 0 || len(erm.Scores) == 0 {
			continue
		}
		c.Runs, c.ERM = append(c.Runs, a.Run), append(c.ERM, erm.Run)
		if len(c.Runs) == 1 {
			c.settings = differentSettings(a, erm, &outcomes[a.Run].config, &outcomes[erm.Run].config)
		}
		var compared []Difference // on Report.Sets
		for _, set := range sets {
			x, okA := a.Scores[set.Name]
			y, okB := erm.Scores[set.Name]
			if !okA || !okB {
				continue
			}
			d := Difference{Sets: []metric.Set{set}, Value: x.value(r.Metric) - y.value(r.Metric), Uncertainty: Unknown, Seeds: 1}
			here, there := evaluation{outcomes[a.Run].dir, set.Name, a.ScoredAt}, evaluation{outcomes[erm.Run].dir, set.Name, erm.ScoredAt}
			d.samples, err = reader.bootstrap(here, there, r.Metric, len(outcomes[a.Run].manifest.Labels))
			if err != nil {
				return c, err
			}
			d.setInterval()
			bySet[set] = append(bySet[set], d)
			if slices.Contains(r.Sets, set) {
				compared = append(compared, d)
			}
		}
		if len(compared) > 0 && len(compared) == len(r.Sets) {
			means = append(means, mean(compared))
		}
		if reach, ok := r.reach(a, erm); ok {
			c.Reached = append(c.Reached, reach)
		}
	}
	for _, set := range sets {
		if len(bySet[set]) > 0 {
			c.Scores = append(c.Scores, joined(bySet[set]))
		}
	}
	if len(r.Sets) > 1 && len(means) > 0 {
		c.Scores = append(c.Scores, joined(means))
	}
	return c, nil
}

// differentSettings returns the settings in which an arm differs from erm, each with both values. Those of early stopping are left
// out, because erm never stops early.
func differentSettings(a, erm *Arm, config, ermConfig *configs.Config) (list []string) {
	if maps.Equal(a.Set, erm.Set) {
		return nil
	}
	values := map[string]configs.Change{}
	for _, change := range configs.Differences(*ermConfig, *config) {
		values[change.Key] = change
	}
	keys := maps.Clone(erm.Set)
	if keys == nil {
		keys = map[string]string{}
	}
	maps.Copy(keys, a.Set)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		change, differs := values[key]
		labels := rundir.SettingLabels(map[string]string{key: cmp.Or(a.Set[key], change.To)}) // as the arm's name has it
		if !differs || !strings.HasPrefix(key, "main.train.") || len(labels) == 0 {
			continue
		}
		if change.From != "0" { // a budget of 0 steps is one in epochs
			labels[0] += " against " + change.From
		}
		list = append(list, labels[0])
	}
	return list
}

// setInterval sets the interval by the bootstrap's samples, if there are any.
func (d *Difference) setInterval() {
	if d.Resamples = len(d.samples); d.Resamples > 0 {
		d.Uncertainty = ByExamples
		d.Low, d.High = interval(d.samples)
	}
}

// mean returns the mean over the differences on several sets of one seed. Its k-th sample is the mean of theirs.
func mean(sets []Difference) Difference {
	d := Difference{Uncertainty: Unknown, Seeds: 1}
	samples := len(sets[0].samples)
	for _, s := range sets {
		d.Sets = append(d.Sets, s.Sets...)
		d.Value += s.Value / float64(len(sets))
		samples = min(samples, len(s.samples))
	}
	d.samples = make([]float64, samples)
	for k := range d.samples {
		for _, s := range sets {
			d.samples[k] += s.samples[k] / float64(len(sets))
		}
	}
	d.setInterval()
	return d
}

// joined joins the differences of several seeds into one.
func joined(seeds []Difference) Difference {
	if len(seeds) == 1 {
		return seeds[0]
	}
	var values []float64
	for _, d := range seeds {
		values = append(values, d.Value)
	}
	d := Difference{Sets: seeds[0].Sets, Uncertainty: BySeeds, Seeds: len(seeds)}
	d.Value, d.Low, d.High = overSeeds(values)
	return d
}

// reach returns when an arm first scores as well as erm at its best. ok is false before both have scores.
func (r *Report) reach(a, erm *Arm) (reach Reach, ok bool) {
	wanted, best := r.best(erm.Evaluations), r.best(a.Evaluations)
	if wanted == nil || best == nil {
		return reach, false
	}
	reach = Reach{Run: a.Run, Wanted: wanted.Score, Best: best.Score}
	for _, p := range a.Evaluations {
		if !r.Better(wanted.Score, p.Score) {
			reach.Step, reach.Share, reach.Compute = p.Step, float64(p.Step)/float64(max(erm.MaxSteps, 1)), p.Compute
			break
		}
	}
	return reach, true
}

// Compared returns the difference on the mean of Report.Sets. ok is false if there is none.
func (c *Comparison) Compared(r *Report) (d *Difference, ok bool) { return c.on(r.Sets) }

// on returns the difference on the mean of sets.
func (c *Comparison) on(sets []metric.Set) (d *Difference, ok bool) {
	for i := range c.Scores {
		if slices.Equal(c.Scores[i].Sets, sets) {
			return &c.Scores[i], true
		}
	}
	return nil, false
}
