package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"ftft/datamap/marks"
	"ftft/internal/disk"
	"ftft/internal/safe"
	"ftft/train/nn"
	"ftft/train/nn/spec"
	"ftft/train/rundir"
	"ftft/train/tokenizer"
	"ftft/train/watch/watchtest"
)

// asProgram makes the test binary be ftft, for tests of what reaches a terminal.
const asProgram = "FTFT_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asCrash) != "" {
		os.Exit(guarded(os.Stderr, panicking))
	}
	if os.Getenv(asProgram) != "" {
		os.Exit(Main())
	}
	os.Exit(m.Run())
}

// program returns the command that runs ftft in a folder.
func program(t *testing.T, folder string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), asProgram+"=1", "TERM=xterm-256color", "COLORTERM=truecolor", "HOME="+folder)
	return cmd
}

// onTTY runs ftft on a terminal, types keys once it has printed something, and returns what it has printed.
func onTTY(t *testing.T, folder, keys string, args ...string) string {
	t.Helper()
	cmd := program(t, folder, args...)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	out, printed := make(chan []byte), make(chan bool, 1)
	go func() {
		var all []byte
		part := make([]byte, 1<<16)
		for {
			n, err := terminal.Read(part)
			if all = append(all, part[:n]...); err != nil {
				break // the process has ended
			}
			if bytes.Contains(part[:n], []byte("\x1b[c")) { // the help asks for the background's colour
				_, _ = terminal.WriteString("\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[?1;2c")
			}
			select {
			case printed <- true:
			default:
			}
		}
		out <- all
	}()
	late := time.After(20 * time.Second)
	var typing <-chan time.Time
	for {
		select {
		case all := <-out:
			_ = cmd.Wait() // many of the commands fail
			return string(all)
		case <-printed:
			if typing == nil && keys != "" {
				pause := time.NewTicker(50 * time.Millisecond)
				defer pause.Stop()
				typing = pause.C
			}
		case <-typing:
			_, _ = terminal.WriteString(keys[:1])
			if len(keys) > 1 { // the last key is typed until the program has ended
				keys = keys[1:]
			}
		case <-late:
			_ = cmd.Process.Kill()
			all := <-out
			t.Fatalf("ftft %q did not end: %.2000q", args, all[max(0, len(all)-2000):])
		}
	}
}

// hostile is text that sets a terminal's title, blinks, and reverses the order of what is read.
const hostile = "\x1b]0;PWN\a\x1b[5;31mEVIL\x1b[0m\u009b31m\u202eRTL\u2066x\b\x7f"

// raw is hostile with bytes that are no text in UTF-8.
const raw = hostile + "\x9b31m\xff"

// own is what ftft itself writes to a terminal: the style of a text, the end of a line, and the question of the help for the colour of
// the background.
var own = regexp.MustCompile("\x1b\\[[0-9;]*m|\r\n|\x1b\\]11;\\?\a\x1b\\[c")

// markers returns the parts of hostile text in an output. A screen moves the cursor; other commands only style their help.
func markers(out string, screen bool) (found []string) {
	for _, marker := range []string{"\x1b]0;", "\x1b[5;31m", "\x1b[5m", "\u009b", "\x9b31m", "\u202e", "\u2066"} {
		if strings.Contains(out, marker) {
			found = append(found, marker)
		}
	}
	if plain := own.ReplaceAllString(out, "\n"); !screen && safe.Text(plain) != plain {
		found = append(found, "a control character")
	}
	return found
}

// A world is a folder in which every text is hostile.
type world struct {
	*testing.T
	folder string
}

func (w world) path(name string) string { return filepath.Join(w.folder, name) }

func (w world) write(name, text string) {
	w.Helper()
	path := w.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		w.Fatal(err)
	}
}

// lines returns JSON objects, one a line.
func (w world) lines(objects ...map[string]any) string {
	var text strings.Builder
	for _, object := range objects {
		line, err := json.Marshal(object)
		if err != nil {
			w.Fatal(err)
		}
		text.Write(append(line, '\n'))
	}
	return text.String()
}

var hostileLabels = []string{"a" + hostile, "b" + hostile, "c"}

func newWorld(t *testing.T) world {
	w := world{t, t.TempDir()}
	w.data()
	w.dynamics()
	w.model()
	w.runs()
	return w
}

