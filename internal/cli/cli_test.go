package cli

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"ftft/train/nn"
	"ftft/train/nn/spec"
	"ftft/tui"
)

// run gives what the command line prints on standard output.
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

// visible are the commands that --help shows, the one without a name first.
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
		if c.Short == "" || c.Example == "" || !strings.Contains(help, c.Example) {
			t.Errorf("%s: no example in its help:\n%s", c.CommandPath(), help)
		}
	}
}

var word = regexp.MustCompile(`'[^']*'|"[^"]*"|[^ ]+`)

// words are a command line's as a shell gives them, up to where it redirects or pipes.
func words(line string) (list []string) {
	for _, w := range word.FindAllString(line, -1) {
		if w == ">" || w == "<" || w == "|" {
			break
		}
		list = append(list, strings.Trim(w, `'"`))
	}
	return list
}

// A reader types an example as it stands: its command, flags and number of arguments are real.
func TestExamplesCanBeTyped(t *testing.T) {
	for _, c := range visible() {
		for line := range strings.Lines(c.Example) {
			words := words(strings.TrimSpace(line))
			if line == "" || words[0] == "#" {
				continue
			}
			if words[0] != "ftft" {
				t.Errorf("%s: the example %q is no command line", c.CommandPath(), line)
				continue
			}
			cmd, rest, err := root().Find(words[1:])
			if err == nil {
				err = cmd.ParseFlags(rest)
			}
			if err == nil {
				err = cmd.ValidateArgs(cmd.Flags().Args())
			}
			if err != nil || c.HasParent() && cmd.CommandPath() != c.CommandPath() {
				t.Errorf("%s: the example %q: %v", c.CommandPath(), line, err)
			}
		}
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

// A pre-trained encoder has no classifier yet: what it is can be asked all the same.
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
