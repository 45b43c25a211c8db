package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"ftft/internal/disk"
)

// waitForSignal is the process of TestFirstSignal: it begins to write a file, then waits. finishes reports whether it ends by itself.
func waitForSignal(folder string, finishes bool) {
	ctx := withSignals(context.Background())
	if _, err := disk.Draft(filepath.Join(folder, "result")); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if finishes {
		cmd := &cobra.Command{}
		cmd.SetContext(ctx)
		ctx = finishing(cmd)
	}
	fmt.Println("ready")
	if finishes {
		<-ctx.Done()
		time.Sleep(burst / 4) // for the second of two signals
		os.Exit(0)
	}
	select {}
}

// A command ends at the first signal, without leaving a draft, unless it has something to finish: then signals that come together count
// as one.
func TestFirstSignal(t *testing.T) {
	if folder := os.Getenv("FTFT_TEST_SIGNALS"); folder != "" {
		waitForSignal(folder, os.Getenv("FTFT_TEST_FINISHES") != "")
	}
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		for _, finishes := range []string{"", "1"} {
			folder := t.TempDir()
			cmd := exec.Command(os.Args[0], "-test.run=^TestFirstSignal$")
			cmd.Env = append(os.Environ(), "FTFT_TEST_SIGNALS="+folder, "FTFT_TEST_FINISHES="+finishes)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
				t.Fatalf("got %q, %v", line, err)
			}
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if finishes != "" { // as timeout(1) does; another one, for two of a kind may arrive as one
				if err := cmd.Process.Signal(syscall.SIGINT + syscall.SIGTERM - sig); err != nil {
					t.Fatal(err)
				}
			}
			err = cmd.Wait()
			ended := (*exec.ExitError)(nil)
			bySignal := errors.As(err, &ended) && ended.Sys().(syscall.WaitStatus).Signal() == sig
			if finishes != "" && err != nil || finishes == "" && !bySignal {
				t.Errorf("%v, finishes %q: the process ended with %v", sig, finishes, err)
			}
			if left, _ := os.ReadDir(folder); finishes == "" && len(left) > 0 {
				t.Errorf("%v: the draft %s is left", sig, left[0].Name())
			}
		}
	}
}
