package view

import (
	"github.com/charmbracelet/x/ansi"
	"strings"
	"testing"

	"ftft/train/cost"
)

func TestOddPlansHaveWarnings(t *testing.T) {
	usual := Plan{
		Examples: 330, Total: 1000, Steps: 400, BatchSize: 10, Evaluations: 8, Patience: 2, Stops: true,
		Rate: 5e-5, UsualRate: 5e-5, UsualSteps: 400, Forecast: &cost.Forecast{Disk: 1, FreeDisk: 2, Memory: 1, FreeMemory: 2},
	}
	if list := usual.Warnings(); len(list) > 0 {
		t.Errorf("the usual plan: %+v", list)
	}
	for want, change := range map[string]func(*Plan){
		"392 passes over 92 examples":        func(p *Plan) { p.Examples, p.Steps, p.UsualSteps, p.BatchSize = 92, 2254, 2254, 16 },
		"ends before each example is seen":   func(p *Plan) { p.Steps, p.UsualSteps = 30, 30 },
		"is erm with early stopping":         func(p *Plan) { p.Examples = 1000 },
		"Patience 7 cannot end a run early":  func(p *Plan) { p.Patience = 7 },
		"A weak reference.":                  func(p *Plan) { p.Reference = "a weak reference" },
		"The reference still trains":         func(p *Plan) { p.Training = true },
		"is 10 times the experiment's, 5e-0": func(p *Plan) { p.Rate = 5e-4 },
		"is 1/5 of the experiment's":         func(p *Plan) { p.Rate = 1e-5 },
		"The other arms have 400 steps":      func(p *Plan) { p.Steps = 500 },
		"Not enough disk space":              func(p *Plan) { p.Forecast = &cost.Forecast{Disk: 2, FreeDisk: 1} },
		"Not enough memory":                  func(p *Plan) { p.Forecast = &cost.Forecast{Memory: 2, FreeMemory: 1} },
	} {
		plan := usual
		change(&plan)
		if list := plan.Warnings(); len(list) != 1 || !strings.Contains(list[0].Text, want) {
			t.Errorf("got %+v, want one warning with %q", list, want)
		}
	}
}

func TestTheCostOfOutsideRunsIsUnknown(t *testing.T) {
	l := &Launch{Theme: &Theme{}, Forecast: &cost.Forecast{Runs: []string{"a"}, Outside: true, Steps: 400, Examples: 1200}}
	for _, lines := range [][]string{l.costs(), l.briefCosts()} {
		if got := ansi.Strip(strings.Join(lines, "\n")); !strings.Contains(got, "unknown (another program trains)") ||
			!strings.Contains(got, "400 steps on 1,200 examples") || strings.Contains(got, "TFLOP") {
			t.Error(got)
		}
	}
}
