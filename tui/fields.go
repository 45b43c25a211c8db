package tui

import (
	"fmt"
	"slices"
	"strings"

	"ftft/datamap"
	"ftft/train/metric"
	"ftft/train/rundir"
	"ftft/tui/view"
)

// panel returns the view of the form.
func (s *launchScreen) panel() *view.Launch {
	l := &view.Launch{Theme: s.theme, Instead: s.instead(), Cursor: s.at}
	if l.Instead != nil {
		return l
	}
	for i, f := range s.fields() {
		field := f.view()
		switch {
		case i == 0:
			field.Enter = "launches"
		case i < firstArm+len(view.Arms):
			field.Enter = "switches it"
		case field.Enter == "":
			field.Enter = "types it"
		}
		l.Fields = append(l.Fields, field)
	}
	p, err := s.plan()
	if err != nil {
		l.Warnings = []view.Warning{{Text: err.Error()}}
		return l
	}
	if s.options.Actions == nil && s.options.Follow == "" {
		l.Warnings = []view.Warning{{Text: errReadOnly.Error()}}
	}
	f := &s.forecast
	l.Forecast, l.Changes, l.Outdated = f.cost, f.changes, f.of != p.key()
	if f.problem != nil && !l.Outdated {
		l.Warnings = append(l.Warnings, view.Warning{Text: f.problem.Error(), Bad: true})
	}
	odd := s.oddities(&p)
	if !l.Outdated {
		odd.Forecast = f.cost
	}
	l.Warnings = append(l.Warnings, odd.Warnings()...)
	if p.hasRows() {
		l.Rows = fmt.Sprintf("rows: the %s that match %s (%s of all)", view.Count(s.sel.Count), s.sel.Rule, view.Percent(s.share()))
		if !s.sel.Whole {
			l.Rows = fmt.Sprintf("rows: %s, %s of those that match %s", view.Count(s.sel.Count), datamap.Percent(s.sel.Fraction), s.sel.Rule)
		}
	}
	return l
}

// oddities returns the figures of a plan that decide whether it is odd.
func (s *launchScreen) oddities(p *plan) *view.Plan {
	group, _ := s.focused()
	odd := &view.Plan{Total: s.total(group), Patience: s.settings.patience, Rate: s.settings.rate}
	for _, o := range p.orders {
		odd.Stops = odd.Stops || o.Arm.StopsEarly()
		if o.Arm.Selects() {
			odd.Examples = s.sel.Count
		}
		if o.Arm == rundir.FTFT || o.Arm == rundir.Custom {
			odd.Training = odd.Training || o.rows == nil && group.Reference().Status.Finish == nil
			if h := s.health.value; h != nil {
				odd.Reference = h.Warning()
			}
		}
	}
	if base := s.base(); base != nil {
		train := base.Main.Train
		odd.BatchSize, odd.UsualRate = train.BatchSize, train.LearningRate
		odd.Steps, odd.UsualSteps = s.settings.budget(base, odd.Total), base.FullSteps(train, odd.Total)
		odd.Evaluations = len(metric.EvaluationSteps(odd.Steps, train.Evaluations))
	}
	return odd
}

func (s *launchScreen) launchField() view.FormField {
	f := view.FormField{Name: "launch", Action: true}
	p, err := s.plan()
	if err != nil {
		f.Value, f.Action, f.Unused = "not possible now", false, true
		return f
	}
	fresh := 0
	for i := range p.orders {
		if !p.reused(i) {
			fresh++
		}
	}
	f.Value = p.name()
	switch n := len(p.orders); {
	case fresh == 0:
		f.State = "nothing to train"
	case n == 1:
		f.State = "1 run"
	case fresh == n:
		f.State = fmt.Sprintf("%d runs", n)
	default:
		f.State = fmt.Sprintf("%d runs, %d of them new", n, fresh)
	}
	return f
}

func (s *launchScreen) armField(arm view.Arm) view.FormField {
	chosen := slices.Contains(s.arms, arm.Name)
	f := view.FormField{Name: string(arm.Name), Value: "[ ]", Note: arm.Trains, Unused: !chosen}
	if chosen {
		f.Value = "[x]"
	}
	group, err := s.launchable(arm.Name)
	if err != nil {
		return f
	}
	orders := s.orders(arm.Name, group)
	if first := &orders[0]; arm.Name == rundir.FTFT && first.Arm != rundir.FTFT {
		f.Name = string(first.Arm)
		f.Note = first.Strategy + " examples of the reference's map"
		switch {
		case first.rows != nil:
			f.Note = "the rows that match the rule"
		case first.Arm == rundir.Random:
			f.Name, f.Note = "ftft = random", "a random sample: the strategy selects nothing else"
		}
	}
	f.State, f.Of = status(orders)
	return f
}

