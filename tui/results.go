package tui

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/train/report"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/session"
	"ftft/tui/view"
)

// resultsScreen shows what the viewed experiment has shown: the table of arms, their differences to erm, and the score by compute.
type resultsScreen struct {
	*workspace
	app    *App
	view   view.Results
	reader *report.Reader // used by one job at a time
	job    job[resultsKey, results]
	shown  [2]string // the experiment or run of the last report, for which the cursor has been set
}

// resultsKey is what a report depends on.
type resultsKey struct {
	study                       rundir.StudyDir // empty for a run that belongs to no experiment
	run                         rundir.Dir      // empty for an experiment
	started, evaluations, ended int             // of the experiment's runs
}

// results is a report, or why there is none.
type results struct {
	report *report.Report
	err    error
}

var placeResults = &place{key: "0", tab: "Results", help: "the results of the experiment"}

func newResultsScreen(a *App) *resultsScreen {
	return &resultsScreen{workspace: a.workspace, app: a, reader: new(report.Reader)}
}

func (s *resultsScreen) home() *place  { return placeResults }
func (s *resultsScreen) place() *place { return placeResults }

func (s *resultsScreen) keys() []binding {
	on := []*place{placeResults}
	there := func() bool { return s.line() != nil }
	set := func(by int) func() tea.Cmd {
		return doing(func() {
			if r := s.report(); r != nil {
				s.view.Set = (s.view.Set + by + len(r.SetGroups())) % max(len(r.SetGroups()), 1)
			}
		})
	}
	return append(under(taskDraw, []binding{
		{keys: []string{"left", "h"}, help: "show the scores on the previous evaluation set", hint: "set", shown: "← →", on: on, now: there,
			do: set(-1)},
		{keys: []string{"right", "l"}, help: "show the scores on the next evaluation set", on: on, now: there, do: set(1)},
		{keys: []string{"a"}, help: "change the x axis: compute or steps", hint: "axis", on: on, now: there,
			do: doing(func() { s.view.Steps = !s.view.Steps })},
		{keys: []string{"C"}, help: "choose the table, the chart or both", hint: "chart", on: on, now: there,
			do: doing(func() { s.view.Parts = (s.view.Parts + 1) % view.ResultChoices })},
	}...), under(taskRun, []binding{
		{keys: []string{"enter"}, help: "open the run of the arm", hint: "open", on: on, now: there, do: s.openRun},
		{keys: []string{"c"}, help: "compare the map of the arm's run with that of erm", hint: "compare", on: on, now: there, do: s.compare},
		{keys: []string{"M"}, help: "launch the arm with more seeds: open the form", hint: "more seeds", on: on, now: there,
			do: func() tea.Cmd { return s.launch(seedsAt) }},
		{keys: []string{"P"}, help: "launch the arm with another percentage: open the form", hint: "percentage", on: on, now: there,
			do: func() tea.Cmd { return s.launch(fractionAt) }},
	}...)...)
}

// key returns what the report of the viewed experiment depends on. ok is false if there can be no report.
func (s *resultsScreen) key() (key resultsKey, ok bool) {
	group, run := s.focused()
	if run == nil || run.Given {
		return key, false
	}
	if key.study = group.Dir; key.study == "" {
		key.run = run.Dir
	}
	for _, r := range group.Runs {
		key.evaluations += len(r.Evaluations)
		if r.Start != nil {
			key.started++
		}
		if r.Status.Finish != nil || broken(r.Status.State) {
			key.ended++
		}
	}
	return key, key.started > 0
}

func (s *resultsScreen) update() tea.Cmd {
	key, ok := s.key()
	if !ok {
		return nil
	}
	return s.job.want(key, func() (r results) {
		if key.study != "" {
			r.report, r.err = s.reader.OfStudy(key.study)
		} else {
			r.report, r.err = s.reader.OfRun(key.run)
		}
		return r
	}, func() tea.Cmd {
		if here := [2]string{string(key.study), string(key.run)}; s.shown != here {
			s.shown = here
			s.first()
		}
		return nil // the next update reads again if something has changed meanwhile
	})
}

