package tui

import (
	"fmt"
	"slices"

	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

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

func (s *curvesScreen) isDrawn(group *watch.Group, run *watch.Run) bool {
	if s.picked != nil {
		return s.picked[run.Dir]
	}
	focused, _ := s.focused()
	return group == focused
}

// drawn returns the runs drawn, under names that tell them apart.
func (s *curvesScreen) drawn() []view.DrawnRun {
	var drawn []view.DrawnRun
	var groups []*watch.Group
	flops := map[string]float64{}
	s.eachRun(func(group *watch.Group, run *watch.Run) {
		flops[run.ID()] = run.Steps.FLOPs
		again := slices.ContainsFunc(drawn, func(d view.DrawnRun) bool { return d.Run.Dir == run.Dir })
		if !again && s.isDrawn(group, run) { // several experiments can share a run
			drawn = append(drawn, view.DrawnRun{Run: run, Name: nameOf(run), Arm: run.Name(), Colour: s.colours[run.Dir]})
			groups = append(groups, group)
		}
	})
	for i := range drawn {
		if parent := drawn[i].Run.Manifest.Parent; parent != "" {
			drawn[i].SourceFLOPs = flops[parent]
		}
	}
	tellApart(drawn, groups)
	view.SetLetters(s.theme, drawn)
	return drawn
}

// tellApart gives runs names that differ: by experiment, by config where they belong to none, by seed, by ID.
func tellApart(drawn []view.DrawnRun, groups []*watch.Group) {
	several := slices.ContainsFunc(groups, func(g *watch.Group) bool { return g != groups[0] })
	names, hashes, differ := map[string]int{}, map[string]string{}, map[string]bool{}
	for _, d := range drawn {
		name, hash := d.Run.Name(), d.Run.Manifest.ConfigHash
		differ[name] = differ[name] || hashes[name] != "" && hashes[name] != hash
		hashes[name] = hash
	}
	for i := range drawn {
		d := &drawn[i]
		switch hash := d.Run.Manifest.ConfigHash; {
		case several && groups[i].Dir != "":
			d.Name = groups[i].Name + " " + d.Name
		case groups[i].Dir == "" && differ[d.Run.Name()]: // without an experiment: one arm only where the config is the same
			d.Name += " " + hash[:min(len(hash), 4)]
		}
		d.Arm = d.Name
		names[d.Name]++
		names[seeded(d)]++
	}
	for i := range drawn {
		switch d := &drawn[i]; {
		case names[seeded(d)] > 1: // trained again, on other rows: not another seed of one arm
			d.Name, d.Arm = d.Run.ID(), d.Run.ID()
		case names[d.Arm] > 1:
			d.Name = seeded(d)
		}
	}
}

func seeded(d *view.DrawnRun) string { return fmt.Sprintf("%s seed %d", d.Arm, d.Run.Manifest.Seed) }

// signs returns the line or mark of each drawn run, for the list.
func (s *curvesScreen) signs() map[rundir.Dir]string {
	signs := map[rundir.Dir]string{}
	for _, d := range s.drawn() {
		signs[d.Run.Dir] = d.Sign(s.theme)
	}
	return signs
}
