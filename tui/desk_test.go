package tui

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/datamap/disk"
	"ftft/datamap/marks"
	"ftft/train/rundir"
	"ftft/tui/view"
)

// atWork is a workbench on a reference that has ended: 1,000 examples, 4 epochs.
func atWork(t *testing.T, w, h int) *bench {
	t.Helper()
	b := newBench(t, w, h, nil)
	reference := b.train("demo-reference", rundir.Reference, "", nil)
	reference.Train(400)
	reference.Finish(rundir.Finish{Status: rundir.Complete})
	b.look()
	return b
}

// enter types a text.
func (b *bench) enter(text string) {
	b.t.Helper()
	for _, r := range text {
		b.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

func (b *bench) control(letter rune) { b.send(tea.KeyPressMsg{Code: letter, Mod: tea.ModCtrl}) }

// want counts what a condition holds of.
func (b *bench) want(holds func(m *datamap.Map, i int) bool) (n int) {
	m := b.seen().Map
	for i := range m.Len() {
		if holds(m, i) {
			n++
		}
	}
	return n
}

func TestARuleIsTheSelection(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		b := atWork(t, size[0], size[1])
		b.press(":")
		b.enter("variability > 0.2 && confidence < 0.7")
		n := b.want(func(m *datamap.Map, i int) bool { return m.Variability[i] > 0.2 && m.Confidence[i] < 0.7 })
		b.shows(fmt.Sprintf("%d of 1,000 examples · enter takes them", n))
		b.golden(fmt.Sprintf("rule-prompt-%dx%d", size[0], size[1]))
		b.press("enter")
		if b.choice.count != n || len(b.choice.list) != n {
			t.Fatalf("%d selected, %d listed, want %d", b.choice.count, len(b.choice.list), n)
		}
		b.golden(fmt.Sprintf("rule-%dx%d", size[0], size[1]))
		b.press("enter", "enter")
		if len(b.actions.asked) != 1 || !strings.HasPrefix(b.actions.asked[0], `rows demo demo-reference rule "variability > 0.2 && confidence < 0.7" [`) {
			t.Fatalf("asked %.200q", b.actions.asked)
		}
		selection := b.rows(b.runs()[0])
		if selection.Count != n || selection.Check() != nil || selection.Hash == "" {
			t.Errorf("the selection: %+v", selection)
		}
		for _, row := range selection.Rows {
			if m := b.seen().Map; m.Variability[row] <= 0.2 || m.Confidence[row] >= 0.7 {
				t.Errorf("row %d is trained on", row)
			}
		}
		b.press("s") // a third of what the rule matches, by the strategy
		if want := datamap.Count(n, 0.33); b.choice.count != want {
			t.Errorf("%d of the rule's, want %d", b.choice.count, want)
		}
		b.press("u", "u")
		if b.choice.count != 330 || b.choice.rule != "" {
			t.Errorf("undone: %d by %q", b.choice.count, b.choice.rule)
		}
		b.control('r')
		if b.choice.count != n {
			t.Errorf("redone: %d", b.choice.count)
		}
		b.press("esc")
		if b.choice.count != 330 {
			t.Errorf("esc: %d", b.choice.count)
		}
	}
}

func TestARuleIsTyped(t *testing.T) {
	b := atWork(t, 80, 24)
	b.press(":")
	b.enter("variability > 0.2 && confdence < 1")
	lines := strings.Split(b.text(), "\n")
	caret := strings.Index(lines[23], "^")
	if at := strings.Index(lines[22], "confdence"); caret < 0 || at != caret && !strings.HasSuffix(strings.TrimSpace(lines[23]), "^") || !strings.Contains(lines[23], "did you mean confidence?") {
		t.Errorf("the error is not under its place:\n%s\n%s", lines[22], lines[23])
	}
	b.press("enter") // is not taken
	if b.desk.prompt == nil || b.choice.rule != "" {
		t.Error("a wrong rule is taken")
	}
	b.control('u')
	b.enter("confi")
	b.press("tab")
	b.enter(" < 0.3")
	if got := b.desk.prompt.String(); got != "confidence < 0.3" {
		t.Errorf("completed: %q", got)
	}
	b.press("enter", ":")
	b.control('u')
	b.enter("flips > 1")
	b.press("enter", ":")
	b.control('u')
	b.press("up", "up")
	if got := b.desk.prompt.String(); got != "confidence < 0.3" {
		t.Errorf("two rules back: %q", got)
	}
	b.press("down")
	if got := b.desk.prompt.String(); got != "flips > 1" {
		t.Errorf("one rule back: %q", got)
	}
	b.press("esc")
	again := New(b.options)
	if past, err := again.history(rulePrompt).read(); err != nil || !slices.Equal(past, []string{"confidence < 0.3", "flips > 1"}) {
		t.Errorf("kept: %q, %v", past, err)
	}
	b.press(":")
	b.send(tea.PasteMsg{Content: "\x1b[31m\x00é"})
	b.shows("é")
	if strings.ContainsAny(b.desk.prompt.String(), "\x1b\x00") {
		t.Error("what is pasted reaches the terminal")
	}
}

func TestSearch(t *testing.T) {
	b := atWork(t, 120, 40)
	b.press("/")
	b.enter("PREMISE 35") // 35 and 350 to 359
	b.shows("11 matches")
	b.press("enter")
	b.shows("● found")
	seen := map[int32]bool{}
	listed := true
	for range 11 {
		index, ok := b.under()
		if !ok || !strings.HasPrefix(fmt.Sprint(b.seen().Map.Rows[index]), "35") || seen[index] {
			t.Fatalf("at %d", index)
		}
		if listed = listed && b.desk.search.astray < 0; !listed {
			b.shows("not in the list")
		}
		seen[index] = true
		b.press("n")
	}
	b.press("N")
	b.press("3")
	b.golden("search-120x40")
	b.press("esc")
	if b.desk.search.text != "" || strings.Contains(b.text(), "●") {
		t.Error("esc does not clear the search")
	}
	b.press("/")
	b.enter("ex-00007") // a guid
	b.shows("1 match")
	b.press("esc", "n")
	b.shows("Nothing is searched for")
}

func TestBrushByKeys(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		b := atWork(t, size[0], size[1])
		b.text()
		b.press("down", "down")
		before := b.choice.pick
		cursor, _ := b.under()
		b.press("v", "v", "h", "h", "h", "H", "j", "k", "K", "l")
		b.golden(fmt.Sprintf("brush-%dx%d", size[0], size[1]))
		area := b.areaOf(*b.desk.brush.box)
		n := b.want(func(m *datamap.Map, i int) bool {
			return m.Variability[i] >= area.variability[0] && m.Variability[i] < area.variability[1] && m.Confidence[i] >= area.confidence[0] && m.Confidence[i] < area.confidence[1]
		})
		b.press("enter", "3")
		if len(b.choice.list) != n || n == 0 {
			t.Errorf("%d listed, want %d", len(b.choice.list), n)
		}
		if in, err := b.desk.rules.columns.match(b.choice.rule); err != nil || !slices.Equal(in, b.desk.rules.matched[b.choice.rule].in) {
			t.Errorf("the rectangle holds something else than its rule %s, %v", b.choice.rule, err)
		}
		b.press("down", "1")
		b.golden(fmt.Sprintf("brushed-%dx%d", size[0], size[1]))
		b.press("esc")
		if b.choice.pick != before || b.choice.count != 330 {
			t.Errorf("esc: %+v", b.choice.pick)
		}
		b.choice.cursor = slices.Index(b.choice.list, cursor)
		if b.choice.cursor < 0 {
			t.Error("the example is gone")
		}
		b.press("v", "esc")
		if b.desk.brush.box != nil {
			t.Error("esc does not leave the brush")
		}
	}
}

