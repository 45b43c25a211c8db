package view

import (
	"fmt"
	"strings"

	"ftft/train/cost"
)

// Plan is what the runs of a launch would do, as far as it is known: zero values are unknown.
type Plan struct {
	Examples    int // of a selection; 0 = no arm selects
	Total       int // of the training set
	Steps       int // the budget
	BatchSize   int
	Evaluations int
	Patience    int
	Stops       bool // an arm stops early

	Rate, UsualRate float64 // the learning rate, and the experiment's
	UsualSteps      int     // the experiment's budget

	Reference string // a warning of the reference that the selection is made with; "" = none
	Training  bool   // the reference still trains
	Forecast  *cost.Forecast
}

// The limits beyond which a plan is odd.
const (
	manyPasses = 50 // over a selection; the paper's arms take about 12
	farRate    = 4  // the learning rate's ratio to the experiment's, either way
)

// Passes returns the number of passes that the budget makes over a number of examples, 0 if it is unknown.
func (p *Plan) Passes(examples int) float64 {
	if examples == 0 {
		return 0
	}
	return float64(p.Steps*p.BatchSize) / float64(examples)
}

// Warnings returns what is odd about the plan, the worst first.
func (p *Plan) Warnings() (list []Warning) {
	warn := func(format string, args ...any) { list = append(list, Warning{Text: fmt.Sprintf(format, args...)}) }
	if f := p.Forecast; f != nil {
		if f.FreeDisk > 0 && f.Disk > f.FreeDisk {
			list = append(list, Warning{fmt.Sprintf("Not enough disk space: needs %s, %s free.", bytes(f.Disk), bytes(f.FreeDisk)), true})
		}
		if f.FreeMemory > 0 && f.Memory > f.FreeMemory {
			list = append(list, Warning{fmt.Sprintf("Not enough memory: needs about %s, %s free.", bytes(f.Memory), bytes(f.FreeMemory)), true})
		}
	}
	if p.Reference != "" {
		warn("%s%s.", strings.ToUpper(p.Reference[:1]), p.Reference[1:])
	}
	if p.Training {
		warn("The reference still trains: the selection is made from its map when it is complete.")
	}
	switch passes := p.Passes(p.Examples); {
	case passes > manyPasses:
		warn("%.0f passes over %s examples: the model will memorise them. Select more, or lower the budget.", passes, Count(p.Examples))
	case passes > 0 && passes < 1:
		warn("The budget ends before each example is seen once: %.1f passes over %s examples.", passes, Count(p.Examples))
	}
	if p.Examples > 0 && p.Examples == p.Total {
		warn("The selection is the whole training set: the run is erm with early stopping.")
	}
	if p.Stops && p.Patience > 0 && p.Evaluations > 0 && p.Patience+1 >= p.Evaluations {
		warn("Patience %d cannot end a run early: it has %d evaluations.", p.Patience, p.Evaluations)
	}
	if ratio := p.Rate / max(p.UsualRate, 1e-300); p.Rate > 0 && p.UsualRate > 0 && (ratio > farRate || ratio < 1./farRate) {
		factor := fmt.Sprintf("%.3g times", ratio)
		if ratio < 1 {
			factor = fmt.Sprintf("1/%.3g of", 1/ratio)
		}
		warn("The learning rate is %s the experiment's, %g.", factor, p.UsualRate)
	}
	if p.Steps > 0 && p.UsualSteps > 0 && p.Steps != p.UsualSteps {
		warn("The other arms have %s steps: compare by steps, not by the end.", Count(p.UsualSteps))
	}
	return list
}
