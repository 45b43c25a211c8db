package tui

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"ftft/configs"
	"ftft/datamap"
	"ftft/datamap/marks"
	"ftft/datamap/rule"
	"ftft/internal/disk"
	"ftft/train/cost"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/train/watch/watchtest"
)

var update = flag.Bool("update", false, "write testdata's screens anew")

// recorder takes down what the workbench asks for.
type recorder struct {
	asked []string
	err   error
}

func (r *recorder) Launch(study rundir.StudyDir, o rundir.Launch) error {
	what := fmt.Sprintf("launch %s %s %s %v seed %d", study.ID(), o.Arm, o.Strategy, o.Fraction, o.Seed)
	if s := o.Selection; s != nil {
		what = fmt.Sprintf("rows %s %s %s %q %v", study.ID(), s.Source, s.Strategy, s.Rule, s.Rows)
	}
	r.asked = append(r.asked, what)
	return r.err
}

func (r *recorder) Forecast(_ rundir.StudyDir, o rundir.Launch) (cost.Forecast, error) {
	return cost.Forecast{Runs: []string{"demo-" + string(o.Arm)}, Changes: []configs.Change{{Key: "arms.run", From: `["erm"]`, To: fmt.Sprintf("[%q]", o.Arm)}}, Examples: 330,
		Steps: 400, FLOPs: 1.5e12, Time: 40 * time.Second, By: "demo-reference", Memory: 700 << 20, FreeMemory: 3 << 30, Disk: 900 << 20, FreeDisk: 800 << 20, Ahead: 1}, r.err
}

func (r *recorder) Stop(run rundir.Dir) error {
	r.asked = append(r.asked, "stop "+run.ID())
	return r.err
}

func (r *recorder) Ask(run rundir.Dir, action string) (string, error) {
	r.asked = append(r.asked, action+" "+run.ID())
	return "done: " + action, r.err
}

func (r *recorder) Resume(run rundir.Dir) (string, error) {
	r.asked = append(r.asked, "resume "+run.ID())
	return "goes on", r.err
}

// bench is a workbench on a simulated study.
type bench struct {
	*App
	t       *testing.T
	study   rundir.StudyDir
	actions *recorder
}

func newBench(t *testing.T, w, h int, change func(*Options)) *bench {
	t.Helper()
	b := &bench{t: t, study: rundir.StudyDir(filepath.Join(t.TempDir(), "demo")), actions: &recorder{}}
	if err := os.Mkdir(string(b.study), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := b.study.WriteStudy(rundir.Study{Name: "demo", State: rundir.Pending, Created: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Runs: []rundir.StudyRun{
		{ID: "demo-reference", Role: rundir.Reference, Seed: 1}, {ID: "demo-ftft", Role: rundir.Main, Arm: rundir.FTFT, Seed: 1},
	}}); err != nil {
		t.Fatal(err)
	}
	options := Options{Root: filepath.Dir(string(b.study)), Actions: b.actions, Columns: measures, Texts: func(_ rundir.Dir, row int) (Example, error) {
		return Example{Text: fmt.Sprintf("Premise %d says\x1b[31m something.", row), TextPair: "The hypothesis denies it.", Meta: map[string]string{"flipped": "no"}}, nil
	}}
	if change != nil {
		change(&options)
	}
	b.App = New(options)
	b.remember.rest, b.frame = 0, 0
	b.send(tea.WindowSizeMsg{Width: w, Height: h})
	return b
}

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

// lecture is a workbench on a study that has ended: a reference, and an ftft run that early stopping ended; and on
// two more seeds of another's erm.
func lecture(t *testing.T, w, h int) *bench {
	t.Helper()
	b := newBench(t, w, h, nil)
	config, err := configs.Load("../testdata/tiny/tiny.toml")
	if err != nil {
		t.Fatal(err)
	}
	write := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	finish := func(run *watchtest.Writer, finish rundir.Finish) {
		write(disk.WriteFile(run.Dir.Config(), config.TOML()))
		for _, set := range []string{"validation", "plain", "against"} {
			write(rundir.WriteExamples(run.Dir.EvalExamples(set), []rundir.ExampleRecord{{GUID: "a"}, {Row: 1, GUID: "b", Gold: 1}}))
		}
		finish.Status = rundir.Complete
		run.Finish(finish)
	}
	reference := b.train("demo-reference", rundir.Reference, "", nil)
	reference.Train(400)
	finish(reference, rundir.Finish{})
	rows := make([]int, 330)
	for i := range rows {
		rows[i] = 3 * i
	}
	ftft := b.train("demo-ftft", rundir.Main, rundir.FTFT, rows)
	ftft.Train(250)
	finish(ftft, rundir.Finish{StoppedEarly: true, BestStep: 150})
	for seed := range int64(2) {
		erm := watchtest.New(rundir.Dir(filepath.Join(filepath.Dir(string(b.study)), fmt.Sprint("erm-", seed+1))), watchtest.Plan{Manifest: rundir.Manifest{Role: rundir.Main, Arm: rundir.ERM, Seed: seed + 1,
			Created: time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)}, Examples: 1000, BatchSize: 10, Steps: 400, Evaluate: 8, Speed: 0.4 + float64(seed)})
		erm.Train(400)
		finish(erm, rundir.Finish{})
	}
	b.look()
	return b
}

