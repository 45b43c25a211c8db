package tui

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/train/report"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/selection"
	"ftft/tui/view"
)

// Lesson is a guided tour of recorded runs: texts below the workbench's own screens. The user can leave the tour and return to it
// at any time.
type Lesson struct {
	tale tale
	at   int  // the step shown
	top  int  // the first line of its text that is shown
	w, h int  // the size of the text, with its title
	open bool // whether the first step has been entered
}

// tale holds the figures in the lesson's texts, which all come from the recording.
type tale struct {
	reference, weak        datamap.Health
	transfer, weakTransfer datamap.Agreement         // of a reference's ambiguous region with that of the main model
	arms                   map[rundir.Arm]report.Arm // of the experiment demo, by name
	weakArm                report.Arm                // ftft with the weak reference
	ood                    string                    // the OOD test set, by which nothing is chosen
	flipped, flippedHard   int                       // the number of wrong labels, and of those in the hard-to-learn region
	examples, tested       int
	panels                 bool // panels are drawn beside the map
}

// place returns the words for a place on the screen: beside the map, or without panels.
func (t *tale) place(beside, without string) string {
	if t.panels {
		return beside
	}
	return without
}

// The runs of the recording.
const (
	lessonStudy, weakStudy       = "demo", "weak"
	referenceRun, mainRun        = "demo-reference", "demo-erm"
	ftftRun, randomRun           = "demo-ftft", "demo-random"
	weakReferenceRun, weakFTFT   = "weak-reference", "weak-ftft"
	lessonFraction               = 0.33
	lessonRegion, lessonStrategy = 0, datamap.Ambiguous
)

