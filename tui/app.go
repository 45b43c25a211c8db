// Package tui is the workbench: the terminal's view of a runs folder, whether its runs train or have ended. It reads run
// directories and writes requests into them. Training happens in other processes and continues when the workbench closes.
//
// It may import train/watch, datamap and the packages that draw them, but nothing that reaches the engine. Begin reading at App,
// then at screen: a key goes from App.Update through the key table (keys.go) to a screen and changes the selection (package
// selection), which the screen draws with package view.
package tui

import (
	"cmp"
	"image"
	"path/filepath"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"ftft/datamap"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/selection"
	"ftft/tui/view"
)

// App is the only tea.Model. It routes messages to the overlays and to the screen in front, and draws them. Everything that takes
// time or reads files runs in a command.
type App struct {
	*workspace
	stack
	look    look
	screens []screen
	curves  *curvesScreen // one of screens
	list    *runsScreen   // one of screens
	triage  *triageScreen // one of screens
	table   keyTable

	remember  remember
	strip     strip
	presenter presenter
	follower  follower
	told      int // the number of lines of a lesson's text, below the screen

	reader    *reader
	near      *neighbours
	explainer *explainer
	commander *commander
	control   *control
	figures   *figures
	help      *help
	palette   *palette
	saved     *saved
	pixels    *pixels

	quiet     int           // polls since the last change or act of the user; above restAfter, polls are rarer
	awake     chan struct{} // ends the wait for the next poll
	marksRead int           // the number of polls when the marks were last read again

	content string // the cached screen
	stale   bool   // whether content must be drawn again
}

// New returns a workbench that has not read anything yet.
func New(options Options) *App {
	options.Strategy = cmp.Or(options.Strategy, datamap.Ambiguous)
	options.Fraction = cmp.Or(options.Fraction, 0.33)
	if options.Feed == nil {
		options.Feed = watch.New(options.Root)
	}
	a := &App{
		workspace: &workspace{
			options: options, feed: options.Feed, frame: time.Second / fps,
			sel:   selection.New(selection.Criteria{Strategy: options.Strategy, Fraction: options.Fraction}),
			texts: texts{known: map[textKey]*view.Text{}},
		},
		look:  look{name: cmp.Or(options.Theme, Themes[0]), ascii: options.ASCII, noColor: options.NoColor},
		awake: make(chan struct{}, 1),
		stale: true,
	}
	a.screens = newScreens(a)
	a.at = max(slices.IndexFunc(a.screens, func(s screen) bool { return s.home().tab == options.Screen }), 0)
	ws := a.workspace
	a.remember = remember{workspace: ws, app: a, rest: saveAfter}
	a.strip = strip{workspace: ws, app: a}
	a.presenter = presenter{workspace: ws, app: a, rest: poseAfter}
	a.follower = follower{workspace: ws, app: a}
	a.near = &neighbours{workspace: ws, app: a}
	a.reader, a.explainer, a.commander = newReader(a), &explainer{workspace: ws, app: a}, &commander{workspace: ws, app: a}
	a.help, a.palette, a.saved = &help{workspace: ws, app: a}, &palette{workspace: ws, app: a}, &saved{workspace: ws, app: a}
	a.control, a.figures = &control{workspace: ws, app: a}, &figures{workspace: ws, app: a}
	a.table = newKeyTable(a)
	a.say(options.Notice, nil)
	a.restyle()
	return a
}

// restAfter is the number of polls without a change or a key after which an idle workbench polls less often.
const restAfter = 40

// Init asks for the background's colour and begins to poll.
func (a *App) Init() tea.Cmd {
	begin := tea.Sequence(a.remember.recallRun(), a.poll(0))
	return tea.Batch(tea.RequestBackgroundColor, begin, a.strip.recall(), a.follower.look(), a.pixels.ask())
}

// poll reads the runs folder after a wait, which attend ends. The next poll begins when its snapshot has arrived.
func (a *App) poll(wait time.Duration) tea.Cmd {
	focus, whole := a.focus, a.drawnElsewhere()
	return func() tea.Msg {
		rest := time.NewTimer(wait)
		defer rest.Stop()
		select {
		case <-rest.C:
		case <-a.awake:
		}
		return a.feed.Poll(focus, whole...)
	}
}

// attend makes the workbench poll as often as it can, for the user acts.
func (a *App) attend() {
	if a.quiet > restAfter {
		select {
		case a.awake <- struct{}{}:
		default: // it is awake already
		}
	}
	a.quiet = 0
}

// drawnElsewhere returns the runs of other experiments whose curves are drawn, or that are compared: their whole logs are needed.
func (a *App) drawnElsewhere() (runs []rundir.Dir) {
	for id := range a.curves.drawing.added {
		runs = append(runs, rundir.Dir(filepath.Join(a.options.Root, id)))
	}
	if c := &a.list.comparison; c.open {
		runs = append(runs, c.other)
	}
	return runs
}