// given is a workbench on measures that somebody else's file holds, without logits or labels.
func given(t *testing.T, w, h int, labels bool) *bench {
	t.Helper()
	const n = 300
	var m *datamap.Map
	var err error
	if labels {
		in := datamap.Input{Classes: 2, Epochs: [][]float32{make([]float32, 2*n), make([]float32, 2*n)}}
		for i := range n {
			in.GUIDs, in.Gold = append(in.GUIDs, fmt.Sprint("g", i)), append(in.Gold, int32(i%2))
			in.Epochs[0][2*i], in.Epochs[1][2*i] = float32(math.Sin(float64(i))), float32(2*math.Cos(float64(i)))
		}
		m, err = datamap.New(in, datamap.Options{})
	} else {
		g := datamap.Measures{}
		for i := range n {
			x := float64(i) / n
			g.GUIDs = append(g.GUIDs, fmt.Sprint("g", i))
			g.Confidence, g.Variability = append(g.Confidence, x), append(g.Variability, math.Sqrt(x*(1-x))*0.9)
		}
		m, err = datamap.NewFromMeasures(g)
	}
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, App: New(Options{Feed: watch.Of("theirs", m, 1)})}
	b.send(tea.WindowSizeMsg{Width: w, Height: h})
	b.look()
	b.look()
	return b
}

// measures are the columns that a map has on its own.
func measures(_ rundir.Dir, m *datamap.Map, _ marks.Set) rule.Table {
	t := rule.Table{GUIDs: m.GUIDs, Names: []string{"guid"}}
	for _, metric := range datamap.Metrics {
		if m.Check(metric) == nil {
			t.Names = append(t.Names, metric.Name)
		}
	}
	slices.Sort(t.Names)
	t.Column = func(name string) (rule.Column, error) {
		if name == "guid" {
			return rule.Column{Texts: m.GUIDs}, nil
		}
		metric, err := datamap.FindMetric(name)
		if err != nil {
			return rule.Column{}, err
		}
		return rule.Column{Numbers: m.Values(metric)}, nil
	}
	return t
}

// train begins one of the study's runs.
func (b *bench) train(id, role string, arm rundir.Arm, rows []int) *watchtest.Writer {
	return watchtest.New(b.study.Run(id), watchtest.Plan{Manifest: rundir.Manifest{Role: role, Arm: arm, Study: "demo", Seed: 1}, Examples: 1000, Rows: rows,
		BatchSize: 10, Steps: 400, Evaluate: 8, Speed: 1})
}

// send gives the model a message and carries out what it commands.
func (b *bench) send(msg tea.Msg) {
	b.t.Helper()
	if _, cmd := b.Update(msg); cmd != nil {
		b.carryOut(cmd)
	}
}

func (b *bench) carryOut(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, cmd := range msg {
			b.carryOut(cmd)
		}
	case tea.QuitMsg, nil:
	default:
		b.send(msg)
	}
}

// look polls as often as it takes to open the newest run and take in what is new.
func (b *bench) look() {
	b.t.Helper()
	for range 3 {
		time.Sleep(10 * time.Millisecond) // the feed lets the training rest between two pictures
		b.pollOnce()
	}
	b.stale = true
}

// pollOnce takes in what is new, and carries out what the screens then ask for.
func (b *bench) pollOnce() {
	b.t.Helper()
	cmd, _ := b.takeSnapshot(b.feed.Poll(b.focus))
	b.carryOut(cmd)
	b.carryOut(b.refresh())
}

