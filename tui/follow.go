package tui

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/internal/disk"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// Between two looks at where the presenter looks, and how long none may have been written until the presenter counts as gone.
const (
	followEvery = 100 * time.Millisecond
	goneAfter   = 3 * poseEvery
)

// follower looks where a presenter looks.
type follower struct {
	seen  pose        // the last one read
	fresh time.Time   // when it was another than before
	state string      // of the presenter, in words; "" = there
	again bool        // what the pose is about was not there yet
	clock *posedClock // as it was taken over
}

// followed is a pose that has been read.
type followed struct {
	pose pose
	err  error
}

// follow reads the pose after a while. The next one is asked for when this one has come.
func (a *App) follow() tea.Cmd {
	if a.options.Follow == "" {
		return nil
	}
	path := a.options.Follow.Stage().Present()
	return tea.Tick(followEvery, func(time.Time) tea.Msg { return readPose(path) })
}

func readPose(path string) (f followed) {
	text, err := disk.ReadFile(path)
	if f.err = err; err != nil {
		return f
	}
	if f.err = json.Unmarshal(text, &f.pose); f.err == nil {
		f.err = f.pose.check()
	}
	if f.err != nil {
		f.err = fmt.Errorf("present.json cannot be read: %w (%s)", f.err, path)
	}
	return f
}

// takeFollowed shows what the presenter sees, where that is other than before, and says how the presenter stands.
func (a *App) takeFollowed(r followed) tea.Cmd {
	f := &a.follower
	was, now := f.state, time.Now()
	moved := r.err == nil && !r.pose.Time.Equal(f.seen.Time)
	if moved {
		// Clocks differ between machines: what counts is that it changes. Of the first one there is only its time.
		if !f.seen.Time.IsZero() || now.Sub(r.pose.Time).Abs() < goneAfter {
			f.fresh = now
		}
	}
	switch name := a.options.Follow.ID(); {
	case errors.Is(r.err, fs.ErrNotExist) && f.seen.Time.IsZero():
		f.state = fmt.Sprintf("Nobody presents %s yet: ftft present %s does.", name, name)
	case errors.Is(r.err, fs.ErrNotExist):
		f.state = "The presenter has left; this is what was shown last."
	case r.err != nil:
		f.state = r.err.Error()
	case now.Sub(f.fresh) >= goneAfter:
		f.state = fmt.Sprintf("No word from the presenter (%s) since %s.", view.Clean(r.pose.Presenter), r.pose.Time.Local().Format(time.TimeOnly))
	default:
		f.state = ""
	}
	a.stale = f.state != was
	if !moved && !(f.again && r.err == nil) {
		return nil
	}
	changed := f.again || !sameView(r.pose, f.seen)
	f.seen = r.pose
	if !changed {
		return nil
	}
	a.stale, a.message = true, ""
	return a.mirror(r.pose)
}

// mirror puts this screen into a pose.
func (a *App) mirror(p pose) tea.Cmd {
	at := func(id string) rundir.Dir { return a.options.Follow.Sibling(id) }
	run := a.runOf(at(p.Run))
	if a.follower.again = run == nil; run == nil {
		return nil // the next look may find it
	}
	var cmds []tea.Cmd
	if a.focus != run.Dir {
		cmds = append(cmds, a.lookAt(run))
	}
	if p.Listed != "" {
		a.listed = a.indexOf(at(p.Listed))
	}
	a.launcher.arm, a.launcher.seed = p.Arm, p.Seed
	a.mirrorClock(p.Replay, p.Time)
	cmds = append(cmds, a.search(p.Search), a.lookLike(p.kept))
	cmds = append(cmds, a.mirrorOver(p.Over, p.Line), a.mirrorBox(p.Box))
	if c := p.Curves; c != nil {
		a.mirrorCurves(c)
	}
	if a.duel.open = p.Compare != nil; a.duel.open {
		a.duel.other, a.duel.Cell, a.duel.Results = at(p.Compare.With), p.Compare.Cell, p.Compare.Results
		a.duel.Cursor = p.Compare.Cursor
		a.duel.list()
	}
	return tea.Batch(append(cmds, a.fetchTexts(), a.keepCompared(), a.keepRead(), a.keepForecast())...)
}

