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
