package cli

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// A run that a program made which knows nothing of configs has no config.toml and no hashes: each command works or says in one sentence
// why it does not.
func TestCommandsOnARunWithoutAConfig(t *testing.T) {
	folder := t.TempDir()
	for _, id := range []string{"open", "second"} {
		manifest := rundir.Manifest{Role: rundir.Main, Arm: rundir.ERM, Engine: rundir.Outside}
		plan := watchtest.Plan{Manifest: manifest, Examples: 60, BatchSize: 10, Steps: 18, Evaluate: 1, Speed: 1}
		run := watchtest.New(rundir.Dir(filepath.Join(folder, id)), plan)
		run.Train(18)
		for _, set := range []string{"validation", "plain", "against"} {
			records := []rundir.ExampleRecord{{GUID: "a"}, {Row: 1, GUID: "b", Gold: 1}}
			if err := rundir.WriteExamples(run.Dir.EvalExamples(set), records); err != nil {
				t.Fatal(err)
			}
		}
		if id == "open" {
			run.Finish(rundir.Finish{Status: rundir.Complete})
		} else {
			run.Die()
		}
	}
	out := filepath.Join(t.TempDir(), "out")
	const texts = "open has no config.toml, which says where the texts are"
	for _, c := range []struct {
		line, want string // want begins with "!" where the command fails
	}{
		{"runs", "complete"}, {"map open --json", `"examples": 60`}, {"select open", "ex-0"}, {"triage open", "ex-0"},
		{"report open", "has accuracy"}, {"report open --json", `"metric": "accuracy"`}, {"curves open", "accuracy"}, {"compare open second", ""},
		{"export open csv --out " + out, ""},
		{"select open --rows " + out, "!" + texts + ": another program made the run; name the file that it was trained on with --data F"},
		{"correct open --out " + out, "!" + texts}, {"embed open", "!" + texts},
		{"train second --resume", "!start that program again to resume the run"},
		{"resume second", "!start that program again to resume the run"}, {"stop second", "!second is not running: it is interrupted"},
	} {
		cmd := root()
		var printed bytes.Buffer
		cmd.SetOut(&printed)
		cmd.SetErr(&printed)
		cmd.SetArgs(append(strings.Fields(c.line), "--runs", folder))
		err := cmd.Execute()
		text, fails := printed.String(), strings.HasPrefix(c.want, "!")
		if err != nil {
			text += err.Error()
		}
		if fails != (err != nil) || !strings.Contains(text, strings.TrimPrefix(c.want, "!")) {
			t.Errorf("ftft %s: %v, want %q in\n%s", c.line, err, c.want, text)
		}
	}
}