// data writes files of examples and configs.
func (w world) data() {
	var rows []map[string]any
	table := "guid,text,label,meta" + raw + "\n"
	for i := range 24 {
		guid, label := fmt.Sprint("g", i, hostile), hostileLabels[i%3]
		rows = append(rows, map[string]any{"guid": guid, "text": "text " + hostile, "label": label, "meta" + hostile: "m" + hostile})
		table += fmt.Sprintf("%s,text %s,%s,m\n", guid, hostile, label)
	}
	w.write("data.jsonl", w.lines(rows...))
	w.write("data.csv", strings.ReplaceAll(table, raw, hostile))
	bad := w.lines(map[string]any{"guid": "g" + hostile, "text": "t", "label": "d" + hostile})
	w.write("bad-label.jsonl", bad+bad)
	w.write("bad-column.jsonl", w.lines(map[string]any{"te" + hostile: "t"}))
	w.write("bad-json.jsonl", `{"guid": "a", "text": `+raw+"}\n")
	w.write("bad-fields.csv", "guid,te"+hostile+",label\n1,2\n"+raw+"\"\n")
	w.write("bad-"+hostile+".csv", raw)
	labels, err := json.Marshal(hostileLabels)
	if err != nil {
		w.Fatal(err)
	}
	config := "name = \"evil\"\nlabels = " + strings.ReplaceAll(string(labels), "\x7f", `\u007f`) + "\n" + `
[data.train]
path = "data.jsonl"
guid = "guid"
text = "text"
label = "label"
[data.split]
validation = 0.2
test = 0.2
[reference]
layers = 1
hidden = 16
heads = 2
intermediate = 32
vocabulary = 100
[main]
layers = 1
hidden = 16
heads = 2
intermediate = 32
vocabulary = 100
[train]
epochs = 2
batch_size = 8
evaluations = 1
[stop]
patience = 0
[arms]
run = ["ftft"]
`
	w.write("config.toml", config)
	for _, name := range []string{"bad-label.jsonl", "bad-column.jsonl", "bad-json.jsonl", "bad-fields.csv"} {
		w.write(name+".toml", strings.ReplaceAll(config, "data.jsonl", name))
	}
	w.write("bad-config.toml", "name = "+raw)
	w.write("bad-key.toml", `"k`+`\u009b\u202e\u001b[5;31m" = 1`+"\n"+config)
}

// dynamics writes training dynamics of another program, one of which is damaged.
func (w world) dynamics() {
	for epoch := range 3 {
		var rows []map[string]any
		for i := range 24 {
			logits := []float64{float64((i*7+epoch)%5) / 2, float64((i*3+epoch)%7) / 3, 0.4}
			rows = append(rows, map[string]any{"guid": fmt.Sprint("g", i, hostile), fmt.Sprint("logits_epoch_", epoch): logits, "gold": i % 3})
		}
		name := fmt.Sprintf("training_dynamics/dynamics_epoch_%d.jsonl", epoch)
		w.write("carto/"+name, w.lines(rows...))
		rows[5]["gold"], rows[6]["guid"] = "x"+hostile, "other"+hostile
		w.write("bad-carto/"+name, w.lines(rows...)+`{"guid": "`+raw+`", x`+"\n")
	}
	if _, err := marks.Append(w.path("carto"), marks.Mark{GUID: "g1" + hostile, Mark: marks.Relabel, Label: "a" + hostile},
		marks.Mark{GUID: "g2" + hostile, Mark: marks.Note, Note: hostile}); err != nil {
		w.Fatal(err)
	}
	w.write("bad-marks/training_dynamics/dynamics_epoch_0.jsonl", w.lines(map[string]any{"guid": "g", "logits_epoch_0": []int{1, 2}, "gold": 1}))
	w.write("bad-marks/marks.jsonl", `{"guid": "`+raw+`", "mark": "x`+hostile+`"}`+"\n")
	w.write("bad.npy", "\x93NUMPY\x01\x00\x40\x00{'descr': '"+raw+"'")
	w.write("bad.pt", "PK\x03\x04"+raw)
}

