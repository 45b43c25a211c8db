package tui

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/train/cost"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/session"
	"ftft/tui/view"
)

// launchScreen is the form that launches an arm of the experiment on the selection.
type launchScreen struct {
	*workspace
	app     *App
	arm     int            // the cursor, among view.Arms
	seed    int            // among the experiment's seeds; their number = all of them
	wanted  launch         // the launch of the forecast
	known   *cost.Forecast // nil = none yet
	problem error          // why there is no forecast
	running bool           // a forecast is being computed
	polled  int            // the number of polls when it was computed
}

var placeLaunch = &place{key: "5", tab: "Launch", help: "the form to launch an arm"}

// launch describes one launch in an experiment: a run, or a run for each seed.
type launch struct {
	study  rundir.StudyDir
	orders []rundir.Launch
}

func newLaunchScreen(a *App) *launchScreen { return &launchScreen{workspace: a.workspace, app: a} }

func (s *launchScreen) home() *place  { return placeLaunch }
func (s *launchScreen) place() *place { return placeLaunch }

func (s *launchScreen) keys() []binding {
	on, elsewhere := []*place{placeLaunch}, []*place{placeMap, placeCurves, placeExamples}
	seed := func(by int) func() tea.Cmd {
		return doing(func() {
			group, _ := s.focused()
			if n := len(seedsOf(group)); n > 1 {
				s.seed = (s.seed + by + n + 1) % (n + 1)
			}
		})
	}
	return under(taskRun, []binding{
		{keys: []string{"enter"}, help: "launch an arm: open the form, with what a run takes", hint: "launch", on: elsewhere,
			do: func() tea.Cmd {
				s.arm = 0
				return s.app.show(placeLaunch)
			}},
		{keys: []string{"enter"}, help: "launch the arm", hint: "launch", on: on, do: s.launch},
		{keys: []string{"left", "h"}, help: "choose the previous seed (wraps to all)", on: on, do: seed(-1)},
		{keys: []string{"right", "l"}, help: "choose the next seed (wraps to all)", on: on, do: seed(1)},
	}...)
}

func (s *launchScreen) cursor() (at *int, entries int) { return &s.arm, len(view.Arms) }

func (s *launchScreen) mouse(tea.MouseMsg) (changed bool, cmd tea.Cmd) { return false, nil }

// seedsOf returns the seeds of an experiment's references, ascending.
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

// ordered returns the launch of the form, or an error if the form cannot launch.
func (s *launchScreen) ordered() (launch, error) {
	arm := view.Arms[s.arm].Name
	group, err := s.launchable(arm)
	if err != nil {
		return launch{}, err
	}
	o := rundir.Launch{Arm: arm, Strategy: s.sel.Strategy, Fraction: s.sel.Fraction, Seed: group.Reference().Manifest.Seed}
	switch {
	case arm == rundir.FTFT && s.sel.Rule != "": // exactly the rows of this map
		record := s.record(group.Reference())
		o.Arm, o.Strategy, o.Selection = rundir.Custom, record.Strategy, &record
		if o.Fraction = record.Fraction; record.Strategy == "rule" {
			o.Fraction = float64(record.Count) / float64(max(record.Of, 1))
		}
		return launch{group.Dir, []rundir.Launch{o}}, nil
	case arm == rundir.Random:
		o.Fraction = s.sel.Share()
	case arm == rundir.FTFT && s.sel.Strategy == datamap.Random:
		o.Arm = rundir.Random
	case arm == rundir.FTFT && s.sel.Strategy != datamap.Ambiguous: // FTFT selects the ambiguous examples
		o.Arm = rundir.Custom
	}
	seeds := seedsOf(group)
	if s.seed < len(seeds) {
		seeds = seeds[s.seed : s.seed+1]
	}
	made := launch{study: group.Dir}
	for _, o.Seed = range seeds {
		made.orders = append(made.orders, o)
	}
	return made, nil
}

// launchable returns the experiment in which an arm can be launched, or an error if it cannot.
func (s *launchScreen) launchable(arm rundir.Arm) (*watch.Group, error) {
	group, run := s.focused()
	switch {
	case s.options.Actions == nil:
		return nil, errReadOnly
	case run == nil:
		return nil, errors.New("there is no run yet")
	case run.Replay != nil:
		return nil, errors.New("this is a replay: end it with R to select on the run")
	case group.Dir == "":
		return nil, fmt.Errorf("%s belongs to no experiment, whose config would say what to train", run.ID())
	case arm == rundir.ERM || arm == rundir.DM:
		return group, nil
	case group.Reference() != run:
		return nil, fmt.Errorf("selections use the reference's training dynamics: go to %s (tab) to launch", group.Reference().ID())
	case s.sel.Ranking == nil:
		return nil, errors.New(s.unavailable())
	case s.sel.Count == 0:
		return nil, errors.New("the selection is empty: ] selects more")
	}
	return group, nil
}