// The rectangle's cells show exactly the points that its area holds, wherever it lies.
func TestTheBrushHoldsWhatItsCellsShow(t *testing.T) {
	b := atWork(t, 120, 40)
	b.text()
	w, h := b.dataMap.Size()
	for _, box := range []view.Box{{X0: 0, Y0: 0, X1: w - 1, Y1: h - 1}, {X0: 10, Y0: 5, X1: 30, Y1: 12}, {X0: 40, Y0: h - 1, X1: 12, Y1: 3}, {X0: 7, Y0: 7, X1: 7, Y1: 7}} {
		left, right, top, bottom := min(box.X0, box.X1), max(box.X0, box.X1), min(box.Y0, box.Y1), max(box.Y0, box.Y1)
		shown := 0
		for _, p := range b.seen().Points {
			if x, y := b.dataMap.CellOf(p); x >= left && x <= right && y >= top && y <= bottom {
				shown++
			}
		}
		if held := b.areaOf(box).match(b.seen().Map).count; held < shown-1 || held > shown+1 { // bounds are rounded to four places
			t.Errorf("%+v: %d points are shown, %d held", box, shown, held)
		}
	}
}

func TestMouseOnTheMap(t *testing.T) {
	b := atWork(t, 120, 40)
	b.text()
	column, _ := b.dataMap.ThresholdCell()
	at := func(x, y int) tea.Mouse { return tea.Mouse{X: x + 5, Y: y + 1 + b.paneTop(), Button: tea.MouseLeft} }
	b.send(tea.MouseClickMsg(at(column, 10)))
	for step := range 5 {
		b.send(tea.MouseMotionMsg(at(column+step, 10)))
	}
	b.send(tea.MouseReleaseMsg(at(column+4, 10)))
	value, _ := b.dataMap.Value(column+4, 10)
	n := b.want(func(m *datamap.Map, i int) bool { return m.Variability[i] >= value })
	if b.choice.count != n || n >= 330 || b.choice.count != datamap.Count(1000, b.choice.fraction) {
		t.Errorf("pulled to %d (%g), want %d", b.choice.count, b.choice.fraction, n)
	}
	b.press("u")
	if b.choice.count != 330 || len(b.choice.past) != 0 {
		t.Errorf("one undo leaves %d", b.choice.count)
	}
	b.send(tea.MouseClickMsg(at(5, 2)))
	b.send(tea.MouseMotionMsg(at(20, 12)))
	b.shows("examples  variability >=")
	b.send(tea.MouseReleaseMsg(at(20, 12)))
	if !b.choice.brushed || b.choice.count == 0 {
		t.Errorf("brushed %d", b.choice.count)
	}
	b.send(tea.MouseClickMsg{X: 5, Y: 5, Button: tea.MouseRight})
	if b.choice.brushed || b.choice.count != 330 {
		t.Errorf("the right button leaves %d", b.choice.count)
	}
	b.send(tea.MouseClickMsg(at(60, 15)))
	b.send(tea.MouseReleaseMsg(at(60, 15)))
	index, _ := b.under()
	if x, _ := b.dataMap.CellOf(b.seen().Points[index]); x < 50 {
		t.Errorf("a click goes to column %d", x)
	}
	b.press("3")
	b.send(tea.MouseClickMsg{X: 5, Y: b.paneTop() + 2 + 3, Button: tea.MouseLeft})
	first, _ := b.inView()
	if b.choice.cursor < first {
		t.Errorf("at %d", b.choice.cursor)
	}
	b.send(tea.MouseWheelMsg{X: 5, Y: 9, Button: tea.MouseWheelDown})
}

