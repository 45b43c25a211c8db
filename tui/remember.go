package tui

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/internal/disk"
	"ftft/train/rundir"
	"ftft/train/watch"
)

// kept is how a run was looked at, in its view.json, so that who comes back sees the same.
type kept struct {
	Format   int     `json:"format"`           // 1
	Screen   int     `json:"screen"`           // as its key: 1 to 5
	GUID     string  `json:"guid"`             // under the cursor
	Astray   bool    `json:"astray,omitempty"` // which is not in the list: a search has come to it
	Strategy string  `json:"strategy"`
	Fraction float64 `json:"fraction"`
	Rule     string  `json:"rule,omitempty"`
	Whole    bool    `json:"whole,omitempty"` // all that the rule matches
	Brushed  bool    `json:"brushed,omitempty"`
	Free     float64 `json:"free,omitempty"`  // the fraction before the rule
	Label    string  `json:"label,omitempty"` // of the list's filters, as the next two
	Marked   bool    `json:"marked,omitempty"`
	Filter   string  `json:"filter,omitempty"`
	Sort     string  `json:"sort,omitempty"` // a metric's name
	Reversed bool    `json:"reversed,omitempty"`
	After    int     `json:"after,omitempty"` // epochs that the map is of; absent = the newest

	Drawn *CurveSettings `json:"drawn,omitempty"` // the curves, where that is not as the workbench begins; their runs where these were picked
}

// opened is the run that was looked at last, in the runs folder's .opened.json.
type opened struct {
	Run    string `json:"run"`
	Newest string `json:"newest"` // the newest experiment's first run then: of a newer one, that is looked at
}

// memory is what is kept, and what is to be shown again.
type memory struct {
	rest    time.Duration // between a change and its writing
	saved   kept
	last    opened
	waiting bool       // to write
	read    rundir.Dir // whose file has been asked for
	wanted  string     // the guid to go to when the list is there
	astray  bool       // it need not be in the list
	label   string     // the filter's, when labels are known
	touched bool       // the user has done something: what is read comes too late
}

// recalled is a run's file that has been read.
type recalled struct {
	of   rundir.Dir
	path string
	view kept
	err  error
}

// save has the view written.
type save struct{}

// looksLike is the view as it stands.
func (a *App) looksLike() kept {
	c, s := &a.choice, &a.desk.sorting
	k := kept{Format: 1, Screen: int(a.screen) + 1, Strategy: c.strategy, Fraction: c.fraction, Rule: c.rule, Whole: c.whole, Brushed: c.brushed, Free: c.free,
		Marked: c.marked, Filter: c.filter, Sort: s.by, Reversed: s.reversed, After: a.desk.scrub.after}
	if labels := a.labels(); c.class > 0 && c.class <= len(labels) {
		k.Label = labels[c.class-1]
	}
	if index, ok := a.under(); ok {
		k.GUID, k.Astray = a.seen().Map.GUIDs[index], a.desk.search.astray >= 0
	}
	drawn, begun := a.curveSettings(), (&App{lines: newLines()}).curveSettings()
	if a.lines.picked == nil {
		drawn.Runs = nil
	}
	if !reflect.DeepEqual(drawn, begun) {
		k.Drawn = &drawn
	}
	return k
}

// remembers says whether the screen is the user's own, whose view is kept.
func (a *App) remembers() bool { return a.options.Lesson == nil && a.options.Follow == "" }

// recall asks for a run's view, once, when the first one is opened.
func (a *App) recall() tea.Cmd {
	m, dir := &a.desk.memory, a.focus
	if !a.remembers() || m.read != "" || dir == "" || a.source() != string(dir) {
		return nil
	}
	m.read = dir
	return func() tea.Msg {
		r := recalled{of: dir}
		if r.path, r.err = readOwn(ownViews, dir.View(), &r.view); errors.Is(r.err, fs.ErrNotExist) {
			return nil
		}
		if r.err == nil {
			r.err = r.view.check()
		}
		return r
	}
}

// What a user's own files are kept for elsewhere, where their places are read-only: see disk.Elsewhere.
const (
	ownViews = "views"
	ownRuns  = "runs"
)

