package tui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"ftft/datamap"
	"ftft/tui/selection"
)

// dimmed counts the cells of the map that are drawn as not selected.
func (b *bench) dimmed() (n int) {
	w, h := b.onMap().view.Size()
	lines := strings.Split(b.View().Content, "\n")
	for _, line := range lines[b.paneTop()+1 : b.paneTop()+1+h] {
		line = ansi.Truncate(line, w+5, "")
		if b.theme.Glyphs {
			n += strings.Count(line, "·")
			continue
		}
		for i, part := range strings.Split(line, fmt.Sprintf("\x1b[38;5;%dm", b.theme.Grey)) {
			run, _, _ := strings.Cut(part, "\x1b")
			if i > 0 {
				n += len([]rune(strings.ReplaceAll(run, " ", "")))
			}
		}
	}
	return n
}

// Every strategy dims what it does not select, in every theme, and the map follows each step of the fraction.
func TestEveryStrategyDims(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.shown() // lays out the map
	for _, l := range []look{
		{name: "dark"}, {name: "contrast", light: true}, {name: "mono"}, {name: "light", profile: colorprofile.ANSI},
	} {
		b.App.look = l
		b.restyle()
		for _, strategy := range datamap.Strategies {
			b.execute(b.change(selection.Criteria{Strategy: strategy, Fraction: 0.33}))
			b.press("1")
			at := b.dimmed()
			b.press(strings.Split("]]]]]}}}", "")...) // as if the key is held
			more := b.dimmed()
			b.press("{", "{", "{", "{")
			if back := b.dimmed(); at < 100 || more >= at || back != at {
				t.Errorf("%+v, %s: %d cells are dim at 33 %%, %d at 53 %% and %d back at 33 %%", l, strategy, at, more, back)
			}
			b.press(strings.Split("}}}}}}}}}}}}}}", "")...)
			if all := b.dimmed(); b.sel.Fraction != 1 || all > 0 {
				t.Errorf("%+v, %s: %d cells are dim at %v", l, strategy, all, b.sel.Fraction)
			}
		}
	}
}
