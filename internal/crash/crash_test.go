package crash

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ftft/internal/parallel"
)

// reported recovers from a panic of f and returns the sentence and the trace.
func reported(t *testing.T, f func()) (sentence, trace string) {
	t.Helper()
	func() {
		defer func() { sentence = Report(recover()) }()
		f()
	}()
	_, path, ok := strings.Cut(sentence, "its trace is in ")
	if !ok {
		t.Fatalf("the sentence is %q", sentence)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sentence, string(data)
}

func TestReport(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	var none []int
	for _, f := range []func(){
		func() { failing(none) },
		func() { parallel.Do(3, func(int) { failing(none) }) },
	} {
		sentence, trace := reported(t, f)
		if !strings.HasPrefix(sentence, "a fault of the program ended it; ") || !strings.Contains(sentence, state) ||
			strings.Contains(sentence, "runtime error") {
			t.Errorf("the sentence is %q", sentence)
		}
		if !strings.Contains(trace, "crash.failing") || !strings.Contains(trace, "index out of range") {
			t.Errorf("the trace is\n%s", trace)
		}
	}
	sentence, _ := reported(t, func() { _ = make([]byte, size()) })
	if !strings.HasPrefix(sentence, "there is not enough memory for this; ") {
		t.Errorf("the sentence is %q", sentence)
	}
}

// asExit makes the test binary panic in a goroutine that defers Exit.
const asExit = "FTFT_TEST_EXIT"

func TestMain(m *testing.M) {
	if os.Getenv(asExit) != "" {
		go func() {
			defer Exit()
			failing(nil)
		}()
		select {}
	}
	os.Exit(m.Run())
}

// A panic in a goroutine is the error that it reports, or the end of the program in one sentence with exit code 1.
func TestPanicsOfGoroutines(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	done := make(chan error)
	go func() {
		var err error
		defer func() { done <- err }()
		defer Catch(&err)
		failing(nil)
	}()
	if err := <-done; err == nil || !strings.Contains(err.Error(), state) {
		t.Errorf("the error is %v", err)
	}
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), asExit+"=1")
	out, _ := command.CombinedOutput() // the exit code follows
	if code := command.ProcessState.ExitCode(); code != 1 || strings.Count(string(out), "\n") != 1 ||
		!strings.HasPrefix(string(out), "ftft: a fault of the program ended it; its trace is in "+state) {
		t.Errorf("exit code %d, printed:\n%s", code, out)
	}
}

func failing(list []int) int { return list[len(os.Args)] }

func size() int { return -len(os.Args) }

// Without a state folder that can be written, the trace is in the temporary folder.
func TestReportWithoutAStateFolder(t *testing.T) {
	file, temp := filepath.Join(t.TempDir(), "file"), t.TempDir()
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_STATE_HOME", file)
	t.Setenv("TMPDIR", temp)
	if sentence, _ := reported(t, func() { panic("x") }); !strings.Contains(sentence, temp) {
		t.Errorf("the sentence is %q", sentence)
	}
}

// The state folder holds no more than the newest traces.
func TestOldTracesAreRemoved(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	for range keep + 5 {
		reported(t, func() { panic("x") })
	}
	if left, err := os.ReadDir(filepath.Join(state, "ftft", "crashes")); len(left) != keep || err != nil {
		t.Errorf("%d traces, want %d: %v", len(left), keep, err)
	}
}
