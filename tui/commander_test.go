package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

func TestTheScreenAsACommand(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		b := lecture(t, size[0], size[1])
		b.options.Root = "runs" // as a user's: not the test's folder, which changes
		b.press("]", "=")
		b.golden(fmt.Sprintf("command-%dx%d", size[0], size[1]))
		b.shows("ftft select demo-reference --strategy ambiguous --fraction 0.34")
		b.press("down", "down", "down", "down")
		_, cmd := b.Update(tea.KeyPressMsg{Code: 'y', Text: "y"})
		if got := copied(cmd); len(got) != 1 || got[0] != "ftft map demo-reference --fraction 0.34 --figure demo-reference-map.png" {
			t.Errorf("copied %q", got)
		}
		b.press("=", "2", "a", "v", "=")
		b.shows("ftft curves demo-reference demo-ftft --x examples --smooth 0.95")
		b.press("4", "4", "m", "=")
		for _, command := range b.Commands() {
			if strings.Contains(command.Line(), "\n") {
				t.Errorf("%q", command.Line())
			}
		}
	}
	for word, want := range map[string]string{"": "''", "plain-1.0": "plain-1.0", "a b": "'a b'", "it's": `'it'\''s'`, "$HOME": "'$HOME'", "~": "'~'"} {
		if got := quoted(word); got != want {
			t.Errorf("%q: %s, want %s", word, got, want)
		}
	}
}