// selects reports whether a chosen arm trains on a selection.
func (s *launchScreen) selects() bool {
	return slices.ContainsFunc(s.arms, rundir.Arm.Selects)
}

func (s *launchScreen) strategyField() view.FormField {
	f := view.FormField{Name: "strategy", Value: s.sel.Strategy, Unused: !s.selects(), Enter: "types a rule"}
	usual := s.usualStrategy()
	switch {
	case s.sel.Whole:
		f.Value, f.Note, f.Changed = "all that match", s.sel.Rule, true
	case s.sel.Rule != "":
		f.Note, f.Changed = "of what matches "+s.sel.Rule, true
	case usual != "" && usual != s.sel.Strategy:
		f.Note, f.Changed = "the experiment has "+usual, true
	}
	return f
}

func (s *launchScreen) fractionField() view.FormField {
	f := view.FormField{Name: "fraction", Value: datamap.Percent(s.share()), Unused: !s.selects()}
	if s.sel.Rule != "" {
		f.Value, f.Note = view.Percent(s.share()), "of all: "
	}
	if why := s.unavailable(); why != "" {
		f.Note = why
		return f
	}
	f.Note += fmt.Sprintf("%s of %s", view.Count(s.sel.Count), view.Count(s.dataMap().Len()))
	for class, label := range s.labels() {
		f.Note += fmt.Sprintf(" · %s %.0f %%", label, 100*float64(s.sel.Chosen[class])/float64(max(s.sel.Count, 1)))
	}
	if base := s.base(); base != nil {
		f.Changed = !sameShare(base.Selection.Fraction, s.share())
	}
	return f
}

func (s *launchScreen) seedsField() view.FormField {
	group, _ := s.focused()
	all, chosen := seedsOf(group), s.chosenSeeds(group)
	f := view.FormField{Name: "seeds", Value: listOf(chosen), Note: "the experiment has no other"}
	if len(all) > 1 {
		f.Note = "of " + listOf(all)
	}
	return f
}

// field returns a field about settings; value and note are called once these are known.
func (s *launchScreen) field(name string, value func(own, usual settings) (value, note string, changed bool)) view.FormField {
	f := view.FormField{Name: name, Value: "…"}
	base := s.base()
	if base == nil {
		f.Note = firstLine(s.unknownConfig())
		return f
	}
	f.Value, f.Note, f.Changed = value(s.settings, settingsOf(base))
	return f
}

func (s *launchScreen) rateField() view.FormField {
	return s.field("learning rate", func(own, usual settings) (value, note string, changed bool) {
		if own.rate != usual.rate {
			note = fmt.Sprintf("the experiment has %g", usual.rate)
		}
		return fmt.Sprintf("%g", own.rate), note, own.rate != usual.rate
	})
}

func (s *launchScreen) budgetField() view.FormField {
	return s.field("budget", func(own, usual settings) (value, note string, changed bool) {
		group, _ := s.focused()
		var notes []string
		odd := &view.Plan{Steps: s.settings.budget(s.base(), s.total(group)), BatchSize: s.base().Main.Train.BatchSize}
		if odd.Steps > 0 && own.steps == 0 {
			notes = append(notes, view.Count(odd.Steps)+" steps")
		}
		if s.selects() && s.sel.Count > 0 {
			notes = append(notes, fmt.Sprintf("%.1f passes over %s", odd.Passes(s.sel.Count), view.Count(s.sel.Count)))
		} else if total := s.total(group); total > 0 && own.steps > 0 {
			notes = append(notes, fmt.Sprintf("%.1f epochs", odd.Passes(total)))
		}
		changed = own.steps != usual.steps || own.steps == 0 && own.epochs != usual.epochs
		return own.budgetText(), strings.Join(notes, " = "), changed
	})
}

func (s *launchScreen) patienceField() view.FormField {
	f := s.field("patience", func(own, usual settings) (value, note string, changed bool) {
		note = fmt.Sprintf("of %d evaluations", s.base().Main.Train.Evaluations)
		if own.patience == 0 {
			note = "never stops early"
		}
		return fmt.Sprint(own.patience), note, own.patience != usual.patience
	})
	f.Unused = !slices.ContainsFunc(s.arms, rundir.Arm.StopsEarly)
	return f
}
