package tui

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/configs"
	"ftft/train/cost"
	"ftft/train/report"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/session"
	"ftft/tui/view"
)

// launchScreen is the form that launches arms of the experiment on the selection.
type launchScreen struct {
	*workspace
	app *App
	at  int // the cursor, an index of the fields

	arms     []rundir.Arm // to launch, some of view.Arms
	seeds    []int64      // nil = the first of the experiment
	settings settings     // of the runs; the experiment's until the user changes them
	of       string       // the experiment that seeds and settings are of
	like     *report.Arm  // whose settings the runs get once the experiment's are known; nil = none

	parsed   job[string, experiment] // by the text of the config
	recorded job[recordKey, rundir.Selection]
	forecast forecast
}

// experiment is a parsed config of an experiment, or why it cannot be parsed.
type experiment struct {
	configs.Config
	err error
}

// forecast is the last forecast, and the one that is being made.
type forecast struct {
	of      string // the key of the plan that was forecast; "" = none
	running bool
	polls   int // when it was made
	cost    *cost.Forecast
	changes []configs.Change
	problem error
}

var placeLaunch = &place{key: "5", tab: "Launch", help: "the form to launch an arm"}

func newLaunchScreen(a *App) *launchScreen {
	return &launchScreen{workspace: a.workspace, app: a, arms: []rundir.Arm{rundir.FTFT}}
}

func (s *launchScreen) home() *place  { return placeLaunch }
func (s *launchScreen) place() *place { return placeLaunch }

func (s *launchScreen) keys() []binding {
	on, elsewhere := []*place{placeLaunch}, []*place{placeMap, placeCurves, placeExamples}
	shift := func(by int) func() tea.Cmd { return func() tea.Cmd { return s.shift(by) } }
	return under(taskRun, []binding{
		{keys: []string{"enter"}, help: "launch an arm: open the form, with what a run takes", hint: "launch", on: elsewhere,
			do: func() tea.Cmd {
				s.at, s.arms = 0, []rundir.Arm{rundir.FTFT}
				return s.app.show(placeLaunch)
			}},
		{keys: []string{"enter"}, help: "launch the runs of the form; on a field, type its value", hint: "launch, set", on: on,
			now: func() bool { return s.instead() == nil }, do: s.enter},
		{keys: []string{"left", "h"}, help: "lower the field's value, or leave the arm out", hint: "lower, raise", shown: "← →", on: on,
			now: s.shifts, do: shift(-1)},
		{keys: []string{"right", "l"}, help: "raise the field's value, or add the arm", on: on, now: s.shifts, do: shift(1)},
		{keys: []string{"H"}, help: "lower the field's value by five steps", on: on, now: s.shifts, do: shift(-5)},
		{keys: []string{"L"}, help: "raise the field's value by five steps", on: on, now: s.shifts, do: shift(5)},
	}...)
}

// shifts reports whether the field under the cursor has a value that can be lowered and raised.
func (s *launchScreen) shifts() bool { return s.instead() == nil && s.fields()[s.at].shift != nil }

func (s *launchScreen) cursor() (at *int, entries int) { return &s.at, len(s.fields()) }

// enter launches on the first line, and changes the field of another line.
func (s *launchScreen) enter() tea.Cmd {
	if f := s.fields()[s.at]; f.enter != nil && s.instead() == nil {
		return f.enter()
	}
	return s.launch()
}

// shift changes the value of the field under the cursor by a number of steps.
func (s *launchScreen) shift(by int) tea.Cmd {
	if !s.shifts() {
		return nil
	}
	return s.fields()[s.at].shift(by)
}

