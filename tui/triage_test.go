package tui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/datamap/marks"
	"ftft/train/rundir"
	"ftft/tui/view"
)

// triaging returns a workbench on Triage, on a complete reference. Every tenth label is known to be wrong.
func triaging(t *testing.T, w, h int) *bench {
	t.Helper()
	b := newBench(t, w, h, func(o *Options) {
		o.Truth = func(_ rundir.Dir, m *datamap.Map) (Truth, error) {
			wrong := make([]bool, m.Len())
			for i := range wrong {
				wrong[i] = i%10 == 0
			}
			return Truth{Wrong: wrong, Column: "flipped"}, nil
		}
	})
	reference := b.train("demo-reference", rundir.Reference, "", nil)
	reference.Train(400)
	reference.Finish(rundir.Finish{Status: rundir.Complete})
	b.readRuns()
	b.press("6")
	return b
}

// ranked returns the guids of the suspects by a method.
func (b *bench) ranked(method string) (guids []string) {
	b.t.Helper()
	way, err := datamap.FindTriage(method)
	if err != nil {
		b.t.Fatal(err)
	}
	suspects, err := b.dataMap().Suspects(way)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, s := range suspects {
		guids = append(guids, b.dataMap().GUIDs[s.Index])
	}
	return guids
}

// under returns the guid of the example under the cursor.
func (b *bench) under() string {
	b.t.Helper()
	index, ok := b.sel.Under()
	if !ok {
		b.t.Fatal("there is no example under the cursor")
	}
	return b.dataMap().GUIDs[index]
}

// marked returns the marks of an example as the file has them.
func (b *bench) marked(guid string) marks.State {
	b.t.Helper()
	set, err := marks.Read(string(b.focus))
	if err != nil {
		b.t.Fatal(err)
	}
	return set[guid]
}

func TestTriageScreen(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 20}} {
		b := triaging(t, size[0], size[1])
		b.press("down", "down", "y")
		b.golden(fmt.Sprintf("triage-judged-%dx%d", size[0], size[1]))
	}
}

// How far the user has got on one run is not kept for another.
func TestTriageOfAnotherRun(t *testing.T) {
	b := triaging(t, 120, 40)
	b.press("down", "down")
	if v := b.remember.view(); v.Triage == nil || v.Triage.Seen != 3 {
		t.Errorf("on the run: got %+v", v.Triage)
	}
	guid := b.under()
	b.press("1", "tab")
	if v := b.remember.view(); b.focus.ID() == "demo-reference" || v.Triage != nil {
		t.Errorf("on %s: got %+v", b.focus.ID(), v.Triage)
	}
	other := b.train("other", rundir.Reference, "", nil)
	other.Train(400)
	other.Finish(rundir.Finish{Status: rundir.Complete})
	b.readRuns()
	for b.focus.ID() != "other" {
		b.press("tab")
	}
	b.press("6")
	b.readRuns()
	b.shows("1 of 1,000 seen")
	for b.focus.ID() != "demo-reference" {
		b.press("tab")
	}
	b.readRuns()
	b.shows("3 of 1,000 seen")
	if b.under() != guid {
		t.Errorf("back on the run, the cursor is on %s, want %s", b.under(), guid)
	}
}

// A truth that cannot be read is reported.
func TestTriageWithAnUnreadableTruth(t *testing.T) {
	b := newBench(t, 120, 40, func(o *Options) {
		o.Truth = func(rundir.Dir, *datamap.Map) (Truth, error) { return Truth{}, errors.New("no column verity") }
	})
	reference := b.train("demo-reference", rundir.Reference, "", nil)
	reference.Train(400)
	defer reference.Die()
	b.readRuns()
	b.press("6")
	b.shows("the true labels are not known: no column verity")
}

