package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"ftft/datamap"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// View returns the cached screen, and draws it first if something has changed.
func (a *App) View() tea.View {
	if a.stale && a.w > 0 && a.h > 0 {
		a.pixels.live = true
		a.content, a.stale = a.draw(), false
		a.pixels.live = false
	}
	v := tea.NewView(a.content)
	v.AltScreen, v.WindowTitle = true, "ftft"
	if !a.options.NoMouse && a.options.Follow == "" {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}

// draw fills the screen: a header, the pane, the run's state (with selection and example where no panel shows them) and the
// foot. A lesson's text is below.
func (a *App) draw() string {
	var lines []string
	height := a.paneHeight()
	switch page := a.topOf(pageLayer); {
	case page != nil:
		lines = append(a.header(), page.draw(a.w, a.h-2, nil)...)
	case a.small():
		lines = view.Fit(a.summary(), a.w, a.h-1)
	case a.wide():
		lines = append(append(a.header(), a.stateLine()), a.drawPane(a.w, height)...)
	default:
		lines = append(append(a.header(), a.drawPane(a.w, height)...), a.summary()...)
	}
	foot := a.foot()
	if a.topOf(pageLayer) == nil {
		foot = append(a.strip.draw(), foot...)
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

// header returns the tabs of the screens and the title of the viewed run. A narrow screen has shorter tabs, so that the title has room;
// what is left of the title is cut.
func (a *App) header() []string {
	title := a.theme.Title.Render("ftft")
	if group, run := a.focused(); run != nil {
		title = view.Clean(group.Name)
		if group.Dir != "" {
			title += " · " + a.labelOf(run)
		}
		if others := group.SharedWith(run); len(others) > 0 {
			title += a.theme.Dim.Render(" · shared with " + view.Clean(strings.Join(others, ", ")))
		}
	}
	if a.options.Present != "" {
		title = a.theme.Warn.Render("presenting ") + title
	}
	const leastTitle = 16
	tabs := ""
	for _, form := range []tabForm{
		{gap: "  ", label: func(p *place) string { return p.key + " " + p.tab }},
		{gap: " ", label: func(p *place) string { return p.key + " " + p.tab }},
		{gap: " ", label: func(p *place) string { return p.key + " " + p.tab[:3] }},
		{gap: " ", label: func(p *place) string { return p.key }},
	} {
		if tabs = a.tabs(form); view.Width(tabs)+1+leastTitle <= a.w {
			break
		}
	}
	return []string{view.Spread(tabs, ansi.Truncate(title, max(a.w-view.Width(tabs)-1, 0), "…"), a.w)}
}

// tabForm is a form of the tabs: the text of each, and what is between two.
type tabForm struct {
	gap   string
	label func(*place) string
}

// tabs returns the tabs of the screens. That of the front screen is marked with the blanks beside it.
func (a *App) tabs(form tabForm) string {
	var line strings.Builder
	before := " " // the blanks that the tab before has left
	for i, s := range a.screens {
		tab := form.label(s.home())
		if i == a.at && !a.isOpen(a.help) {
			line.WriteString(before[1:] + a.theme.Picked.Render(" "+tab+" "))
			before = form.gap[1:]
			continue
		}
		line.WriteString(before + tab)
		before = form.gap
	}
	return line.String()
}

// foot returns the first of these that exists: the open prompt or question, a message, the screen's own foot, the hints.
func (a *App) foot() []string {
	if a.options.Follow != "" && (a.follower.state != "" || a.text == "") {
		return []string{a.follower.foot()}
	}
	if o := a.topOf(footLayer); o != nil {
		return o.draw(a.w, a.h, nil)
	}
	return []string{a.footLine()}
}

func (a *App) footLine() string {
	switch {
	case a.text != "" && a.alarm:
		return a.theme.Bad.Render(view.Clean(a.text))
	case a.text != "":
		return a.theme.Good.Render(view.Clean(a.text))
	}
	if page, ok := a.topOf(pageLayer).(footed); ok {
		return page.foot()
	}
	if front, ok := a.front().(footed); ok && a.place() == a.front().place() {
		if line := front.foot(); line != "" {
			return line
		}
	}
	return a.table.hints(a.w)
}

// summary returns three lines: the run's state, the selection, the example under the cursor. If the run ended early, the last line
// explains why and what the user can do, and the second one as well if that takes two lines or there is no selection.
func (w *workspace) summary() []string {
	if _, run := w.focused(); run != nil && broken(run.Status.State) {
		lines, next := []string{w.stateLine(), w.selectionPanel().Line(w.w)}, w.next()
		if w.sel.Ranking == nil || len(next) > 1 {
			lines = lines[:1]
		}
		return view.Fit(append(lines, next...), w.w, 3)
	}
	example := w.theme.Dim.Render("no example: " + w.noExample())
	if e := w.example(); e != nil {
		gold := w.theme.Strong.Render(view.Clean(e.Gold))
		example = fmt.Sprintf("%s %s  %s %s", view.Clean(e.GUID), view.Spark(e.Trail), gold, e.Text.Line())
	}
	return []string{w.stateWithVerdict(), w.selectionPanel().Line(w.w), example}
}

// stateWithVerdict returns the state line, with the verdict on the reference if it is a warning and fits.
func (w *workspace) stateWithVerdict() string {
	line := w.stateLine()
	if h := w.health.value; h != nil && h.Verdict == datamap.Weak {
		if verdict := h.Verdict.String(); view.Width(line)+2+view.Width(verdict) <= w.w {
			return view.Spread(line, w.theme.Warn.Render(verdict), w.w)
		}
	}
	return line
}

// stateLine describes the state of the viewed run, and the other active runs of its experiment.
func (w *workspace) stateLine() string {
	group, run := w.focused()
	switch {
	case run == nil:
		return w.theme.Dim.Render(w.waiting())
	case run.Given:
		return w.theme.Dim.Render(view.StatusText(run))
	case run.Replay != nil:
		return w.replayLine(run)
	}
	state := run.State()
	shown := w.theme.State(state).Render(state)
	switch state {
	case watch.Paused:
		shown += w.theme.Dim.Render(" (p resumes)")
	case watch.Waiting:
		shown += w.theme.Warn.Render(" (" + view.Clean(run.Status.Waits) + ")")
	}
	if run.Preparing.Phase != "" {
		shown += w.theme.Dim.Render(" (" + view.Clean(run.Preparing.String()) + ")")
	}
	parts := append([]view.Part{{Text: shown, Least: len(state)}}, progress(run, 20, 1)...)
	add := func(rank int, text string) { parts = append(parts, view.Part{Text: " " + text, Rank: rank, Least: 8}) }
	switch {
	case run.Problem != nil:
		add(0, w.theme.Bad.Render(view.Clean(run.Problem.Error())))
	case run.Active():
		if n := len(run.Warnings); n > 0 {
			add(1, w.theme.Warn.Render(view.Counted(n, "warning")+" (view 4)"))
		}
		add(4, w.theme.Dim.Render(fmt.Sprintf("step %s of %s, epoch %d of %d", view.Count(run.Status.Step), view.Count(run.Status.MaxSteps),
			min(run.Epochs+1, run.Start.Epochs), run.Start.Epochs)))
	case broken(state) && !w.wide():
	case state != rundir.Complete:
		add(0, strings.Join(w.next(), " "))
	}
	for _, other := range group.Runs {
		if other != run && other.Active() {
			name := " " + w.theme.Sign(w.colours[other.Dir]) + w.theme.Strong.Render(" "+view.Clean(w.labelOf(other)))
			parts = append(append(parts, view.Part{Text: name, Rank: 2}), progress(other, 8, 3)...)
		}
	}
	return view.Line(parts, " ", w.w)
}

// progress returns a run's progress as parts of a line: a bar of some cells, which is left out first, and figures of a rank.
func progress(run *watch.Run, bar, rank int) []view.Part {
	figures := strings.TrimPrefix(view.Progress(run, 0), " ")
	if run.Start == nil {
		return []view.Part{{Text: view.Progress(run, bar), Rank: rank + 4}}
	}
	return []view.Part{{Text: view.Bar(run.Progress(), bar), Rank: rank + 4}, {Text: figures, Rank: rank}}
}

// waiting describes what the map waits for.
func (w *workspace) waiting() string {
	_, run := w.focused()
	switch {
	case w.polls == 0:
		return "Reading the runs …"
	case run == nil && w.options.Focus != "":
		return "Waiting for " + w.options.Focus + " to begin …"
	case run == nil:
		return "No runs here yet. Start with:  ftft run demo"
	case run.Problem != nil:
		return view.Clean(run.Problem.Error())
	case run.Active():
		return "The map begins with the first batches …"
	}
	return view.StatusText(run)
}

// broken reports whether a run ended before its time, or before it started.
func broken(state string) bool {
	return state == rundir.Failed || state == rundir.Interrupted || state == rundir.Stopped || state == rundir.NotStarted
}

// next describes, in lines of the screen's width, the state of the viewed run and what the user can do.
func (w *workspace) next() []string {
	_, run := w.focused()
	lines := view.Wrap(view.StatusText(run), w.w)
	for i, line := range lines {
		lines[i] = w.theme.State(run.Status.State).Render(line)
	}
	return lines
}
