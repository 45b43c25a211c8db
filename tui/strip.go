package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/session"
	"ftft/tui/view"
)

// strip says, above the foot, what the user's first experiment is doing and what comes next, explains words when they are first on
// the screen, and says where the results are. It appears when the experiment is first seen running, and stays until the user
// dismisses it or has seen the results.
type strip struct {
	*workspace
	app    *App
	guide  session.Guide
	known  bool            // the guide has been read
	dir    rundir.StudyDir // of the experiment; empty = there is no strip
	hidden bool            // the user has removed the strip in this session
}

// explained is a word that the strip explains while a panel shows it.
type explained struct {
	view.Word
	on    *place
	shown func(s *strip) bool // whether the panel with the word is drawn; nil = always
}

// explainedWords are the words, in the order in which they are explained.
var explainedWords = []explained{
	{view.Word{Name: "p(gold)", Meaning: "the probability of the gold label"}, placeMap, (*strip).mapped},
	{view.Word{Name: "confidence", Meaning: "mean p(gold) over the epochs"}, placeMap, (*strip).mapped},
	{view.Word{Name: "variability", Meaning: "how much p(gold) varies by epoch"}, placeMap, (*strip).mapped},
	{view.Word{Name: "ambiguous", Meaning: "varies most; ftft trains on these"}, placeMap, (*strip).ranked},
	{view.Word{Name: "hard-to-learn", Meaning: "lowest confidence; noise hides here"}, placeMap, (*strip).ranked},
	{view.Word{Name: "overlap", Meaning: "the share of ambiguous examples that are also hard to learn; a good reference is above chance"},
		placeMap, (*strip).measured},
	{view.Word{Name: "OOD", Meaning: "out of distribution, unlike training data"}, placeCurves, (*strip).evaluated},
	{view.Word{Name: "ftft", Meaning: "the arm on the map's ambiguous examples"}, placeRuns, nil},
	{view.Word{Name: "random", Meaning: "the arm on as many random examples"}, placeRuns, nil},
	{view.Word{Name: "erm", Meaning: "the arm on all examples"}, placeRuns, nil},
	{view.Word{Name: "fraction", Meaning: "the share of the examples to train on"}, placeLaunch, nil},
}

func (s *strip) mapped() bool   { return s.dataMap() != nil }
func (s *strip) ranked() bool   { return s.mapped() && s.sel.Ranking != nil }
func (s *strip) measured() bool { return s.ranked() && s.wide() && s.health.value != nil }

func (s *strip) evaluated() bool {
	_, run := s.focused()
	return run != nil && len(run.Evaluations) > 0
}

// recall reads what has been explained to the user, before there can be a strip.
func (s *strip) recall() tea.Cmd {
	if !s.own() || s.options.Root == "" {
		return nil
	}
	type read struct {
		session.Guide
		err error
	}
	return background(func() (r read) {
		r.Guide, r.err = session.ReadGuide()
		return r
	}, func(r read) tea.Cmd {
		s.guide, s.known = r.Guide, r.err == nil
		if r.err != nil {
			s.say("", fmt.Errorf("ignoring what has been explained before: %w", r.err))
		}
		s.find()
		return nil
	})
}

// find begins a strip when the user's first experiment is running: the viewed one, or else the newest. It is called when there is a
// new snapshot.
func (s *strip) find() {
	if s.dir != "" && s.group() == nil {
		s.dir = "" // its folder has been removed
	}
	if !s.known || s.guide.Seen || s.hidden || s.dir != "" {
		return
	}
	viewed, _ := s.focused()
	for _, group := range append([]*watch.Group{viewed}, s.groups...) {
		if group != nil && group.Dir != "" && group.State == rundir.Running {
			s.dir = group.Dir
			return
		}
	}
}

// group returns the strip's experiment, or nil if there is none.
func (s *strip) group() *watch.Group {
	for _, group := range s.groups {
		if s.dir != "" && group.Dir == s.dir {
			return group
		}
	}
	return nil
}

// over reports whether the strip's experiment has ended.
func (s *strip) over() bool {
	group := s.group()
	return group != nil && group.State != rundir.Running && group.State != rundir.Pending
}

// lines returns the number of lines that the strip takes from the pane.
func (s *strip) lines() int {
	if s.group() == nil || s.small() {
		return 0
	}
	return view.StripHeight(s.w)
}

// draw returns the strip's lines.
func (s *strip) draw() []string {
	if s.lines() == 0 {
		return nil
	}
	v := &view.Strip{Theme: s.theme, Group: s.group(), Word: s.word(), Results: placeResults.key}
	return v.Draw(s.w)
}

// word returns the first word on the screen that the user has not dismissed; the zero Word if there is none.
func (s *strip) word() view.Word {
	if s.over() {
		return view.Word{}
	}
	for _, e := range explainedWords {
		if s.app.place() == e.on && !s.guide.Knows(e.Name) && (e.shown == nil || e.shown(s)) {
			return e.Word
		}
	}
	return view.Word{}
}

// visit removes the strip once the user sees the results of the experiment that has ended.
func (s *strip) visit() tea.Cmd {
	if s.over() && s.app.place() == placeResults {
		return s.end()
	}
	return nil
}

// dismissable reports whether esc has something to dismiss. While an experiment is running that is only a word, so that pressing esc
// once more than there are words does not remove the strip.
func (s *strip) dismissable() bool { return s.lines() > 0 && (s.over() || s.word().Name != "") }

// dismiss goes to the next word or, when the experiment has ended, removes the strip.
func (s *strip) dismiss() tea.Cmd {
	if s.over() {
		return s.end()
	}
	s.guide.Words = append(s.guide.Words, s.word().Name)
	return s.keep()
}

// end removes the strip for good: the user has seen how an experiment ends.
func (s *strip) end() tea.Cmd {
	s.dir, s.guide.Seen = "", true
	return s.keep()
}

// keep writes what has been explained, in the background.
func (s *strip) keep() tea.Cmd {
	guide := s.guide
	return s.complaining(func() error {
		s.files.Lock()
		defer s.files.Unlock()
		return session.ExtendGuide(guide)
	})
}

// toggle shows the strip of the running experiment, or removes it until then.
func (s *strip) toggle() tea.Cmd {
	if s.dir != "" {
		s.dir, s.hidden = "", true
		return nil
	}
	seen := s.guide.Seen
	s.hidden, s.known, s.guide.Seen = false, true, false
	s.find()
	if s.guide.Seen = seen; s.dir == "" {
		s.say("No experiment is running.", nil)
	}
	return nil
}

func (s *strip) keys() []binding {
	return under(taskApp, binding{keys: []string{"ctrl+g"}, help: "guide: show what the experiment is doing and what comes next, or hide it",
		now: func() bool { return s.dir != "" || s.running() }, do: s.toggle})
}

// running reports whether an experiment is running.
func (s *strip) running() bool {
	for _, group := range s.groups {
		if group.Dir != "" && group.State == rundir.Running {
			return true
		}
	}
	return false
}