// Each judgement takes one key, and goes to the next suspect without a mark.
func TestTriageJudges(t *testing.T) {
	b := triaging(t, 120, 40)
	guids := b.ranked("corner")
	at := func(place int) {
		t.Helper()
		if b.under() != guids[place] || b.triage.at != place {
			t.Fatalf("the cursor is on %s at place %d, want %s at %d", b.under(), b.triage.at, guids[place], place)
		}
	}
	at(0)
	b.press("y")
	if got := b.marked(guids[0]); got.Mark != marks.Keep {
		t.Errorf("y: got %+v", got)
	}
	at(1)
	b.shows(guids[0]+" on reference: its label is right", "2 of 1,000 seen, 1 marked")
	b.press("x")
	if got := b.marked(guids[1]); got.Mark != marks.Exclude {
		t.Errorf("x: got %+v", got)
	}
	at(2)
	suspect, _ := b.triage.current()
	label := b.labels()[suspect.Suggested]
	b.press("r")
	b.shows("relabel "+guids[2]+": r "+label+" (suggested)", "1 "+b.labels()[0])
	b.press("r")
	if got := b.marked(guids[2]); got.Mark != marks.Relabel || got.Label != label {
		t.Errorf("r r: got %+v, want relabelled %s", got, label)
	}
	at(3)
	b.press("r", "2")
	if got := b.marked(guids[3]); got.Label != b.labels()[1] {
		t.Errorf("r 2: got %+v, want relabelled %s", got, b.labels()[1])
	}
	at(4)
	b.press("r", "esc")
	at(4)
	b.press("n")
	b.typeText("odd")
	b.press("enter")
	if got := b.marked(guids[4]); got != (marks.State{Note: "odd"}) {
		t.Errorf("n: got %+v", got)
	}
	at(4)
	b.shows("5 of 1,000 seen, 4 marked")
	b.press("g")
	at(0)
	b.press("space")
	at(4)
	b.press("up", "up", "y") // judged before: to the next one without a mark
	at(4)
	b.press("up", "up", "c")
	if got := b.marked(guids[2]); got != (marks.State{}) {
		t.Errorf("c: got %+v", got)
	}
	at(2)
}

// Undo goes back to the suspect whose mark it takes back, and redo forwards again.
func TestTriageUndo(t *testing.T) {
	b := triaging(t, 80, 24)
	guids := b.ranked("corner")
	b.press("x", "y", "u")
	if got := b.marked(guids[1]); got != (marks.State{}) || b.under() != guids[1] {
		t.Errorf("u: %s is %+v, and the cursor on %s", guids[1], got, b.under())
	}
	b.shows(guids[1])
	b.press("u")
	if got := b.marked(guids[0]); got != (marks.State{}) || b.under() != guids[0] || b.triage.at != 0 {
		t.Errorf("u u: %s is %+v, and the cursor on %s", guids[0], got, b.under())
	}
	b.ctrl('r')
	if got := b.marked(guids[0]); got.Mark != marks.Exclude {
		t.Errorf("ctrl+r: got %+v", got)
	}
}

// The methods are those of ftft triage, in its order.
func TestTriageMethods(t *testing.T) {
	b := triaging(t, 120, 40)
	for _, way := range datamap.Triages {
		guids := b.ranked(way.Name)
		b.shows("Triage by " + way.Name)
		if len(guids) == 0 {
			b.shows(way.Name + " suspects no label")
			b.press("o")
			continue
		}
		if b.under() != guids[0] {
			t.Errorf("%s: the cursor is on %s, want %s", way.Name, b.under(), guids[0])
		}
		suspect, _ := b.triage.current()
		reason := b.dataMap().Reason(way, suspect, b.triage.labelOf)
		b.shows(reason[:40])
		commands := b.Commands()
		if want := []string{"triage", "demo-reference", "--by", way.Name, "--top", "20"}; !slices.Equal(commands[0].Args[:6], want) {
			t.Errorf("the command is %v, want %v", commands[0].Args, want)
		}
		b.press("O")
		if b.under() != guids[len(guids)-1] {
			t.Errorf("%s reversed: the cursor is on %s, want %s", way.Name, b.under(), guids[len(guids)-1])
		}
		b.press("O", "o")
	}
	b.shows("Triage by corner")
	b.press("4", "6")
	b.golden("triage-hints-120x40")
}

// The precision is that of the suspects seen, by the truth, and a jump to the end sees none of those between.
func TestTriagePrecision(t *testing.T) {
	b := triaging(t, 120, 40)
	guids := b.ranked("corner")
	for range 19 {
		b.press("down")
	}
	wrong := 0
	for _, guid := range guids[:20] {
		if slices.Index(b.dataMap().GUIDs, guid)%10 == 0 {
			wrong++
		}
	}
	b.shows(fmt.Sprintf("precision by column flipped: %d of 20 seen labels are wrong (", wrong), "of all, 10 %")
	b.press("end")
	b.shows("20 of 1,000 seen")
	for range 2 {
		if strings.Contains(b.shown(), "flipped no") || strings.Contains(b.shown(), "flipped: no") {
			t.Errorf("the column that has the truth is shown:\n%s", b.shown())
		}
		b.press("i")
	}
	explained := map[string]view.Explained{}
	_, items := b.triage.explain()
	for _, item := range items {
		explained[item.Name] = item
	}
	if got := explained["precision"].Formula; !strings.Contains(got, "The column flipped of the data says which labels are wrong") {
		t.Errorf("precision is explained as %q", got)
	}
	if got := explained["suspects"].Formula; !strings.Contains(got, "no cut-off") {
		t.Errorf("the suspects are explained as %q", got)
	}
	b.options.Truth = nil
	b.triage.truth.forget()
	b.press("home")
	b.shows("ranked by √(confidence² + variability²)")
}

