package tui

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/internal/disk"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/session"
)

// newFollower returns a workbench that follows this one.
func (b *bench) newFollower(w, h int) *bench {
	b.t.Helper()
	options := b.options
	options.Feed, options.Present, options.Follow, options.Focus = nil, "", b.focus, string(b.focus)
	f := &bench{t: b.t, App: New(options), study: b.study, actions: b.actions}
	f.send(tea.WindowSizeMsg{Width: w, Height: h})
	f.readRuns()
	return f
}

// follow reads what the presenter shows, and shows the same.
func (b *bench) follow() {
	b.t.Helper()
	for range 2 { // the second time shows what had to be read first
		b.execute(b.follower.takePose(session.ReadPose(b.options.Follow, b.numbers())))
		b.readRuns()
	}
}

// followTo mirrors what another bench presents until both show the same, for a few seconds at most: on a slow machine the feed
// pauses for longer between two pictures of a replay. It returns both screens.
func (b *bench) followTo(presenter *bench) (got, want string) {
	b.t.Helper()
	for range 50 {
		b.follow()
		presenter.readRuns()
		if got, want = b.body(), presenter.body(); got == want {
			break
		}
	}
	return got, want
}

// body returns the screen without its header and footer, in which a follower differs.
func (b *bench) body() string {
	lines := strings.Split(strings.TrimSuffix(b.shown(), "\n"), "\n")
	return strings.Join(lines[1:len(lines)-1], "\n")
}

func TestFollowersShowThePresentersScreen(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	b.options.Present, b.presenter.rest = b.focus, 0
	b.eachRun(func(_ *watch.Group, run *watch.Run) { embedded(t, run.Dir) })
	f, small := b.newFollower(120, 40), b.newFollower(60, 20)
	for _, step := range []struct {
		name string
		keys []string
	}{
		{"a threshold", []string{"}", "}", "down", "down"}},
		{"another strategy", []string{"s"}},
		{"a brush", []string{"s", "s", "s", "v", "L", "j"}},
		{"an applied brush", []string{"enter"}},
		{"a sorted list", []string{"3", "o", "o", "O", "down"}},
		{"an example in full", []string{"i"}},
		{"an earlier epoch", []string{"i", "1", ",", ","}},
		{"an explanation", []string{">", "e", "down", "down"}},
		{"the help", []string{"e", "?"}},
		{"a search's match that is not in the list", []string{"esc", "/", "p", "r", "e", "m", "i", "s", "e", " ", "4", "enter", "n"}},
		{"curves", []string{"2", "h", "h", "+", "A", "a", "z"}},
		{"early stopping with another patience", []string{"t", "C"}},
		{"another choice of curves", []string{"d", "end", "space", "up", "space"}},
		{"a comparison", []string{"d", "4", "home", "down", "c", "l", "l", "down"}},
		{"another run", []string{"esc", "1", "tab"}},
		{"the form", []string{"5", "down", "down", "right", "end", "left"}},
		{"the screen as a command", []string{"=", "down"}},
		{"suspects", []string{"=", "6", "o", "down", "down"}},
		{"suspects in reverse", []string{"O", "down"}},
		{"neighbours", []string{"~", "down", "down"}},
		{"a neighbour", []string{"enter"}},
	} {
		b.press(step.keys...)
		b.readRuns()
		b.execute(b.presenter.write())
		f.follow()
		small.follow()
		if got, want := f.body(), b.body(); got != want {
			t.Errorf("%s: the follower shows\n%s\nwant\n%s", step.name, got, want)
		}
		f.shows("following " + presenterName)
		if small.at != b.at || small.focus != b.focus {
			t.Errorf("%s: a small follower is on screen %d of %s, want %d of %s", step.name, small.at, small.focus, b.at, b.focus)
		}
	}
}

// A prompt, a question or the palette does not close the presenter's overlay for followers.
func TestFollowersKeepTheOverlayBelow(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	reference := b.train("demo-reference", rundir.Reference, "", nil)
	reference.Train(250)
	reference.Finish(rundir.Finish{Status: rundir.Stopped}) // r asks whether to resume it
	b.readRuns()
	for key, want := range map[string]string{"i": "read", "e": "explain", "=": "command"} {
		b.press(key)
		for _, above := range []string{"w", "r", "ctrl+p"} {
			if b.press(above); b.top().place() != nil {
				t.Fatalf("%s opens nothing above the overlay", above)
			}
			if got, _ := b.presenter.overlay(); got != want {
				t.Errorf("%s with %s above it: followers see %q, want %q", key, above, got, want)
			}
			b.press("esc")
		}
		b.press(key)
	}
}