func TestTheListIsSortedByAnyMetric(t *testing.T) {
	b := atWork(t, 120, 40)
	b.press("3")
	selected := slices.Sorted(slices.Values(b.choice.list))
	m := b.seen().Map
	for _, metric := range datamap.Metrics {
		b.press("o")
		b.shows("by " + metric.Name)
		values := m.Values(metric)
		for _, reversed := range []bool{false, true} {
			if !slices.Equal(slices.Sorted(slices.Values(b.choice.list)), selected) {
				t.Fatalf("%s: other examples are listed", metric.Name)
			}
			if !slices.IsSortedFunc(b.choice.list, func(i, j int32) int {
				if reversed {
					i, j = j, i
				}
				return int(math.Copysign(1, values[j]-values[i])) * min(1, int(math.Ceil(math.Abs(values[j]-values[i]))))
			}) {
				t.Errorf("not sorted by %s, reversed %v", metric.Name, reversed)
			}
			b.press("O")
		}
	}
	b.press("o")
	b.shows("by ambiguous")
	b.press("f")
	b.shows("label entailment")
	if n := b.choice.chosen[0]; len(b.choice.list) != n || b.choice.count != 330 {
		t.Errorf("%d listed, want %d", len(b.choice.list), n)
	}
	b.press("|")
	b.enter("correctness >= 2")
	b.press("enter")
	n := 0
	for _, index := range selected {
		if m.Gold[index] == 0 && m.Correctness[index] >= 2 {
			n++
		}
	}
	if len(b.choice.list) != n || n == 0 {
		t.Errorf("%d listed by label and rule, want %d", len(b.choice.list), n)
	}
	b.golden("list-120x40")
	b.press("u", "u")
	if len(b.choice.list) != 330 {
		t.Errorf("undone: %d", len(b.choice.list))
	}
}

