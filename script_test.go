package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"ftft/internal/slow"
)

// TestScripts runs the scripts of testdata/script against the real program, which starts itself as an experiment and as a
// run; a test binary could not. Each script finds the experiment of testdata/tiny in its working folder.
func TestScripts(t *testing.T) {
	bin := built(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"code": exitsWith, "keys": hasKeys, "value": hasValue},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("no condition %q", name)
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", bin+string(filepath.ListSeparator)+env.Getenv("PATH"))
			return os.CopyFS(env.WorkDir, os.DirFS("testdata/tiny"))
		},
	})
}

// dependOnSources makes a cached result of the test invalid once a source changes. The go command knows what a test is linked
// with and which files and folders it opens, but not what the programs that it starts read. An opened folder stands for the
// names, sizes and times of its files.
func dependOnSources(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if hidden := path != "." && strings.HasPrefix(entry.Name(), "."); err == nil && entry.IsDir() && (hidden || path == "runs") {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// built builds the program and returns its folder.
func built(t *testing.T) string {
	t.Helper()
	dependOnSources(t)
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(bin, "ftft"), ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// TestInteractionsInATerminal types the keys of testdata/interactions.sh into the workbench in tmux.
func TestInteractionsInATerminal(t *testing.T) {
	slow.Skip(t)
	for _, program := range []string{"tmux", "bash"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no %s on this machine", program)
		}
	}
	session := exec.Command("bash", "testdata/interactions.sh")
	session.Env = append(os.Environ(), "FTFT="+filepath.Join(built(t), "ftft"))
	if out, err := session.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// exitsWith is the command "code N PROGRAM ARG...": exec that wants the exit code N.
func exitsWith(ts *testscript.TestScript, _ bool, args []string) {
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit := (*exec.ExitError)(nil)
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if args[0] != strconv.Itoa(got) {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// hasKeys is the command "keys PATH KEY...": the object at PATH in the last standard output has exactly these keys.
func hasKeys(ts *testscript.TestScript, _ bool, args []string) {
	object, ok := at(ts, args[0]).(map[string]any)
	if got := slices.Sorted(maps.Keys(object)); !ok || !slices.Equal(got, slices.Sorted(slices.Values(args[1:]))) {
		ts.Fatalf("%s has the keys %q", args[0], got)
	}
}

// hasValue is the command "[!] value PATH WANT": the value at PATH in the last standard output, as JSON without quotes, is WANT.
func hasValue(ts *testscript.TestScript, not bool, args []string) {
	value := at(ts, args[0])
	got, isText := value.(string)
	if !isText {
		text, err := json.Marshal(value)
		ts.Check(err)
		got = string(text)
	}
	if (got == args[1]) == not {
		ts.Fatalf("%s is %s", args[0], got)
	}
}

// at returns the value at a path in the JSON of the last standard output. A path is keys and indices separated by dots, where
// "length" is the length of a list.
func at(ts *testscript.TestScript, path string) any {
	var value any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &value))
	for _, step := range strings.Split(strings.Trim(path, "."), ".") {
		switch v := value.(type) {
		case map[string]any:
			inner, ok := v[step]
			if step != "" && !ok {
				ts.Fatalf("%s: no %q among %q", path, step, slices.Sorted(maps.Keys(v)))
			}
			if step != "" {
				value = inner
			}
		case []any:
			i, err := strconv.Atoi(step)
			switch {
			case step == "length":
				value = len(v)
			case err != nil || i >= len(v):
				ts.Fatalf("%s: no %q in a list of %d", path, step, len(v))
			default:
				value = v[i]
			}
		default:
			ts.Fatalf("%s: no %q in %v", path, step, value)
		}
	}
	return value
}
