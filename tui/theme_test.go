package tui

import (
	"fmt"
	"hash/crc32"
	"image/color"
	"math"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"ftft/datamap/figure"
	"ftft/train/rundir"
	"ftft/tui/view"
)

// linear returns the linear red, green and blue of a colour, 0 to 1 (sRGB, IEC 61966-2-1).
func linear(c color.Color) (rgb [3]float64) {
	r, g, b, _ := c.RGBA()
	for i, v := range []uint32{r, g, b} {
		x := float64(v) / 0xffff
		if rgb[i] = x / 12.92; x > 0.04045 {
			rgb[i] = math.Pow((x+0.055)/1.055, 2.4)
		}
	}
	return rgb
}

// contrast returns the contrast ratio of two colours (WCAG 2.1).
func contrast(a, b color.Color) float64 {
	luminance := func(c color.Color) float64 {
		rgb := linear(c)
		return 0.2126*rgb[0] + 0.7152*rgb[1] + 0.0722*rgb[2]
	}
	x, y := luminance(a)+0.05, luminance(b)+0.05
	return max(x, y) / min(x, y)
}

// sights simulate colour vision, normal and without red or green cones (Machado, Oliveira and Fernandes, 2009, severity 1).
var sights = map[string][3][3]float64{
	"all":          {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
}

// lab returns a colour in CIELAB under D65, as seen with one of the sights.
func lab(c color.Color, sight [3][3]float64) (out [3]float64) {
	rgb, seen := linear(c), [3]float64{}
	for i, row := range sight {
		for k, weight := range row {
			seen[i] += weight * rgb[k]
		}
		seen[i] = min(max(seen[i], 0), 1)
	}
	f := func(t float64) float64 {
		if t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return (24389.0/27*t + 16) / 116
	}
	x := f((0.4124*seen[0] + 0.3576*seen[1] + 0.1805*seen[2]) / 0.9505)
	y := f(0.2126*seen[0] + 0.7152*seen[1] + 0.0722*seen[2])
	z := f((0.0193*seen[0] + 0.1192*seen[1] + 0.9505*seen[2]) / 1.089)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// For every sight, any two colours of correctness are at least 19 apart in CIELAB, the first and the last 50, and all are 15 or more
// from the grey of examples that are not selected. Text has a contrast of at least 3 (WCAG), in the theme of high contrast 7.
func TestColoursAreDistinguishable(t *testing.T) {
	for _, l := range []look{{name: "dark"}, {name: "light"}, {name: "contrast"}, {name: "contrast", light: true}} {
		p := l.colours()
		background, least := figure.Xterm(16), 3.0
		if !l.dark() {
			background = figure.Xterm(231)
		}
		if l.name == "contrast" {
			least = 7
		}
		text := append(p.levels[:], p.line, p.lit, p.title, p.dim, p.good, p.warn, p.bad)
		for _, n := range append(text, p.series[:]...) {
			if got := contrast(figure.Xterm(n), background); got < least {
				t.Errorf("%+v: colour %d has a contrast of %.1f, want %.0f or more", l, n, got, least)
			}
		}
		for name, sight := range sights {
			apart := func(i, k int) float64 {
				a, b := lab(figure.Xterm(i), sight), lab(figure.Xterm(k), sight)
				return math.Hypot(math.Hypot(a[0]-b[0], a[1]-b[1]), a[2]-b[2])
			}
			for i, level := range p.levels {
				for k, other := range p.levels[:i] {
					if d := apart(level, other); d < 19 {
						t.Errorf("%+v: levels %d and %d are %.0f apart for %s, want 19 or more", l, k, i, d, name)
					}
				}
				if d := apart(level, p.grey); d < 15 {
					t.Errorf("%+v: level %d is %.0f from what is not selected for %s, want 15 or more", l, i, d, name)
				}
			}
			if d := apart(p.levels[0], p.levels[len(p.levels)-1]); d < 50 {
				t.Errorf("%+v: the first and last levels are %.0f apart for %s, want 50 or more", l, d, name)
			}
		}
	}
}

// For every sight, the colours of different arms are at least 18 apart in CIELAB, those of one arm's runs 10.
func TestColoursOfRunsAreDistinguishable(t *testing.T) {
	for _, l := range []look{{name: "dark"}, {name: "light"}, {name: "contrast"}, {name: "contrast", light: true}} {
		series, arms := l.colours().series, view.ColourArms
		for name, sight := range sights {
			check := func(n, m int, least float64) {
				a, b := lab(figure.Xterm(n), sight), lab(figure.Xterm(m), sight)
				if d := math.Hypot(math.Hypot(a[0]-b[0], a[1]-b[1]), a[2]-b[2]); d < least {
					t.Errorf("%+v: the colours %d and %d of runs are %.0f apart for %s, want %.0f or more", l, n, m, d, name, least)
				}
			}
			for i := range series {
				for k := range i {
					switch {
					case i < arms:
						check(series[k], series[i], 18)
					case i%arms == k%arms:
						check(series[k], series[i], 10)
					}
				}
			}
		}
	}
}

// In every theme, and in figures, correctness goes from orange or red to blue and no colour of it is a grey. The dark theme, the
// light one and figures have the same colours.
func TestOneScaleOfCorrectness(t *testing.T) {
	vivid := func(n int) (red, blue bool) {
		at := lab(figure.Xterm(n), sights["all"])
		return at[2] > 20 && at[1] > 20, at[2] < -30
	}
	for _, l := range []look{{name: "dark"}, {name: "light"}, {name: "contrast"}, {name: "contrast", light: true}} {
		levels := l.colours().levels
		if red, _ := vivid(levels[0]); !red {
			t.Errorf("%+v: never correct is colour %d, want an orange or red one", l, levels[0])
		}
		if _, blue := vivid(levels[len(levels)-1]); !blue {
			t.Errorf("%+v: always correct is colour %d, want a blue one", l, levels[len(levels)-1])
		}
		for i, n := range levels {
			if at := lab(figure.Xterm(n), sights["all"]); math.Hypot(at[1], at[2]) < 12 {
				t.Errorf("%+v: level %d has the grey colour %d", l, i, n)
			}
		}
	}
	dark, light := Figures(true), Figures(false)
	for i := range correctness {
		for place, got := range map[string]color.Color{
			"dark": figure.Xterm(onDark.levels[i]), "light": figure.Xterm(onLight.levels[i]),
			"figures on black": dark.Correct[i], "figures on white": light.Correct[i],
		} {
			if got != figure.Xterm(correctness[i]) {
				t.Errorf("level %d has the colour %v in %s, want that of %d", i, got, place, correctness[i])
			}
		}
	}
}

// Converted for a terminal of 16 colours, the levels, what is not selected and the states stay distinct.
func TestSixteenColours(t *testing.T) {
	for _, name := range []string{"dark", "light", "contrast"} {
		l := look{name: name, profile: colorprofile.ANSI}
		p, seen := l.colours(), map[string]bool{}
		for _, n := range append(p.levels[:], p.grey) {
			seen[fmt.Sprint(colorprofile.ANSI.Convert(ansi.IndexedColor(n)))] = true
		}
		if len(seen) != len(p.levels)+1 {
			t.Errorf("%s: the levels %v and %d become %d colours", name, p.levels, p.grey, len(seen))
		}
		if p.good == p.warn || p.warn == p.bad || p.good == p.bad {
			t.Errorf("%s: good, warn and bad are %d, %d, %d, want three colours", name, p.good, p.warn, p.bad)
		}
	}
}

func TestCycleThemes(t *testing.T) {
	b := newBench(t, 120, 40, func(o *Options) { o.Theme = "light" })
	b.train("demo-reference", rundir.Reference, "", nil).Train(400)
	b.readRuns()
	has := func(want string, yes bool) {
		t.Helper()
		if strings.Contains(b.View().Content, want) != yes {
			t.Errorf("theme %s: the screen contains %q: got %v, want %v", b.App.look.name, want, !yes, yes)
		}
	}
	b.send(tea.BackgroundColorMsg{Color: color.Black})
	has("38;5;235m", true)
	b.press("ctrl+t")
	b.shows("Theme: contrast")
	has("38;5;208m", true)
	b.press("ctrl+t")
	has("38;5;", false)
	b.shows("0=0  1=1", "[1 Map]")
	b.press("ctrl+t")
	has("38;5;255m", true)
	b.send(tea.BackgroundColorMsg{Color: color.White})
	has("38;5;235m", true)
	b.send(tea.ColorProfileMsg{Profile: colorprofile.ANSI})
	has("38;5;235m", false)
	b.send(tea.ColorProfileMsg{Profile: colorprofile.ASCII})
	b.shows("0=0  1=1")
	b.press("ctrl+t")
	b.shows("Theme: dark, but this terminal shows no colours")
}

// Without colours, the picked line stands in brackets.
func TestPickedWithoutColours(t *testing.T) {
	b := newBench(t, 80, 24, func(o *Options) { o.NoColor = true })
	b.train("demo-reference", rundir.Reference, "", nil).Train(400)
	b.readRuns()
	for _, screen := range []string{"1", "3", "4", "5"} {
		b.press(screen)
		marked := 0
		for line := range strings.Lines(b.shown()) {
			if strings.HasPrefix(line, "[") {
				marked++
			}
		}
		b.shows("[" + screen + " ")
		if want := map[string]int{"1": 1, "3": 1, "4": 1, "5": 1}[screen]; marked < want {
			t.Errorf("screen %s: got %d lines in brackets, want %d or more", screen, marked, want)
		}
	}
	for line, want := range map[string]string{"": "", "ab": "ab", " 1 Map ": "[1 Map]", "guid-0001   ": "[guid-0001 ]", "日本語です": "[日本語… ]",
		"  launch   ftft   1 run": "[ launch   ftft  1 run]", "0.1   0.31   one": "[0.1  0.31  one]",
	} {
		if got := bracket(line); got != want || ansi.StringWidth(got) != ansi.StringWidth(line) {
			t.Errorf("%q: got %q, want %q of the same width", line, got, want)
		}
	}
}

// TestMatrix compares every screen in every size and theme with a checksum of its bytes, styles included. The smallest map is
// compared byte by byte, in the two themes that differ most.
func TestMatrix(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	reference := b.train("demo-reference", rundir.Reference, "", nil)
	reference.Train(400)
	reference.Finish(rundir.Finish{Status: rundir.Complete})
	b.readRuns()
	var sums strings.Builder
	for _, size := range [][2]int{{60, 20}, {80, 24}, {120, 40}, {300, 100}} {
		b.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		for _, theme := range append(Themes[1:], "ascii") {
			b.App.look.name, b.App.look.ascii, b.options.ASCII = theme, theme == "ascii", theme == "ascii"
			b.restyle()
			for i, screen := range b.screens {
				b.press(screen.home().key)
				content := b.View().Content
				sum := crc32.ChecksumIEEE([]byte(content))
				fmt.Fprintf(&sums, "%-7s %-9s %-9s %08x\n", fmt.Sprintf("%dx%d", size[0], size[1]), theme, screen.home().tab, sum)
				if i == 0 && size[0] == 60 && (theme == "dark" || theme == "mono") {
					b.goldenText("styled-map-"+theme+"-60x20", strings.ReplaceAll(content, "\x1b", "␛")+"\n")
				}
				for line := range strings.SplitSeq(content, "\n") {
					if w := ansi.StringWidth(line); w != size[0] {
						t.Errorf("%v, %s, %s: got a line of %d cells", size, theme, screen, w)
					}
				}
			}
		}
	}
	b.goldenText("matrix", sums.String())
}
