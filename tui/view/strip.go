package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ftft/train/rundir"
	"ftft/train/watch"
)

// Word is a word of the screens, with what it means.
type Word struct{ Name, Meaning string }

// Strip draws what an experiment is doing, what comes next, and when it will be over; and explains a word.
type Strip struct {
	Theme   *Theme
	Group   *watch.Group
	Word    Word   // the zero Word = none
	Results string // the key that shows the results
}

// stripWide is the width from which on two lines are drawn.
const stripWide = 100

// StripHeight returns the number of lines that a strip of w cells takes.
func StripHeight(w int) int {
	if w >= stripWide {
		return 2
	}
	return 1
}

// Draw fills StripHeight(w) lines of w cells.
func (s *Strip) Draw(w int) []string {
	t, height := s.Theme, StripHeight(w)
	word := ""
	if s.Word.Name != "" {
		word = t.Strong.Render(s.Word.Name) + ": " + s.Word.Meaning
	}
	var lines []string
	switch p := planOf(s.Group); {
	case p.over:
		lines = []string{Spread(t.Title.Render(Clean(s.Group.Name))+s.ending(), t.Dim.Render("esc hides this"), w)}
		lines = append(lines, t.Dim.Render("? lists the keys, e explains a screen, ctrl+p finds any action."))
	case height == 2:
		left := LeftText(s.Group) + " in all"
		lines = []string{Spread(s.chain(p, w-Width(left)-2), t.Strong.Render(left), w)}
		if word != "" {
			lines = append(lines, Spread(word, t.Dim.Render("esc: next word"), w))
		} else {
			keys := "? lists the keys, e explains a screen; quitting does not stop the training."
			lines = append(lines, Spread(t.Dim.Render(keys), t.Dim.Render("ctrl+g hides this"), w))
		}
	case word != "":
		next := t.Dim.Render("esc: next")
		before := p.short + ", " + LeftText(s.Group) + " │ "
		if Width(before)+Width(word)+Width(next) >= w {
			before = p.short + " │ "
		}
		lines = []string{Spread(t.Dim.Render(before)+word, next, w)}
	default:
		left := LeftText(s.Group)
		lines = []string{Spread(s.chain(p, w-Width(left)-2), t.Strong.Render(left), w)}
	}
	return Fit(lines, w, height)
}

// ending describes how the experiment ended, and where its results are.
func (s *Strip) ending() string {
	results := s.Results + " shows the results."
	switch s.Group.State {
	case rundir.Complete:
		return " is complete: " + results
	case rundir.Failed:
		return " has failed: 4 shows why. " + results
	case rundir.Interrupted:
		return " was interrupted: r on 4 resumes a run."
	case rundir.Stopped:
		return " was stopped: r on 4 resumes a run. " + results
	}
	return " is " + s.Group.State + "."
}

// chain describes the steps of the experiment in w cells: the current one, the ones after it and, if there is room, the ones before it.
func (s *Strip) chain(p plan, w int) string {
	t := s.Theme
	now := t.Strong.Render(p.now)
	next := p.next
	if Width(strings.Join(append([]string{p.now}, next...), " → ")) > w {
		next = p.brief
	}
	if len(next) > 0 {
		now += t.Dim.Render(" → " + strings.Join(next, " → "))
	}
	if len(p.done) > 0 {
		if all := t.Good.Render("✓ "+strings.Join(p.done, ", ")) + t.Dim.Render(" → ") + now; Width(all) <= w {
			return all
		}
	}
	return now
}

// PlanText describes what a running experiment is doing, what comes next, and when it will be over, without styles.
func PlanText(group *watch.Group) string {
	p := planOf(group)
	return strings.Join(append([]string{p.now}, p.next...), " → ") + "; " + LeftText(group)
}

// LeftText describes the time until a running experiment is over.
func LeftText(group *watch.Group) string {
	r, known := group.Remaining()
	left := Duration(coarse(r.Time))
	switch {
	case !known:
		return "time left: not known yet"
	case r.Unknown:
		return "more than " + left + " left"
	case r.Scaled || !r.Stops:
		return "about " + left + " left"
	}
	return "at most " + left + " left"
}

// coarse rounds a time to what is worth reading, so that it changes seldom.
func coarse(d time.Duration) time.Duration {
	switch {
	case d > 10*time.Minute:
		return d.Round(time.Minute)
	case d > time.Minute:
		return d.Round(5 * time.Second)
	}
	return d.Round(time.Second)
}

