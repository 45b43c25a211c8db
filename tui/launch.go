package tui

import (
	"errors"
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/train/cost"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// launcher is the form that launches arms.
type launcher struct {
	arm       int // the cursor, among view.Arms
	seed      int // among the group's seeds; their number = all of them
	of        orders
	known     *cost.Forecast // of these orders; nil = not yet
	problem   error          // why there is none
	computing bool
	polls     int // since it was computed
}

// orders are what one launch orders of a study: a run, or one for each seed.
type orders struct {
	study rundir.StudyDir
	each  []rundir.Order
}

// forecast is one that has been computed.
type forecast struct {
	of    orders
	known cost.Forecast
	err   error
}

// launched is what came of a launch.
type launched struct{ answer }

// launchKeys are those of the form, and those that lead there.
func launchKeys() []binding {
	on := []screen{launchScreen}
	seed := func(by int) func(*App) tea.Cmd {
		return func(a *App) tea.Cmd {
			group, _ := a.focused()
			n := len(seedsOf(group))
			if n > 1 {
				a.launcher.seed = (a.launcher.seed + by + n + 1) % (n + 1)
			}
			return nil
		}
	}
	return []binding{
		{[]string{"enter"}, "launch: the form, with what it takes", "enter launch", []screen{mapScreen, curvesScreen, examplesScreen}, func(a *App) tea.Cmd {
			a.launcher.arm = 0
			return a.show(launchScreen)
		}},
		{[]string{"enter"}, "launch the arm", "enter launches", on, (*App).launch},
		{[]string{"left", "h"}, "the seed before; before the first, all", "", on, seed(-1)},
		{[]string{"right", "l"}, "the next seed; after the last, all", "", on, seed(1)},
	}
}

// seedsOf are the seeds of a group's references, ascending.
func seedsOf(group *watch.Group) (seeds []int64) {
	if group == nil {
		return nil
	}
	for _, run := range group.Runs {
		if run.Manifest.Role == rundir.Reference {
			seeds = append(seeds, run.Manifest.Seed)
		}
	}
	slices.Sort(seeds)
	return slices.Compact(seeds)
}

// ordered is what the form would order, or why it cannot.
func (a *App) ordered() (orders, error) {
	arm := view.Arms[a.launcher.arm].Name
	group, err := a.launchable(arm)
	if err != nil {
		return orders{}, err
	}
	o := rundir.Order{Arm: arm, Strategy: a.choice.strategy, Fraction: a.choice.fraction, Seed: group.Reference().Manifest.Seed}
	switch strategy := a.choice.strategy; {
	case arm == rundir.FTFT && a.choice.rule != "": // the rows of this map
		selection := a.rows(group.Reference())
		o.Arm, o.Strategy, o.Selection = rundir.Custom, selection.Strategy, &selection
		if o.Fraction = selection.Fraction; selection.Strategy == "rule" {
			o.Fraction = float64(selection.Count) / float64(max(selection.Of, 1))
		}
		return orders{group.Dir, []rundir.Order{o}}, nil
	case arm == rundir.Random:
		o.Fraction = a.share()
	case arm == rundir.FTFT && strategy == datamap.Random:
		o.Arm = rundir.Random
	case arm == rundir.FTFT && strategy != datamap.Ambiguous: // FTFT takes the ambiguous ones; any other choice is the user's own
		o.Arm = rundir.Custom
	}
	seeds := seedsOf(group)
	if a.launcher.seed < len(seeds) {
		seeds = seeds[a.launcher.seed : a.launcher.seed+1]
	}
	made := orders{study: group.Dir}
	for _, o.Seed = range seeds {
		made.each = append(made.each, o)
	}
	return made, nil
}

// launchable gives the group that an arm can be launched in, or says why it cannot.
func (a *App) launchable(arm rundir.Arm) (*watch.Group, error) {
	group, run := a.focused()
	switch {
	case a.options.Actions == nil:
		return nil, errors.New("this screen only looks: open the workbench with ftft to launch runs")
	case run == nil:
		return nil, errors.New("there is no run yet")
	case run.Replay != nil:
		return nil, errors.New("this is a replay: R ends it, then the run can be selected by")
	case group.Dir == "":
		return nil, fmt.Errorf("%s belongs to no study, whose config would say what to train", run.ID())
	case arm == rundir.ERM || arm == rundir.DM:
		return group, nil
	case group.Reference() != run:
		return nil, fmt.Errorf("selections are made by the reference's dynamics: go to %s (tab) to launch", group.Reference().ID())
	case a.choice.ranking == nil:
		return nil, errors.New(a.unavailable())
	case a.choice.count == 0:
		return nil, errors.New("the selection is empty: ] takes more")
	}
	return group, nil
}

// launch orders what the form shows; when that has been done, the curves are shown.
func (a *App) launch() tea.Cmd {
	made, err := a.ordered()
	if err != nil {
		a.say("", err)
		return nil
	}
	name := string(made.each[0].Arm)
	if n := len(made.each); n > 1 {
		name = fmt.Sprintf("%s with %d seeds", name, n)
	}
	a.say("Launching "+name+" …", nil)
	return func() tea.Msg {
		for _, o := range made.each {
			if err := a.options.Actions.Launch(made.study, o); err != nil {
				return launched{answer{"", err}}
			}
		}
		return launched{answer{"Launched " + name + ": its curves come here when it is its turn.", nil}}
	}
}

func (a *App) takeLaunched(l launched) tea.Cmd {
	a.say(l.text, l.err)
	if l.err != nil || a.screen != launchScreen {
		return nil
	}
	return a.show(curvesScreen)
}

// forecastEvery is how many polls pass before the form looks again at what is free and who waits.
const forecastEvery = 16

// keepForecast computes what a launch takes, where the form is shown and nothing or something else is known.
func (a *App) keepForecast() tea.Cmd {
	l := &a.launcher
	if a.place() != launchScreen || l.computing {
		return nil
	}
	made, err := a.ordered()
	if err != nil {
		l.of, l.known, l.problem = orders{}, nil, nil // the form says why
		return nil
	}
	if same(made, l.of) && l.polls < forecastEvery {
		return nil
	}
	if !same(made, l.of) {
		l.known = nil
	}
	l.computing, l.of, l.polls = true, made, 0
	return func() tea.Msg {
		known, err := a.options.Actions.Forecast(made.study, made.each[0])
		n := len(made.each)
		known.FLOPs, known.Time, known.Disk = known.FLOPs*float64(n), known.Time*time.Duration(n), known.Disk*int64(n)
		return forecast{made, known, err}
	}
}

// same says whether two launches order the same; selections of the same rule on the same map are.
func same(a, b orders) bool {
	return a.study == b.study && slices.EqualFunc(a.each, b.each, func(x, y rundir.Order) bool {
		hash := func(o rundir.Order) string {
			if o.Selection == nil {
				return ""
			}
			return o.Selection.Hash
		}
		return x.Arm == y.Arm && x.Strategy == y.Strategy && x.Fraction == y.Fraction && x.Seed == y.Seed && hash(x) == hash(y)
	})
}

func (a *App) takeForecast(f forecast) tea.Cmd {
	l := &a.launcher
	if l.computing = false; same(f.of, l.of) {
		l.known, l.problem = &f.known, f.err
		if f.err != nil {
			l.known = nil
		}
	}
	return a.keepForecast()
}

// form is the view of what a launch takes.
func (a *App) form() *view.Launch {
	l := &view.Launch{Theme: a.theme, Selection: a.selection(), Cursor: a.launcher.arm, Forecast: a.launcher.known}
	group, _ := a.focused()
	if group == nil {
		return l
	}
	l.Reference, l.Runs = group.Reference(), group.Runs
	made, err := a.ordered()
	for _, o := range made.each {
		l.Seeds = append(l.Seeds, o.Seed)
	}
	l.OfSeeds = len(seedsOf(group))
	l.Problem = errors.Join(err, a.launcher.problem)
	return l
}
