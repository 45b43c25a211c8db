package cli

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/creack/pty"
)

// asProgram makes the test binary be ftft, for tests of what reaches a terminal.
const asProgram = "FTFT_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asCrash) != "" {
		os.Exit(guarded(os.Stderr, panicking))
	}
	if os.Getenv(asProgram) != "" {
		os.Exit(Main())
	}
	os.Exit(m.Run())
}

// program returns the command that runs ftft in a folder.
func program(t *testing.T, folder string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), asProgram+"=1", "TERM=xterm-256color", "COLORTERM=truecolor", "HOME="+folder)
	return cmd
}

// onTTY runs ftft on a terminal, types keys once it has printed something, and returns what it has printed.
func onTTY(t *testing.T, folder, keys string, args ...string) string {
	t.Helper()
	cmd := program(t, folder, args...)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	out, printed := make(chan []byte), make(chan bool, 1)
	go func() {
		var all []byte
		part := make([]byte, 1<<16)
		for {
			n, err := terminal.Read(part)
			if all = append(all, part[:n]...); err != nil {
				break // the process has ended
			}
			if bytes.Contains(part[:n], []byte("\x1b[c")) { // a screen asks for the background's colour
				_, _ = terminal.WriteString("\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[?1;2c")
			}
			select {
			case printed <- true:
			default:
			}
		}
		out <- all
	}()
	late := time.After(20 * time.Second)
	var typing <-chan time.Time
	for {
		select {
		case all := <-out:
			_ = cmd.Wait() // many of the commands fail
			return string(all)
		case <-printed:
			if typing == nil && keys != "" {
				pause := time.NewTicker(50 * time.Millisecond)
				defer pause.Stop()
				typing = pause.C
			}
		case <-typing:
			_, _ = terminal.WriteString(keys[:1])
			if len(keys) > 1 { // the last key is typed until the program has ended
				keys = keys[1:]
			}
		case <-late:
			_ = cmd.Process.Kill()
			all := <-out
			t.Fatalf("ftft %q did not end: %.2000q", args, all[max(0, len(all)-2000):])
		}
	}
}
