package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/train/rundir"
	"ftft/tui/session"
)

func TestRuleSelects(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		b := finishedReference(t, size[0], size[1])
		b.press(":")
		b.typeText("variability > 0.2 && confidence < 0.7")
		n := b.countIf(func(m *datamap.Map, i int) bool { return m.Variability[i] > 0.2 && m.Confidence[i] < 0.7 })
		b.shows(fmt.Sprintf("%d of 1,000 examples · enter selects them", n))
		b.golden(fmt.Sprintf("rule-prompt-%dx%d", size[0], size[1]))
		b.press("enter")
		if b.sel.Count != n || len(b.sel.List) != n {
			t.Fatalf("got %d selected and %d listed, want %d", b.sel.Count, len(b.sel.List), n)
		}
		b.golden(fmt.Sprintf("rule-%dx%d", size[0], size[1]))
		b.press("enter", "enter", "1")
		want := `rows demo demo-reference rule "variability > 0.2 && confidence < 0.7" [`
		if len(b.actions.requests) != 1 || !strings.HasPrefix(b.actions.requests[0], want) {
			t.Fatalf("got requests %.200q, want one launch of the rule", b.actions.requests)
		}
		selection := b.record(b.runs()[0])
		if selection.Count != n || selection.Check() != nil || selection.Hash == "" {
			t.Errorf("got the record %+v, want a valid one of %d rows", selection, n)
		}
		for _, row := range selection.Rows {
			if m := b.seen().Map; m.Variability[row] <= 0.2 || m.Confidence[row] >= 0.7 {
				t.Errorf("the selection contains row %d, which does not match the rule", row)
			}
		}
		b.press("s") // the strategy selects a third of the matches
		if want := datamap.Count(n, 0.33); b.sel.Count != want {
			t.Errorf("a third of the matches: got %d selected, want %d", b.sel.Count, want)
		}
		b.press("u")
		b.shows(fmt.Sprintf("Undone: all that match variability > 0.2 && confidence < 0.7, %d examples", n))
		b.press("u")
		b.shows("Undone: ambiguous 33 %, 330 examples")
		if b.sel.Count != 330 || b.sel.Rule != "" {
			t.Errorf("undone: got %d selected by the rule %q, want 330 by none", b.sel.Count, b.sel.Rule)
		}
		b.ctrl('r')
		if b.sel.Count != n {
			t.Errorf("redone: got %d selected, want %d", b.sel.Count, n)
		}
		b.press("esc")
		if b.sel.Count != 330 {
			t.Errorf("esc: got %d selected, want 330", b.sel.Count)
		}
	}
}

// A rule selects all of its matches until the fraction is lowered. Leaving the rule restores the fraction before it.
func TestFractionOfRule(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.press("]", "]", ":")
	b.typeText("variability > 0.2 && confidence < 0.7")
	b.press("enter")
	n := b.sel.Count
	b.press("]")
	b.shows("Everything that the rule matches is selected", "all that match the rule")
	b.press("{", "[")
	b.shows(fmt.Sprintf("94 %% of the %d that match", n))
	if want := datamap.Count(n, 0.94); b.sel.Count != want {
		t.Errorf("got %d selected, want %d", b.sel.Count, want)
	}
	b.press("esc")
	if b.sel.Count != 350 || b.sel.Rule != "" {
		t.Errorf("without the rule: got %d selected by the rule %q, want 350 by none", b.sel.Count, b.sel.Rule)
	}
	b.press(":")
	b.typeText("variability > 9")
	b.shows("No example matches.")
	b.press("enter")
	if b.prompt() == nil || b.sel.Rule != "" {
		t.Error("enter accepts a rule without matches")
	}
}

