package tui

import (
	"slices"
	"strconv"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"ftft/datamap"
	"ftft/datamap/figure"
	"ftft/tui/view"
)

// Themes are the names of the themes, in the order of the key. auto is dark or light, as the terminal's background is;
// contrast has no greys, on either background; mono has no colours.
var Themes = []string{"auto", "dark", "light", "contrast", "mono"}

// colours are a theme's colours, by their xterm-256 numbers.
type colours struct {
	levels           scale
	line             int // thresholds and the cursor
	region           int // the outlines and names of regions
	grey             int // examples that are not selected
	lit              int // search hits
	title, dim       int
	good, warn, bad  int
	series           []int // of runs: the first of each arm, in the order of view.RunColours; then the second of each …
	ink, paper, grid int   // of figures
}

// scale has the colours of correctness, from never (orange) to always (blue).
type scale [datamap.LevelColours]int

// correctness is the scale of the dark and the light theme and of figures. Each of its colours stands out from black and from white.
var correctness = scale{202, 160, 167, 132, 97, 105, 27}

// The colours are exact ones of xterm-256 that colour-blind eyes tell apart; a test checks that. Terminals with 16 colours, which
// the user's own settings define, get the nearest ones that stay apart.
var (
	onDark = colours{
		levels: correctness, line: 255, region: 243, grey: 238, lit: 227, title: 117, dim: 246, good: 79, warn: 221, bad: 209,
		series: []int{252, 33, 214, 35, 133, 229, 244, 111, 130, 84, 93, 227, 241, 153, 172, 29, 219, 187}, ink: 231, paper: 16, grid: 245,
	}
	onLight = colours{
		levels: correctness, line: 235, region: 246, grey: 251, lit: 22, title: 24, dim: 242, good: 29, warn: 130, bad: 124,
		series: []int{238, 27, 202, 30, 134, 58, 243, 17, 88, 22, 54, 136}, ink: 16, paper: 231, grid: 248,
	}
	boldOnDark = colours{
		levels: scale{208, 209, 210, 224, 175, 153, 39},
		line:   231, region: 255, grey: 243, lit: 46, title: 159, dim: 255, good: 120, warn: 227, bad: 215,
		series: []int{231, 117, 216, 34, 177, 227}, ink: 231, paper: 16, grid: 245,
	}
	boldOnLight = colours{
		levels: scale{124, 52, 125, 53, 54, 19, 21},
		line:   16, region: 234, grey: 248, lit: 22, title: 18, dim: 234, good: 22, warn: 52, bad: 88,
		series: []int{16, 20, 52, 23, 91, 124}, ink: 16, paper: 231, grid: 248,
	}
	fewOnDark = colours{
		levels: scale{9, 1, 13, 5, 14, 6, 12}, line: 15, region: 7, grey: 8, lit: 11, title: 14, dim: 7, good: 10, warn: 11, bad: 9,
		series: []int{7, 12, 11, 10, 13, 14},
	}
	fewOnLight = colours{
		levels: scale{1, 9, 13, 5, 6, 12, 4}, line: 0, region: 8, grey: 7, lit: 2, title: 4, dim: 8, good: 2, warn: 5, bad: 1,
		series: []int{8, 4, 1, 2, 5, 6},
	}
)

// Figures returns the colours of figures on black or on white.
func Figures(dark bool) figure.Palette {
	p := onLight
	if dark {
		p = onDark
	}
	f := figure.Palette{Ink: figure.Xterm(p.ink), Paper: figure.Xterm(p.paper), Faint: figure.Xterm(p.grid)}
	for _, level := range p.levels {
		f.Correct = append(f.Correct, figure.Xterm(level))
	}
	return f
}

// look holds what the theme depends on.
type look struct {
	name    string // of Themes
	light   bool   // the terminal has a light background; false if unknown
	profile colorprofile.Profile
	ascii   bool // no character beyond ASCII
	noColor bool // the user wants no colours (NO_COLOR)
}

