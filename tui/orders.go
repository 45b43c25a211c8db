package tui

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/selection"
	"ftft/tui/view"
)

// plan is what the launch form would launch in an experiment: runs, arm by arm and seed by seed.
type plan struct {
	study  rundir.StudyDir
	orders []order
}

// order is one run to launch.
type order struct {
	rundir.Launch
	rows     func() rundir.Selection // the selection, for Custom by a rule; nil = none
	identity string                  // of rows, or of the rows that the strategy selects; "" = unknown
	existing *watch.Run              // the experiment's run with exactly this arm, selection and settings; nil = none
}

// key identifies a plan and the states of its runs, so that a forecast is made again when one completes.
func (p *plan) key() string {
	var key strings.Builder
	key.WriteString(string(p.study))
	for i, o := range p.orders {
		fmt.Fprintf(&key, "\n%s %s %v %d %v %s %t", o.Arm, o.Strategy, o.Fraction, o.Seed, o.Set, o.identity, p.reused(i))
	}
	return key.String()
}

// reused reports whether the experiment reuses a complete run instead of training.
func (p *plan) reused(i int) bool {
	run := p.orders[i].existing
	return run != nil && run.Status.State == rundir.Complete
}

// hasRows reports whether a rule selects the rows of a run.
func (p *plan) hasRows() bool {
	return slices.ContainsFunc(p.orders, func(o order) bool { return o.rows != nil })
}

// complete returns the launches with their rows, which takes time.
func (p *plan) complete() []rundir.Launch {
	var launches []rundir.Launch
	var rows *rundir.Selection
	for _, o := range p.orders {
		if o.rows != nil {
			if rows == nil { // the same for all seeds
				made := o.rows()
				rows = &made
			}
			o.Selection = rows
		}
		launches = append(launches, o.Launch)
	}
	return launches
}

// name names the arms of the plan, and the number of its runs if it has several seeds.
func (p *plan) name() string {
	var arms []string
	for _, o := range p.orders {
		if arm := string(o.Arm); !slices.Contains(arms, arm) {
			arms = append(arms, arm)
		}
	}
	name := strings.Join(arms, ", ")
	if n := len(p.orders); n > len(arms) {
		name += fmt.Sprintf(" with %d seeds", n/len(arms))
	}
	return name
}

// plan returns what the form would launch, or an error if it cannot launch.
func (s *launchScreen) plan() (p plan, err error) {
	if len(s.arms) == 0 {
		return p, errors.New("no arm is chosen: ↓ to an arm, → adds it")
	}
	for _, arm := range view.Arms {
		if !slices.Contains(s.arms, arm.Name) {
			continue
		}
		group, err := s.launchable(arm.Name)
		if err != nil {
			return plan{}, err
		}
		p.study = group.Dir
		p.orders = append(p.orders, s.orders(arm.Name, group)...)
	}
	return p, nil
}

// orders returns the runs of an arm, one for each seed.
func (s *launchScreen) orders(arm rundir.Arm, group *watch.Group) (list []order) {
	reference := group.Reference()
	o := order{Launch: rundir.Launch{Arm: arm, Strategy: s.sel.Strategy, Fraction: s.sel.Fraction, Set: s.changed(arm)}}
	switch {
	case arm == rundir.ERM:
		o.Strategy, o.Fraction = "", 0
	case arm == rundir.Random:
		o.Strategy, o.Fraction = datamap.Random, s.share()
	case arm == rundir.DM:
		o.Fraction = s.share()
	case s.sel.Rule != "": // exactly the rows of this map
		o.Arm, o.rows, o.Fraction = rundir.Custom, s.recorder(reference), s.share()
		if s.sel.Whole {
			o.Strategy = "rule"
		}
	case s.sel.Strategy == datamap.Random:
		o.Arm = rundir.Random
	case s.sel.Strategy != datamap.Ambiguous && s.sel.Strategy != s.usualStrategy():
		o.Arm = rundir.Custom // FTFT selects by the experiment's strategy
	}
	for _, o.Seed = range s.chosenSeeds(group) {
		o.identity = ""
		if own := arm == rundir.FTFT && o.Seed == reference.Manifest.Seed; own || o.rows != nil {
			o.identity = s.selectionHash(reference)
		}
		o.existing = existing(group, &o)
		list = append(list, o)
	}
	return list
}

