package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ftft/datamap/marks"
	"ftft/internal/disk"
	"ftft/train/nn"
	"ftft/train/nn/spec"
	"ftft/train/rundir"
	"ftft/train/tokenizer"
	"ftft/train/watch/watchtest"
)

// hostile is text that sets a terminal's title, blinks, and reverses the order of what is read.
const hostile = "\x1b]0;PWN\a\x1b[5;31mEVIL\x1b[0m\u009b31m\u202eRTL\u2066x\b\x7f"

// raw is hostile with bytes that are no text in UTF-8.
const raw = hostile + "\x9b31m\xff"

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
	row := map[string]any{"guid": "g", "logits_epoch_0": []int{1, 2}, "gold": 1}
	w.write("bad-marks/training_dynamics/dynamics_epoch_0.jsonl", w.lines(row))
	w.write("bad-marks/marks.jsonl", `{"guid": "`+raw+`", "mark": "x`+hostile+`"}`+"\n")
	w.write("bad.npy", "\x93NUMPY\x01\x00\x40\x00{'descr': '"+raw+"'")
	w.write("bad.pt", "PK\x03\x04"+raw)
}

// model writes the folder of a model, and damaged ones.
func (w world) model() {
	t, err := tokenizer.Train([]string{"text of an example"}, 60, true, nil)
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
	selection := rundir.Selection{Strategy: "s" + hostile, Rule: hostile, Source: hostile, Count: 1, Rows: []int{0}}
	if err := evil.WriteSelection(selection); err != nil {
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
