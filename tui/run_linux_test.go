package tui

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/sys/unix"

	"ftft/internal/slow"
	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// terminal is the master end of a pseudo-terminal: it sends keys and records the output.
type terminal struct {
	t       testing.TB
	master  *os.File
	mutex   sync.Mutex
	output  []byte
	arrived chan time.Time // when output arrived, if the previous time has been received
}

// newTerminal opens a pseudo-terminal of w by h cells. The file is the end for a program.
func newTerminal(t testing.TB, w, h int) (*terminal, *os.File) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	number, errN := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	errS := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: uint16(h), Col: uint16(w)})
	if err := errors.Join(errN, errS, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)); err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprint("/dev/pts/", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, master: os.NewFile(uintptr(fd), "terminal"), arrived: make(chan time.Time, 1)}
	go term.listen()
	return term, slave
}

// listen records the output until the terminal is closed. It runs in a thread of its own, with real-time priority where the user
// may have that, so that it does not delay the times of the program.
func (term *terminal) listen() {
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
	if err := unix.SchedSetAttr(0, &unix.SchedAttr{Policy: unix.SCHED_FIFO, Priority: 1}, 0); err != nil {
		term.t.Logf("no real-time priority, so output may be timed late: %v", err)
	}
	buffer := make([]byte, 1<<16)
	for {
		n, err := term.master.Read(buffer) // blocks: the file was not opened by os
		select {
		case term.arrived <- time.Now():
		default:
		}
		term.mutex.Lock()
		term.output = append(term.output, buffer[:n]...)
		term.mutex.Unlock()
		if err != nil {
			return
		}
	}
}

// bytes returns how many bytes the program has written.
func (term *terminal) bytes() int {
	term.mutex.Lock()
	defer term.mutex.Unlock()
	return len(term.output)
}

// since returns the output without its first bytes.
func (term *terminal) since(bytes int) string {
	term.mutex.Lock()
	defer term.mutex.Unlock()
	return string(term.output[bytes:])
}

// awaitSilence waits until there is no output for 250 ms. It returns the number of bytes so far.
func (term *terminal) awaitSilence() int {
	for last := term.bytes(); ; {
		time.Sleep(250 * time.Millisecond)
		now := term.bytes()
		if now == last {
			return now
		}
		last = now
	}
}

// awaitText waits for a text in the output, and then for silence.
func (term *terminal) awaitText(text string) {
	term.t.Helper()
	for range 50 {
		if term.awaitSilence(); strings.Contains(term.since(0), text) {
			return
		}
	}
	term.t.Fatalf("the output lacks %q: %q", text, term.since(0))
}

// press sends a key. It returns the number of bytes that the program draws.
func (term *terminal) press(key string) int {
	before := term.awaitSilence()
	if _, err := term.master.WriteString(key); err != nil {
		term.t.Fatal(err)
	}
	return term.awaitSilence() - before
}

// workbenchIn is an environment variable: set to a runs folder, it makes the test binary a workbench on that folder.
const workbenchIn = "FTFT_TEST_WORKBENCH"

func init() {
	root := os.Getenv(workbenchIn)
	if root == "" {
		return
	}
	app := New(Options{Root: root, Texts: func(_ rundir.Dir, row int) (Example, error) {
		return Example{Text: fmt.Sprintf("Premise %d says something.", row), TextPair: "The hypothesis denies it."}, nil
	}})
	err := show(context.Background(), &faulty{App: app, where: os.Getenv(panicIn)})
	if err != nil && !errors.Is(err, tea.ErrProgramKilled) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// workbenchOn is startWorkbench for tests of the terminal alone.
func workbenchOn(t testing.TB, w, h, n, epochs int, env ...string) *terminal {
	t.Helper()
	return startWorkbench(t, w, h, n, epochs, env...).terminal
}

// started is a workbench in a process of its own.
type started struct {
	*terminal
	slave   *os.File
	process *exec.Cmd
}

// startWorkbench starts the workbench as a process on a terminal of w by h cells and a complete run of n examples. It ends with the
// test.
func startWorkbench(t testing.TB, w, h, n, epochs int, env ...string) *started {
	t.Helper()
	root := t.TempDir()
	manifest := rundir.Manifest{ID: "one", Role: rundir.Reference, Seed: 1}
	writer := watchtest.New(rundir.Dir(filepath.Join(root, "one")),
		watchtest.Plan{Manifest: manifest, Examples: n, BatchSize: n / 50, Steps: 50 * epochs, Evaluate: 8, Speed: 1})
	writer.Train(50 * epochs)
	writer.Finish(rundir.Finish{Status: rundir.Complete})
	term, slave := newTerminal(t, w, h)
	workbench := exec.Command(os.Args[0])
	workbench.Env = append(append(os.Environ(), "TERM=xterm-256color", workbenchIn+"="+root), env...)
	workbench.Stdin, workbench.Stdout, workbench.Stderr = slave, slave, slave
	if err := workbench.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		workbench.Process.Signal(unix.SIGTERM)
		workbench.Wait()
		slave.Close()
		term.master.Close()
	})
	term.awaitText("Data map")
	return &started{term, slave, workbench}
}