// model writes the folder of a model, and damaged ones.
func (w world) model() {
	t, err := tokenizer.Train([]string{"text of an example"}, 60, true)
	if err != nil {
		w.Fatal(err)
	}
	s := spec.Scratch(1, 16, 2, 32, t.Size(), 16, hostileLabels)
	weights := nn.Init(s, 1)
	var parameters []*nn.Parameter[float32]
	for _, tensor := range s.Tensors() {
		parameters = append(parameters, &nn.Parameter[float32]{Tensor: tensor, Data: weights[tensor.Name]})
	}
	tensors := append(nn.Tensors(parameters), nn.Tensor{Name: "extra" + hostile, Shape: []int{1}, Values: []float32{1}})
	if err := nn.Save(w.path("model"), s, tensors); err != nil {
		w.Fatal(err)
	}
	w.write("model/tokenizer.json", string(t.JSON()))
	w.write("bad-model/config.json", `{"model_type": "`+raw+`"}`)
	w.write("bad-model/tokenizer.json", `{"model": {"type": "`+raw+`"}}`)
	w.write("bad-weights/config.json", string(s.JSON()))
	w.write("bad-weights/tokenizer.json", string(t.JSON()))
	w.write("bad-weights/model.safetensors", "\x40\x00\x00\x00\x00\x00\x00\x00"+`{"`+raw+`": 1}`)
}

// runs writes a folder of runs: some whole, one whose every text is hostile, and damaged ones.
func (w world) runs() {
	run := func(id string, m rundir.Manifest, log ...rundir.Body) rundir.Dir {
		dir := rundir.Dir(w.path("runs/" + id))
		writer := watchtest.New(dir, watchtest.Plan{Manifest: m, Examples: 60, BatchSize: 10, Steps: 24, Evaluate: 2, Speed: 1})
		writer.Train(24)
		for _, body := range log {
			writer.Log(body)
		}
		writer.Finish(rundir.Finish{Status: rundir.Failed, Message: "fin" + hostile, GUIDs: []string{hostile}})
		return dir
	}
	m := rundir.Manifest{
		ID: "id" + hostile, Name: "n" + hostile, Role: rundir.Main, Arm: "arm" + hostile, Study: "s" + hostile, Model: "m" + hostile,
		Engine: hostile, Kernel: hostile, Versions: map[string]string{"ftft": hostile}, Set: map[string]string{"k" + hostile: hostile},
	}
	log := []rundir.Body{
		&rundir.Warning{Message: "w" + hostile, GUIDs: []string{hostile}},
		&rundir.Control{ID: hostile, Action: "note", Answer: hostile},
		&rundir.Evaluation{Set: "set" + hostile, SetKind: "ood", Use: "test", Index: 3, Examples: 3, Accuracy: 0.5},
	}
	evil := run("evil", m, log...)
	if err := evil.WriteSelection(rundir.Selection{Strategy: "s" + hostile, Rule: hostile, Source: hostile, Count: 1, Rows: []int{0}}); err != nil {
		w.Fatal(err)
	}
	run("name"+hostile, m, log...)
	for _, name := range []string{"manifest.json", "examples.jsonl", "events.jsonl", "selection.json", "config.toml"} {
		m.ID = ""
		run("bad-"+name, m)
		w.write("runs/bad-"+name+"/"+name, `{"format": 1, "role": "`+raw+`", x`+"\n"+`{"kind": "`+hostile)
	}
	for _, name := range []string{"study", "study" + hostile} {
		study := rundir.StudyDir(w.path("runs/" + name))
		if err := disk.Mkdir(string(study)); err != nil {
			w.Fatal(err)
		}
		err := study.WriteStudy(rundir.Study{Name: hostile, State: rundir.Interrupted, Config: hostile, Owner: rundir.Owner{Host: hostile},
			Runs: []rundir.StudyRun{{ID: "evil", Role: rundir.Main, Arm: "arm" + hostile, Seed: 1},
				{ID: "plan" + hostile, Role: hostile, Arm: "arm" + hostile, State: hostile, Strategy: hostile, Parent: hostile}}})
		if err != nil {
			w.Fatal(err)
		}
	}
	w.write("runs/bad-study/study.json", `{"format": 1, "name": "`+raw+`", "runs": "`+hostile+`"}`)
}