// readOwn reads a file of the user's own: elsewhere, if it is there, or in its place.
func readOwn(kind, place string, into any) (path string, err error) {
	for _, path = range []string{disk.Elsewhere(kind, place), place} {
		var text []byte
		if text, err = disk.ReadFile(path); err == nil {
			return path, json.Unmarshal(text, into)
		}
		if path != "" && !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return path, err
}

// writeOwn writes one in its place by a function, or elsewhere where that is read-only. That neither can be written to is no error, and nor
// is that the place's folder has gone.
func writeOwn(kind, place string, v any, inPlace func() error) error {
	mine := disk.Elsewhere(kind, place)
	err := inPlace()
	switch {
	case mine == "":
	case err == nil:
		err = disk.Remove(mine) // of a time when the place was read-only
	case disk.ReadOnly(err):
		if err = disk.MkdirAll(filepath.Dir(mine)); err == nil {
			err = disk.WriteJSON(mine, v)
		}
	}
	if disk.ReadOnly(err) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// recallRun finds out which run was looked at last, before the runs are read.
func (a *App) recallRun() tea.Cmd {
	if a.options.Root == "" || a.options.Focus != "" || !a.remembers() {
		return nil
	}
	return func() tea.Msg {
		var last opened
		if _, err := readOwn(ownRuns, filepath.Join(a.options.Root, ".opened.json"), &last); err != nil {
			return nil // there is none, or none that can be read: the newest run is looked at
		}
		return last
	}
}

// lastOpened is that run, nil where there is a newer one since, or it has gone.
func (a *App) lastOpened() *watch.Run {
	last := a.desk.memory.last
	if len(a.groups) == 0 || last.Newest != a.groups[0].Reference().ID() {
		return nil
	}
	all := a.runs()
	if place := slices.IndexFunc(all, func(run *watch.Run) bool { return run.ID() == last.Run }); place >= 0 {
		return all[place]
	}
	return nil
}

func (k *kept) check() error {
	switch {
	case k.Format != 1:
		return fmt.Errorf("format %d", k.Format)
	case k.Screen < 1 || k.Screen > int(screens):
		return fmt.Errorf("screen %d", k.Screen)
	case !slices.Contains(datamap.Strategies, k.Strategy):
		return fmt.Errorf("strategy %q", k.Strategy)
	case !(k.Fraction > 0 && k.Fraction <= 1):
		return fmt.Errorf("fraction %g", k.Fraction)
	case !(k.Free >= 0 && k.Free <= 1):
		return fmt.Errorf("free %g", k.Free)
	case k.After < 0:
		return fmt.Errorf("after %d", k.After)
	case k.Drawn != nil:
		return new(lines).set(*k.Drawn)
	}
	return nil
}

// takeRecalled shows the run as it was left, unless the user has done something by now.
func (a *App) takeRecalled(r recalled) tea.Cmd {
	m := &a.desk.memory
	if r.err != nil {
		a.say("", fmt.Errorf("%s is left aside, it cannot be read: %w", r.path, r.err))
		return nil
	}
	if m.touched || a.focus != r.of {
		return nil
	}
	m.saved = r.view
	return a.lookLike(r.view)
}

// lookLike puts the screen into a view.
func (a *App) lookLike(k kept) tea.Cmd {
	m := &a.desk.memory
	if k.Rule != "" && k.Free == 0 {
		k.Free = k.Fraction // a file of before this was written
	}
	a.screen = screen(k.Screen - 1)
	a.choice.pick = pick{strategy: k.Strategy, fraction: k.Fraction, rule: k.Rule, whole: k.Whole && k.Rule != "", brushed: k.Brushed, free: k.Free, marked: k.Marked, filter: k.Filter}
	a.desk.sorting.by, a.desk.sorting.reversed = k.Sort, k.Reversed
	if _, err := datamap.FindMetric(k.Sort); err != nil {
		a.desk.sorting.by = ""
	}
	if a.desk.scrub.after = 0; k.After >= fewestEpochs {
		a.desk.scrub.after = k.After
	}
	if k.Drawn != nil {
		a.redraw(*k.Drawn)
	}
	m.wanted, m.astray, m.label = k.GUID, k.Astray, k.Label
	return tea.Batch(a.choose(), a.develop())
}

// redraw draws curves by settings, and runs by names where these say which.
func (a *App) redraw(s CurveSettings) {
	if err := a.lines.set(s); err != nil { // what is read has been checked
		a.say("", err)
	}
	if s.Runs == nil {
		return
	}
	a.lines.picked = map[rundir.Dir]bool{}
	a.eachRun(func(_ *watch.Group, run *watch.Run) { a.lines.picked[run.Dir] = slices.Contains(s.Runs, run.ID()) })
}

// relabelled finds the class of the label that the list was filtered by, when labels are known.
func (a *App) relabelled(labels []string) {
	if class := slices.Index(labels, a.desk.memory.label); class >= 0 {
		a.choice.class = class + 1
	}
	a.desk.memory.label = ""
}

// settle goes to what was under the cursor, when the list is there: once, but for a follower, whose cursor stays where the presenter's is.
func (a *App) settle() {
	m, picture := &a.desk.memory, a.seen()
	if s := &a.desk.sorting; m.wanted == "" || s.by != "" && s.rankings[s.by] == nil {
		return
	}
	place := slices.IndexFunc(a.choice.list, func(index int32) bool { return picture.Map.GUIDs[index] == m.wanted })
	found := place >= 0
	switch {
	case found:
		a.choice.cursor, a.desk.search.astray = place, -1
	case m.astray:
		a.desk.search.astray = int32(slices.Index(picture.Map.GUIDs, m.wanted)) // -1 where the map has none
		found = a.desk.search.astray >= 0
	}
	if found && a.remembers() {
		m.wanted = ""
	}
}

// keepView writes the view a while after it has changed; what changes meanwhile is written with it.
func (a *App) keepView() tea.Cmd {
	m := &a.desk.memory
	if !a.remembers() || m.waiting || a.seen() == nil || a.source() != string(a.focus) || reflect.DeepEqual(a.looksLike(), m.saved) && a.opened() == m.last {
		return nil
	}
	m.waiting = true
	return tea.Tick(m.rest, func(time.Time) tea.Msg { return save{} })
}

// writeView writes the view in the background, where it can be.
func (a *App) writeView() tea.Cmd {
	m := &a.desk.memory
	m.waiting = false
	if !a.remembers() || a.seen() == nil || a.source() != string(a.focus) {
		return nil
	}
	view, last, dir, lock := a.looksLike(), a.opened(), a.focus, &a.desk.writing
	asBefore, here := reflect.DeepEqual(view, m.saved), last == m.last
	m.saved, m.last = view, last
	return func() tea.Msg {
		lock.Lock()
		defer lock.Unlock()
		var err error
		if !asBefore {
			err = writeOwn(ownViews, dir.View(), view, func() error { return writeBeside(dir, dir.View(), view) })
		}
		if place := filepath.Join(a.options.Root, ".opened.json"); a.options.Root != "" && !here && err == nil {
			err = writeOwn(ownRuns, place, last, func() error {
				if _, err := os.Stat(a.options.Root); err != nil {
					return err // a folder that has gone is not made anew
				}
				return disk.WriteJSON(place, last)
			})
		}
		if err != nil {
			return answer{"", err}
		}
		return nil
	}
}

// opened is the run looked at, for who comes back.
func (a *App) opened() opened { return opened{a.focus.ID(), a.groups[0].Reference().ID()} }

// writeBeside writes a file of the workbench's own into a run's folder, which is not made anew if it has gone.
func writeBeside(run rundir.Dir, path string, v any) error {
	if _, err := os.Stat(run.Manifest()); err != nil {
		return err
	}
	return disk.WriteJSON(path, v)
}

// leave quits; the view is written before.
func (a *App) leave() tea.Cmd {
	if write := a.writeView(); write != nil {
		return tea.Sequence(write, tea.Quit)
	}
	return tea.Quit
}
