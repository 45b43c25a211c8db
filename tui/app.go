package tui

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// App is the one tea.Model. Everything that takes time or touches a disk runs in a command.
type App struct {
	options Options
	feed    *watch.Feed
	theme   *view.Theme
	look    look
	w, h    int // of the screen, without
	told    int // the lines below it that a lesson takes

	screen   screen
	helping  bool
	groups   []*watch.Group
	polled   bool           // groups have come
	focus    rundir.Dir     // the run looked at; empty before there is one
	picture  *watch.Picture // of the focus, if its Dir says so
	choice   choice         // what is selected
	launcher launcher
	desk     desk                   // and what is done with it
	listed   int                    // the cursor in the list of runs
	texts    map[textKey]*view.Text // nil: asked for
	reading  sync.Mutex             // one call of options.Texts at a time
	asked    *question
	message  string // in the last line, until the next key
	alarm    bool   // the message is of something wrong

	reader    reader
	explainer explainer
	commander commander
	lines     lines        // the curves, which keep what they were computed from
	clock     *watch.Clock // of the replay; nil = none
	duel      duel         // the comparison of two runs
	presenter presenter
	follower  follower
	dataMap   view.Map // keeps the binned points
	content   string   // the cached screen
	stale     bool
	frame     time.Duration // until a frame is out
}

// question is a thing to be confirmed: by one of keys; any other key means no.
type question struct {
	text string
	keys []string
	yes  func() tea.Cmd

	choices map[string]func() tea.Cmd // by key, where there is more than yes and no
}

// New gives a workbench that has not read anything yet.
func New(options Options) *App {
	if options.Strategy == "" {
		options.Strategy = datamap.Ambiguous
	}
	if options.Fraction == 0 {
		options.Fraction = 0.33
	}
	if options.Feed == nil {
		options.Feed = watch.New(options.Root)
	}
	a := &App{options: options, feed: options.Feed, look: look{name: cmp.Or(options.Theme, Themes[0]), ascii: options.ASCII, noColor: options.NoColor},
		texts: map[textKey]*view.Text{}, lines: newLines(), desk: newDesk(), stale: true}
	a.presenter.rest, a.frame = poseAfter, time.Second/fps
	a.choice = choice{pick: pick{strategy: options.Strategy, fraction: options.Fraction}}
	a.restyle()
	return a
}

// Between two polls.
const pollEvery = 250 * time.Millisecond

// Init asks for the background's colour and begins to poll.
func (a *App) Init() tea.Cmd {
	return tea.Batch(tea.RequestBackgroundColor, tea.Sequence(a.recallRun(), a.poll(0)), a.follow())
}

// poll reads what is new after a while. The next poll is asked for when this one's snapshot has come.
func (a *App) poll(after time.Duration) tea.Cmd {
	look := a.focus
	return tea.Tick(after, func(time.Time) tea.Msg { return a.feed.Poll(look) })
}

// Update takes a message in.
func (a *App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	return a, tea.Batch(a.takeIn(msg), a.keepPose())
}

// takeIn does what a message asks for.
func (a *App) takeIn(msg tea.Msg) tea.Cmd {
	was := a.stale
	a.stale = true
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		a.told = a.options.Lesson.height(msg.Width, msg.Height)
		a.w, a.h = msg.Width, msg.Height-a.told
		return a.fetchTexts()
	case tea.BackgroundColorMsg:
		a.look.light = !msg.IsDark()
		a.restyle()
	case tea.ColorProfileMsg:
		a.look.profile = msg.Profile
		a.restyle()
	case tea.KeyPressMsg:
		cmd, taken := a.typing(msg)
		if !taken {
			cmd = a.key(msg.String())
		}
		return tea.Batch(cmd, a.keepCompared(), a.keepRead(), a.keepForecast(), a.keepView())
	case tea.MouseMsg:
		a.stale = a.mouse(msg) || was
		return tea.Batch(a.desk.afterward, a.keepCompared(), a.keepView())
	case watch.Snapshot:
		lost := a.focus == ""
		cmd, after := a.take(msg), pollEvery
		if lost && a.focus != "" || msg.Picture != nil && msg.Picture.Preview {
			after = 0
		}
		a.launcher.polls++
		return tea.Batch(cmd, a.keepCompared(), a.keepForecast(), a.lookAround(), a.poll(after))
	case compared:
		return a.takeCompared(msg)
	case health:
		return a.takeHealth(msg)
	case fetched:
		maps.Copy(a.texts, msg)
		return a.keepRead()
	case taken:
		a.askOver(msg)
	case forecast:
		return a.takeForecast(msg)
	case launched:
		return a.takeLaunched(msg)
	case costs:
		a.explainer.costs = msg
	case readPart:
		a.reader.kept[msg.key] = msg.Kept
	case answer:
		a.say(msg.text, msg.err)
	case strike:
		a.stale = was
		return a.writePose()
	case followed:
		cmd := a.takeFollowed(msg)
		a.stale = a.stale || was
		return tea.Batch(cmd, a.follow())
	default:
		cmd, ours := a.takeDesk(msg)
		a.stale = a.stale && ours || was
		return cmd
	}
	return nil
}