// OpenLesson reads the figures of the recording from a runs folder. texts is Options.Texts.
func OpenLesson(root string, texts func(run rundir.Dir, row int) (Example, error)) (*Lesson, error) {
	l := &Lesson{}
	maps := map[string]*datamap.Map{}
	for _, group := range watch.New(root).Poll("").Groups {
		for _, run := range group.Runs {
			if id := run.ID(); id == referenceRun || id == mainRun || id == weakReferenceRun {
				picture, err := watch.PictureOf(run)
				if err != nil {
					return nil, err
				}
				maps[id] = picture.Map
			}
		}
	}
	reference, main, weak := maps[referenceRun], maps[mainRun], maps[weakReferenceRun]
	if reference == nil || main == nil || weak == nil {
		return nil, errors.New("the recording lacks a run that the lesson shows")
	}
	t := &l.tale
	t.examples = reference.Len()
	read := func(row int) (Example, error) { return texts(rundir.Dir(filepath.Join(root, referenceRun)), row) }
	for _, step := range []func() error{
		func() (err error) { t.reference, err = reference.Health(lessonFraction); return err },
		func() (err error) { t.weak, err = weak.Health(lessonFraction); return err },
		func() (err error) { t.transfer, err = agreement(reference, main); return err },
		func() (err error) { t.weakTransfer, err = agreement(weak, main); return err },
		func() error { return t.countFlipped(reference, read) },
		func() error { return t.readResults(rundir.StudyDir(filepath.Join(root, lessonStudy))) },
		func() error { return t.readWeakArm(rundir.StudyDir(filepath.Join(root, weakStudy))) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func agreement(a, b *datamap.Map) (datamap.Agreement, error) {
	c, err := datamap.Compare(a, b, lessonFraction, 1)
	if err != nil {
		return datamap.Agreement{}, err
	}
	return c.Regions[lessonRegion], nil
}

// countFlipped counts the examples whose label the built-in data have flipped on purpose, by their metadata.
func (t *tale) countFlipped(m *datamap.Map, text func(row int) (Example, error)) error {
	ranking, err := m.Rank(datamap.HardToLearn, 0)
	if err != nil {
		return err
	}
	for place, index := range ranking.Order {
		example, err := text(int(m.Rows[index]))
		if err != nil {
			return err
		}
		if example.Meta["flipped"] != "true" {
			continue
		}
		t.flipped++
		if place < datamap.Count(m.Len(), lessonFraction) {
			t.flippedHard++
		}
	}
	return nil
}

// readWeakArm reads the result of ftft with the weak reference.
func (t *tale) readWeakArm(study rundir.StudyDir) error {
	r, err := report.OfStudy(study)
	if err == nil {
		t.weakArm = armsOf(r)[rundir.FTFT]
	}
	return err
}

// readResults reads the results of the main experiment.
func (t *tale) readResults(study rundir.StudyDir) error {
	r, err := report.OfStudy(study)
	if err != nil {
		return err
	}
	t.arms = armsOf(r)
	for name, score := range t.arms[rundir.ERM].Scores {
		if score.Kind == "ood" && score.Use == "test" {
			t.ood = name
		}
	}
	tested, err := rundir.ReadExamples(study.Run(mainRun).EvalExamples(t.ood))
	t.tested = len(tested)
	return err
}

func armsOf(r *report.Report) map[rundir.Arm]report.Arm {
	arms := map[rundir.Arm]report.Arm{}
	for _, arm := range r.Arms {
		arms[arm.Arm] = arm
	}
	return arms
}

// score returns an arm's accuracy on the OOD test set, in words.
func (t *tale) score(arm report.Arm) string { return view.Percent(arm.Scores[t.ood].Accuracy) }

// guessing returns the accuracy, on the OOD test set, of always predicting the most frequent label.
func (t *tale) guessing() float64 { return t.arms[rundir.ERM].Baseline[t.ood].Accuracy }

// noise returns the difference in points, on the OOD test set, that two arms can have by chance: two standard errors of the
// difference of two such accuracies.
func (t *tale) noise() float64 {
	p := t.arms[rundir.ERM].Scores[t.ood].Accuracy
	return 100 * 2 * math.Sqrt(2*p*(1-p)/float64(t.tested))
}

// chapter is a step of the lesson.
type chapter struct {
	title string
	text  func(*tale) string
	show  func(*App) tea.Cmd // shows what the text is about, after a reset
}

// tell goes to a step: it resets the workbench, then shows what the step is about.
func (l *Lesson) tell(a *App, at int) tea.Cmd {
	l.at, l.top = min(max(at, 0), len(chapters)-1), 0
	a.setClock(nil)
	a.closeAll()
	a.text, a.listed, a.epochs = "", 0, 0
	a.sel.Criteria = selection.Criteria{Strategy: lessonStrategy, Fraction: lessonFraction}
	a.sel.Sorting = selection.Sorting{}
	a.clearSearch()
	for _, s := range a.screens {
		if s, ok := s.(resettable); ok {
			s.reset()
		}
	}
	return chapters[l.at].show(a)
}

// onScreen views a run on a screen.
func onScreen(a *App, to *place, id string) tea.Cmd {
	a.show(to)
	if run := a.runNamed(id); run != nil {
		return a.lookAt(run)
	}
	a.say("", fmt.Errorf("the recording has no %s", id))
	return nil
}

// drawRuns draws the curves of some runs.
func drawRuns(a *App, ids ...string) {
	a.curves.only(ids)
}

// compareWith compares the viewed run with another: the examples that moved.
func compareWith(a *App, id string) {
	if run := a.runNamed(id); run != nil {
		a.list.comparison.with(run.Dir)
	}
}

// runNamed returns the run with an ID, or nil if there is none.
func (w *workspace) runNamed(id string) *watch.Run {
	for _, run := range w.runs() {
		if run.ID() == id {
			return run
		}
	}
	return nil
}

// key handles the keys of the lesson, which take precedence over all others.
func (l *Lesson) key(a *App, key string) (cmd tea.Cmd, handled bool) {
	if !l.hasKey(key) {
		return nil, false
	}
	room := l.room()
	switch more := len(l.lines()) > l.top+room; {
	case key == "space" && more:
		l.top += room
	case key == "space":
		return l.tell(a, l.at+1), true
	case l.top > 0:
		l.top = max(l.top-room, 0)
	default:
		return l.tell(a, l.at-1), true
	}
	return nil, true
}

// room returns the number of lines of the text that show at a time.
func (l *Lesson) room() int { return max(l.h-1, 1) }

// lines returns the text of the step.
func (l *Lesson) lines() []string { return view.Wrap(chapters[l.at].text(&l.tale), l.w-2) }

// hasKey reports whether a key is one of the lesson's. A nil lesson has none.
func (l *Lesson) hasKey(key string) bool { return l != nil && (key == "space" || key == "backspace") }

// begin enters the first step once the runs have been read.
func (l *Lesson) begin(a *App) (cmd tea.Cmd, begun bool) {
	if l == nil || l.open || len(a.groups) == 0 {
		return nil, false
	}
	l.open = true
	return l.tell(a, 0), true
}

// toldH is the height of the smallest screen above a text: its map still has a few lines.
const toldH = 14

// resize takes over the size of the terminal, and returns the number of lines of the text.
func (l *Lesson) resize(w, h int) int {
	if l == nil {
		return 0
	}
	l.w, l.h, l.top = w, l.height(w, h), 0
	return l.h
}

// height returns the number of lines of the longest text, which every step reserves so that the screens above do not jump. The texts
// then cite what the screens show in what is left of w by h cells. A longer text than the screens leave room for is shown in parts.
func (l *Lesson) height(w, h int) int {
	longest := func() int {
		most := 0
		for _, c := range chapters {
			most = max(most, len(view.Wrap(c.text(&l.tale), w-2)))
		}
		return min(most+1, h/2, max(h-toldH, 3))
	}
	l.tale.panels = true
	lines := longest()
	if l.tale.panels = (layout{w: w, h: h - lines}).wide(); l.tale.panels {
		return lines
	}
	return longest()
}

// draw writes the text in w by h cells.
func (l *Lesson) draw(theme *view.Theme, w, h int) []string {
	c := chapters[l.at]
	title := theme.Title.Render(fmt.Sprintf("Lesson %d of %d", l.at+1, len(chapters))) + " " + theme.Strong.Render(c.title) + " "
	text := l.lines()[l.top:]
	keys := theme.Dim.Render(" space on  backspace back")
	if len(text) > l.room() {
		keys = theme.Dim.Render(" space more")
	}
	room := w - view.Width(title) - view.Width(keys)
	lines := []string{title + theme.Dim.Render(strings.Repeat("─", max(room, 0))) + keys}
	for _, line := range text {
		lines = append(lines, " "+line)
	}
	return view.Fit(lines, w, h)
}
