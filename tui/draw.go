package tui

import (
	"fmt"
	"math"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// From wideW by wideH on, the map has its panels beside it; below smallW by smallH there is only the summary.
const (
	wideW, wideH   = 100, 30
	smallW, smallH = 40, 12
	mapShare       = 0.62 // of the width, where panels stand beside the map
)

// View gives the cached screen, drawn anew if anything has changed.
func (a *App) View() tea.View {
	if a.stale && a.w > 0 && a.h > 0 {
		a.content, a.stale = a.draw(), false
	}
	v := tea.NewView(a.content)
	v.AltScreen, v.WindowTitle = true, "ftft"
	if !a.options.NoMouse && a.options.Follow == "" {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}

func (a *App) wide() bool { return a.w >= wideW && a.h >= wideH }

// paneHeight is what header, summary and footer leave.
func (a *App) paneHeight() int {
	if a.wide() {
		return a.h - 3
	}
	return max(a.h-5, 1)
}

// draw fills the screen: a header, the pane, the run's state (with selection and example where no panel shows them)
// and the keys or what there is to say.
func (a *App) draw() string {
	var lines []string
	height := a.paneHeight()
	switch {
	case a.helping:
		lines = append(a.header(), a.helpPage(a.w, a.h-2)...)
	case a.desk.palette != nil:
		lines = append(a.header(), a.paletteLines(a.w, a.h-2)...)
	case a.w < smallW || a.h < smallH:
		lines = view.Fit(append(a.summary(), a.footer()), a.w, a.h-1)
	case a.wide():
		lines = append(append(a.header(), a.stateLine()), a.widePane(a.w, height)...)
	default:
		lines = append(append(a.header(), a.pane(a.w, height)...), a.summary()...)
	}
	foot := []string{a.footer()}
	if a.desk.prompt != nil {
		foot = a.promptLines(a.w)
	}
	lines = view.Fit(append(view.Fit(lines, a.w, a.h-len(foot)), foot...), a.w, a.h)
	if a.told > 0 {
		lines = append(lines, a.options.Lesson.draw(a.theme, a.w, a.told)...)
	}
	screen := strings.Join(lines, "\n")
	if a.options.ASCII {
		return view.ASCII(screen)
	}
	return screen
}

func (a *App) header() []string {
	var tabs strings.Builder
	for i, name := range screenNames {
		tab := fmt.Sprintf(" %d %s ", i+1, name)
		if screen(i) == a.screen && !a.helping {
			tab = a.theme.Picked.Render(tab)
		}
		tabs.WriteString(tab)
	}
	title := a.theme.Title.Render("ftft")
	if group, run := a.focused(); run != nil {
		title = view.Clean(group.Name)
		if group.Dir != "" {
			title += " · " + nameOf(run)
		}
	}
	if a.options.Present != "" {
		title = a.theme.Warn.Render("presenting ") + title
	}
	return []string{view.Spread(tabs.String(), title, a.w)}
}

// widePane puts the panels beside the map; the other screens take the whole width.
func (a *App) widePane(w, h int) []string {
	if a.explainer.shown(a.screen) && !a.commander.shown(a.screen) {
		left := int(mapShare * float64(w))
		return view.Beside(a.pane(left, h), a.explain().Draw(w-left-1, h), " ")
	}
	if a.screen != mapScreen || a.reader.shown(a.screen) || a.commander.shown(a.screen) {
		return a.pane(w, h)
	}
	left := int(mapShare * float64(w))
	right := w - left - 1
	selection := a.selection().Height(right)
	curves := max((h-selection)/2, 7)
	if h-selection-curves < 7 {
		curves = max(h-selection-7, 0)
	}
	panels := append(a.selection().Draw(right, selection), a.curves().DrawPanel(right, curves)...)
	panels = append(panels, a.examplePanel().Draw(right, h-selection-curves)...)
	return view.Beside(a.pane(left, h), panels, " ")
}

// pane draws the screen that is shown.
func (a *App) pane(w, h int) []string {
	switch {
	case a.commander.shown(a.screen):
		return a.commandsPane(w, h)
	case a.explainer.shown(a.screen) && !a.wide():
		return a.explain().Draw(w, h)
	case a.reader.shown(a.screen):
		return a.readingView().Draw(w, h)
	}
	switch a.screen {
	case curvesScreen:
		return a.curvesPane(w, h)
	case examplesScreen:
		return a.examples().Draw(w, h)
	case runsScreen:
		return a.runsPane(w, h)
	case launchScreen:
		return a.form().Draw(w, h)
	}
	m := &a.dataMap
	m.Theme, m.Picture, m.Waiting = a.theme, a.mapped(), a.waiting()
	m.Strategy, m.Threshold, m.Cursor = a.choice.strategy, a.threshold(), a.cursorPoint()
	m.Shade, m.Box, m.Title, m.Path = a.shade(), a.desk.brush.box, a.scrubTitle(), nil
	if a.desk.scrub.after > 0 {
		m.Path, m.Cursor = a.path()
		m.Threshold = math.NaN() // it is of the newest map
	}
	return m.Draw(w, h)
}

// waiting says what the map waits for.
func (a *App) waiting() string {
	group, run := a.focused()
	switch {
	case !a.polled:
		return "Reading the runs …"
	case run == nil && a.options.Focus != "":
		return "Waiting for " + a.options.Focus + " to begin …"
	case run == nil:
		return "There are no runs here yet. Start with:  ftft run demo"
	case run.Problem != nil:
		return view.Clean(run.Problem.Error())
	case run.Active():
		return "The map begins with the first batches …"
	}
	return view.Next(run, group.Over())
}

// summary is three lines: the run's state, the selection, the example under the cursor. Of a run that has ended before
// its time, the last says why and what to do, and so does the second where there is no selection.
func (a *App) summary() []string {
	if _, run := a.focused(); run != nil && broken(run.Status.State) {
		lines := []string{a.stateLine(), a.selection().Line(a.w)}
		if a.choice.ranking == nil {
			lines = lines[:1]
		}
		return view.Fit(append(lines, a.next()...), a.w, 3)
	}
	example := a.theme.Dim.Render("no example: " + a.noExample())
	if e := a.example(); e != nil {
		text := ""
		if e.Text != nil {
			text = view.Clean(e.Text.First)
			if e.Text.Second != "" {
				text += " → " + view.Clean(e.Text.Second)
			}
		}
		example = fmt.Sprintf("%s %s  %s %s", view.Clean(e.GUID), view.Spark(e.Trail), a.theme.Strong.Render(view.Clean(e.Gold)), text)
	}
	return []string{a.stateLine(), a.selection().Line(a.w), example}
}

// stateLine says how the run looked at stands, and which other of its study runs.
func (a *App) stateLine() string {
	group, run := a.focused()
	if run == nil {
		return a.theme.Dim.Render(a.waiting())
	}
	if run.Given {
		return a.theme.Dim.Render(view.Next(run, true))
	}
	if run.Replay != nil {
		return a.replayLine(run)
	}
	state := run.State()
	shown := a.theme.State(state).Render(state)
	switch state {
	case watch.Paused:
		shown += a.theme.Dim.Render(" (p goes on)")
	case watch.Waiting:
		shown += a.theme.Warn.Render(" (" + view.Clean(run.Status.Waits) + ")")
	}
	line := shown + " " + view.Progress(run, 20)
	switch {
	case run.Problem != nil:
		line += "  " + a.theme.Bad.Render(view.Clean(run.Problem.Error()))
	case run.Active():
		line += a.theme.Dim.Render(fmt.Sprintf("  step %s of %s, epoch %d of %d", view.Count(run.Status.Step), view.Count(run.Status.MaxSteps), min(run.Epochs+1, run.Start.Epochs), run.Start.Epochs))
		if n := len(run.Warnings); n > 0 {
			line += a.theme.Warn.Render(fmt.Sprintf("  %d warnings (view 4)", n))
		}
	case broken(state) && !a.wide():
	case state != rundir.Complete:
		line += "  " + strings.Join(a.next(), " ")
	}
	for _, other := range group.Runs {
		if other != run && other.Active() {
			line += "  " + a.theme.Strong.Render(other.Name()) + " " + view.Progress(other, 8)
		}
	}
	return line
}

// broken says that a run has ended before its time.
func broken(state string) bool {
	return state == rundir.Failed || state == rundir.Interrupted || state == rundir.Stopped
}

// next says, in lines of the screen's width, how the run looked at stands and what to do.
func (a *App) next() []string {
	group, run := a.focused()
	lines := view.Wrap(view.Next(run, group.Over()), a.w)
	for i, line := range lines {
		lines[i] = a.theme.State(run.Status.State).Render(line)
	}
	return lines
}

// footer is the question or the message, if there is one, else the keys most used.
func (a *App) footer() string {
	switch {
	case a.options.Follow != "" && (a.follower.state != "" || a.message == ""):
		return a.followLine()
	case a.asked != nil:
		return a.theme.Warn.Render(a.asked.text)
	case a.message != "" && a.alarm:
		return a.theme.Bad.Render(view.Clean(a.message))
	case a.message != "":
		return a.theme.Good.Render(view.Clean(a.message))
	case a.desk.palette != nil:
		return a.theme.Dim.Render("↑ ↓ choose  enter does it  esc leaves")
	case a.helping && a.helpPages() > 1:
		return a.theme.Dim.Render(fmt.Sprintf("page %d of %d: ↑ ↓ turn, any other key goes back", a.desk.page+1, a.helpPages()))
	case a.helping:
		return a.theme.Dim.Render("any key: back")
	case a.place() == brushScreen:
		return a.brushLine() + a.theme.Dim.Render("  enter selects  esc leaves  hjkl HJKL corner  v other")
	case a.screen == mapScreen && a.desk.brush.pulling:
		return a.theme.Warn.Render(a.pullLine())
	case a.screen == mapScreen && a.desk.brush.box != nil && a.seen() != nil:
		return a.brushLine()
	}
	return a.theme.Dim.Render(a.hints(a.w))
}

func (a *App) labels() []string {
	if picture := a.seen(); picture != nil {
		return picture.Labels
	}
	return nil
}

func (a *App) selection() *view.Selection {
	s := &view.Selection{Theme: a.theme, Strategy: a.choice.strategy, Fraction: a.choice.fraction, Count: a.choice.count, Chosen: a.choice.chosen,
		All: a.choice.all, Unavailable: a.unavailable(), Health: a.choice.health, Rule: a.choice.rule, Whole: a.choice.whole, From: len(a.choice.order)}
	if a.desk.marks != nil {
		s.Excluded = a.desk.marks.number
	}
	if a.desk.scrub.after > 0 {
		s.Title = "of the newest map"
	}
	if p, ok := a.pace(); ok {
		s.Compute, s.Left = p.words(a.choice.count), p.lasts()
	}
	if picture := a.seen(); picture != nil && picture.Map != nil {
		s.Of, s.Labels = picture.Map.Len(), picture.Labels
	}
	return s
}

// examplePanel is the example, or says why there is none.
func (a *App) examplePanel() *view.Example {
	if e := a.example(); e != nil {
		return e
	}
	return &view.Example{Theme: a.theme, None: a.noExample()}
}

// noExample says why there is none under the cursor.
func (a *App) noExample() string {
	if why := a.unavailable(); why != "" {
		return why
	}
	if a.choice.count > 0 {
		return "the list's filters leave nothing of the selection; esc takes them off"
	}
	return "the selection is empty"
}

// example is the one under the cursor, nil if there is none.
func (a *App) example() *view.Example {
	index, ok := a.under()
	if !ok {
		return nil
	}
	m := a.seen().Map
	row := a.row(index)
	e := &view.Example{Theme: a.theme, GUID: row.GUID, Gold: row.Gold, Place: a.choice.cursor, Of: len(a.choice.list), Confidence: row.Confidence,
		Variability: row.Variability, Epochs: m.Epochs, Trail: row.Trail, Text: row.Text}
	if a.desk.search.astray >= 0 {
		e.Place = -1
	}
	e.Mark = a.desk.marks.words(index)
	if e.Correct = -1; m.Correctness != nil {
		e.Correct = int(m.Correctness[index])
	}
	return e
}

func (a *App) row(index int32) view.Row {
	picture := a.seen()
	m := picture.Map
	gold := "" // where the source has none
	if m.Gold != nil {
		gold = picture.Labels[m.Gold[index]]
	}
	return view.Row{GUID: m.GUIDs[index], Gold: gold, Confidence: m.Confidence[index], Variability: m.Variability[index],
		Trail: picture.Trail(int(index)), Text: a.textOf(m.Rows[index]), Mark: a.desk.marks.sign(index),
		By: a.sortedBy(index), Found: a.desk.search.in != nil && a.desk.search.in[index]}
}

// textOf is an example's text: nil until it has come, empty where there is none to come.
func (a *App) textOf(row int32) *view.Text {
	if a.options.Texts == nil {
		return &view.Text{}
	}
	return a.texts[textKey{a.focus, int(row)}]
}

func (a *App) cursorPoint() *watch.Point {
	if index, ok := a.under(); ok {
		return a.seen().Point(int(index))
	}
	return nil
}

func (a *App) examples() *view.Examples {
	e := &view.Examples{Theme: a.theme, Title: "Examples: " + a.selection().Line(a.w-10), Listed: a.listTitle(), Under: a.examplePanel()}
	if len(a.choice.list) == 0 {
		return e
	}
	first, last := a.inView()
	for _, index := range a.choice.list[first:last] {
		e.Rows = append(e.Rows, a.row(index))
	}
	e.Cursor = a.choice.cursor - first
	return e
}
