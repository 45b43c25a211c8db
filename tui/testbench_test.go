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

var update = flag.Bool("update", false, "rewrite the golden screens in testdata")

// recorder is a fake of Actions and of Options.Forecast that records the requests. Each returns err.
type recorder struct {
	requests  []string
	forecasts int // their number
	err       error
}

func (r *recorder) Launch(study rundir.StudyDir, o rundir.Launch) error {
	what := fmt.Sprintf("launch %s %s %s %v seed %d", study.ID(), o.Arm, o.Strategy, o.Fraction, o.Seed)
	if len(o.Set) > 0 {
		what += fmt.Sprint(" ", o.Set)
	}
	if s := o.Selection; s != nil {
		what = fmt.Sprintf("rows %s %s %s %q %v", study.ID(), s.Source, s.Strategy, s.Rule, s.Rows)
	}
	r.requests = append(r.requests, what)
	return r.err
}

func (r *recorder) Forecast(_ rundir.StudyDir, orders []rundir.Launch) (cost.Forecast, error) {
	r.forecasts++
	n := len(orders)
	f := cost.Forecast{
		Ahead: 1, Examples: 330, Steps: 400, FLOPs: 1.5e12 * float64(n), Time: time.Duration(n) * 40 * time.Second, By: "demo-reference",
		Memory: 700 << 20, FreeMemory: 3 << 30, Disk: int64(n) * 900 << 20, FreeDisk: 800 << 20,
	}
	for _, o := range orders {
		f.Runs = append(f.Runs, "demo-"+string(o.Arm))
	}
	return f, r.err
}

func (r *recorder) Stop(run rundir.Dir) error {
	r.requests = append(r.requests, "stop "+run.ID())
	return r.err
}

func (r *recorder) Ask(run rundir.Dir, action string) (string, error) {
	r.requests = append(r.requests, action+" "+run.ID())
	return "done: " + action, r.err
}

func (r *recorder) Resume(run rundir.Dir) (string, error) {
	r.requests = append(r.requests, "resume "+run.ID())
	return "goes on", r.err
}

// bench is a workbench on a simulated experiment, with methods that press keys and compare screens.
type bench struct {
	*App
	t       *testing.T
	study   rundir.StudyDir
	actions *recorder
	raw     []string // what went to the terminal past the renderer
}

// newBench returns a workbench on an experiment of a reference and an ftft run that have not started. change edits its options.
func newBench(t *testing.T, w, h int, change func(*Options)) *bench {
	t.Helper()
	b := &bench{t: t, study: rundir.StudyDir(filepath.Join(t.TempDir(), "demo")), actions: &recorder{}}
	if err := os.Mkdir(string(b.study), 0o777); err != nil {
		t.Fatal(err)
	}
	plan := rundir.Study{
		Name: "demo", State: rundir.Pending, Created: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Config: benchConfig,
		Runs: []rundir.StudyRun{
			{ID: "demo-reference", Role: rundir.Reference, Seed: 1},
			{ID: "demo-ftft", Role: rundir.Main, Arm: rundir.FTFT, Seed: 1, Strategy: datamap.Ambiguous, Fraction: 0.33},
		},
	}
	if err := b.study.WriteStudy(plan); err != nil {
		t.Fatal(err)
	}
	texts := func(_ rundir.Dir, row int) (Example, error) {
		return Example{
			Text: fmt.Sprintf("Premise %d says\x1b[31m something.", row), TextPair: "The hypothesis denies it.",
			Meta: map[string]string{"flipped": "no"},
		}, nil
	}
	options := Options{Root: filepath.Dir(string(b.study)), Actions: b.actions, Forecast: b.actions.Forecast, Columns: measures, Texts: texts}
	if change != nil {
		change(&options)
	}
	b.App = New(options)
	b.remember.rest, b.frame = 0, 0
	b.send(tea.WindowSizeMsg{Width: w, Height: h})
	return b
}

// finishedReference returns a workbench on a complete reference of 1,000 examples and 4 epochs.
func finishedReference(t *testing.T, w, h int) *bench {
	t.Helper()
	b := newBench(t, w, h, nil)
	reference := b.train("demo-reference", rundir.Reference, "", nil)
	reference.Train(400)
	reference.Finish(rundir.Finish{Status: rundir.Complete})
	b.readRuns()
	return b
}

// finishedExperiment returns a workbench on a complete experiment of a reference and an ftft run that stopped early, and on
// two erm runs, of seeds 1 and 2, that belong to no experiment.
func finishedExperiment(t *testing.T, w, h int) *bench {
	t.Helper()
	b := newBench(t, w, h, nil)
	config, err := configs.Load("../testdata/tiny/tiny.toml")
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	finish := func(run *watchtest.Writer, finish rundir.Finish) {
		must(disk.WriteFile(run.Dir.Config(), config.TOML()))
		for _, set := range []string{"validation", "plain", "against"} {
			must(rundir.WriteExamples(run.Dir.EvalExamples(set), []rundir.ExampleRecord{{GUID: "a"}, {Row: 1, GUID: "b", Gold: 1}}))
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
		dir := rundir.Dir(filepath.Join(b.options.Root, fmt.Sprint("erm-", seed+1)))
		manifest := rundir.Manifest{Role: rundir.Main, Arm: rundir.ERM, Seed: seed + 1, Created: time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)}
		erm := watchtest.New(dir,
			watchtest.Plan{Manifest: manifest, Examples: 1000, BatchSize: 10, Steps: 400, Evaluate: 8, Speed: 0.4 + float64(seed)})
		erm.Train(400)
		finish(erm, rundir.Finish{})
	}
	b.readRuns()
	return b
}