// dark reports whether the theme is for a dark background.
func (l *look) dark() bool { return l.name == "dark" || l.name != "light" && !l.light }

// mono reports whether there are no colours.
func (l *look) mono() bool {
	return l.name == "mono" || l.noColor || l.profile != colorprofile.Unknown && l.profile <= colorprofile.ASCII
}

// colours returns the colours.
func (l *look) colours() colours {
	pick := func(dark, light colours) colours {
		if l.dark() {
			return dark
		}
		return light
	}
	switch {
	case l.profile == colorprofile.ANSI:
		return pick(fewOnDark, fewOnLight)
	case l.name == "contrast":
		return pick(boldOnDark, boldOnLight)
	}
	return pick(onDark, onLight)
}

// theme returns the theme. Without colours or Unicode, glyphs show correctness and brackets mark picked lines.
func (l *look) theme() *view.Theme {
	p := l.colours()
	ink := func(n int) lipgloss.Style {
		if l.mono() {
			return lipgloss.NewStyle()
		}
		return lipgloss.NewStyle().Foreground(lipgloss.Color(strconv.Itoa(n)))
	}
	t := &view.Theme{
		Glyphs: l.mono() || l.ascii, Correct: p.levels, Unknown: p.dim, Line: p.line, Region: p.region, Grey: p.grey, Found: p.lit,
		Title:  ink(p.title).Bold(true),
		Strong: lipgloss.NewStyle().Bold(true),
		Dim:    ink(p.dim).Faint(l.mono()),
		Good:   ink(p.good),
		Warn:   ink(p.warn),
		Bad:    ink(p.bad).Bold(true),
		Picked: lipgloss.NewStyle().Reverse(true),
	}
	for _, n := range p.series {
		t.Series = append(t.Series, ink(n))
	}
	if l.mono() {
		t.Picked = t.Picked.Transform(bracket)
	}
	return t
}

// bracket marks a picked line on terminals without another way to mark it, without changing its width: in place of blanks
// where there are any. Before text that fills the line, a gap in it
// is narrowed instead.
func bracket(line string) string {
	line = ansi.Strip(line)
	w := view.Width(line)
	if w < 3 {
		return line
	}
	if begun, found := strings.CutPrefix(line, " "); found {
		line = begun
	} else if gap := strings.Index(line, "  "); gap >= 0 {
		line = line[:gap] + line[gap+1:]
	}
	if ended, found := strings.CutSuffix(line, " "); found {
		line = ended
	} else if gap := strings.LastIndex(line, "  "); gap >= 0 {
		line = line[:gap] + line[gap+1:]
	}
	line = ansi.Truncate(line, w-2, "…")
	return "[" + line + view.Fit([]string{""}, w-2-view.Width(line), 1)[0] + "]"
}

func (a *App) themeKeys() []binding {
	return under(taskApp, []binding{
		{keys: []string{"ctrl+t"}, help: "change to the next theme: " + strings.Join(Themes, ", "), do: doing(a.nextTheme)},
		{keys: []string{"#"}, help: "leave the mouse to the terminal, or take it back", do: doing(a.toggleMouse)},
	}...)
}

// toggleMouse releases the mouse to the terminal, which can then select and copy text, or captures it again.
func (a *App) toggleMouse() {
	a.options.NoMouse = !a.options.NoMouse
	if a.options.NoMouse {
		a.say("The terminal has the mouse: # takes it back.", nil)
		return
	}
	a.say("The workbench has the mouse: click, drag, wheel.", nil)
}

func (a *App) nextTheme() {
	a.look.name = Themes[(slices.Index(Themes, a.look.name)+1)%len(Themes)]
	a.restyle()
	text := "Theme: " + a.look.name
	if a.look.name != "mono" && a.look.mono() {
		text += ", but this terminal shows no colours"
	}
	a.say(text, nil)
}

// restyle updates the theme after a change of the look.
func (a *App) restyle() { a.theme = a.look.theme() }