// first moves the cursor to the arm that the report's sentence is on or, for a follower, to that of the presenter.
func (s *resultsScreen) first() {
	s.view.Cursor = 0
	if shown := s.app.follower.seen.Results; shown != nil {
		s.view.Cursor = shown.Cursor
	} else if r := s.job.value.report; r != nil {
		for i := range r.Lines() {
			if c := r.Lines()[i].Compared; c != nil && c.Sentence == r.Sentence {
				s.view.Cursor = i
				return
			}
		}
	}
}

// report returns the report of the viewed experiment, perhaps an earlier one; nil before it is known.
func (s *resultsScreen) report() *report.Report {
	key, ok := s.key()
	if !ok || !s.job.known || s.job.key.study != key.study || s.job.key.run != key.run {
		return nil
	}
	return s.job.value.report
}

// line returns the arm under the cursor, nil if there is none.
func (s *resultsScreen) line() *report.Line {
	r := s.report()
	if r == nil || len(r.Lines()) == 0 {
		return nil
	}
	return &r.Lines()[min(s.view.Cursor, len(r.Lines())-1)]
}

// panel returns the view.
func (s *resultsScreen) panel() *view.Results {
	v := &s.view
	v.Theme, v.Report, v.Name, v.Waiting, v.Partial = s.theme, s.report(), "", s.none(), ""
	group, run := s.focused()
	if run == nil {
		return v
	}
	v.Name, v.Partial, v.Colours, v.Problems = group.Name, partial(group, run), map[string]int{}, nil
	if v.Report != nil {
		for _, problem := range v.Report.Problems {
			v.Problems = append(v.Problems, s.relative(problem))
		}
	}
	for _, r := range group.Runs {
		v.Colours[r.ID()] = s.colours[r.Dir]
	}
	return v
}

// none describes why there is no report.
func (s *resultsScreen) none() string {
	_, run := s.focused()
	switch key, ok := s.key(); {
	case run == nil:
		return s.waiting()
	case run.Given:
		return "Imported dynamics: no training log, so there are no results."
	case !ok:
		return "No run has started, so there are no results yet."
	case s.job.known && s.job.key == key && s.job.value.err != nil:
		return s.relative(s.job.value.err)
	}
	return "Reading the evaluations …"
}

// relative returns the text of an error with paths below the runs folder.
func (s *resultsScreen) relative(err error) string {
	return view.Clean(strings.ReplaceAll(err.Error(), s.options.Root+string(filepath.Separator), ""))
}

// partial returns how many of an experiment's runs have not ended, and that a replay does not change the results; "" if neither.
func partial(group *watch.Group, run *watch.Run) string {
	if run.Replay != nil {
		return "the replay is left out"
	}
	count, states := map[string]int{}, []string{}
	for _, r := range group.Runs {
		state := r.State()
		if state == rundir.Complete {
			continue
		}
		if count[state] == 0 {
			states = append(states, state)
		}
		count[state]++
	}
	for i, state := range states {
		states[i] = fmt.Sprintf("%d %s", count[state], state)
	}
	if len(states) == 0 {
		return ""
	}
	return fmt.Sprintf("of %d runs %s", len(group.Runs), strings.Join(states, ", "))
}

func (s *resultsScreen) cursor() (at *int, entries int) {
	if r := s.report(); r != nil {
		return &s.view.Cursor, len(r.Lines())
	}
	return &s.view.Cursor, 1
}

func (s *resultsScreen) draw(w, h int) []string { return s.panel().Draw(w, h) }

func (s *resultsScreen) mouse(msg tea.MouseMsg) (changed bool, cmd tea.Cmd) {
	click, ok := msg.(tea.MouseClickMsg)
	if !ok || s.line() == nil {
		return false, nil
	}
	at, on := s.view.LineAt(click.Y - s.paneTop())
	if on {
		s.view.Cursor = at
	}
	return on, nil
}

