package tui

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/internal/disk"
	"ftft/tui/view"
)

// pose is where a presenter looks: present.json.
type pose struct {
	kept
	Presenter string    `json:"presenter"` // PID on HOST
	Time      time.Time `json:"time"`      // when it was written; anew every few seconds

	Run     string       `json:"run"`            // looked at, beside the one presented
	Over    string       `json:"over,omitempty"` // what lies over the screen: one of overs
	Line    int          `json:"line,omitempty"` // its cursor, first line or page
	Listed  string       `json:"listed"`         // the run under the cursor of the list
	Search  string       `json:"search,omitempty"`
	Box     *[4]float64  `json:"box,omitempty"` // the brush: variability from, to; confidence from, to
	Arm     int          `json:"arm,omitempty"` // of the launch form, as the next
	Seed    int          `json:"seed,omitempty"`
	Curves  *posedCurves `json:"curves,omitempty"`
	Compare *posedDuel   `json:"compare,omitempty"`
	Replay  *posedClock  `json:"replay,omitempty"`
}

type posedCurves struct {
	CurveSettings
	Cross    *float64 `json:"cross,omitempty"`    // x of the crosshair
	Patience *int     `json:"patience,omitempty"` // that early stopping is replayed with
	Picking  bool     `json:"picking,omitempty"`
}

type posedDuel struct {
	With    string `json:"with"` // the other run
	Cell    int    `json:"cell"` // of those who moved; -1 = all
	Cursor  int    `json:"cursor"`
	Results bool   `json:"results,omitempty"`
}

type posedClock struct {
	Run    string    `json:"run"`
	From   float64   `json:"from"`  // seconds into the run, where the clock stood
	Since  time.Time `json:"since"` // when it stood there
	Speed  float64   `json:"speed"` // seconds of the run a second
	Paused bool      `json:"paused,omitempty"`
}

// overs are what can lie over a screen.
var overs = []string{"", "read", "explain", "command", "help"}

func (p *pose) check() error {
	if err := p.kept.check(); err != nil {
		return err
	}
	const cells = len(datamap.Places) * len(datamap.Places)
	switch d, c := p.Compare, p.Replay; {
	case p.Run == "":
		return errors.New("no run")
	case !slices.Contains(overs, p.Over) || p.Line < 0:
		return fmt.Errorf("over %q, line %d", p.Over, p.Line)
	case p.Arm < 0 || p.Arm >= len(view.Arms) || p.Seed < 0:
		return fmt.Errorf("arm %d, seed %d", p.Arm, p.Seed)
	case d != nil && (d.Cell < -1 || d.Cell >= cells || d.Cursor < 0):
		return fmt.Errorf("compare's cell %d, cursor %d", d.Cell, d.Cursor)
	case c != nil && !(c.From >= 0 && c.Speed > 0):
		return fmt.Errorf("replay from %g, speed %g", c.From, c.Speed)
	case p.Curves != nil && p.Curves.Patience != nil && *p.Curves.Patience < 0:
		return fmt.Errorf("patience %d", *p.Curves.Patience)
	case p.Curves != nil:
		return new(lines).set(p.Curves.CurveSettings)
	}
	return nil
}

// A pose is written so long after a change, with all that changes meanwhile, and again when it is that old.
const (
	poseAfter = 100 * time.Millisecond
	poseEvery = 5 * time.Second
)

// presenter writes poses.
type presenter struct {
	written pose
	at      time.Time
	waiting bool
	rest    time.Duration // between a change and its writing

	mutex sync.Mutex // of the file
	left  bool       // it is to stay away
}

// strike has the pose written.
type strike struct{}

// keepPose writes the pose a moment after it has changed, and now and then that somebody is there.
func (a *App) keepPose() tea.Cmd {
	p := &a.presenter
	if a.options.Present == "" || p.waiting || a.focus == "" {
		return nil
	}
	if time.Since(p.at) < poseEvery && sameView(a.pose(), p.written) {
		return nil
	}
	p.waiting = true
	return tea.Tick(p.rest, func(time.Time) tea.Msg { return strike{} })
}

// sameView compares but for when they were written.
func sameView(a, b pose) bool {
	a.Time = b.Time
	return reflect.DeepEqual(a, b)
}

// writePose writes it in the background.
func (a *App) writePose() tea.Cmd {
	p, pose := &a.presenter, a.pose()
	p.waiting, p.written, p.at = false, pose, time.Now()
	run := a.options.Present
	return func() tea.Msg {
		p.mutex.Lock()
		defer p.mutex.Unlock()
		if p.left {
			return nil
		}
		if err := writeBeside(run, run.Stage().Present(), pose); err != nil {
			return answer{"", fmt.Errorf("nobody can follow: %w", err)}
		}
		return nil
	}
}

// withdraw removes the pose when the presenter leaves.
func (a *App) withdraw() error {
	p := &a.presenter
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.left = true
	err := disk.Remove(a.options.Present.Stage().Present())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// pose is where the presenter looks now.
func (a *App) pose() pose {
	p := pose{kept: a.looksLike(), Presenter: presenterName, Time: time.Now().UTC(), Run: a.focus.ID(), Search: a.desk.search.text,
		Arm: a.launcher.arm, Seed: a.launcher.seed}
	p.kept.Drawn = nil // Curves says it
	p.Over, p.Line = a.over()
	if runs := a.runs(); a.listed < len(runs) {
		p.Listed = runs[a.listed].ID()
	}
	if box := a.desk.brush.box; box != nil && a.screen == mapScreen {
		r := a.areaOf(*box)
		p.Box = &[4]float64{max(r.variability[0], 0), min(r.variability[1], 1), max(r.confidence[0], 0), min(r.confidence[1], 1)}
	}
	if a.screen == curvesScreen {
		p.Curves = &posedCurves{CurveSettings: a.curveSettings(), Picking: a.lines.picking}
		if l := &a.lines; l.Crossed {
			cross := l.Cross
			p.Curves.Cross = &cross
		}
		if l := &a.lines; l.Replaying {
			patience := l.Patience
			p.Curves.Patience = &patience
		}
	}
	if d := &a.duel; a.screen == runsScreen && d.open {
		p.Compare = &posedDuel{d.other.ID(), d.Cell, d.Cursor, d.Results}
	}
	if c := a.clock; c != nil {
		p.Replay = &posedClock{c.Run.ID(), c.From.Seconds(), c.Since.UTC(), c.Speed, c.Paused}
	}
	return p
}

// over says what lies over the screen, and how far it has been moved.
func (a *App) over() (what string, line int) {
	switch {
	case a.helping:
		return "help", a.desk.page
	case a.commander.shown(a.screen):
		return "command", a.commander.cursor
	case a.explainer.shown(a.screen):
		return "explain", a.explainer.cursor
	case a.reader.shown(a.screen):
		return "read", a.reader.top
	}
	return "", 0
}

var presenterName = func() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%d on %s", os.Getpid(), host)
}()
