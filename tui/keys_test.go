package tui

import (
	"fmt"
	"strings"
	"testing"
)

func TestKeyTable(t *testing.T) {
	app := New(Options{Root: t.TempDir()})
	help := strings.Join(app.helpLines(300), "\n")
	for shown := range screens {
		taken := map[string]string{}
		for _, b := range keys() {
			if !strings.Contains(help, b.help) {
				t.Errorf("help does not tell of %q", b.help)
			}
			if !b.works(shown) {
				continue
			}
			for _, key := range b.keys {
				if other, again := taken[key]; again {
					t.Errorf("%s does two things on %s: %q and %q", key, screenNames[shown], other, b.help)
				}
				taken[key] = b.help
			}
		}
		if taken["enter"] == "" {
			t.Errorf("enter does nothing on %s", screenNames[shown])
		}
	}
	for shown := range screens {
		app.press(fmt.Sprint(int(shown) + 1))
		if app.screen != shown {
			t.Errorf("key %d shows %s", shown+1, screenNames[app.screen])
		}
	}
}
