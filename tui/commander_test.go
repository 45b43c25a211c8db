package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

func TestScreenAsCommand(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		b := finishedExperiment(t, size[0], size[1])
		b.options.Root = "runs" // the golden screens need a constant folder
		b.press("]", "=")
		b.golden(fmt.Sprintf("command-%dx%d", size[0], size[1]))
		b.shows("ftft select demo-reference --strategy ambiguous --fraction 0.34")
		b.press("down", "down", "down", "down")
		_, cmd := b.Update(tea.KeyPressMsg{Code: 'y', Text: "y"})
		want := []string{"ftft map demo-reference --fraction 0.34 --figure demo-reference-map.png"}
		if got := copied(cmd); !slices.Equal(got, want) {
			t.Errorf("copied: got %q, want %q", got, want)
		}
		b.press("=", "2", "a", "A", "=")
		b.shows("ftft curves demo-reference demo-ftft --x examples --smooth 0.95")
		b.press("4", "4", "c", "=")
		for _, command := range b.Commands() {
			if strings.Contains(command.Line(), "\n") {
				t.Errorf("got a command of several lines: %q", command.Line())
			}
		}
	}
	for word, want := range map[string]string{
		"": "''", "plain-1.0": "plain-1.0", "a b": "'a b'", "it's": `'it'\''s'`, "$HOME": "'$HOME'", "~": "'~'",
	} {
		if got := quoted(word); got != want {
			t.Errorf("%q: got %s, want %s", word, got, want)
		}
	}
}