func TestFollowerChangesNothing(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	b.options.Present, b.presenter.rest = b.focus, 0
	b.execute(b.presenter.write())
	f := b.newFollower(120, 40)
	f.follow()
	before, marked := f.body(), len(f.sel.Marks().Set)
	for _, binding := range b.table.all {
		if key := binding.keys[0]; key != "ctrl+t" && key != "q" {
			f.send(keyOf(key))
		}
	}
	f.send(tea.MouseClickMsg{X: 30, Y: 10, Button: tea.MouseLeft})
	f.send(tea.MouseReleaseMsg{X: 40, Y: 15, Button: tea.MouseLeft})
	if got := f.body(); got != before {
		t.Errorf("after all keys the follower shows\n%s\nwant\n%s", got, before)
	}
	if f.View().MouseMode != tea.MouseModeNone {
		t.Error("a follower captures the mouse")
	}
	if len(f.sel.Marks().Set) != marked || len(b.actions.requests) > 0 {
		t.Errorf("a follower changed marks or made the requests %q", b.actions.requests)
	}
	if _, err := os.Stat(f.focus.View()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("view.json of a follower: got %v, want no such file", err)
	}
}

func TestPresenterComesAndGoes(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	f := b.newFollower(80, 24)
	f.follow()
	f.shows("No presenter yet. Start one: ftft present demo-reference")
	b.options.Present, b.presenter.rest = b.focus, 0
	b.press("}")
	f.follow()
	f.shows("following "+presenterName, "38 %")

	f.follower.fresh = time.Now().Add(-goneAfter)
	f.follow()
	f.shows("No word from the presenter")
	b.execute(b.presenter.write()) // the same view, written again
	f.follow()
	f.shows("following")

	path := b.focus.Stage().Present()
	for _, bad := range []string{
		"{", "null", `{"format":2}`,
		`{"format":1,"screen":1,"strategy":"ambiguous","fraction":0.3,"run":"x","arm":99}`,
		`{"format":1,"screen":1,"strategy":"ambiguous","fraction":0.3,"run":"x","line":-1}`,
		`{"format":1,"screen":2,"strategy":"ambiguous","fraction":0.3,"run":"x","curves":{"x":"y"}}`,
		`{"format":1,"screen":2,"strategy":"ambiguous","fraction":0.3,"run":"x","curves":{"patience":-1}}`,
	} {
		if err := disk.WriteFile(path, []byte(bad)); err != nil {
			t.Fatal(err)
		}
		f.follow()
		f.shows("cannot read present.json", "38 %")
	}
	b.execute(b.presenter.write())
	f.follow()
	f.shows("following")
	if err := b.presenter.withdraw(); err != nil {
		t.Fatal(err)
	}
	b.execute(b.presenter.write()) // a write that was already waiting
	f.follow()
	f.shows("The presenter has left", "38 %")
	if err := b.presenter.withdraw(); err != nil {
		t.Errorf("withdrawing twice: %v", err)
	}
}

func TestFollowersShowReplays(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	b.options.Present, b.presenter.rest = b.focus, 0
	f := b.newFollower(120, 40)
	b.press("R")
	b.setClock(b.clock.Set(20*time.Millisecond, 2, true, time.Now()))
	b.readRuns()
	b.execute(b.presenter.write())
	if got, want := f.followTo(b); got != want {
		t.Errorf("the follower shows\n%s\nwant\n%s", got, want)
	}
	f.shows("paused")
	b.setClock(b.clock.Set(5*time.Millisecond, 2, true, time.Now()))
	b.readRuns()
	b.send(tea.MouseMotionMsg{}) // any message saves what has changed
	if got, want := f.followTo(b); got != want || f.clock.From != b.clock.From {
		t.Errorf("moved while paused, the follower shows at %v\n%s\nwant at %v\n%s", f.clock.From, got, b.clock.From, want)
	}
	b.press("R")
	b.readRuns()
	f.follow()
	if f.clock != nil {
		t.Error("the follower does not end its replay")
	}
}