// The budget over SSH: an idle screen sends nothing, and a step of the threshold less than 2 kB up to 120x40 cells. On the largest
// screen, where a stripe of 95 rows dims or lights up, it is 6 kB.
func TestBytesSent(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for silence on terminals")
	}
	sizes := []struct{ w, h, budget int }{{120, 40, 2000}, {80, 24, 2000}, {300, 100, 6000}}
	if !slow.Enabled() {
		sizes = sizes[:1]
	}
	for _, c := range sizes {
		t.Run(fmt.Sprintf("%dx%d", c.w, c.h), func(t *testing.T) {
			t.Parallel()
			term := workbenchOn(t, c.w, c.h, 20_000, 4)
			if c.h > 24 {
				term.awaitText("by chance") // the health of the reference appears last
			}
			first := term.awaitSilence()
			time.Sleep(2 * time.Second)
			if idle := term.bytes() - first; idle != 0 {
				t.Errorf("idle for 2 s: got %d bytes, want none: %q", idle, term.since(first))
			}
			sent := map[string]int{}
			for _, key := range []string{"]", "[", "}", "s", "]", "j", "3", "]"} {
				n := term.press(key)
				// On a busy machine a key may take two frames: a step that is repeated tells what one takes.
				if back := map[string]string{"]": "[", "[": "]", "}": "{"}[key]; back != "" && n >= c.budget {
					term.press(back)
					n = term.press(key)
				}
				sent[key] = max(sent[key], n)
				if strings.Contains("[]{}", key) && n >= c.budget {
					t.Errorf("%s: got %d bytes, want less than %d", key, n, c.budget)
				}
			}
			t.Logf("first screen: %d bytes; most bytes by key: %v", first, sent)
		})
	}
}

// BenchmarkKeyToFrame measures the time from a key to the first byte of its frame, on a terminal of 120x40 cells and a run of
// 400,000 examples and 10 epochs. It waits until everything is read, since before that a key may change nothing. To see what
// training costs the screen, train a run meanwhile.
func BenchmarkKeyToFrame(b *testing.B) {
	term := workbenchOn(b, 120, 40, 400_000, 10)
	term.awaitText("by chance") // the health of the reference appears last
	keys := []string{"]", "}", "j", "[", "s", "{", "s", "3", "j", "1", ",", ".", "2", "z", "Z", "4", "1", "s", "s"}
	var times []time.Duration
	think := rand.New(rand.NewPCG(1, 2))
	b.ResetTimer()
	for i := range b.N {
		term.awaitSilence()
		time.Sleep(time.Duration(think.IntN(50)) * time.Millisecond) // so that keys come at any time between two frames
		select {
		case <-term.arrived: // output of the previous key
		default:
		}
		typed := time.Now()
		if _, err := term.master.WriteString(keys[i%len(keys)]); err != nil {
			b.Fatal(err)
		}
		select {
		case shown := <-term.arrived:
			times = append(times, shown.Sub(typed))
			if shown.Sub(typed) > 50*time.Millisecond {
				b.Logf("%v after key %d, %q", shown.Sub(typed), i, keys[i%len(keys)])
			}
		case <-time.After(5 * time.Second):
			b.Fatalf("no output after %q", keys[i%len(keys)])
		}
	}
	slices.Sort(times)
	for _, part := range []int{50, 99, 100} {
		b.ReportMetric(float64(times[(len(times)-1)*part/100].Microseconds())/1000, fmt.Sprintf("ms/p%d", part))
	}
	b.ReportMetric(0, "ns/op")
}
