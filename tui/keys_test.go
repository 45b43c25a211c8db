package tui

import (
	"slices"
	"strings"
	"testing"
)

func TestKeyTable(t *testing.T) {
	app := New(Options{Root: t.TempDir()})
	help := strings.Join(app.help.lines(300), "\n")
	for _, s := range app.screens {
		helps := map[string]string{} // by key
		for _, b := range app.table.all {
			if !strings.Contains(help, b.help) {
				t.Errorf("the help lacks %q", b.help)
			}
			if !b.works(s.home()) {
				continue
			}
			for _, key := range b.keys {
				if other, bound := helps[key]; bound {
					t.Errorf("%s has two bindings on %s: %q and %q", key, s.home().tab, other, b.help)
				}
				helps[key] = b.help
			}
		}
		if helps["enter"] == "" {
			t.Errorf("enter has no binding on %s", s.home().tab)
		}
	}
	for _, s := range app.screens {
		app.table.press(s.home().key)
		if app.front() != s {
			t.Errorf("key %s: got the screen %s", s.home().key, app.front().home().tab)
		}
	}
}

// A key means the same verb on every screen. Keys that move, confirm and go back depend on what is on the screen.
func TestGrammar(t *testing.T) {
	app := New(Options{Root: t.TempDir()})
	general := strings.Fields("enter esc space up down left right h j k l H J K L shift+left shift+right tab")
	verbs := map[string]string{} // by key
	for _, b := range app.table.all {
		if !slices.Contains(tasks, b.task) {
			t.Errorf("%q has no task", b.help)
		}
		onScreen := slices.ContainsFunc(app.screens, func(s screen) bool { return b.works(s.home()) })
		if slices.Equal(b.on, []*place{placeTriage}) && b.task == taskMark {
			continue // on Triage, the letters of the marks act without m
		}
		verb, _, _ := strings.Cut(b.help, " ")
		for _, key := range b.keys {
			if !onScreen || slices.Contains(general, key) {
				continue
			}
			if other, known := verbs[key]; known && other != verb {
				t.Errorf("%s means both %q and %q", key, other, verb)
			}
			verbs[key] = verb
		}
	}
}

// Keys of the selection act only on the screens that show it.
func TestKeysActOnWhatIsShown(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	for _, screen := range []string{"2", "4"} {
		b.press("1", "]", screen)
		before := b.sel.Criteria
		for _, selecting := range b.table.all {
			key := selecting.keys[0]
			selects := func(b binding) bool { return b.task == taskSelect || b.task == taskMark }
			elsewise := func(other binding) bool {
				return slices.Contains(other.keys, key) && other.works(b.place()) && !selects(other)
			}
			if selects(selecting) && !slices.ContainsFunc(b.table.all, elsewise) {
				b.press(key)
			}
		}
		if b.sel.Criteria != before {
			t.Errorf("on screen %s the selection became %+v, want %+v", screen, b.sel.Criteria, before)
		}
		if o := b.top(); o != nil {
			t.Errorf("on screen %s a key of the selection opened %T", screen, o)
		}
	}
}
