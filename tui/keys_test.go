package tui

import (
	"fmt"
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
	for i, s := range app.screens {
		app.table.press(fmt.Sprint(i + 1))
		if app.front() != s {
			t.Errorf("key %d: got the screen %s", i+1, app.front().home().tab)
		}
	}
}
