package cli

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ftft/internal/safe"
)

// own is what commands without a screen write to a terminal: the style of a text and the end of a line. They ask the terminal nothing:
// where it does not answer, they would wait.
var own = regexp.MustCompile("\x1b\\[[0-9;]*m|\r\n")

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

// terminalCommands are command lines about the files of a world, at least one for each command. Those of screens type keys.
var terminalCommands = []struct {
	keys string
	args []string
}{
	{"", []string{"data", "config.toml"}}, {"", []string{"data", "config.toml", "--json"}},
	{"", []string{"data", "config.toml", "--guid", "g3" + hostile}}, {"", []string{"data", "config.toml", "--guid", "g" + raw}},
	{"", []string{"data", "bad-label.jsonl.toml"}}, {"", []string{"data", "bad-column.jsonl.toml"}},
	{"", []string{"data", "bad-json.jsonl.toml"}},
	{"", []string{"data", "bad-fields.csv.toml"}}, {"", []string{"data", "bad-config.toml"}}, {"", []string{"data", "bad-key.toml"}},
	{"", []string{"data", "no" + raw}}, {"", []string{"config", "config.toml"}}, {"", []string{"config", "config.toml", "--json"}},
	{"", []string{"config", "config.toml", "--set", hostile}}, {"", []string{"config", "config.toml", "--set", "name=\"" + hostile + "\""}},
	{"", []string{"select", "carto"}}, {"", []string{"select", "carto", "--json"}},
	{"", []string{"select", "carto", "--rule", "gold == \"" + raw + "\""}},
	{"", []string{"select", "carto", "--strategy", hostile}}, {"", []string{"select", "carto", "--data", "data.csv", "--rows", "out.csv"}},
	{"", []string{"select", "carto", "--data", "bad-label.jsonl", "--rows", "o" + hostile + ".jsonl"}}, {"", []string{"select", "evil"}},
	{"", []string{"select", "bad-marks"}}, {"", []string{"select", "bad.npy"}}, {"", []string{"select", "bad.pt"}},
	{"", []string{"map", "carto", "--json"}}, {"", []string{"map", "carto", "--fraction", "0.3"}},
	{"", []string{"map", "carto", "--explain", "aum", "g3" + hostile}}, {"", []string{"map", "carto", "--explain", "aum", hostile}},
	{"", []string{"map", "bad-carto", "--fraction", "0.3"}}, {"", []string{"map", "bad-carto", "--lenient", "--fraction", "0.3"}},
	{"", []string{"map", "carto", "--figure", raw}}, {"", []string{"map", raw}},
	{"", []string{"map", "bad-events.jsonl", "--fraction", "0.3"}},
	{"", []string{"map", "carto", "--data", "bad-fields.csv", "--fraction", "0.3"}},
	{"1234567?\x03", []string{"map", "carto", "--data", "data.jsonl"}}, {"14567?qq", []string{"map", "evil"}},
	{"", []string{"compare", "carto", "evil"}}, {"", []string{"compare", "carto", "bad-carto"}},
	{"", []string{"triage", "carto", "--data", "data.jsonl"}}, {"", []string{"triage", "carto", "--data", "data.jsonl", "--json"}},
	{"", []string{"triage", "evil", "--by", hostile}}, {"", []string{"mark", "carto"}}, {"", []string{"mark", "carto", "--json"}},
	{"", []string{"mark", "carto", "g3" + raw, "--keep"}}, {"", []string{"mark", "carto", "g3" + hostile, "--relabel", raw}},
	{"", []string{"mark", "carto", "g4" + hostile, "--keep"}},
	{"", []string{"correct", "carto", "--data", "data.csv", "--label", "label"}},
	{"", []string{"correct", "carto", "--data", "data.jsonl"}},
	{"", []string{"export", "carto", "csv", "--out", "o" + hostile + ".csv"}}, {"", []string{"export", "carto", raw}},
	{"", []string{"embed", "evil"}}, {"", []string{"embed", "bad-config.toml"}},
	{"", []string{"model", "model"}}, {"", []string{"model", "model", "--json"}}, {"", []string{"model", "bad-model"}},
	{"", []string{"model", "bad-weights"}},
	{"", []string{"tokenize", "model", "data.jsonl"}}, {"", []string{"tokenize", "bad-model", "data.jsonl"}},
	{"", []string{"tokenize", "model", "data.jsonl", "--text", hostile}}, {"", []string{"predict", "model", "data.jsonl"}},
	{"", []string{"predict", "model", "data.jsonl", "--guid", "guid", "--label", "label"}},
	{"", []string{"predict", "model", "data.jsonl", "--guid", "guid"}},
	{"", []string{"predict", "model", "bad-label.jsonl", "--label", "label"}}, {"", []string{"predict", "bad-weights", "data.jsonl"}},
	{"", []string{"runs"}}, {"", []string{"runs", "--json"}}, {"", []string{"runs", "--runs", raw}},
	{"", []string{"runs", "--sort", hostile}},
	{"", []string{"report", "evil"}}, {"", []string{"report", "evil", "--json"}}, {"", []string{"report", "evil", "--markdown"}},
	{"", []string{"report", "study"}}, {"", []string{"report", "study" + hostile}}, {"", []string{"report", "bad-study"}},
	{"", []string{"report", raw}},
	{"", []string{"report", "bad-events.jsonl"}}, {"", []string{"report", "bad-manifest.json"}},
	{"", []string{"curves", "evil"}}, {"", []string{"curves", "study"}}, {"", []string{"curves", "evil", "--x", hostile}},
	{"", []string{"stop", "evil"}}, {"", []string{"stop", "study"}}, {"", []string{"stop", "name" + hostile}},
	{"", []string{"resume", "evil"}},
	{"", []string{"resume", "study"}}, {"", []string{"resume", "bad-study"}}, {"", []string{"control", "evil", "note", hostile}},
	{"", []string{"control", "evil", hostile}}, {"", []string{"queue"}}, {"", []string{"queue", "--json"}},
	{"", []string{"fsck", "evil"}}, {"", []string{"fsck", "evil", "--json"}}, {"", []string{"fsck", "bad-events.jsonl"}},
	{"", []string{"fsck", "bad-examples.jsonl"}}, {"", []string{"fsck", "bad-selection.json"}}, {"", []string{"fsck", "name" + hostile}},
	{"", []string{"run", "bad-config.toml", "--plain"}}, {"", []string{"run", raw, "--plain"}},
	{"", []string{"run", "bad-json.jsonl.toml", "--plain"}},
	{"", []string{"train", "runs/evil"}}, {"", []string{"train", "runs/bad-manifest.json", "--resume"}}, {"", []string{"train", raw}},
	{"", []string{"study", "runs/study"}}, {"", []string{"study", "runs/bad-study"}}, {"", []string{"bench", hostile}},
	{"", []string{"completion", raw}}, {"", []string{"completion", "bash"}}, {"", []string{"man"}}, {"", []string{"licenses"}},
	{"", []string{"licenses", raw}},
	{"", []string{"help", "map"}}, {"", []string{"help", raw}}, {"", []string{"map", "--help"}}, {"", []string{raw}},
	{"", []string{"runs", "--" + raw}},
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
	diff := string(output("correct", "carto", "--data", "data.csv", "--label", "label"))
	if !strings.Contains(diff, "+g1"+hostile+",text "+hostile+",a"+hostile) {
		t.Errorf("the diff is %.600q", diff)
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
	err := json.Unmarshal(output("select", "carto", "--fraction", "1", "--json"), &guids)
	if err != nil || !slices.Contains(guids, "g3"+hostile) {
		t.Errorf("the guids are %.200q: %v", guids, err)
	}
}