func TestEarlierEpochs(t *testing.T) {
	b := atWork(t, 120, 40)
	b.press(",")
	b.shows("after epoch 3 of 4", "○ before")
	b.golden("scrub-120x40")
	b.press(",")
	b.shows("after epoch 2 of 4")
	m := b.seen().Map
	for epochs := 2; epochs <= 4; epochs++ {
		part, err := m.Between(0, epochs)
		if err != nil {
			t.Fatal(err)
		}
		for i := int32(0); i < 1000; i += 37 {
			if p := placed(m, i, epochs); math.Abs(float64(p.Variability)-part.Variability[i]) > 1e-6 || math.Abs(float64(p.Confidence)-part.Confidence[i]) > 1e-6 {
				t.Errorf("after %d epochs example %d is at %v, want %v %v", epochs, i, p, part.Variability[i], part.Confidence[i])
			}
		}
	}
	if got := b.mapped(); got == b.seen() || len(got.Points) != 1000 {
		t.Error("the map is the newest one")
	}
	b.press(",", ".", ".")
	if b.desk.scrub.after != 0 {
		t.Errorf("after %d", b.desk.scrub.after)
	}
	b.press("<")
	b.shows("after epoch 2 of 4")
	b.press(">")
	b.shows("1,000 examples · 4 epochs")
}

func TestMarks(t *testing.T) {
	b := atWork(t, 120, 40)
	index, _ := b.under()
	guid := b.seen().Map.GUIDs[index]
	dir := string(b.focus)
	state := func() marks.State {
		set, err := marks.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		return set[guid]
	}
	b.press("m")
	if got := state(); got.Mark != marks.Keep {
		t.Errorf("marked %+v", got)
	}
	b.shows("the label is right", "ftft correct demo-reference")
	b.press("m")
	if got := state(); got != (marks.State{}) {
		t.Errorf("taken back: %+v", got)
	}
	b.press("l", "2")
	if got := state(); got.Mark != marks.Relabel || got.Label != b.labels()[1] {
		t.Errorf("relabelled %+v", got)
	}
	b.press("i")
	b.enter("why?")
	b.press("enter")
	if got := state(); got.Mark != marks.Relabel || got.Note != "why?" {
		t.Errorf("noted %+v", got)
	}
	b.shows("relabelled neutral · why?")
	b.press("3", "F")
	if len(b.choice.list) != 1 || b.choice.list[0] != index {
		t.Errorf("marked ones listed: %v", b.choice.list)
	}
	b.golden("marks-120x40")
	b.press("F")
	b.choice.cursor = 0
	b.press("d")
	if got := state(); got.Mark != marks.Exclude {
		t.Errorf("excluded %+v", got)
	}
	if slices.Contains(b.choice.list, index) || b.choice.count != datamap.Count(999, 0.33) {
		t.Errorf("%d selected, the excluded one among them: %v", b.choice.count, slices.Contains(b.choice.list, index))
	}
	b.press("1")
	b.shows("1 excluded")
	chosen, err := b.seen().Map.Choose(datamap.Choice{Strategy: datamap.Ambiguous, Fraction: 0.33, Pool: first(mustRead(t, dir).Pool(b.seen().Map.GUIDs))})
	if err != nil || len(chosen) != b.choice.count {
		t.Errorf("the command selects %d, %v", len(chosen), err)
	}
	for _, i := range chosen {
		if !slices.Contains(b.choice.order[:b.choice.count], int32(i)) {
			t.Errorf("the command selects %d, the screen does not", i)
		}
	}
}

