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

	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// terminal is the far end of a pseudo-terminal: it sends keys and keeps what is written to it.
type terminal struct {
	t       testing.TB
	master  *os.File
	mutex   sync.Mutex
	output  []byte
	arrived chan time.Time // when output arrived, if the previous time has been received
}

// newTerminal gives one of w by h cells, and the file that a program has as its terminal.
func newTerminal(t testing.TB, w, h int) (*terminal, *os.File) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("there are no pseudo-terminals here: %v", err)
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

// listen keeps what comes, until nobody has the terminal any more. It waits in a thread of its own that runs before all others, where this user
// may have one: to be timed is the program, and not this far end.
func (term *terminal) listen() {
	runtime.LockOSThread() // for good: the thread ends here
	if err := unix.SchedSetAttr(0, &unix.SchedAttr{Policy: unix.SCHED_FIFO, Priority: 1}, 0); err != nil {
		term.t.Logf("bytes may be heard later than they come: %v", err)
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

func (term *terminal) bytes() int {
	term.mutex.Lock()
	defer term.mutex.Unlock()
	return len(term.output)
}

// settle waits until nothing has come for a while, and says how many bytes have come in all.
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

// await waits until something has been written, and then for silence.
func (term *terminal) awaitText(text string) {
	term.t.Helper()
	for range 50 {
		if term.awaitSilence(); strings.Contains(string(term.output), text) {
			return
		}
	}
	term.t.Fatalf("%q does not come: %q", text, term.output)
}

// send types a key and says how many bytes it has drawn.
func (term *terminal) press(key string) int {
	before := term.awaitSilence()
	if _, err := term.master.WriteString(key); err != nil {
		term.t.Fatal(err)
	}
	return term.awaitSilence() - before
}

// workbenchIn is the variable that has the tests' binary be a workbench on a runs folder, on its own standard input and output.
const workbenchIn = "FTFT_TEST_WORKBENCH"

func init() {
	root := os.Getenv(workbenchIn)
	if root == "" {
		return
	}
	_, err := Run(context.Background(), Options{Root: root, Texts: func(_ rundir.Dir, row int) (Example, error) {
		return Example{Text: fmt.Sprintf("Premise %d says something.", row), TextPair: "The hypothesis denies it."}, nil
	}})
	if err != nil && !errors.Is(err, tea.ErrProgramKilled) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// workbenchOn runs the workbench, as a process of its own, on a terminal of w by h cells, on a run of n examples that has ended. It ends with the test.
func workbenchOn(t testing.TB, w, h, n, epochs int, env ...string) *terminal {
	t.Helper()
	root := t.TempDir()
	writer := watchtest.New(rundir.Dir(filepath.Join(root, "one")), watchtest.Plan{Manifest: rundir.Manifest{ID: "one", Role: rundir.Reference, Seed: 1}, Examples: n, BatchSize: n / 50, Steps: 50 * epochs, Evaluate: 8, Speed: 1})
	writer.Train(50 * epochs)
	writer.Finish(rundir.Finish{Status: rundir.Complete})
	term, slave := newTerminal(t, w, h)
	workbench := exec.Command(os.Args[0])
	workbench.Env = append(append(os.Environ(), "TERM=xterm-256color", workbenchIn+"="+root), env...)
	workbench.Stdin, workbench.Stdout = slave, slave
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
	return term
}

// An idle screen sends nothing; a step of the threshold sends less than 2 kB on a screen of any size (the budget over SSH).
func TestBytesSent(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for terminals to fall silent")
	}
	const budget = 2000
	for _, c := range []struct{ w, h int }{{80, 24}, {120, 40}, {300, 100}} {
		t.Run(fmt.Sprintf("%dx%d", c.w, c.h), func(t *testing.T) {
			t.Parallel()
			term := workbenchOn(t, c.w, c.h, 20_000, 4)
			first := term.awaitSilence()
			time.Sleep(2 * time.Second)
			if idle := term.bytes() - first; idle != 0 {
				t.Errorf("idle for 2 s, it sends %d bytes: %q", idle, term.output[first:])
			}
			sent := map[string]int{}
			for _, key := range []string{"]", "[", "}", "s", "]", "j", "3", "]"} {
				n := term.press(key)
				sent[key] = max(sent[key], n)
				if strings.Contains("[]{}", key) && n >= budget {
					t.Errorf("%s sends %d bytes", key, n)
				}
			}
			t.Logf("the first screen %d bytes; the most a key: %v", first, sent)
		})
	}
}

// BenchmarkKeyToFrame is the time from a key to the first byte of the frame that shows it, on a terminal of 120x40 cells and a run of
// 400,000 examples and 10 epochs, all of which has come: before that a key may have nothing to show. What a training beside it costs is seen by running one meanwhile.
func BenchmarkKeyToFrame(b *testing.B) {
	term := workbenchOn(b, 120, 40, 400_000, 10)
	term.awaitText("by chance") // the health of the reference, which comes last
	keys := []string{"]", "}", "j", "[", "s", "{", "s", "3", "j", "1", ",", ".", "2", "f", "F", "4", "1", "s", "s"}
	var times []time.Duration
	think := rand.New(rand.NewPCG(1, 2))
	b.ResetTimer()
	for i := range b.N {
		term.awaitSilence()
		time.Sleep(time.Duration(think.IntN(50)) * time.Millisecond) // at any moment between two frames
		select {
		case <-term.arrived: // of the key before
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
			b.Fatalf("nothing is shown after %q", keys[i%len(keys)])
		}
	}
	slices.Sort(times)
	for _, part := range []int{50, 99, 100} {
		b.ReportMetric(float64(times[(len(times)-1)*part/100].Microseconds())/1000, fmt.Sprintf("ms/p%d", part))
	}
	b.ReportMetric(0, "ns/op")
}
