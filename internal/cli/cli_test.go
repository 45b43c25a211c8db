package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ftft/train/nn"
	"ftft/train/nn/spec"
	"ftft/tui"
)

// run returns what a command line prints.
func run(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	cmd := root()
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	if err := cmd.Execute(); err != nil {
		t.Fatalf("ftft %s: %v", strings.Join(args, " "), err)
	}
	return out.String()
}

// visible returns the root and the commands that its help shows.
func visible() []*cobra.Command {
	list := []*cobra.Command{root()}
	for _, c := range list[0].Commands() {
		if !c.Hidden {
			list = append(list, c)
		}
	}
	return list
}

func TestEveryCommandIsExplainedWithExamples(t *testing.T) {
	for _, c := range visible() {
		help := run(t, append(strings.Fields(c.CommandPath())[1:], "--help")...)
		if c.Short == "" || c.Example == "" {
			t.Errorf("%s: no summary or no example", c.CommandPath())
		}
		for line := range strings.Lines(c.Example) {
			if !strings.Contains(help, strings.TrimSpace(line)) {
				t.Errorf("%s: its help lacks the example %q:\n%s", c.CommandPath(), line, help)
			}
		}
		if steps := stepsAfter(c); len(steps) == 0 || c.HasParent() && !strings.HasSuffix(help, steps[len(steps)-1].purpose+"\n\n") {
			t.Errorf("%s: no next step at the end of its help:\n%s", c.CommandPath(), help)
		}
		if c.HasParent() && c.GroupID == "" {
			t.Errorf("%s is in no group", c.CommandPath())
		}
		for _, a := range arguments(c.Use) {
			if placeholders[a.name] == "" {
				t.Errorf("%s: the argument %s is not explained", c.CommandPath(), a.name)
			}
		}
	}
}

var word = regexp.MustCompile(`'[^']*'|"[^"]*"|[^ ]+`)

// words splits a command line as a shell does, up to a redirection or a pipe.
func words(line string) (list []string) {
	for _, w := range word.FindAllString(line, -1) {
		if w == ">" || w == "<" || w == "|" {
			break
		}
		list = append(list, strings.Trim(w, `'"`))
	}
	return list
}

// parses returns the command that a line names, or why the command line refuses it.
func parses(line string) (*cobra.Command, error) {
	list := words(line)
	if list[0] != "ftft" {
		return nil, errors.New("it does not begin with ftft")
	}
	cmd, rest, err := root().Find(list[1:])
	if err == nil {
		cmd.InitDefaultVersionFlag()
		err = cmd.ParseFlags(rest)
		if errors.Is(err, pflag.ErrHelp) { // --help needs no arguments
			return cmd, nil
		}
	}
	if err == nil {
		err = cmd.ValidateArgs(cmd.Flags().Args())
	}
	return cmd, err
}

// The examples and next steps that the help shows are command lines: their command, flags and number of arguments exist.
func TestExamplesCanBeTyped(t *testing.T) {
	for _, c := range visible() {
		for line := range strings.Lines(c.Example) {
			line = strings.TrimSpace(line)
			if line == "" || line[0] == '#' {
				continue
			}
			if cmd, err := parses(line); err != nil || c.HasParent() && cmd.CommandPath() != c.CommandPath() {
				t.Errorf("%s: the example %q: %v", c.CommandPath(), line, err)
			}
		}
		for _, s := range stepsAfter(c) {
			if _, err := parses(s.line); err != nil || s.purpose == "" {
				t.Errorf("%s: the next step %q: %v", c.CommandPath(), s.line, err)
			}
		}
	}
}