// behind does work that keeps a processor busy in the background, when the frame that shows what asked for it is out: on its way to a terminal
// across a machine where all processors are busy, that one would have to wait for it.
func (a *App) behind(work func() tea.Msg) tea.Cmd {
	return tea.Tick(a.frame, func(time.Time) tea.Msg { return work() })
}

// key answers the question that stands, or does what the table says.
func (a *App) key(key string) tea.Cmd {
	if asked := a.asked; asked != nil && key != "ctrl+c" {
		a.asked, a.message = nil, ""
		if do := asked.choices[key]; do != nil {
			return do()
		}
		if slices.Contains(asked.keys, key) {
			return asked.yes()
		}
		a.say("Nothing has been done.", nil)
		return nil
	}
	a.message = ""
	if cmd, ours := a.lessonKey(key); ours {
		return cmd
	}
	if a.helping && key != "ctrl+c" && key != "q" && a.options.Follow == "" {
		a.turnPage(key)
		return nil
	}
	return a.press(key)
}

func (a *App) say(text string, err error) {
	a.message, a.alarm = text, err != nil
	if err != nil {
		a.message = err.Error()
	}
}

// take takes in what a poll found.
func (a *App) take(s watch.Snapshot) tea.Cmd {
	a.stale = s.Changed || s.Picture != nil || !a.polled
	a.groups, a.polled = s.Groups, true
	if s.Changed && s.Problem != nil {
		a.say("", s.Problem)
	}
	if a.focus == "" {
		a.focus = a.firstFocus()
		a.listed = a.indexOf(a.focus)
	}
	if cmd, begun := a.options.Lesson.begin(a); begun {
		return cmd
	}
	if s.Picture == nil {
		return nil
	}
	a.picture = s.Picture
	return a.choose()
}

// firstFocus is the run to open: of the study or the run asked for, if any, else the last one looked at, or of the newest if that is newer.
func (a *App) firstFocus() rundir.Dir {
	if last := a.lastOpened(); last != nil && a.options.Focus == "" {
		return last.Dir
	}
	for _, group := range a.groups {
		if a.options.Focus == "" || group.Dir != "" && sameFolder(string(group.Dir), a.options.Focus) {
			return group.Reference().Dir
		}
		for _, run := range group.Runs {
			if sameFolder(string(run.Dir), a.options.Focus) {
				return run.Dir
			}
		}
	}
	return ""
}

func sameFolder(a, b string) bool {
	absA, errA := filepath.Abs(a)
	absB, errB := filepath.Abs(b)
	return errA == nil && errB == nil && absA == absB
}

// eachRun goes through the runs in the order of the list.
func (a *App) eachRun(do func(*watch.Group, *watch.Run)) {
	for _, group := range a.groups {
		for _, run := range group.Runs {
			do(group, run)
		}
	}
}

func (a *App) runs() []*watch.Run {
	var runs []*watch.Run
	a.eachRun(func(_ *watch.Group, run *watch.Run) { runs = append(runs, run) })
	return runs
}

// indexOf is a run's place in the list, 0 if it is not there.
func (a *App) indexOf(dir rundir.Dir) int {
	return max(slices.IndexFunc(a.runs(), func(run *watch.Run) bool { return run.Dir == dir }), 0)
}

// focused gives the run looked at and its group, nil before there is one.
func (a *App) focused() (group *watch.Group, run *watch.Run) {
	a.eachRun(func(g *watch.Group, r *watch.Run) {
		if r.Dir == a.focus && run == nil {
			group, run = g, r
		}
	})
	return group, run
}

// seen is the focus's picture, nil before it has come.
func (a *App) seen() *watch.Picture {
	if a.picture != nil && a.picture.Dir == a.focus {
		return a.picture
	}
	return nil
}
