package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"ftft/train/rundir"
	"ftft/tui/view"
)

// probeScreen is an example of a new screen: a type with these methods, in a file of its own.
type probeScreen struct {
	*workspace
	app    *App
	probed bool
}

var placeProbe = &place{key: "9", tab: "Probe", help: "the probe"}

func (s *probeScreen) home() *place                                      { return placeProbe }
func (s *probeScreen) place() *place                                     { return placeProbe }
func (s *probeScreen) update() tea.Cmd                                   { return nil }
func (s *probeScreen) draw(w, h int) []string                            { return view.Fit([]string{"The probe's pane"}, w, h) }
func (s *probeScreen) mouse(tea.MouseMsg) (changed bool, cmd tea.Cmd)    { return false, nil }
func (s *probeScreen) explain() (subject string, items []view.Explained) { return "the probe", nil }
func (s *probeScreen) commands() []Command                               { return []Command{{"the probe", s.rooted("probe")}} }

func (s *probeScreen) keys() []binding {
	on := []*place{placeProbe}
	return under(taskRead, binding{keys: []string{"z"}, help: "probe the screen", hint: "probe", shown: "z Z", on: on,
		do: doing(func() { s.probed = true })})
}

// A new screen needs one line of registration: its tab, number key, help, palette entries, hints and keys follow from the type.
func TestNewScreenNeedsOneLine(t *testing.T) {
	b := finishedReference(t, 120, 40)
	probe := &probeScreen{workspace: b.workspace, app: b.App}
	b.screens = append(b.screens, probe) // the line of registration
	b.table = newKeyTable(b.App)

	b.press("9")
	b.shows("9 Probe", "The probe's pane", "1-6 0 9 view", "z Z probe")
	b.press("z")
	if !probe.probed {
		t.Error("the key of the screen has no effect")
	}
	b.press("?")
	b.shows("probe the screen", "the probe")
	b.press("esc", "=")
	b.shows("ftft probe")
	b.press("=", "e")
	b.shows("the probe")
	b.press("e", "1")
	if strings.Contains(b.shown(), "The probe's pane") {
		t.Error("key 1 does not leave the screen")
	}
	b.ctrl('p')
	b.typeText("probe the")
	b.press("enter")
	b.shows("The probe's pane")
}

// All tabs are on a screen of any width, and the title is cut instead.
func TestTabsOfNarrowScreens(t *testing.T) {
	for w, want := range map[int]string{
		120: " 1 Map  2 Curves  3 Examples  4 Runs  5 Launch  6 Triage  0 Results ",
		80:  " 1 Map 2 Curves 3 Examples 4 Runs 5 Launch 6 Triage 0 Results ",
		60:  " 1 Map 2 Cur 3 Exa 4 Run 5 Lau 6 Tri 0 Res ",
		40:  " 1 2 3 4 5 6 0 ",
	} {
		b := finishedReference(t, w, 24)
		for _, s := range b.screens {
			b.press(s.home().key)
			head, _, _ := strings.Cut(b.shown(), "\n")
			if !strings.HasPrefix(head, want) && !strings.HasPrefix(head+" ", want) || !strings.Contains(head, "demo · refer") {
				t.Errorf("%d cells, %s: got %q, want %q and a title", w, s.home().tab, head, want)
			}
		}
	}
}

// The reason why a run ended, and what the user can do, is shown to its end.
func TestReasonOfTheEndIsWhole(t *testing.T) {
	b := newBench(t, 80, 24, nil)
	run := b.train("demo-reference", rundir.Reference, "", nil)
	run.Train(300)
	run.Finish(rundir.Finish{Status: rundir.Interrupted, Message: "ended by a signal of the system"})
	b.readRuns()
	b.shows("Interrupted at step 300: ended by a signal", "r resumes it.")
}