func (b *bench) press(keys ...string) {
	b.t.Helper()
	special := map[string]tea.KeyPressMsg{"enter": {Code: tea.KeyEnter}, "tab": {Code: tea.KeyTab}, "shift+tab": {Code: tea.KeyTab, Mod: tea.ModShift}, "down": {Code: tea.KeyDown}, "end": {Code: tea.KeyEnd},
		"up": {Code: tea.KeyUp}, "esc": {Code: tea.KeyEscape}, "space": {Code: tea.KeySpace, Text: " "}, "ctrl+u": {Code: 'u', Mod: tea.ModCtrl}, "backspace": {Code: tea.KeyBackspace}, "ctrl+y": {Code: 'y', Mod: tea.ModCtrl}, "ctrl+t": {Code: 't', Mod: tea.ModCtrl}}
	for _, key := range keys {
		msg, isSpecial := special[key]
		if !isSpecial {
			msg = tea.KeyPressMsg{Code: []rune(key)[0], Text: key}
		}
		b.send(msg)
	}
}

func (b *bench) control(letter rune) { b.send(tea.KeyPressMsg{Code: letter, Mod: tea.ModCtrl}) }

// enter types a text.
func (b *bench) enter(text string) {
	b.t.Helper()
	for _, r := range text {
		b.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

// keyOf is the message of a key as the table names it.
func keyOf(name string) tea.KeyPressMsg {
	codes := map[string]rune{"enter": tea.KeyEnter, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
		"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome, "end": tea.KeyEnd, "esc": tea.KeyEscape, "space": tea.KeySpace, "backspace": tea.KeyBackspace}
	var mod tea.KeyMod
	if rest, is := strings.CutPrefix(name, "shift+"); is {
		name, mod = rest, tea.ModShift
	}
	if rest, is := strings.CutPrefix(name, "ctrl+"); is {
		name, mod = rest, tea.ModCtrl
	}
	if code, special := codes[name]; special {
		return tea.KeyPressMsg{Code: code, Mod: mod}
	}
	msg := tea.KeyPressMsg{Code: []rune(name)[0], Mod: mod}
	if mod == 0 {
		msg.Text = name
	}
	return msg
}

// text is the screen as a terminal shows it, without styles.
func (b *bench) shown() string {
	buffer := uv.NewScreenBuffer(b.w, b.h+b.told)
	uv.NewStyledString(b.View().Content).Draw(buffer, buffer.Bounds())
	var lines []string
	for y := range b.h + b.told {
		var line strings.Builder
		for x := 0; x < b.w; x++ {
			if cell := buffer.CellAt(x, y); cell != nil && cell.Width > 0 {
				line.WriteString(cell.Content)
			}
		}
		lines = append(lines, strings.TrimRight(line.String(), " "))
	}
	return strings.Join(lines, "\n") + "\n"
}

func (b *bench) shows(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		if !strings.Contains(b.shown(), text) {
			b.t.Errorf("the screen does not show %q:\n%s", text, b.shown())
		}
	}
}

func (b *bench) golden(name string) {
	b.t.Helper()
	b.same(name, b.shown())
}

// same compares with a golden file.
func (b *bench) same(name, got string) {
	b.t.Helper()
	path := "testdata/" + name + ".txt"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			b.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		b.t.Fatal(err)
	}
	if got != string(want) {
		b.t.Errorf("%s differs (go test ./tui -update writes it anew):\n%s", path, got)
	}
}

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

// onMap is the map screen.
func (a *App) onMap() *mapScreen { return a.screens[0].(*mapScreen) }

// prompt is the prompt that is open, nil if there is none.
func (a *App) prompt() *prompt {
	p, _ := a.top().(*prompt)
	return p
}

// TestMain keeps what is entered at prompts out of the user's own folders.
func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "ftft-tui")
	if err != nil {
		panic(err)
	}
	os.Setenv("XDG_CONFIG_HOME", folder)
	os.Setenv("XDG_STATE_HOME", folder)
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

// copied are the texts that a command puts into the clipboard.
func copied(cmd tea.Cmd) (texts []string) {
	if cmd == nil {
		return nil
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, cmd := range msg {
			texts = append(texts, copied(cmd)...)
		}
	default:
		if text := fmt.Sprintf("%T", msg); strings.HasSuffix(text, "setClipboardMsg") {
			texts = append(texts, fmt.Sprint(msg))
		}
	}
	return texts
}
