package cli

import (
	"testing"

	"ftft/tui"
)

// The map is an image only in terminals that have placeholders, and never inside a multiplexer, whose programs inherit the variables of
// the terminal.
func TestPixelsFollowTheTerminal(t *testing.T) {
	for _, test := range []struct {
		choice string
		env    map[string]string
		want   tui.Pixels
	}{
		{"auto", map[string]string{"TERM": "xterm-256color"}, tui.PixelsOff},
		{"auto", map[string]string{"TERM": "xterm-kitty"}, tui.PixelsAuto},
		{"auto", map[string]string{"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, tui.PixelsAuto},
		{"auto", map[string]string{"TERM": "xterm-ghostty"}, tui.PixelsAuto},
		{"auto", map[string]string{"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, tui.PixelsAuto},
		{"auto", map[string]string{"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, tui.PixelsOff},
		{"off", map[string]string{"TERM": "xterm-kitty"}, tui.PixelsOff},
		{"on", map[string]string{"TERM": "xterm-256color"}, tui.PixelsOn},
		{"on", map[string]string{"TERM": "xterm-kitty", "NO_COLOR": "1"}, tui.PixelsOff},
		{"auto", map[string]string{"TERM": "xterm-kitty", "NO_COLOR": ""}, tui.PixelsAuto},
		{"on", map[string]string{"TERM": "xterm-kitty", "TMUX": "/tmp/tmux-0/default,1,0"}, tui.PixelsOff},
		{"on", map[string]string{"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"}, tui.PixelsOff},
		{"on", map[string]string{"TERM": "screen.xterm-256color", "KITTY_WINDOW_ID": "1"}, tui.PixelsOff},
		{"auto", map[string]string{"TERM": "xterm-kitty", "STY": "1.pts-0"}, tui.PixelsOff},
		{"auto", map[string]string{"TERM": "xterm-kitty", "ZELLIJ": "0"}, tui.PixelsOff},
	} {
		if got := pixels(test.choice, func(name string) string { return test.env[name] }); got != test.want {
			t.Errorf("--pixels %s in %v: %v, want %v", test.choice, test.env, got, test.want)
		}
	}
}