func (s *launchScreen) mouse(msg tea.MouseMsg) (changed bool, cmd tea.Cmd) {
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		by := map[tea.MouseButton]int{tea.MouseWheelDown: 1, tea.MouseWheelUp: -1}[msg.Button]
		return by != 0, s.app.move(by)
	case tea.MouseClickMsg:
		at := s.panel().FieldAt(msg.Y-s.paneTop(), s.paneHeight())
		if msg.Button != tea.MouseLeft || at < 0 {
			return false, nil
		}
		again := s.at == at
		if s.at = at; again || at >= firstArm && at < firstArm+len(view.Arms) { // a click on an arm switches it
			return true, s.enter()
		}
		return true, nil
	}
	return false, nil
}

// errReadOnly is the error of a workbench without actions.
var errReadOnly = errors.New("read-only: run `ftft` to launch")

// launch launches the runs of the form, and then shows the curves.
func (s *launchScreen) launch() tea.Cmd {
	p, err := s.plan()
	if err == nil && s.options.Actions == nil {
		err = errReadOnly
	}
	if err != nil {
		s.say("", err)
		return nil
	}
	name := p.name()
	s.say("Launching "+name+" …", nil)
	return background(func() error {
		for _, o := range p.complete() {
			if err := s.options.Actions.Launch(p.study, o); err != nil {
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

// settleFrames is the number of frames without a change of the form after which it is computed.
const settleFrames = 8

// update reads the experiment's config, records the selection and forecasts the cost, where these are unknown or may have changed.
func (s *launchScreen) update() tea.Cmd {
	group, _ := s.focused()
	if s.app.place() != placeLaunch || group == nil {
		return nil
	}
	s.turnTo(group)
	return tea.Batch(s.readConfig(), s.recordSelection(), s.wantForecast())
}

// turnTo resets the seeds and settings for another experiment.
func (s *launchScreen) turnTo(group *watch.Group) {
	if of := group.Config; s.of != of {
		s.of, s.seeds, s.settings = of, nil, settings{}
	}
	base := s.base()
	if base == nil {
		return
	}
	if s.settings == (settings{}) || s.like != nil {
		s.settings = settingsOf(base)
	}
	if s.like != nil {
		if varied, _, err := base.Vary(s.like.Set); err == nil { // else the config was changed by hand
			s.settings = settingsOf(&varied)
		}
		s.like = nil
	}
}

// readConfig parses the experiment's config in the background.
func (s *launchScreen) readConfig() tea.Cmd {
	group, _ := s.focused()
	if group == nil || group.Config == "" {
		return nil
	}
	text := group.Config
	return s.parsed.want(text, func() (e experiment) {
		e.Config, e.err = configs.Parse("", text, "")
		return e
	}, s.update)
}

// base returns the experiment's config, or nil before it is known.
func (s *launchScreen) base() *configs.Config {
	group, _ := s.focused()
	if group == nil || !s.parsed.known || s.parsed.key != group.Config || s.parsed.value.err != nil {
		return nil
	}
	return &s.parsed.value.Config
}

// wantForecast forecasts the plan after a short rest, so that keys that are held down do not wait for it.
func (s *launchScreen) wantForecast() tea.Cmd {
	f := &s.forecast
	if f.running || s.options.Forecast == nil {
		return nil
	}
	p, err := s.plan()
	if err != nil {
		return nil // the form shows why
	}
	if p.key() == f.of && s.polls-f.polls < forecastEvery {
		return nil
	}
	f.running = true
	return tea.Tick(settleFrames*s.frame, func(time.Time) tea.Msg { return finished{deliver: s.computeForecast, quiet: true} })
}

// computeForecast forecasts the plan as it is now.
func (s *launchScreen) computeForecast() tea.Cmd {
	p, err := s.plan()
	if err != nil {
		s.forecast.running = false
		return nil
	}
	var config configs.Config
	base := s.base()
	if base != nil {
		config = *base
	}
	return background(func() (f forecast) {
		f.of = p.key()
		orders := p.complete()
		if base != nil {
			made, err := config.OfLaunches(orders)
			if f.problem = err; err == nil {
				f.changes = configs.Differences(config, made)
			}
		}
		var fresh []rundir.Launch
		for i, o := range orders {
			if !p.reused(i) {
				fresh = append(fresh, o)
			}
		}
		if f.problem == nil {
			estimated, err := s.options.Forecast(p.study, fresh)
			f.cost, f.problem = &estimated, err
		}
		return f
	}, func(f forecast) tea.Cmd {
		if f.polls = s.polls; f.problem != nil {
			f.cost = nil
		}
		s.forecast = f
		return s.update()
	})
}

func (s *launchScreen) draw(w, h int) []string { return s.panel().Draw(w, h) }

// asConfig writes the runs of the form as the config of an experiment, which gives the same runs.
func (s *launchScreen) asConfig() (fill func(w io.Writer) error, err error) {
	p, err := s.plan()
	if err != nil {
		return nil, err
	}
	base := s.base()
	switch {
	case base == nil:
		return nil, s.unknownConfig()
	case p.hasRows():
		return nil, errors.New("a config cannot select by a rule: launch it here, or write its guids with ftft select")
	}
	made, err := base.OfLaunches(p.complete())
	if err != nil {
		return nil, err
	}
	return func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "# %s as launched from the experiment %s. Complete runs are reused.\n%s", p.name(), p.study.ID(), made.TOML())
		return err
	}, nil
}

func (s *launchScreen) commands() []Command {
	group, run := s.focused()
	if run == nil || run.Given || group.Dir == "" {
		return s.mapCommands()
	}
	p, err := s.plan()
	if err != nil || p.hasRows() { // no config has a rule
		return s.mapCommands()
	}
	return []Command{{"these runs, as an experiment that reuses the complete ones", s.runArgs(group, &p)}}
}

// runArgs returns the command that runs the experiment with the arms and settings of a plan. Complete runs are reused.
func (s *launchScreen) runArgs(group *watch.Group, p *plan) []string {
	var launches []rundir.Launch
	for _, o := range p.orders {
		launches = append(launches, o.Launch)
	}
	config := group.Dir.Study()
	if group.Config == "" { // another program has written the runs, and no plan
		config = group.Reference().Dir.Config()
	}
	args := []string{"run", config}
	if base := s.base(); base != nil {
		if made, err := base.OfLaunches(launches); err == nil {
			for _, change := range configs.Differences(*base, made) {
				value := change.To
				if strings.HasPrefix(value, "[") {
					value = strings.ReplaceAll(value, ", ", ",")
				}
				args = append(args, "--set", change.Key+"="+value)
			}
		}
	}
	return s.rooted(args...)
}

func (s *launchScreen) pose(p *session.Pose) {
	if s.app.front() != s {
		return
	}
	p.Arm = max(slices.IndexFunc(view.Arms, func(arm view.Arm) bool { return slices.Contains(s.arms, arm.Name) }), 0)
	group, _ := s.focused()
	seeds := seedsOf(group)
	if p.Seed = len(seeds); len(s.seeds) < 2 {
		p.Seed = 0
		if len(s.seeds) == 1 {
			p.Seed = max(slices.Index(seeds, s.seeds[0]), 0)
		}
	}
	p.Launch = &session.PoseLaunch{
		Cursor: s.at, Arms: s.arms, Seeds: s.seeds,
		Rate: s.settings.rate, Epochs: s.settings.epochs, Steps: s.settings.steps, Patience: s.settings.patience,
	}
}

func (s *launchScreen) mirror(p session.Pose) tea.Cmd {
	shown := p.Launch
	if shown == nil {
		return nil
	}
	if group, _ := s.focused(); group != nil {
		s.of = group.Config // else turnTo would reset what is mirrored
	}
	s.at, s.arms, s.seeds = min(shown.Cursor, len(s.fields())-1), shown.Arms, shown.Seeds
	s.settings = settings{shown.Rate, shown.Epochs, shown.Steps, shown.Patience}
	return nil
}
