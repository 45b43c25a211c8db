package cli

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"ftft/internal/crash"
	"ftft/internal/disk"
)

// signals handles SIGINT and SIGTERM. A command that has something to finish takes the first one over; any other ends at once, as
// programs without a handler do, but leaves no unfinished file behind.
type signals struct {
	finishing atomic.Bool // the command ends by itself when its context is done
	cancel    context.CancelFunc
}

// burst is the time within which signals count as one: timeout(1) sends its signal to the process, and then to its group as well.
const burst = 200 * time.Millisecond

type signalsKey struct{}

// withSignals returns the context of the command line.
func withSignals(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	s := &signals{cancel: cancel}
	received := make(chan os.Signal, 1)
	signal.Notify(received, os.Interrupt, syscall.SIGTERM)
	go func() {
		defer crash.Exit()
		var first time.Time
		for sig := range received {
			if s.finishing.CompareAndSwap(true, false) {
				s.cancel()
				first = time.Now()
				continue // a second signal ends the program at once
			}
			if time.Since(first) < burst {
				continue
			}
			disk.RemoveDrafts()
			signal.Reset(sig)
			_ = syscall.Kill(syscall.Getpid(), sig.(syscall.Signal))
		}
	}()
	return context.WithValue(ctx, signalsKey{}, s)
}

// finishing returns the context of a command that ends by itself when a signal ends the context.
func finishing(cmd *cobra.Command) context.Context {
	if s, ok := cmd.Context().Value(signalsKey{}).(*signals); ok {
		s.finishing.Store(true)
	}
	return cmd.Context()
}