// terminalCommands are command lines about the files of a world, at least one for each command. Those of screens type keys.
var terminalCommands = []struct {
	keys string
	args []string
}{
	{"", []string{"data", "config.toml"}}, {"", []string{"data", "config.toml", "--json"}},
	{"", []string{"data", "config.toml", "--guid", "g3" + hostile}}, {"", []string{"data", "config.toml", "--guid", "g" + raw}},
	{"", []string{"data", "bad-label.jsonl.toml"}}, {"", []string{"data", "bad-column.jsonl.toml"}}, {"", []string{"data", "bad-json.jsonl.toml"}},
	{"", []string{"data", "bad-fields.csv.toml"}}, {"", []string{"data", "bad-config.toml"}}, {"", []string{"data", "bad-key.toml"}},
	{"", []string{"data", "no" + raw}}, {"", []string{"config", "config.toml"}}, {"", []string{"config", "config.toml", "--json"}},
	{"", []string{"config", "config.toml", "--set", hostile}}, {"", []string{"config", "config.toml", "--set", "name=\"" + hostile + "\""}},
	{"", []string{"select", "carto"}}, {"", []string{"select", "carto", "--json"}}, {"", []string{"select", "carto", "--rule", "gold == \"" + raw + "\""}},
	{"", []string{"select", "carto", "--strategy", hostile}}, {"", []string{"select", "carto", "--data", "data.csv", "--rows", "out.csv"}},
	{"", []string{"select", "carto", "--data", "bad-label.jsonl", "--rows", "o" + hostile + ".jsonl"}}, {"", []string{"select", "evil"}},
	{"", []string{"select", "bad-marks"}}, {"", []string{"select", "bad.npy"}}, {"", []string{"select", "bad.pt"}},
	{"", []string{"map", "carto", "--json"}}, {"", []string{"map", "carto", "--fraction", "0.3"}},
	{"", []string{"map", "carto", "--explain", "aum", "g3" + hostile}}, {"", []string{"map", "carto", "--explain", "aum", hostile}},
	{"", []string{"map", "bad-carto", "--fraction", "0.3"}}, {"", []string{"map", "bad-carto", "--lenient", "--fraction", "0.3"}},
	{"", []string{"map", "carto", "--figure", raw}}, {"", []string{"map", raw}}, {"", []string{"map", "bad-events.jsonl", "--fraction", "0.3"}},
	{"", []string{"map", "carto", "--data", "bad-fields.csv", "--fraction", "0.3"}},
	{"1234567?\x03", []string{"map", "carto", "--data", "data.jsonl"}}, {"14567?qq", []string{"map", "evil"}},
	{"", []string{"compare", "carto", "evil"}}, {"", []string{"compare", "carto", "bad-carto"}},
	{"", []string{"triage", "carto", "--data", "data.jsonl"}}, {"", []string{"triage", "carto", "--data", "data.jsonl", "--json"}},
	{"", []string{"triage", "evil", "--by", hostile}}, {"", []string{"mark", "carto"}}, {"", []string{"mark", "carto", "--json"}},
	{"", []string{"mark", "carto", "g3" + raw, "--keep"}}, {"", []string{"mark", "carto", "g3" + hostile, "--relabel", raw}},
	{"", []string{"mark", "carto", "g4" + hostile, "--keep"}},
	{"", []string{"correct", "carto", "--data", "data.csv", "--label", "label"}}, {"", []string{"correct", "carto", "--data", "data.jsonl"}},
	{"", []string{"export", "carto", "csv", "--out", "o" + hostile + ".csv"}}, {"", []string{"export", "carto", raw}},
	{"", []string{"embed", "evil"}}, {"", []string{"embed", "bad-config.toml"}},
	{"", []string{"model", "model"}}, {"", []string{"model", "model", "--json"}}, {"", []string{"model", "bad-model"}}, {"", []string{"model", "bad-weights"}},
	{"", []string{"tokenize", "model", "data.jsonl"}}, {"", []string{"tokenize", "bad-model", "data.jsonl"}},
	{"", []string{"tokenize", "model", "data.jsonl", "--text", hostile}}, {"", []string{"predict", "model", "data.jsonl"}},
	{"", []string{"predict", "model", "data.jsonl", "--guid", "guid", "--label", "label"}}, {"", []string{"predict", "model", "data.jsonl", "--guid", "guid"}},
	{"", []string{"predict", "model", "bad-label.jsonl", "--label", "label"}}, {"", []string{"predict", "bad-weights", "data.jsonl"}},
	{"", []string{"runs"}}, {"", []string{"runs", "--json"}}, {"", []string{"runs", "--runs", raw}}, {"", []string{"runs", "--sort", hostile}},
	{"", []string{"report", "evil"}}, {"", []string{"report", "evil", "--json"}}, {"", []string{"report", "evil", "--markdown"}},
	{"", []string{"report", "study"}}, {"", []string{"report", "study" + hostile}}, {"", []string{"report", "bad-study"}}, {"", []string{"report", raw}},
	{"", []string{"report", "bad-events.jsonl"}}, {"", []string{"report", "bad-manifest.json"}},
	{"", []string{"curves", "evil"}}, {"", []string{"curves", "study"}}, {"", []string{"curves", "evil", "--x", hostile}},
	{"", []string{"stop", "evil"}}, {"", []string{"stop", "study"}}, {"", []string{"stop", "name" + hostile}}, {"", []string{"resume", "evil"}},
	{"", []string{"resume", "study"}}, {"", []string{"resume", "bad-study"}}, {"", []string{"control", "evil", "note", hostile}},
	{"", []string{"control", "evil", hostile}}, {"", []string{"queue"}}, {"", []string{"queue", "--json"}},
	{"", []string{"fsck", "evil"}}, {"", []string{"fsck", "evil", "--json"}}, {"", []string{"fsck", "bad-events.jsonl"}},
	{"", []string{"fsck", "bad-examples.jsonl"}}, {"", []string{"fsck", "bad-selection.json"}}, {"", []string{"fsck", "name" + hostile}},
	{"", []string{"run", "bad-config.toml", "--plain"}}, {"", []string{"run", raw, "--plain"}}, {"", []string{"run", "bad-json.jsonl.toml", "--plain"}},
	{"", []string{"train", "runs/evil"}}, {"", []string{"train", "runs/bad-manifest.json", "--resume"}}, {"", []string{"train", raw}},
	{"", []string{"study", "runs/study"}}, {"", []string{"study", "runs/bad-study"}}, {"", []string{"bench", hostile}},
	{"", []string{"completion", raw}}, {"", []string{"completion", "bash"}}, {"", []string{"man"}}, {"", []string{"licenses"}}, {"", []string{"licenses", raw}},
	{"", []string{"help", "map"}}, {"", []string{"help", raw}}, {"", []string{"map", "--help"}}, {"", []string{raw}}, {"", []string{"runs", "--" + raw}},
	{"", []string{"__complete", "map", ""}}, {"", []string{"__complete", "report", raw}}, {"", []string{"__complete", raw, ""}},
	{"\x03", []string{"present", "evil"}}, {"q", []string{"follow", "evil"}}, {"", []string{"present", raw}}, {"", []string{"follow", raw}},
	{" \x03", []string{"lesson"}}, {"4jjj\r12jj34567?\x03", []string{"--runs", "runs"}},
}

