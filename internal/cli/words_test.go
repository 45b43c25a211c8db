package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// goWords are parts of messages that only a programmer of Go understands.
var goWords = regexp.MustCompile(`(^|\s)(json|toml): |strconv\.|` +
	`cannot unmarshal|Go (struct|value)|of type (string|int|map|\[\])|map\[|&\{|%!|<nil>|` +
	`runtime error|goroutine|invalid syntax|value out of range|parsing time|PC \d|unexpected EOF|0x[0-9a-f]{6,}|interface \{|` +
	`(\S+): open \S+: |(^|: )(open|stat|lstat|read) \S+: |\[("[^"]*" )+"[^"]*"\]|\[\d+( \d+)+\]`)

// doubled is a file that a message names twice in a row.
var doubled = regexp.MustCompile(`(\S+\.\w+): (?:\S+/)?(\S+\.\w+): `)

// goInside returns the words of Go in a message, "" if there are none.
func goInside(message string) string {
	if found := goWords.FindString(message); found != "" {
		return found
	}
	for _, m := range doubled.FindAllStringSubmatch(message, -1) {
		if filepath.Base(m[1]) == filepath.Base(m[2]) {
			return m[0]
		}
	}
	return ""
}

// attempts runs each command line about bad input in a world and calls check with what it prints, its error included.
func attempts(t *testing.T, check func(args []string, cmd *cobra.Command, err error, printed string)) {
	t.Helper()
	w := newWorld(t)
	if err := os.Remove(w.path("runs/bad-study/study.json")); err != nil {
		t.Fatal(err)
	}
	w.write("runs/bad-study/study.json", "[1, 2]")
	for _, c := range []struct{ name, text string }{
		{"list.json", "[1, 2]"}, {"number.json", "3"}, {"null.json", "null"}, {"empty", ""}, {"cut.json", `{"a": [1, `},
		{"types.json", `{"model_type": 3, "id2label": ["a", 1], "hidden_size": "x", "guid": {}, "format": "1", "role": 1, "rows": "x"}`},
		{"big.json", `{"model_type": "bert", "hidden_size": 1e99, "vocab_size": 99999999999999999999}`}, {"nul", "\x00\x01\x02\xff"},
	} {
		w.write("bad/"+c.name, c.text)
		for _, name := range []string{"config.json", "tokenizer.json", "model.safetensors"} {
			for _, good := range []string{"config.json", "tokenizer.json", "model.safetensors"} {
				text, err := os.ReadFile(w.path("model/" + good))
				if err != nil {
					t.Fatal(err)
				}
				w.write("models/"+name+c.name+"/"+good, string(text))
			}
			w.write("models/"+name+c.name+"/"+name, c.text)
		}
		for _, ending := range []string{".jsonl", ".csv", ".tsv", ".parquet", ".json", ".toml", ".npy", ".pt", ".txt"} {
			w.write("bad/"+c.name+ending, c.text)
		}
		w.write("carto-"+c.name+"/training_dynamics/dynamics_epoch_0.jsonl", c.text)
	}
	w.write("keys.toml", "name = 3\nseeds = \"x\"\nlabels = [1, [2]]\ntrain = 5\n"+
		"[main]\nlayers = \"two\"\nhidden = 1.5\n[stop]\npatience = -1\n[[arms]]\n")
	w.write("broken.toml", "a = = 1\n[x\n")
	var lines [][]string
	for _, c := range terminalCommands {
		if c.keys == "" && c.args[0] != "run" && c.args[0] != "train" && c.args[0] != "study" && c.args[0] != "resume" && c.args[0] != "stop" {
			lines = append(lines, c.args)
		}
	}
	bad, err := filepath.Glob(w.path("bad/*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range bad {
		lines = append(lines, []string{"map", path, "--fraction", "0.3"}, []string{"data", path}, []string{"tokenize", "model", path},
			[]string{"predict", "model", path, "--label", "label"}, []string{"select", "carto", "--data", path},
			[]string{"select", "carto", "--strategy", "representative", "--embeddings", path}, []string{"tokenize", path, "data.jsonl"})
	}
	for _, pattern := range []string{"models/*", "carto-*"} {
		folders, err := filepath.Glob(w.path(pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range folders {
			lines = append(lines, []string{"model", path}, []string{"predict", path, "data.jsonl"}, []string{"map", path, "--fraction", "0.3"})
		}
	}
	for _, line := range []string{
		"data keys.toml", "config keys.toml", "config broken.toml", "config config.toml --set seeds=x", "config config.toml --set [",
		"config config.toml --set train.epochs=99999999999999999999999", "config config.toml --set labels=1",
		"map carto --epochs 99999999999999999999:",
		"map carto --fraction x", "map carto --fraction nan", "map carto --fraction 1e999", "select carto --seed 99999999999999999999",
		"select carto --rule text", "select carto --rule (", "select carto --rule guid+1", "select carto --rule guid.x",
		"select carto --rule guid[1:2:3]",
		"select carto --rule quantile(guid,2)", "select carto --rule len(confidence)>1", "select carto --rule confidence[0]>1",
		"select carto --rule len(guid[99:100])>0", "select carto --rule guid==1", "select carto --strategy band:x",
		"select carto --strategy 2x+3",
		"triage carto --top 99999999999999999999", "curves evil --range x:y", "curves evil --range 1:", "curves evil --smooth x",
		"control evil patience 99999999999999999999", "runs --json=x", "map carto --lenient=9", "map nowhere/at/all", "model nowhere",
		"tokenize nowhere data.jsonl", "tokenize model nowhere.jsonl", "predict model nowhere.csv", "data nowhere.toml",
		"export carto csv --out nowhere/x",
		"map carto --figure nowhere/x.png", "select carto --selection nowhere/x", "runs --runs nowhere", "runs --runs config.toml",
		"report evil/x",
	} {
		lines = append(lines, strings.Fields(line))
	}
	t.Chdir(w.folder)
	for _, args := range lines {
		var out bytes.Buffer
		cmd := root()
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		cmd.SetOut(&out)
		cmd.SetErr(&out)
		cmd.SetArgs(args)
		ran, err := cmd.ExecuteC()
		printed := ""
		if args[0] != "man" && args[0] != "completion" && args[0] != "licenses" && args[0] != "help" && args[len(args)-1] != "--help" {
			printed = out.String()
		}
		if err != nil {
			printed += "\n" + err.Error()
		}
		check(args, ran, err, printed)
	}
}

// What users read of bad input has no words of Go's libraries.
func TestNoGoInMessages(t *testing.T) {
	attempts(t, func(args []string, _ *cobra.Command, _ error, printed string) {
		if found := goInside(printed); found != "" {
			t.Errorf("ftft %.120q: %q in %.400q", args, found, printed)
		}
	})
}

var (
	hintedCommand = regexp.MustCompile(`\bftft ([a-z]+)\b[^;.,:()]*`)
	hintedFlag    = regexp.MustCompile(`(?:^|[\s("])--([a-z][a-z-]*)`)
)

// checkHints reports commands and flags in a message that do not exist. A flag that no command before it names is one of the command
// that printed the message.
func checkHints(t *testing.T, ran *cobra.Command, message string) {
	t.Helper()
	if strings.Contains(message, "unknown ") { // it repeats what does not exist
		return
	}
	rest := message
	for _, hint := range hintedCommand.FindAllString(message, -1) {
		list := strings.Fields(hint)
		cmd, _, err := root().Find(list[1:])
		if err != nil || !cmd.HasParent() {
			t.Errorf("no command: %q in %.300q", hint, message)
			continue
		}
		checkFlags(t, cmd, hint, message)
		rest = strings.Replace(rest, hint, "", 1)
	}
	checkFlags(t, ran, rest, message)
}

func checkFlags(t *testing.T, cmd *cobra.Command, text, message string) {
	t.Helper()
	for _, m := range hintedFlag.FindAllStringSubmatch(text, -1) {
		if cmd.Flags().Lookup(m[1]) == nil && cmd.InheritedFlags().Lookup(m[1]) == nil {
			t.Errorf("%s has no flag --%s: %.300q", cmd.CommandPath(), m[1], message)
		}
	}
}

// Each command and flag that a message names exists, and a flag belongs to the command that says so.
func TestHintsCanBeFollowed(t *testing.T) {
	attempts(t, func(args []string, ran *cobra.Command, err error, _ string) {
		if err != nil && !strings.Contains(strings.Join(args, " "), hostile) {
			checkHints(t, ran, err.Error())
		}
	})
}