func first[A, B any](a A, _ B) A { return a }

func mustRead(t *testing.T, dir string) marks.Set {
	set, err := marks.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestPalette(t *testing.T) {
	b := atWork(t, 80, 24)
	b.control('p')
	b.golden("palette-80x24")
	b.enter("5 points more")
	b.press("enter")
	if b.choice.count != 380 {
		t.Errorf("%d selected", b.choice.count)
	}
	b.control('p')
	b.enter("crsshr lft") // of another screen
	b.press("enter")
	if b.screen != curvesScreen || !b.lines.Crossed {
		t.Errorf("on %d", b.screen)
	}
	b.control('p')
	b.enter("no such thing at all")
	b.shows("Nothing is called that.")
	b.press("enter")
	if b.desk.palette != nil {
		t.Error("the palette stays")
	}
}

func TestTheViewIsKept(t *testing.T) {
	b := atWork(t, 120, 40)
	b.press(":")
	b.enter("confidence < 0.8")
	b.press("enter", "3", "o", "o", "O", "f", "down", "down", "down")
	b.send(save{})
	b.message = ""
	left := b.text()
	options := b.options
	options.Feed = nil
	again := &bench{t: t, App: New(options), study: b.study, actions: b.actions}
	again.desk.memory.rest = 0
	again.send(tea.WindowSizeMsg{Width: 120, Height: 40})
	again.look()
	again.carryOut(again.lookAround())
	again.stale = true
	if got := again.text(); got != left {
		t.Errorf("who comes back sees\n%s\nwhere there was\n%s", got, left)
	}
	var k kept
	text, err := os.ReadFile(b.focus.View())
	if err != nil || json.Unmarshal(text, &k) != nil || k.Sort != "variability" || k.Label != "entailment" {
		t.Errorf("view.json holds %s, %v", text, err)
	}
	if err := disk.WriteFile(b.focus.View(), []byte("{")); err != nil {
		t.Fatal(err)
	}
	again = &bench{t: t, App: New(options), study: b.study, actions: b.actions}
	again.send(tea.WindowSizeMsg{Width: 120, Height: 40})
	again.look()
	again.carryOut(again.lookAround())
	again.stale = true
	again.shows("view.json is left aside")
	if again.choice.count != 330 {
		t.Errorf("%d selected", again.choice.count)
	}
}

func TestHelpHasPages(t *testing.T) {
	b := atWork(t, 80, 24)
	b.press("?")
	all := ""
	for range b.helpPages() {
		all += b.text()
		b.press("down")
	}
	for _, binding := range keys() {
		if !strings.Contains(all, binding.help[:min(len(binding.help), 40)]) {
			t.Errorf("no page tells of %q", binding.help)
		}
	}
	if !b.helping {
		t.Error("help has gone")
	}
	b.press("esc")
	if b.helping {
		t.Error("help stays")
	}
}