// A command with a missing or an additional argument says which, and an unknown command or flag names the nearest.
func TestMisuse(t *testing.T) {
	for line, want := range map[string]string{
		"ftft map":                   "ftft map needs a SOURCE: " + placeholders["SOURCE"],
		"ftft compare a":             "ftft compare needs a second SOURCE: " + placeholders["SOURCE"],
		"ftft control a":             "ftft control needs an ACTION: " + placeholders["ACTION"],
		"ftft control a note b c":    `ftft control takes RUN ACTION [VALUE]; "c" is one argument too many`,
		"ftft licenses a":            `ftft licenses takes no argument; "a" is one argument too many`,
		"ftft comapre":               "unknown command: comapre; did you mean compare?",
		"ftft zzzzzz":                "unknown command: zzzzzz",
		"ftft report --jsn":          "unknown flag: --jsn; did you mean --json?",
		"ftft report -z":             "unknown shorthand flag: 'z' in -z",
		"ftft mark a b c --relabel":  "flag needs an argument: --relabel",
		"ftft report a --json=maybe": `--json "maybe": must be true or false`,
		"ftft map a --fraction x":    `--fraction "x": must be a number`,
		"ftft triage a --top 1.5":    `--top "1.5": must be a whole number`,
		"ftft select a --seed x":     `--seed "x": must be a whole number`,
	} {
		cmd, args, err := root().Find(words(line)[1:])
		if err == nil {
			err = cmd.ParseFlags(args)
			if err != nil {
				err = cmd.FlagErrorFunc()(cmd, err)
			} else {
				err = cmd.ValidateArgs(cmd.Flags().Args())
			}
		}
		var m misuse
		if !errors.As(err, &m) || err.Error() != want || m.command != cmd.CommandPath() || exitCode(err) != exitUsage {
			t.Errorf("%s: %v, exit code %d, want %s", line, err, exitCode(err), want)
		}
	}
	if _, err := parses("ftft mark a b c --keep"); err != nil {
		t.Errorf("several guids: %v", err)
	}
}

// The manual page has every command and every key of the workbench.
func TestTheManualIsWhole(t *testing.T) {
	page := run(t, "man")
	for _, c := range visible()[1:] {
		if !strings.Contains(page, `\fB`+c.Name()+`\fP`) {
			t.Errorf("the command %s is not in it", c.Name())
		}
	}
	plain := strings.NewReplacer(`\&`, "", `\e`, `\`, `\fB `, `\fB`).Replace(page)
	for _, key := range tui.Keys() {
		if !strings.Contains(plain, `\fB`+strings.Join(key.Keys, ", ")+`\fP`) || !strings.Contains(plain, key.Help) {
			t.Errorf("the key %v is not in it: %s", key.Keys, key.Help)
		}
	}
	if strings.Contains(page, "%!") {
		t.Errorf("a text is taken for a format:\n%s", page)
	}
}

// ftft model describes an encoder that has no classifier yet.
func TestModelOfAnEncoderAlone(t *testing.T) {
	s := spec.Scratch(1, 16, 2, 32, 50, 8, nil)
	weights, folder := nn.Init(s, 1), t.TempDir()
	var parameters []*nn.Parameter[float32]
	for _, tensor := range s.Tensors() {
		parameters = append(parameters, &nn.Parameter[float32]{Tensor: tensor, Data: weights[tensor.Name]})
	}
	if err := nn.Save(folder, s, nn.Tensors(parameters)); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Parameters  struct{ Embeddings int }
		Initialised []string
	}
	if err := json.Unmarshal([]byte(run(t, "model", folder, "--json")), &got); err != nil {
		t.Fatal(err)
	}
	if want := []string{"classifier.weight", "classifier.bias"}; !reflect.DeepEqual(got.Initialised, want) {
		t.Errorf("initialised %q, want %q", got.Initialised, want)
	}
	if want := (50 + 8 + 2) * 16; got.Parameters.Embeddings != want {
		t.Errorf("%d parameters of embeddings, want %d", got.Parameters.Embeddings, want)
	}
	if text := run(t, "model", folder); !strings.Contains(text, "layers              1 of width 16, 2 heads") {
		t.Errorf("the table is\n%s", text)
	}
}

// An error on a terminal is printed at once: ftft does not wait for the terminal's answer to a question.
func TestErrorAsksTheTerminalNothing(t *testing.T) {
	if os.Getenv("FTFT_TEST_ERROR") != "" {
		os.Args = []string{"ftft", "--nosuchflag"}
		os.Exit(Main())
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestErrorAsksTheTerminalNothing$")
	cmd.Env = append(os.Environ(), "FTFT_TEST_ERROR=1", "TERM=xterm-256color")
	terminal, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	out, _ := io.ReadAll(terminal) // the error at its end is that the process has ended
	err = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitUsage {
		t.Errorf("exit code %d, want %d: %v", code, exitUsage, err)
	}
	if got, want := string(out), "ftft: unknown flag: --nosuchflag\r\nTry ftft --help.\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