// plan holds the steps of an experiment, of the seed that trains now.
type plan struct {
	done []string // complete ones
	now  string   // the current one, with its progress
	next []string // the ones after it
	over bool     // the experiment has ended

	short string   // the current one, in a few cells
	brief []string // the ones after it, with the number of arms instead of their names
}

// planOf returns the steps of a group's experiment.
func planOf(group *watch.Group) plan {
	p := plan{over: group.State != rundir.Running && group.State != rundir.Pending}
	seeds, seed := seedsOf(group)
	referenceDone, waiting, ahead := true, []string{}, 0
	var running []*watch.Run
	for _, run := range group.Runs {
		if run.Manifest.Seed != seed {
			continue
		}
		ahead = max(ahead, run.Ahead)
		switch reference := run.Manifest.Role == rundir.Reference; {
		case run.Status.State == rundir.Running:
			running = append(running, run)
			referenceDone = referenceDone && !reference
		case !unfinished(run):
			p.done = append(p.done, run.Name())
		case reference:
			referenceDone = false
		default:
			waiting = append(waiting, run.Name())
		}
	}
	const table = "results"
	switch {
	case len(running) > 0:
		p.now, p.short = describe(running)
	case ahead > 0:
		p.now, p.short = "waiting for its turn", "queued"
	case len(waiting) == 0 && referenceDone:
		p.now, p.short = "writing the results", table
	case referenceDone && len(p.done) == 1:
		p.now, p.short = "map: choosing the examples", "map"
	case !referenceDone:
		p.now, p.short = "reading the data for the reference", "reading the data"
	default:
		p.now, p.short = "starting "+waiting[0], "starting "+waiting[0]
		waiting = waiting[1:]
	}
	if !referenceDone && len(waiting) > 0 {
		p.next = append(p.next, "map")
	}
	p.brief = slices.Clone(p.next)
	if n := len(waiting); n > 0 {
		p.next = append(p.next, strings.Join(waiting, ", "))
		p.brief = append(p.brief, fmt.Sprintf("%d %s", n, map[bool]string{true: "arm", false: "arms"}[n == 1]))
	}
	if p.short != table {
		p.next, p.brief = append(p.next, table), append(p.brief, table)
	}
	if len(seeds) > 1 {
		p.now = fmt.Sprintf("seed %d of %d: %s", slices.Index(seeds, seed)+1, len(seeds), p.now)
	}
	return p
}

// describe returns the progress of the runs that train now, in words and short.
func describe(running []*watch.Run) (text, short string) {
	first := running[0]
	if len(running) > 1 {
		var names []string
		for _, run := range running {
			names = append(names, run.Name())
		}
		short = strings.Join(names, ", ")
		return short, short
	}
	switch state := first.State(); {
	case state != rundir.Running: // paused, or waiting for space
		text = first.Name() + " " + state
		return text, text
	case first.Start == nil:
		return first.Name() + ": starting", first.Name()
	case first.Manifest.Role == rundir.Reference:
		epoch := min(first.Epochs+1, first.Start.Epochs)
		return fmt.Sprintf("%s: epoch %d of %d", first.Name(), epoch, first.Start.Epochs),
			fmt.Sprintf("%s %d/%d", first.Name(), epoch, first.Start.Epochs)
	}
	step, budget := Count(first.Status.Step), Count(first.Status.MaxSteps)
	return fmt.Sprintf("%s: step %s of %s", first.Name(), step, budget), first.Name() + " " + Percent(float64(first.Status.Step)/
		float64(max(first.Status.MaxSteps, 1)))
}

// unfinished reports whether a run of the plan waits or trains.
func unfinished(run *watch.Run) bool {
	return run.Status.State == rundir.Pending || run.Status.State == rundir.Running
}

// seedsOf returns the seeds of a group's runs, and the first one with a run that has not ended, or the last one.
func seedsOf(group *watch.Group) (seeds []int64, current int64) {
	found := false
	for _, run := range group.Runs {
		if !slices.Contains(seeds, run.Manifest.Seed) {
			seeds = append(seeds, run.Manifest.Seed)
		}
		if !found {
			current, found = run.Manifest.Seed, unfinished(run)
		}
	}
	return seeds, current
}