// imported returns a workbench on 300 imported examples: with labels and logits of 2 epochs, or with confidence and variability only.
func imported(t *testing.T, w, h int, labels bool) *bench {
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
	b.readRuns()
	b.readRuns()
	return b
}

// measures is Options.Columns without data files: the guids and the metrics of the map.
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

// train starts a run of the experiment. rows are the examples it trains on, nil for all.
func (b *bench) train(id, role string, arm rundir.Arm, rows []int) *watchtest.Writer {
	manifest := rundir.Manifest{Role: role, Arm: arm, Study: "demo", Seed: 1}
	return watchtest.New(b.study.Run(id),
		watchtest.Plan{Manifest: manifest, Examples: 1000, Rows: rows, BatchSize: 10, Steps: 400, Evaluate: 8, Speed: 1})
}

// send updates the model with a message, and executes the command that it returns.
func (b *bench) send(msg tea.Msg) {
	b.t.Helper()
	if _, cmd := b.Update(msg); cmd != nil {
		b.execute(cmd)
	}
}

// execute runs a command, and sends the messages that come of it.
func (b *bench) execute(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, cmd := range msg {
			b.execute(cmd)
		}
	case tea.RawMsg:
		b.raw = append(b.raw, fmt.Sprint(msg.Msg))
	case tea.QuitMsg, nil:
	default:
		b.send(msg)
	}
}

// readRuns polls until the newest run is open and everything new has been read.
func (b *bench) readRuns() {
	b.t.Helper()
	for range 3 {
		time.Sleep(10 * time.Millisecond) // the feed pauses between two pictures, so that training is not slowed
		b.pollOnce()
	}
	b.stale = true
}

// pollOnce reads what is new, and executes what the screens then need.
func (b *bench) pollOnce() {
	b.t.Helper()
	cmd, _ := b.takeSnapshot(b.feed.Poll(b.focus))
	b.execute(cmd)
	b.execute(b.refresh())
}

// press sends keys by the names of the key table.
func (b *bench) press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		b.send(keyOf(key))
	}
}

// ctrl presses a letter with Ctrl.
func (b *bench) ctrl(letter rune) { b.send(tea.KeyPressMsg{Code: letter, Mod: tea.ModCtrl}) }

// typeText sends a key for each character of a text.
func (b *bench) typeText(text string) {
	b.t.Helper()
	for _, r := range text {
		b.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

// keyOf returns the message of a key by its name in the key table.
func keyOf(name string) tea.KeyPressMsg {
	codes := map[string]rune{
		"enter": tea.KeyEnter, "tab": tea.KeyTab, "esc": tea.KeyEscape, "space": tea.KeySpace,
		"backspace": tea.KeyBackspace, "delete": tea.KeyDelete,
		"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
		"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome, "end": tea.KeyEnd,
	}
	var mod tea.KeyMod
	for prefix, m := range map[string]tea.KeyMod{"shift+": tea.ModShift, "ctrl+": tea.ModCtrl, "alt+": tea.ModAlt} {
		if rest, found := strings.CutPrefix(name, prefix); found {
			name, mod = rest, m
			break
		}
	}
	code, special := codes[name]
	if !special {
		code = []rune(name)[0]
	}
	msg := tea.KeyPressMsg{Code: code, Mod: mod}
	switch {
	case mod != 0:
	case name == "space":
		msg.Text = " "
	case !special:
		msg.Text = name
	}
	return msg
}

// shown returns the screen as a terminal shows it, without styles.
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

// shows checks that the screen contains each of the texts.
func (b *bench) shows(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		if !strings.Contains(b.shown(), text) {
			b.t.Errorf("the screen lacks %q:\n%s", text, b.shown())
		}
	}
}

// golden compares the screen with a file in testdata.
func (b *bench) golden(name string) {
	b.t.Helper()
	b.goldenText(name, b.shown())
}

// goldenText compares a text with a file in testdata.
func (b *bench) goldenText(name, got string) {
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
		b.t.Errorf("%s differs (go test ./tui -update rewrites it); got:\n%s", path, got)
	}
}

// countIf returns how many examples of the map meet a condition.
func (b *bench) countIf(condition func(m *datamap.Map, i int) bool) (n int) {
	m := b.seen().Map
	for i := range m.Len() {
		if condition(m, i) {
			n++
		}
	}
	return n
}

// onMap returns the map screen.
func (a *App) onMap() *mapScreen { return a.screens[0].(*mapScreen) }

// prompt returns the open prompt, nil if there is none.
func (a *App) prompt() *prompt {
	p, _ := a.top().(*prompt)
	return p
}

// benchConfig is the config of a bench's experiment. TestMain sets it, for tests change the working directory.
var benchConfig string

// TestMain keeps the history of the prompts out of the user's folders.
func TestMain(m *testing.M) {
	config, err := configs.Load("../testdata/tiny/tiny.toml", "name=demo", `arms.run=["ftft"]`, "train.max_steps=0", "train.epochs=4",
		"train.batch_size=10", "train.evaluations=8", "train.learning_rate=5e-4")
	if err != nil {
		panic(err)
	}
	benchConfig = string(config.TOML())
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

// copied returns the texts that a command copies to the clipboard.
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

// record returns the selection as a run directory records it.
func (w *workspace) record(reference *watch.Run) rundir.Selection { return w.recorder(reference)() }
