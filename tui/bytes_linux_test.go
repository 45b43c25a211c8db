package tui

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/sys/unix"

	"ftft/train/rundir"
	"ftft/tui/feed/feedtest"
)

// terminal is the far end of a pseudo-terminal: it sends keys and keeps what is written to it.
type terminal struct {
	t      *testing.T
	master *os.File
	mutex  sync.Mutex
	got    []byte
}

// openTerminal gives one of w by h cells, and the file that a program has as its terminal.
func openTerminal(t *testing.T, w, h int) (*terminal, *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no pseudo-terminals here: %v", err)
	}
	// The descriptors are taken by their numbers, not by Fd, which would have reads block for good.
	control := func(do func(fd int) error) {
		raw, err := master.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		var failed error
		if err := raw.Control(func(fd uintptr) { failed = do(int(fd)) }); err != nil || failed != nil {
			t.Fatal(err, failed)
		}
	}
	number := 0
	control(func(fd int) error { return unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0) })
	control(func(fd int) (err error) { number, err = unix.IoctlGetInt(fd, unix.TIOCGPTN); return err })
	control(func(fd int) error {
		return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: uint16(h), Col: uint16(w)})
	})
	slave, err := os.OpenFile(fmt.Sprint("/dev/pts/", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, master: master}
	go func() {
		buffer := make([]byte, 1<<16)
		for {
			n, err := master.Read(buffer)
			term.mutex.Lock()
			term.got = append(term.got, buffer[:n]...)
			term.mutex.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return term, slave
}

func (term *terminal) bytes() int {
	term.mutex.Lock()
	defer term.mutex.Unlock()
	return len(term.got)
}

// settle waits until nothing has come for a while, and says how many bytes have come in all.
func (term *terminal) settle() int {
	for last := term.bytes(); ; {
		time.Sleep(250 * time.Millisecond)
		now := term.bytes()
		if now == last {
			return now
		}
		last = now
	}
}

// send types a key and says how many bytes it has drawn.
func (term *terminal) send(key string) int {
	before := term.settle()
	if _, err := term.master.WriteString(key); err != nil {
		term.t.Fatal(err)
	}
	return term.settle() - before
}

// workbenchOn runs the workbench on a terminal of w by h cells, on a run of n examples that has ended. It ends with the test.
func workbenchOn(t *testing.T, w, h, n int, env ...string) *terminal {
	t.Helper()
	root := t.TempDir()
	writer := feedtest.New(rundir.Dir(filepath.Join(root, "one")), feedtest.Plan{Manifest: rundir.Manifest{ID: "one", Role: rundir.Reference, Seed: 1}, Examples: n, BatchSize: n / 50, Steps: 200, Evaluate: 8, Speed: 1})
	writer.Train(200)
	writer.Finish(rundir.Finish{Status: rundir.Complete})
	term, slave := openTerminal(t, w, h)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		_, err := Run(ctx, Options{Root: root, Texts: func(_ rundir.Dir, row int) (Example, error) {
			return Example{Text: fmt.Sprintf("Premise %d says something.", row), TextPair: "The hypothesis denies it."}, nil
		}}, tea.WithInput(slave), tea.WithOutput(slave), tea.WithEnvironment(append([]string{"TERM=xterm-256color"}, env...)), tea.WithoutSignalHandler())
		ended <- err
	}()
	t.Cleanup(func() {
		stop()
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			t.Error("the workbench does not end")
		}
		slave.Close()
		term.master.Close()
	})
	for range 50 {
		if term.settle(); strings.Contains(string(term.got), "Data map") {
			return term
		}
	}
	t.Fatalf("no map comes: %q", term.got)
	return nil
}

// An idle screen sends nothing; a step of the threshold sends less than 2 kB at 120x40 (the budget over SSH). What a larger screen may send is held to what it sent when this was written.
func TestBytesSent(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for terminals to fall silent")
	}
	for _, c := range []struct{ w, h, budget int }{{80, 24, 2000}, {120, 40, 2000}, {300, 100, 5000}} {
		t.Run(fmt.Sprintf("%dx%d", c.w, c.h), func(t *testing.T) {
			t.Parallel()
			term := workbenchOn(t, c.w, c.h, 20_000)
			first := term.settle()
			time.Sleep(2 * time.Second)
			if idle := term.bytes() - first; idle != 0 {
				t.Errorf("idle for 2 s, it sends %d bytes: %q", idle, term.got[first:])
			}
			sent := map[string]int{}
			for _, key := range []string{"]", "[", "}", "s", "]", "j", "3", "]"} {
				n := term.send(key)
				sent[key] = max(sent[key], n)
				if strings.Contains("[]{}", key) && n >= c.budget {
					t.Errorf("%s sends %d bytes", key, n)
				}
			}
			t.Logf("the first screen %d bytes; the most a key: %v", first, sent)
		})
	}
}