// run returns the run of the arm under the cursor, that of its first seed.
func (s *resultsScreen) run() *watch.Run {
	if l := s.line(); l != nil {
		return s.runNamed(l.Arms[0].Run)
	}
	return nil
}

// openRun views the run of the arm under the cursor, on the map.
func (s *resultsScreen) openRun() tea.Cmd {
	run := s.run()
	if run == nil {
		return nil
	}
	return tea.Batch(s.app.show(placeMap), s.lookAt(run))
}

// compare compares the map of the run of the arm under the cursor with that of erm; that of erm with the reference's.
func (s *resultsScreen) compare() tea.Cmd {
	run := s.run()
	if run == nil {
		return nil
	}
	other := ""
	for _, arm := range []rundir.Arm{rundir.ERM, rundir.Reference} {
		for _, l := range s.report().Lines() {
			if a := l.Arms[0]; other == "" && a.Arm == arm && a.Run != run.ID() {
				other = a.Run
			}
		}
	}
	if c := s.line().Compared; c != nil {
		if i := slices.Index(c.Runs, run.ID()); i >= 0 && c.ERM[i] != run.ID() {
			other = c.ERM[i]
		}
	}
	with := s.runNamed(other)
	if with == nil {
		s.say("", errors.New("there is no other run to compare with"))
		return nil
	}
	return tea.Batch(s.app.show(placeRuns), s.app.list.comparison.fromResults(run, with.Dir))
}

// launch opens the form with the arm under the cursor and the field to change next, on the map of the experiment's reference.
func (s *resultsScreen) launch(field int) tea.Cmd {
	group, _ := s.focused()
	l := s.line()
	switch {
	case l == nil:
		return nil
	case group.Dir == "":
		s.say("", errors.New("this run belongs to no experiment, whose config would say what to train"))
		return nil
	}
	arm := l.Arms[0].Arm
	switch arm {
	case rundir.Reference, rundir.Custom:
		arm = rundir.FTFT
	case rundir.EarlyERM:
		arm = rundir.ERM
	}
	form := s.app.screens[s.app.screenAt(placeLaunch)].(*launchScreen)
	form.at, form.arms, form.like = field, []rundir.Arm{arm}, l.Arms[0]
	if field == seedsAt && len(seedsOf(group)) < 2 {
		s.say("Another seed needs its own reference: ftft run CONFIG --set seeds=[1,2,3]", nil)
	}
	return tea.Batch(s.app.show(placeLaunch), s.lookAt(group.Reference()), s.selectAs(l.Arms[0]))
}

// selectAs selects by the strategy and the fraction of an arm, if it has a selection that these give.
func (s *resultsScreen) selectAs(arm *report.Arm) tea.Cmd {
	if !slices.Contains(datamap.Strategies, arm.Strategy) || arm.Fraction == 0 {
		return nil
	}
	to := s.sel.Criteria
	to.SetRule("", false)
	if to.Fraction = arm.Fraction; arm.Arm != rundir.Random {
		to.Strategy = arm.Strategy
	}
	return s.change(to)
}

func (s *resultsScreen) commands() []Command {
	if _, run := s.focused(); run == nil || run.Given {
		return s.mapCommands()
	}
	return []Command{
		{"the results", s.rooted("report", s.groupName())},
		{"the results as JSON, with the intervals", s.rooted("report", s.groupName(), "--json")},
		{"the results as Markdown", s.rooted("report", s.groupName(), "--markdown")},
	}
}

func (s *resultsScreen) pose(p *session.Pose) {
	if s.app.front() == s {
		p.Results = &session.PoseResults{Cursor: s.view.Cursor, Set: s.view.Set, Steps: s.view.Steps, Parts: int(s.view.Parts)}
	}
}

func (s *resultsScreen) mirror(p session.Pose) tea.Cmd {
	if r := p.Results; r != nil {
		s.view.Cursor, s.view.Set, s.view.Steps, s.view.Parts = r.Cursor, r.Set, r.Steps, view.ResultParts(r.Parts)
	}
	return nil
}

func (s *resultsScreen) reset() { s.view = view.Results{} }