// errReadOnly is the error of a workbench without actions.
var errReadOnly = errors.New("read-only: run `ftft` to launch")

// launch launches the runs of the form, and then shows the curves.
func (s *launchScreen) launch() tea.Cmd {
	made, err := s.ordered()
	if err != nil {
		s.say("", err)
		return nil
	}
	name := string(made.orders[0].Arm)
	if n := len(made.orders); n > 1 {
		name = fmt.Sprintf("%s with %d seeds", name, n)
	}
	s.say("Launching "+name+" …", nil)
	return background(func() error {
		for _, o := range made.orders {
			if err := s.options.Actions.Launch(made.study, o); err != nil {
				return err
			}
		}
		return nil
	}, func(err error) tea.Cmd {
		s.say("Queued "+name+"; its curves appear when it starts.", err)
		if err != nil || s.app.front() != s {
			return nil
		}
		return s.app.show(placeCurves)
	})
}

// forecastEvery is the number of polls after which the form reads the free memory, the free disk space and the queue again.
const forecastEvery = 16

// update forecasts the cost of the launch, if it is unknown or may have changed.
func (s *launchScreen) update() tea.Cmd {
	if s.running || s.app.place() != placeLaunch {
		return nil
	}
	made, err := s.ordered()
	if err != nil {
		s.wanted, s.known, s.problem = launch{}, nil, nil // the form shows why
		return nil
	}
	if made.same(s.wanted) && s.polls-s.polled < forecastEvery {
		return nil
	}
	if !made.same(s.wanted) {
		s.known = nil
	}
	s.running, s.wanted, s.polled = true, made, s.polls
	type forecast struct {
		cost.Forecast
		err error
	}
	return background(func() (f forecast) {
		f.Forecast, f.err = s.options.Actions.Forecast(made.study, made.orders)
		return f
	}, func(f forecast) tea.Cmd {
		if s.running = false; made.same(s.wanted) {
			s.known, s.problem = &f.Forecast, f.err
			if f.err != nil {
				s.known = nil
			}
		}
		return nil
	})
}

// same reports whether two launches are equal. Selections with the same hash are equal.
func (l launch) same(other launch) bool {
	hash := func(o rundir.Launch) string {
		if o.Selection == nil {
			return ""
		}
		return o.Selection.Hash
	}
	return l.study == other.study && slices.EqualFunc(l.orders, other.orders, func(x, y rundir.Launch) bool {
		return x.Arm == y.Arm && x.Strategy == y.Strategy && x.Fraction == y.Fraction && x.Seed == y.Seed && hash(x) == hash(y)
	})
}

func (s *launchScreen) draw(w, h int) []string {
	l := &view.Launch{Theme: s.theme, Selection: s.selectionPanel(), Cursor: s.arm, Forecast: s.known}
	if group, _ := s.focused(); group != nil {
		l.Reference, l.Runs = group.Reference(), group.Runs
		made, err := s.ordered()
		for _, o := range made.orders {
			l.Seeds = append(l.Seeds, o.Seed)
		}
		l.SeedChoices = len(seedsOf(group))
		l.Problem = errors.Join(err, s.problem)
	}
	return l.Draw(w, h)
}

func (s *launchScreen) explain() (subject string, items []view.Explained) {
	if _, run := s.focused(); run != nil {
		items = append(s.explainSelection(), s.explainRun(run)...)
	}
	return s.focus.ID(), items
}

func (s *launchScreen) commands() []Command {
	group, run := s.focused()
	if run == nil || run.Given || s.sel.Ranking == nil || group.Dir == "" {
		return s.mapCommands()
	}
	arm := view.Arms[s.arm].Name
	return []Command{{"the arm " + string(arm) + ", and the runs it needs that are missing", s.launchArgs(group, arm)}}
}

// launchArgs returns the command that runs the experiment again with one arm, on the selection. Complete runs are reused.
func (s *launchScreen) launchArgs(group *watch.Group, arm rundir.Arm) []string {
	arms := strconv.Quote(string(arm))
	if arm == rundir.DM { // it is made from the erm run
		arms = `"erm",` + arms
	}
	args := []string{"run", filepath.Join(string(group.Reference().Dir), "config.toml"), "--set", "arms.run=[" + arms + "]"}
	if arm == rundir.FTFT || arm == rundir.DM {
		args = append(args, "--set", "selection.strategy="+s.sel.Strategy)
	}
	if arm.Selects() {
		args = append(args, "--set", "selection.fraction="+s.fraction())
	}
	return s.rooted(args...)
}

func (s *launchScreen) pose(p *session.Pose) { p.Arm, p.Seed = s.arm, s.seed }

func (s *launchScreen) mirror(p session.Pose) tea.Cmd {
	s.arm, s.seed = p.Arm, p.Seed
	return nil
}
