// Package launch runs this program again: a run as a child process, or a study as a process of its own that outlives
// the terminal.
package launch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// program is the path of the running binary. "go run" deletes its binary once it has ended, and a study may live
// longer: Linux keeps it reachable under /proc.
func program() (string, error) {
	const self = "/proc/self/exe"
	if _, err := os.Stat(self); err == nil {
		return self, nil
	}
	return os.Executable()
}

// grace is how long a child that was asked to end has to finish its step and save the model.
const grace = 2 * time.Minute

// Child runs the program with the given arguments and waits for it. Its standard error goes to output. When ctx ends,
// the child is sent SIGTERM, and killed where it has not ended within two minutes. A child that ends with an exit code
// other than 0 gives an *exec.ExitError.
func Child(ctx context.Context, output io.Writer, arguments ...string) error {
	path, err := program()
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, path, arguments...)
	command.Stderr = output
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = grace
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C in the terminal is for the parent to pass on
	return command.Run()
}

// Detached starts the program with the given arguments in a session of its own, so that it lives on when the terminal
// closes. What it prints is appended to the file log. It is not waited for; done receives its end, should the caller
// live to see it.
func Detached(log string, arguments ...string) (pid int, done <-chan error, err error) {
	path, err := program()
	if err != nil {
		return 0, nil, err
	}
	output, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return 0, nil, err
	}
	defer output.Close()
	command := exec.Command(path, arguments...)
	command.Stdout, command.Stderr = output, output
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := command.Start(); err != nil {
		return 0, nil, err
	}
	ended := make(chan error, 1)
	go func() {
		err := command.Wait()
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			err = fmt.Errorf("%w; see %s", err, log)
		}
		ended <- err
	}()
	return command.Process.Pid, ended, nil
}