// Update handles a message, then starts the background work that the screen needs.
func (a *App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	was := a.stale
	a.stale = true
	var cmd tea.Cmd
	changed := false // by the user
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		a.told = a.options.Lesson.resize(msg.Width, msg.Height)
		a.w, a.h = msg.Width, msg.Height-a.told
		cmd = a.pixels.measure()
	case tea.BackgroundColorMsg:
		a.look.light = !msg.IsDark()
		a.restyle()
	case tea.ColorProfileMsg:
		a.look.profile = msg.Profile
		a.restyle()
	case tea.TerminalVersionMsg:
		a.pixels.named = hasPlaceholders(msg.Name)
	case uv.CellSizeEvent:
		a.pixels.cell = image.Pt(msg.Width, msg.Height)
	case tea.KeyPressMsg:
		cmd = a.key(msg)
		changed = true
	case tea.PasteMsg:
		if p, ok := a.top().(*prompt); ok {
			cmd = p.paste(msg.Content)
		}
	case tea.MouseMsg:
		changed = true
		a.stale, cmd = a.mouse(msg)
		a.stale = a.stale || was
	case watch.Snapshot:
		next, wait := a.takeSnapshot(msg)
		cmd = tea.Batch(next, a.remember.recall(), a.readMarksAgain(), a.poll(wait))
	case finished:
		a.stale = !msg.quiet || was
		cmd = msg.deliver()
	default:
		a.stale = was
		return a, nil
	}
	cmds := []tea.Cmd{cmd, a.strip.visit(), a.refresh(), a.presenter.keep()}
	if changed {
		a.attend()
		cmds = append(cmds, a.remember.keep())
	}
	return a, tea.Batch(cmds...)
}

// refresh starts the background work whose results the screen and its overlays need to draw.
func (a *App) refresh() tea.Cmd {
	a.stripped = a.strip.lines()
	cmds := []tea.Cmd{a.front().update(), a.pixels.update()}
	if under, ok := a.sel.Under(); ok {
		cmds = append(cmds, a.readTexts(under))
	}
	for _, o := range a.overlays {
		if a.visible(o) {
			cmds = append(cmds, o.update())
		}
	}
	return tea.Batch(cmds...)
}

// key passes a key to the top overlay, to the lesson or to the key table, until one of them handles it.
func (a *App) key(msg tea.KeyPressMsg) tea.Cmd {
	a.remember.touch(a.own())
	if o := a.top(); o != nil {
		if cmd, handled := o.key(msg); handled {
			return cmd
		}
	}
	a.text = ""
	if cmd, handled := a.options.Lesson.key(a, msg.String()); handled {
		return cmd
	}
	if msg.String() == "esc" && a.strip.dismissable() && !a.table.acts("esc") {
		return a.strip.dismiss()
	}
	return a.table.press(msg.String())
}

// mouse passes a mouse message to the front screen, unless something covers it.
func (a *App) mouse(msg tea.MouseMsg) (changed bool, cmd tea.Cmd) {
	o := a.top()
	if q, ok := o.(*question); ok {
		return q.mouse(msg), nil
	}
	if a.options.Follow != "" || a.small() || a.place() != a.front().place() {
		return false, nil
	}
	if o != nil && o.layer() != paneLayer {
		return false, nil
	}
	return a.front().mouse(msg)
}

// takeSnapshot stores the snapshot of a poll. wait is the time until the next poll.
func (a *App) takeSnapshot(s watch.Snapshot) (cmd tea.Cmd, wait time.Duration) {
	a.stale = s.Changed || s.Picture != nil || a.polls == 0
	if a.groups = s.Groups; s.Changed || a.polls == 0 {
		a.colours, a.names = view.RunColours(s.Groups), labelsOf(s.Groups)
		a.relist()
	}
	if a.polls++; a.quiet > restAfter {
		a.polls += int(watch.IdleInterval/watch.Interval) - 1
	}
	if a.quiet++; s.Changed || !s.Idle || a.options.Lesson != nil {
		a.quiet = 0
	}
	if s.Changed && s.Problem != nil {
		a.say("", s.Problem)
	}
	lost := a.focus == ""
	if lost {
		if row, ok := a.firstFocus(a.remember.lastRun()); ok {
			a.focus, a.within = row.Run.Dir, row.Group.Dir
		}
		a.listed = a.indexOf(a.focus)
	}
	a.strip.find()
	switch wait = watch.Interval; {
	case lost && a.focus != "", s.Picture != nil && s.Picture.Preview:
		wait = 0
	case a.quiet > restAfter:
		wait = watch.IdleInterval
	}
	if begin, begun := a.options.Lesson.begin(a); begun {
		return begin, wait
	}
	if s.Picture == nil {
		return nil, wait
	}
	a.picture = s.Picture
	return a.choose(), wait
}

// marksEvery is the number of polls between two readings of the marks, which another program may have changed.
const marksEvery = 8

func (a *App) readMarksAgain() tea.Cmd {
	if m := a.dataMap(); a.polls >= a.marksRead+marksEvery && m != nil && m == a.sel.Map() {
		a.marksRead = a.polls
		return a.readMarks(m)
	}
	return nil
}

// leave deletes the image of the map and writes view.json, then quits.
func (a *App) leave() tea.Cmd {
	remove, write := a.pixels.end(), a.remember.write()
	if remove == nil && write == nil {
		return tea.Quit
	}
	return tea.Sequence(remove, write, tea.Quit)
}

func (a *App) outcome() Outcome {
	var o Outcome
	seen := map[rundir.Dir]bool{}
	a.eachRun(func(_ *watch.Group, run *watch.Run) {
		if run.Active() && run.Replay == nil && !seen[run.Dir] {
			seen[run.Dir] = true
			o.Running = append(o.Running, run.ID())
		}
	})
	return o
}
