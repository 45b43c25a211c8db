package tui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/sys/unix"

	"ftft/internal/parallel"
)

// panicIn is an environment variable of the workbench that the test binary becomes: where it panics after the key "!".
const panicIn = "FTFT_TEST_PANIC"

// faulty is a workbench that panics after the key "!": in update, in view, in a command, in a command of a batch or of a sequence, or
// on a goroutine of a command.
type faulty struct {
	*App
	where string
	armed bool
}

func (f *faulty) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	key, ok := msg.(tea.KeyPressMsg)
	if !ok || key.String() != "!" {
		_, cmd := f.App.Update(msg)
		return f, cmd
	}
	var list []int
	fail := func() tea.Msg { return list[0] }
	wait := func() tea.Msg { return nil }
	switch f.where {
	case "update":
		fail()
	case "view":
		f.armed = true
	case "command":
		return f, fail
	case "batch":
		return f, tea.Batch(wait, tea.Sequence(wait, fail))
	case "goroutine":
		return f, func() tea.Msg { parallel.Do(2, func(int) { fail() }); return nil }
	}
	return f, nil
}

func (f *faulty) View() tea.View {
	if f.armed {
		var list []int
		_ = list[0]
	}
	return f.App.View()
}

// TestAPanicRestoresTheTerminal lets the workbench panic on a terminal, which is then as before, and reads what is said about it.
func TestAPanicRestoresTheTerminal(t *testing.T) {
	for _, where := range []string{"update", "view", "command", "batch", "goroutine"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			state := t.TempDir()
			workbench := startWorkbench(t, 100, 30, 200, 2, panicIn+"="+where, "XDG_STATE_HOME="+state)
			term := workbench.terminal
			if termios, err := unix.IoctlGetTermios(int(workbench.slave.Fd()), unix.TCGETS); err != nil || termios.Lflag&unix.ICANON != 0 {
				t.Fatalf("the workbench runs in cooked mode (%v)", err)
			}
			if _, err := term.master.WriteString("!"); err != nil {
				t.Fatal(err)
			}
			if err := workbench.process.Wait(); err == nil || workbench.process.ProcessState.ExitCode() != 1 {
				t.Errorf("the workbench ended with %v, want exit code 1", err)
			}
			termios, err := unix.IoctlGetTermios(int(workbench.slave.Fd()), unix.TCGETS)
			if err != nil || termios.Lflag&unix.ICANON == 0 || termios.Lflag&unix.ECHO == 0 {
				t.Errorf("the terminal is not in cooked mode: %+v (%v)", termios, err)
			}
			term.awaitSilence()
			output := term.since(0)
			for _, restore := range []string{"\x1b[?1049l", "\x1b[?25h", "\x1b[?1002l"} { // the screen, the cursor, the mouse
				if set := restore[:len(restore)-1]; strings.LastIndex(output, restore) < strings.LastIndex(output, set+other(restore)) {
					t.Errorf("%q is not restored", restore)
				}
			}
			_, said, _ := strings.Cut(output[strings.LastIndex(output, "\x1b[?1049l"):], "a fault of the program")
			if !strings.Contains(said, "Trainings continue") || strings.Contains(said, "[running]") || strings.Count(said, "\n") > 1 {
				t.Errorf("the end is said as %q", said)
			}
			traces, _ := filepath.Glob(filepath.Join(state, "ftft", "crashes", "*.txt"))
			if len(traces) != 1 || !strings.Contains(said, traces[0]) {
				t.Fatalf("the traces are %v, and %q does not name one", traces, said)
			}
			if trace, err := os.ReadFile(traces[0]); err != nil || !strings.Contains(string(trace), "guard_linux_test.go") {
				t.Errorf("the trace is %s (%v)", trace, err)
			}
		})
	}
}

// other returns the final letter of the sequence that a sequence reverses.
func other(restore string) string {
	if strings.HasSuffix(restore, "l") {
		return "h"
	}
	return "l"
}