// An example that no epoch predicts correctly has words instead of the values that stand for "never".
func TestNeverIsInWords(t *testing.T) {
	b := triaging(t, 120, 40)
	explained := map[string]view.Explained{}
	_, items := b.triage.explain()
	for _, item := range items {
		explained[item.Name] = item
	}
	for name, want := range map[string][2]string{
		"forgetfulness": {"never learnt", "= never learnt (1000 in files and rules)"},
		"first learnt":  {"not yet", "= not yet (4 in files and rules)"},
		"last correct":  {"never", "= never (-1 in files and rules)"},
	} {
		if got := explained[name]; got.Value != want[0] || !strings.HasSuffix(got.Numbers, want[1]) {
			t.Errorf("%s is %q: %q, want %q", name, got.Value, got.Numbers, want)
		}
	}
	b.press("3")
	for metric, want := range map[string]string{"forgetfulness": " never learnt ", "first_learnt": " not yet ", "last_correct": " never "} {
		to := b.sel.Criteria
		to.Whole, b.sel.Sorting.By, b.sel.Sorting.Reversed = true, metric, false
		b.execute(b.change(to))
		b.execute(b.choose())
		if !strings.Contains(b.shown(), want) {
			b.press("O")
		}
		b.shows(want)
	}
}

// The cursor stays on its example on other screens and in the reader, and the place is kept between sessions.
func TestTriageKeepsItsPlace(t *testing.T) {
	b := triaging(t, 120, 40)
	b.press("o", "down", "down", "down")
	guid := b.under()
	if want := b.ranked("aum")[3]; guid != want {
		t.Fatalf("the cursor is on %s, want %s", guid, want)
	}
	b.press("i")
	b.shows("Reading " + guid)
	b.press("i", "1")
	if b.under() != guid {
		t.Errorf("on the map, the cursor is on %s, want %s", b.under(), guid)
	}
	b.press("down", "6")
	if b.under() != guid {
		t.Errorf("back on Triage, the cursor is on %s, want %s", b.under(), guid)
	}
	b.execute(b.remember.write())
	again := b.reopen()
	again.shows("Triage by aum", "4 of 1,000 seen")
	if again.under() != guid {
		t.Errorf("in the next session, the cursor is on %s, want %s", again.under(), guid)
	}
}

// Sources without texts, and those without logits.
func TestTriageOfImportedDynamics(t *testing.T) {
	b := imported(t, 80, 24, true)
	b.press("6")
	b.shows("Triage by corner", "1 of 300 seen", "This source has no texts.")
	b.press("y")
	b.shows("no folder to keep marks in")
	b = imported(t, 80, 24, false)
	b.press("6", "y", "r", "x", "n", "space", "end", "o", "O", "i", "e", "=")
	b.press("=", "e", "i")
	b.shows("needs logits, and this source has only summaries")
}

func TestTriageMouse(t *testing.T) {
	b := triaging(t, 120, 40)
	b.send(tea.MouseClickMsg{X: 5, Y: b.paneTop() + 3 + 7, Button: tea.MouseLeft})
	if b.triage.at != 7 {
		t.Errorf("a click on row 7: place %d", b.triage.at)
	}
	b.send(tea.MouseWheelMsg{Button: tea.MouseWheelUp})
	if b.triage.at != 6 {
		t.Errorf("the wheel: place %d", b.triage.at)
	}
	b.send(tea.MouseClickMsg{X: 80, Y: b.paneTop() + 3 + 9, Button: tea.MouseLeft})
	if b.triage.at != 6 {
		t.Errorf("a click beside the list: place %d", b.triage.at)
	}
}

// On a narrow screen the suspects around the cursor stand in the lines that the example leaves, and a click goes to one.
func TestTriageListBelow(t *testing.T) {
	b := triaging(t, 80, 24)
	b.press("down", "down")
	guids := b.ranked("corner")
	b.shows(guids[1]+"        0.", guids[2]+"        0.", guids[3]+"        0.")
	for y, line := range strings.Split(b.shown(), "\n") {
		if strings.Contains(line, guids[3]) {
			b.send(tea.MouseClickMsg{X: 5, Y: y, Button: tea.MouseLeft})
			break
		}
	}
	if b.triage.at != 3 {
		t.Errorf("a click on the suspect after the cursor goes to place %d", b.triage.at)
	}
	b.press("end")
	b.shows(guids[998]+"        ", guids[999])
	b.send(tea.MouseClickMsg{X: 5, Y: b.paneTop() + 2, Button: tea.MouseLeft}) // the example
	if b.triage.at != 999 {
		t.Errorf("a click on the example goes to place %d", b.triage.at)
	}
}
