package cli

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"ftft/internal/parallel"
)

// asCrash makes the test binary panic as ftft would, on another goroutine.
const asCrash = "FTFT_TEST_CRASH"

func panicking() int {
	parallel.Do(4, func(piece int) { _ = os.Args[100+piece] })
	return 0
}

// A panic ends the program with one sentence, exit code 1 and a trace in a file.
func TestPanicIsOneSentence(t *testing.T) {
	cmd := program(t, t.TempDir(), "runs")
	cmd.Env = append(cmd.Env, asCrash+"=1", "XDG_STATE_HOME=")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	text := out.String()
	if code := cmd.ProcessState.ExitCode(); code != exitFailed || strings.Count(text, "\n") != 1 || strings.Contains(text, "goroutine") {
		t.Errorf("%v, exit code %d, printed:\n%s", err, code, text)
	}
	_, path, found := strings.Cut(strings.TrimSpace(text), "its trace is in ")
	if trace, err := os.ReadFile(path); !found || err != nil || !strings.Contains(string(trace), "cli.panicking") {
		t.Errorf("no trace: %v, %s", err, trace)
	}
}
