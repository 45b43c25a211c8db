package tui

import (
	"slices"

	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// drawing is which runs' curves are drawn: those of the viewed experiment and the added ones, without the hidden ones. So a run that
// begins later is drawn until the user hides it.
type drawing struct {
	hidden, added map[string]bool // by the runs' IDs
	changes       int

	runs []view.DrawnRun // as last found
	from drawnKey        // what runs was found for
}

// drawnKey is what the drawn runs depend on.
type drawnKey struct {
	polls   int
	focus   rundir.Dir
	theme   *view.Theme
	changes int
}

// own draws the runs of the viewed experiment only.
func (d *drawing) own() { d.hidden, d.added, d.changes = nil, nil, d.changes+1 }

// set sets which runs are hidden and added, by their IDs.
func (d *drawing) set(hidden, added []string) {
	d.own()
	d.hidden, d.added = setOf(hidden), setOf(added)
}

func setOf(ids []string) map[string]bool {
	set := map[string]bool{}
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// panel returns the view of the drawn runs.
func (s *curvesScreen) panel() *view.Curves {
	c := &s.view
	_, run := s.focused()
	c.Theme, c.Runs, c.Focus, c.Imported = s.theme, s.drawn(), run, run != nil && run.Given
	if run != nil && c.Replaying {
		c.Patience = min(c.Patience, view.MaxPatience(run))
	}
	return c
}

// isDrawn reports whether a run of a group is drawn.
func (s *curvesScreen) isDrawn(viewed, group *watch.Group, run *watch.Run) bool {
	d := &s.drawing
	return !d.hidden[run.ID()] && (group == viewed || d.added[run.ID()])
}

// toggle hides a run that is drawn, and draws one that is not.
func (s *curvesScreen) toggle(run *watch.Run) {
	d := &s.drawing
	if d.hidden == nil {
		d.set(nil, nil)
	}
	viewed, _ := s.focused()
	drawn := func() (drawn bool) {
		s.eachRun(func(group *watch.Group, other *watch.Run) {
			drawn = drawn || other.Dir == run.Dir && s.isDrawn(viewed, group, other)
		})
		return drawn
	}
	id := run.ID()
	d.changes++
	if drawn() {
		delete(d.added, id)
		if drawn() {
			d.hidden[id] = true
		}
		return
	}
	delete(d.hidden, id)
	if !drawn() {
		d.added[id] = true
	}
}

// only draws some runs, by their IDs, and hides all others that there are.
func (s *curvesScreen) only(ids []string) {
	var hidden []string
	s.eachRun(func(_ *watch.Group, run *watch.Run) {
		if !slices.Contains(ids, run.ID()) {
			hidden = append(hidden, run.ID())
		}
	})
	s.drawing.set(hidden, ids)
}

// drawn returns the runs drawn, in the order of the list, under names that tell them apart. The result is valid until the next poll.
func (s *curvesScreen) drawn() []view.DrawnRun {
	key := drawnKey{s.polls, s.focus, s.theme, s.drawing.changes}
	if s.drawing.from != key || key.polls == 0 {
		s.drawing.runs, s.drawing.from = s.find(), key
	}
	return s.drawing.runs
}

// find finds the runs drawn.
func (s *curvesScreen) find() []view.DrawnRun {
	var drawn []view.DrawnRun
	var groups []*watch.Group
	viewed, _ := s.focused()
	flops := map[string]float64{}
	s.eachRun(func(group *watch.Group, run *watch.Run) {
		flops[run.ID()] = run.Steps.FLOPs
		if !s.isDrawn(viewed, group, run) || slices.ContainsFunc(drawn, func(d view.DrawnRun) bool { return d.Run.Dir == run.Dir }) {
			return // several experiments can share a run
		}
		l := s.names[run.Dir]
		drawn = append(drawn, view.DrawnRun{Run: run, Name: l.name, Arm: l.arm, Colour: s.colours[run.Dir]})
		groups = append(groups, group)
	})
	means := map[string]int{} // the first colour of each arm of an experiment, drawn or not
	for _, group := range groups {
		for _, run := range group.Runs {
			arm := group.Name + "\x00" + s.names[run.Dir].arm
			if n, known := means[arm]; !known || s.colours[run.Dir] < n {
				means[arm] = s.colours[run.Dir]
			}
		}
	}
	several := slices.ContainsFunc(groups, func(g *watch.Group) bool { return g != groups[0] })
	for i := range drawn {
		d := &drawn[i]
		d.SourceFLOPs = flops[d.Run.Manifest.Parent]
		d.ArmColour = means[groups[i].Name+"\x00"+d.Arm]
		if group := groups[i]; several && group.Dir != "" {
			d.Name, d.Arm = group.Name+" "+d.Name, group.Name+" "+d.Arm
		}
	}
	view.SetLetters(s.theme, drawn)
	return drawn
}

// signs returns the sign of each drawn run, for the lists.
func (s *curvesScreen) signs() map[rundir.Dir]string {
	signs := map[rundir.Dir]string{}
	for _, d := range s.drawn() {
		signs[d.Run.Dir] = d.Sign(s.theme)
	}
	return signs
}