func (a *App) runOf(dir rundir.Dir) (found *watch.Run) {
	a.eachRun(func(_ *watch.Group, run *watch.Run) {
		if run.Dir == dir || sameFolder(string(run.Dir), string(dir)) {
			found = run
		}
	})
	return found
}

// mirrorOver opens what lies over the presenter's screen, and closes what does not.
func (a *App) mirrorOver(what string, line int) (cmd tea.Cmd) {
	if what == "explain" && !a.explainer.shown(a.screen) {
		cmd = a.readCosts()
	}
	a.helping, a.desk.page = what == "help", min(line, a.helpPages()-1)
	a.commander = commander{open: what == "command", on: a.screen, cursor: line}
	a.explainer.open, a.explainer.on = what == "explain", a.screen
	if a.explainer.open {
		a.explainer.cursor = min(line, max(len(a.explanations())-1, 0))
	}
	a.reader.open, a.reader.on = what == "read", a.screen
	a.reader.top, a.reader.place = line, a.choice.cursor
	return cmd
}

// mirrorBox draws the presenter's rectangle, by its values: this map may be larger or smaller.
func (a *App) mirrorBox(box *[4]float64) tea.Cmd {
	a.desk.brush = brush{}
	w, _ := a.dataMap.Size()
	if box == nil {
		return nil
	}
	picture := a.seen()
	if a.follower.again = w == 0 || picture == nil || picture.Map == nil; a.follower.again {
		return nil
	}
	const within = 1e-4 // what an area's values are rounded to
	x0, y0 := a.dataMap.CellOf(watch.Point{Variability: float32(box[0] + within), Confidence: float32(box[3] - within)})
	x1, y1 := a.dataMap.CellOf(watch.Point{Variability: float32(box[1] - within), Confidence: float32(box[2] + within)})
	a.desk.brush = brush{byMouse: true, box: &view.Box{X0: x0, Y0: y0, X1: x1, Y1: y1}}
	a.desk.brush.inside = area{[2]float64{box[0], box[1]}, [2]float64{box[2], box[3]}}.match(picture.Map).count
	return a.live()
}

func (a *App) mirrorCurves(c *posedCurves) {
	l := &a.lines
	a.redraw(c.CurveSettings)
	l.picking = c.Picking
	if l.Crossed = c.Cross != nil; l.Crossed {
		l.Cross = *c.Cross
	}
	if l.Replaying = c.Patience != nil; l.Replaying {
		l.Patience = *c.Patience
	}
}

// mirrorClock replays what the presenter replays, from where that stood when the pose was written.
func (a *App) mirrorClock(c *posedClock, written time.Time) {
	before := a.follower.clock
	if a.follower.clock = c; c == nil {
		if a.clock != nil {
			a.setClock(nil)
		}
		return
	}
	if before != nil && *before == *c {
		return
	}
	run := a.options.Follow.Sibling(c.Run)
	if r := a.runOf(run); r != nil {
		run = r.Dir
	}
	theirs := watch.NewClock(run, c.Speed, c.Since).Set(time.Duration(c.From*float64(time.Second)), c.Speed, c.Paused, c.Since)
	now := time.Now()
	a.setClock(theirs.Set(theirs.At(written), c.Speed, c.Paused, now))
}

// followKeys are the bindings that a follower has: those that change how the screen looks, not what it shows.
var followKeys = []string{"q", "ctrl+t"}

// followLine is the foot of a follower's screen.
func (a *App) followLine() string {
	if state := a.follower.state; state != "" {
		return a.theme.Warn.Render(view.Clean(state)) + a.theme.Dim.Render("  q quit")
	}
	return a.theme.Dim.Render("following " + view.Clean(a.follower.seen.Presenter) + "; this screen only looks  ^t theme  q quit")
}