func TestEditRule(t *testing.T) {
	b := finishedReference(t, 80, 24)
	b.press(":")
	b.typeText("variability > 0.2 && confdence < 1")
	lines := strings.Split(b.shown(), "\n")
	caret := strings.Index(lines[23], "^")
	pointed := caret == strings.Index(lines[22], "confdence") || strings.HasSuffix(strings.TrimSpace(lines[23]), "^")
	if caret < 0 || !pointed || !strings.Contains(lines[23], "did you mean confidence?") {
		t.Errorf("the error does not point at confdence:\n%s\n%s", lines[22], lines[23])
	}
	b.press("enter") // is refused
	if b.prompt() == nil || b.sel.Rule != "" {
		t.Error("enter accepts a rule with an error")
	}
	b.ctrl('u')
	b.typeText("confi")
	b.press("tab")
	b.typeText(" < 0.3")
	if got := b.prompt().line.String(); got != "confidence < 0.3" {
		t.Errorf("completed: got %q, want confidence < 0.3", got)
	}
	b.press("enter", ":")
	b.ctrl('u')
	b.typeText("flips > 1")
	b.press("enter", ":")
	b.ctrl('u')
	b.press("up", "up")
	if got := b.prompt().line.String(); got != "confidence < 0.3" {
		t.Errorf("two rules back: got %q, want confidence < 0.3", got)
	}
	b.press("down")
	if got := b.prompt().line.String(); got != "flips > 1" {
		t.Errorf("one rule back: got %q, want flips > 1", got)
	}
	b.press("esc")
	want := []string{"confidence < 0.3", "flips > 1"}
	if got, err := session.OpenHistory(b.options.Root, session.Rules).Read(); err != nil || !slices.Equal(got, want) {
		t.Errorf("history: got %q (%v), want %q", got, err, want)
	}
	b.press(":")
	b.send(tea.PasteMsg{Content: "\x1b[31m\x00é"})
	b.shows("é")
	if strings.ContainsAny(b.prompt().line.String(), "\x1b\x00") {
		t.Error("pasted control characters are not removed")
	}
}

// A rule is evaluated again where a new epoch replaces the map while the prompt is open.
func TestRulePromptFollowsTheMap(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	reference := b.train("demo-reference", rundir.Reference, "", nil)
	reference.Train(250)
	b.readRuns()
	b.press(":")
	b.typeText("confidence < 0.5")
	before := b.dataMap()
	reference.Train(100)
	b.readRuns()
	if b.dataMap() == before {
		t.Fatal("the epoch has no map of its own")
	}
	n := b.countIf(func(m *datamap.Map, i int) bool { return m.Confidence[i] < 0.5 })
	b.shows(fmt.Sprintf("%d of 1,000 examples", n))
}

// A fraction can be typed at the prompt, with or without a strategy; one out of range is an error.
func TestTypedFraction(t *testing.T) {
	b := finishedReference(t, 120, 40)
	type state struct {
		strategy string
		fraction float64
		count    int
	}
	for _, test := range []struct {
		text, says string
		want       state
	}{
		{"25%", "ambiguous 25 %: 250 examples", state{"ambiguous", 0.25, 250}},
		{"hard-to-learn 10.5 %", "hard-to-learn 10.5 %: 105 examples", state{"hard-to-learn", 0.105, 105}},
		{"0%", "above 0 %", state{"hard-to-learn", 0.105, 105}},
		{"100.5%", "at most 100 %", state{"hard-to-learn", 0.105, 105}},
		{"hard 10%", "no strategy hard", state{"hard-to-learn", 0.105, 105}},
		{"100%", "1,000 examples", state{"hard-to-learn", 1, 1000}},
	} {
		b.press(":")
		b.typeText(test.text)
		b.shows(test.says)
		b.press("enter", "esc")
		if got := (state{b.sel.Strategy, b.sel.Fraction, b.sel.Count}); got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.text, got, test.want)
		}
	}
	b.press(":")
	b.typeText("33")
	b.shows("% makes it a fraction: 33%")
}

// An error waits until the word is ended, the cursor is elsewhere, or enter asks for it.
func TestErrorWaits(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.press(":")
	says := func(text, shown, hidden string) {
		t.Helper()
		b.ctrl('u')
		b.typeText(text)
		b.shows(shown)
		if hidden != "" && strings.Contains(b.shown(), hidden) {
			t.Errorf("%s: the error %q does not wait:\n%s", text, hidden, b.shown())
		}
	}
	says("var", "tab completes: variability", "no column")
	says("variability", "tab completes: variability", "must be a condition")
	says("variability >", "tab completes: aum", "incomplete")
	b.press("enter")
	b.shows("the rule is incomplete")
	says("varx", "no column", "")
	says("var > 1", "no column", "")
	says("hard", "hard-to-learn", "no column")
}
