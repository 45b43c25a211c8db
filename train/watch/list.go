package watch

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"ftft/train/metric"
	"ftft/train/rundir"
)

// Row is a run in a list of runs, in one of its groups.
type Row struct {
	Group *Group
	Run   *Run
}

// A Column is what a list of runs can be sorted by.
type Column struct {
	Name string // such as "state" or "OOD test"
	Kind string // of a score: id | ood; empty for other columns
	Use  string // of a score: validation | test

	Falling bool // the greatest is first, unless the list is reversed

	compare func(a, b Row) int // of other columns
}

// Columns are the columns of a list of runs. The first keeps the order of the groups. A score is the mean accuracy over the sets of
// one kind and use.
var Columns = []Column{
	{Name: "experiment", compare: func(Row, Row) int { return 0 }},
	{Name: "run", compare: func(a, b Row) int { return cmp.Compare(a.Run.ID(), b.Run.ID()) }},
	{Name: "arm", compare: func(a, b Row) int { return cmp.Compare(a.Run.Name(), b.Run.Name()) }},
	{Name: "seed", compare: func(a, b Row) int { return cmp.Compare(a.Run.Manifest.Seed, b.Run.Manifest.Seed) }},
	{Name: "state", compare: func(a, b Row) int { return cmp.Compare(stateOrder(a.Run), stateOrder(b.Run)) }},
	{Name: "OOD test", Kind: "ood", Use: "test", Falling: true},
	{Name: "OOD val", Kind: "ood", Use: "validation", Falling: true},
	{Name: "ID test", Kind: "id", Use: "test", Falling: true},
	{Name: "ID val", Kind: "id", Use: "validation", Falling: true},
	{Name: "progress", Falling: true, compare: func(a, b Row) int { return cmp.Compare(a.Run.Progress(), b.Run.Progress()) }},
	{Name: "created", Falling: true, compare: func(a, b Row) int { return a.CreatedAt().Compare(b.CreatedAt()) }},
}

// IsScore reports whether the column is a score.
func (c *Column) IsScore() bool { return c.Kind != "" }

// FindColumn returns the index in Columns of a name, -1 if none has it.
func FindColumn(name string) int {
	return slices.IndexFunc(Columns, func(c Column) bool { return strings.EqualFold(c.Name, name) })
}

// stateRanks are the states in the order of a list: what trains, what waits, what failed, what is done.
var stateRanks = []string{
	rundir.Running, Waiting, Paused, Queued, rundir.Pending, Broken, Missing, rundir.Failed, rundir.Interrupted, rundir.Stopped,
	rundir.NotStarted, rundir.Complete,
}

func stateOrder(run *Run) int { return slices.Index(stateRanks, run.State()) }

// CreatedAt returns when the run was created or, if it is only planned, its experiment.
func (r Row) CreatedAt() time.Time {
	if r.Run.Manifest.Created.IsZero() {
		return r.Group.Created
	}
	return r.Run.Manifest.Created
}

// Progress returns the share of the steps that have been taken, 0 before the run has started.
func (r *Run) Progress() float64 {
	if r.Start == nil {
		return 0
	}
	return float64(r.Status.Step) / float64(max(r.Start.MaxSteps, 1))
}

// ScoredAt returns the step of the evaluation that reports score the run by: the best one if the arm stops early and the run has
// ended, otherwise the last one; 0 before the first.
func (r *Run) ScoredAt() int {
	finish := r.Status.Finish
	if finish != nil && finish.BestStep > 0 && r.Manifest.Role == rundir.Main && r.Manifest.Arm.StopsEarly() {
		return finish.BestStep
	}
	if n := len(r.Evaluations); n > 0 {
		return r.Evaluations[n-1].Step
	}
	return 0
}

// Score returns the mean accuracy over the sets of a kind and a use at the step ScoredAt, and the number of these sets.
func (r *Run) Score(kind, use string) (accuracy float64, sets int) {
	at, sum := r.ScoredAt(), 0.0
	for i := len(r.Evaluations) - 1; i >= 0 && r.Evaluations[i].Step >= at; i-- {
		if e := &r.Evaluations[i]; e.Step == at && e.SetKind == kind && e.Use == use {
			sum += e.Accuracy
			sets++
		}
	}
	return sum / float64(max(sets, 1)), sets
}

// ScoredSets returns the sets of a kind and a use that Score is the mean over.
func (r *Run) ScoredSets(kind, use string) (sets []metric.Set) {
	at := r.ScoredAt()
	for i := range r.Evaluations {
		if e := &r.Evaluations[i]; e.Step == at && e.SetKind == kind && e.Use == use {
			sets = append(sets, e.EvalSet())
		}
	}
	return sets
}

// List is the choice and the order of a list of runs.
type List struct {
	Column   int // of Columns
	Reversed bool
	Words    string // only runs that have all of these words in their ID, experiment, arm, strategy or state
}

// Rows returns the runs of groups that the list has, in its order. Runs that are equal by the column, or have no score, stay in the
// order of the groups.
func (l List) Rows(groups []*Group) []Row {
	var rows []Row
	words := strings.Fields(strings.ToLower(l.Words))
	for _, group := range groups {
		for _, run := range group.Runs {
			if row := (Row{group, run}); row.has(words) {
				rows = append(rows, row)
			}
		}
	}
	column := &Columns[l.Column]
	switch {
	case l.Column == 0 && l.Reversed:
		slices.Reverse(rows)
	case l.Column == 0:
	case column.IsScore():
		sortByScore(rows, column, l.Reversed)
	default:
		slices.SortStableFunc(rows, func(a, b Row) int {
			if l.Reversed != column.Falling {
				return column.compare(b, a)
			}
			return column.compare(a, b)
		})
	}
	return rows
}

// sortByScore sorts by a score, the highest first unless reversed. Runs without it come last.
func sortByScore(rows []Row, column *Column, reversed bool) {
	scores := make(map[*Run]float64, len(rows))
	for _, row := range rows {
		if score, sets := row.Run.Score(column.Kind, column.Use); sets > 0 {
			scores[row.Run] = score
		}
	}
	slices.SortStableFunc(rows, func(a, b Row) int {
		x, hasX := scores[a.Run]
		y, hasY := scores[b.Run]
		switch {
		case !hasX || !hasY:
			return cmp.Compare(btoi(hasY), btoi(hasX))
		case reversed:
			return cmp.Compare(x, y)
		}
		return cmp.Compare(y, x)
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Distinct returns the number of runs in rows. A run that several experiments share counts once, and an experiment whose plan cannot
// be read is no run.
func Distinct(rows []Row) int {
	seen := make(map[rundir.Dir]bool, len(rows))
	for _, row := range rows {
		if !row.Run.Experiment {
			seen[row.Run.Dir] = true
		}
	}
	return len(seen)
}

// SharedWith returns the names of the other experiments that use the row's run.
func (r Row) SharedWith() []string { return r.Group.SharedWith(r.Run) }

// has reports whether the row has all words, which are in lower case.
func (r Row) has(words []string) bool {
	if len(words) == 0 {
		return true
	}
	text := r.Run.ID() + " " + r.Run.Name() + " " + r.Run.State() + " " + r.Group.Name
	if s := r.Run.Selection; s != nil {
		text += " " + s.Strategy + " " + s.Rule
	}
	text = strings.ToLower(text)
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
}