// share returns the share of all examples that the selection has.
func (s *launchScreen) share() float64 {
	if s.sel.Map() == nil {
		return s.sel.Fraction
	}
	return s.sel.Share()
}

// usualStrategy returns the strategy of the experiment, "" if it is unknown.
func (s *launchScreen) usualStrategy() string {
	if base := s.base(); base != nil {
		return base.Selection.Strategy
	}
	return ""
}

// launchable returns the experiment in which an arm can be launched, or an error if it cannot.
func (s *launchScreen) launchable(arm rundir.Arm) (*watch.Group, error) {
	group, run := s.focused()
	switch {
	case run == nil:
		return nil, errors.New("there is no run yet")
	case run.Replay != nil:
		return nil, errors.New("this is a replay: end it with R to select on the run")
	case group.Dir == "":
		return nil, errors.New(strings.Join(s.instead(), " "))
	case group.State == watch.Broken:
		return nil, group.Runs[0].Problem
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

// instead returns what to do where there is no experiment to launch in, as paragraphs and command lines; nil if there is one.
func (s *launchScreen) instead() []string {
	group, run := s.focused()
	switch {
	case run == nil:
		return []string{"No reference yet. Start with:", "ftft run demo"}
	case run.Given:
		return []string{
			"Imported dynamics have no experiment to launch in.",
			"To train on the selection elsewhere, write its rows of your data file:",
			s.rowsCommand().Line(),
			"To train with ftft, describe data and models in a config (ftft config demo prints one) and start it:",
			"ftft run CONFIG",
		}
	case group.Dir == "":
		return []string{
			view.Clean(run.ID()) + " belongs to no experiment, so there are no settings to launch with.",
			"An experiment with its config starts with:",
			"ftft run " + quoted(string(run.Dir)+"/config.toml"),
		}
	}
	return nil
}

// rowsCommand returns the command that writes the selected rows of the data.
func (s *launchScreen) rowsCommand() Command {
	command := s.selectCommand()
	if !slices.ContainsFunc(command.Args, func(arg string) bool { return arg == "--data" || strings.HasPrefix(arg, "--data=") }) {
		command.Args = append(command.Args, "--data", "DATA")
	}
	command.Args = append(command.Args, "--rows", "FILE")
	return command
}

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

// chosenSeeds returns the seeds to launch with.
func (s *launchScreen) chosenSeeds(group *watch.Group) []int64 {
	all := seedsOf(group)
	if s.seeds == nil {
		return all[:min(1, len(all))]
	}
	return s.seeds
}

// existing returns the run of an experiment that has exactly the arm, the seed, the selection and the settings of an order, nil if
// there is none. Of several, a complete one comes first, then one that trains or waits.
func existing(group *watch.Group, o *order) *watch.Run {
	var found *watch.Run
	rank := func(run *watch.Run) int {
		switch run.State() {
		case rundir.Complete:
			return 0
		case rundir.Failed, rundir.Stopped, rundir.Interrupted:
			return 2
		}
		return 1
	}
	for _, run := range group.Runs {
		if o.is(run) && (found == nil || rank(run) < rank(found)) {
			found = run
		}
	}
	return found
}

// is reports whether a run is what the order would give.
func (o *order) is(run *watch.Run) bool {
	m := &run.Manifest
	if m.Role != rundir.Main || m.Arm != o.Arm || m.Seed != o.Seed || !sameSettings(m.Set, o.Set) {
		return false
	}
	switch planned, chosen := run.Planned, run.Selection; {
	case !o.Arm.Selects():
		return true
	case planned != nil && o.rows != nil:
		return planned.SelectionHash == o.identity && o.identity != ""
	case planned != nil:
		return planned.SelectionHash == "" && planned.Strategy == o.Strategy && sameShare(planned.Fraction, o.Fraction)
	case chosen == nil:
		return false
	case o.rows != nil:
		return chosen.Hash == o.identity
	default:
		return chosen.Strategy == o.Strategy && sameShare(chosen.Fraction, o.Fraction) && chosen.Rule == "" &&
			(o.identity == "" || o.Arm == rundir.Random || chosen.Hash == o.identity)
	}
}

func sameShare(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }

// sameSettings reports whether two sets of settings are equal, numbers by their value.
func sameSettings(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for key, x := range a {
		y, ok := b[key]
		n, err1 := strconv.ParseFloat(x, 64)
		m, err2 := strconv.ParseFloat(y, 64)
		if !ok || x != y && (err1 != nil || err2 != nil || n != m) {
			return false
		}
	}
	return true
}

// recordKey is what the record of the selection depends on.
type recordKey struct {
	ranking  *datamap.Ranking
	rule     *selection.Match
	marks    *selection.Marks
	count    int
	criteria selection.Criteria
	of       rundir.Dir
}

// recordKey returns the identity of the current selection on a reference.
func (s *launchScreen) recordKey(reference *watch.Run) recordKey {
	c := s.sel
	criteria := c.Criteria.Unfiltered()
	criteria.Brushed, criteria.Free = false, 0
	return recordKey{c.Ranking, c.Match(c.Rule), c.Marks(), c.Count, criteria, reference.Dir}
}

// recordSelection records the selection in the background, once for each selection.
func (s *launchScreen) recordSelection() tea.Cmd {
	group, run := s.focused()
	if group.Reference() != run || run.Replay != nil || s.sel.Ranking == nil || s.sel.Count == 0 || group.Dir == "" {
		return nil
	}
	cmd := s.recorded.want(s.recordKey(run), s.recorder(run), s.update)
	if cmd == nil {
		return nil
	}
	return after(settleFrames*s.frame, cmd)
}

// selectionHash returns the hash of the rows that the experiment would select, "" if it is not known: before it is computed, or where
// the experiment's own strategy makes another selection of the same fraction.
func (s *launchScreen) selectionHash(reference *watch.Run) string {
	if !s.recorded.known || s.recorded.key != s.recordKey(reference) {
		return ""
	}
	if base := s.base(); s.sel.Rule == "" && base != nil && (base.Selection.Balanced || base.Selection.Compat != "") {
		return ""
	}
	return s.recorded.value.Hash
}

// recorder returns a function that returns the current selection as a run directory records it. It can run in the background.
func (w *workspace) recorder(reference *watch.Run) func() rundir.Selection {
	c, m, labels := w.sel, w.dataMap(), w.labels()
	s := rundir.Selection{
		Rule: c.Rule, Strategy: c.Strategy, Fraction: c.Fraction, Seed: reference.Manifest.Seed,
		Formula: "population", Source: reference.ID(), Of: len(c.Order), Excluded: c.Marks().ExcludedCount(),
	}
	if c.Whole {
		s.Strategy, s.Fraction = "rule", 1
	}
	if m.Sample() {
		s.Formula = "sample"
	}
	order := c.Order[:c.Count]
	return func() rundir.Selection {
		chosen := slices.Sorted(slices.Values(order))
		return rundir.NewSelection(s, len(chosen), func(i int) rundir.Chosen {
			index := chosen[i]
			return rundir.Chosen{Row: int(m.Rows[index]), GUID: m.GUIDs[index], Label: labels[m.Gold[index]]}
		})
	}
}

// status describes the existing runs of orders. state is the state that colours it.
func status(orders []order) (text, state string) {
	counts := map[string]int{}
	var states []string
	for _, o := range orders {
		state := ""
		if o.existing != nil {
			state = o.existing.State()
		}
		if counts[state] == 0 {
			states = append(states, state)
		}
		counts[state]++
	}
	if len(states) != 1 {
		for _, state := range states {
			text += fmt.Sprintf(", %d %s", counts[state], cmp.Or(state, "new"))
		}
		return strings.TrimPrefix(text, ", "), ""
	}
	switch state = states[0]; state {
	case "":
		return "new", ""
	case rundir.Complete:
		return "complete: launching reuses it", state
	case rundir.Failed, rundir.Stopped, rundir.Interrupted:
		return state + ": launching trains it again", state
	}
	return state + ": launching adds nothing", state
}
