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