// No command sends a terminal what files, names of files or arguments hold: only its own styles.
func TestDataCannotControlTheTerminal(t *testing.T) {
	w := newWorld(t)
	tried := map[string]bool{"ftft": true}
	for _, line := range terminalCommands {
		name := line.args[0]
		if cmd, _, err := root().Find(line.args); err == nil {
			name = cmd.Name()
		}
		tried[name] = true
		out := onTTY(t, w.folder, line.keys, line.args...)
		if found := markers(out, line.keys != ""); len(found) > 0 || out == "" && name != "export" {
			t.Errorf("ftft %q: %q in\n%.600q", line.args, found, out)
		}
	}
	for _, c := range root().Commands() {
		if !tried[c.Name()] {
			t.Errorf("no command line tries ftft %s", c.Name())
		}
	}
}

// Where bytes are the product, they pass through a pipe as they are, and JSON decodes to the same text.
func TestProductsStayExact(t *testing.T) {
	w := newWorld(t)
	output := func(args ...string) []byte {
		t.Helper()
		cmd := program(t, w.folder, args...)
		var messages bytes.Buffer
		cmd.Stderr = &messages
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("ftft %q: %v: %s", args, err, &messages)
		}
		if found := markers(strings.ReplaceAll(messages.String(), "\n", "\r\n"), false); len(found) > 0 {
			t.Errorf("ftft %q: %q in its messages", args, found)
		}
		return out
	}
	if got := string(output("select", "carto", "--fraction", "1")); !strings.Contains(got, "g3"+hostile+"\n") {
		t.Errorf("the guids are %.200q", got)
	}
	if got := string(output("correct", "carto", "--data", "data.csv", "--label", "label")); !strings.Contains(got, "+g1"+hostile+",text "+hostile+",a"+hostile) {
		t.Errorf("the diff is %.600q", got)
	}
	for _, args := range [][]string{{"select", "carto", "--fraction", "1", "--json"}, {"mark", "carto", "--json"}, {"runs", "--json"}} {
		out := output(args...)
		var value any
		if err := json.Unmarshal(out, &value); err != nil {
			t.Errorf("ftft %q: %v", args, err)
		}
		if plain := string(out); safe.Text(plain) != plain {
			t.Errorf("ftft %q prints %.400q", args, plain)
		}
	}
	var guids []string
	if err := json.Unmarshal(output("select", "carto", "--fraction", "1", "--json"), &guids); err != nil || !slices.Contains(guids, "g3"+hostile) {
		t.Errorf("the guids are %.200q: %v", guids, err)
	}
}
