package watch

import (
	"time"

	"ftft/configs"
	"ftft/train/cost"
	"ftft/train/nn/spec"
	"ftft/train/report"
	"ftft/train/rundir"
)

// Remaining is an estimate of the time until an experiment is over.
type Remaining struct {
	Time    time.Duration // of the runs whose speed is known
	Scaled  bool          // the speed of some runs is that of the other model, by the ratio of FLOPs
	Unknown bool          // the speed of some runs is unknown, and Time leaves them out
	Stops   bool          // some runs may stop early, and then end sooner
}

// planned is what an experiment's plan says about runs that have not started.
type planned struct {
	plan   rundir.Study // that it was read from
	config configs.Config
	models map[string]spec.Spec     // by role; without those that cannot be read
	train  map[string]configs.Train // by run ID
}

// readPlanned reads the config of a running experiment. One that cannot be read leaves the times of its runs unknown; its
// process reports why.
func readPlanned(dir rundir.StudyDir, plan rundir.Study) *planned {
	p := &planned{plan: plan, models: map[string]spec.Spec{}, train: map[string]configs.Train{}}
	config, err := configs.Parse(dir.Study(), plan.Config, "")
	if err != nil {
		return p
	}
	p.config = config
	for _, role := range []string{rundir.Reference, rundir.Main} {
		model := config.ModelFor(role)
		if s, err := report.PlannedModel(config, model, model.Vocabulary); err == nil {
			p.models[role] = s
		}
	}
	for _, run := range plan.Runs {
		varied, _, err := config.Vary(run.Set)
		if err != nil {
			varied = config
		}
		p.train[run.ID] = varied.ModelFor(run.Role).Train
	}
	return p
}

// speed is the measured speed of the runs of a role.
type speed struct {
	steps      int     // that it was measured over; 0 = unknown
	sequence   float64 // seconds for a sequence
	evaluation float64 // seconds for an evaluation of all sets
	length     float64 // tokens of a sequence
}

// measured reports whether the speed of a run is known. Its first steps are slower than the others.
func (r *Run) measured() bool {
	return r.Start != nil && r.Steps.Seconds > 0 && (r.Status.Step >= warmSteps || r.Steps.Seconds >= warmSeconds)
}

// After this many steps or seconds of training the speed of a run is known.
const (
	warmSteps   = 10
	warmSeconds = 10
)

// measure returns the speed of the run of a role that has taken the most steps.
func (g *Group) measure(role string) (best speed) {
	for _, run := range g.Runs {
		if run.Manifest.Role != role || !run.measured() || run.Status.Step <= best.steps {
			continue
		}
		sequences := float64(run.Status.Step * run.Start.BatchSize)
		best = speed{steps: run.Status.Step, sequence: run.Steps.Seconds / sequences, length: float64(run.Steps.Tokens) / sequences}
		if spent, done := run.evaluated(); done > 0 {
			best.evaluation = spent / float64(done)
		}
	}
	return best
}

// Remaining estimates the time until all runs of the group's experiment have ended, at the speeds measured so far. ok is false before
// the first steps, and unless an experiment is running.
func (g *Group) Remaining() (r Remaining, ok bool) {
	if g.planned == nil {
		return r, false
	}
	speeds := map[string]speed{rundir.Reference: g.measure(rundir.Reference), rundir.Main: g.measure(rundir.Main)}
	examples := 0
	for _, run := range g.Runs {
		if run.Start != nil && (run.Manifest.Role == rundir.Reference || run.Manifest.Arm == rundir.ERM) {
			examples = run.Start.Examples
		}
	}
	phases := map[string]*phase{rundir.Reference: {}, rundir.Main: {}}
	for _, run := range g.Runs {
		if state := run.Status.State; state != rundir.Pending && state != rundir.Running {
			continue
		}
		r.Stops = r.Stops || run.Manifest.Arm.StopsEarly() && g.planned.config.Stop.Patience > 0
		role := phases[run.Manifest.Role]
		if role == nil { // its manifest cannot be read
			role = phases[rundir.Main]
		}
		if left, known := run.Left(); known && run.measured() {
			role.add(left)
			ok = true
			continue
		}
		seconds, scaled, known := g.planned.seconds(run, speeds, examples)
		r.Scaled, r.Unknown = r.Scaled || scaled, r.Unknown || !known
		role.add(duration(seconds))
		ok = ok || known
	}
	for role, phase := range phases { // main runs need the references
		r.Time += phase.time(g.planned.config.EngineFor(role).Slots)
	}
	return r, ok
}

// phase is what the runs of a role take.
type phase struct{ total, longest time.Duration }

// add adds what a run takes.
func (p *phase) add(run time.Duration) { p.total, p.longest = p.total+run, max(p.longest, run) }

// time returns what the runs take if slots of them train at the same time.
func (p *phase) time(slots int) time.Duration {
	return max(p.total/time.Duration(max(slots, 1)), p.longest)
}

// seconds estimates what a run takes whose own speed is not known, of an experiment with a number of training examples.
func (p *planned) seconds(run *Run, speeds map[string]speed, examples int) (seconds float64, scaled, known bool) {
	role, other := run.Manifest.Role, rundir.Reference
	if role == rundir.Reference {
		other = rundir.Main
	}
	train, by, ratio := p.train[run.ID()], speeds[role], 1.0
	if by.steps == 0 {
		own, hasOwn := p.models[role]
		its, hasIts := p.models[other]
		sameEngine := p.config.EngineFor(role).Kind == p.config.EngineFor(other).Kind // else the machines may be others
		if by = speeds[other]; by.steps == 0 || !hasOwn || !hasIts || !sameEngine {
			return 0, false, false
		}
		ratio, scaled = cost.Sequence(own, by.length)/cost.Sequence(its, by.length), true
	}
	steps, batch := 0, train.BatchSize
	switch {
	case run.Start != nil:
		steps, batch = run.Start.MaxSteps, run.Start.BatchSize
	case batch > 0 && examples > 0:
		steps = p.config.FullSteps(train, examples)
	}
	if steps == 0 {
		return 0, false, false
	}
	return ratio * (by.sequence*float64(steps*batch) + by.evaluation*float64(train.Evaluations)), scaled, true
}
