// Package launch runs this program again: a run as a child process, or an experiment as a detached process that outlives the
// terminal. It may import internal packages. Start with Child and Detached; Terminate ends such a process.
package launch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"ftft/internal/crash"
	"ftft/internal/disk"
)

// program returns the path of the running binary. "go run" deletes its binary when it ends, and a detached process may live
// longer: Linux keeps the binary reachable under /proc.
func program() (string, error) {
	const self = "/proc/self/exe"
	if _, err := os.Stat(self); err == nil {
		return self, nil
	}
	return os.Executable()
}

// grace is the time that a child has, after SIGTERM, to finish its step and save the model.
const grace = 2 * time.Minute

// Child runs the program with arguments and waits for it. The child's standard error goes to output. When ctx ends, Child sends
// SIGTERM, and kills a child that has not ended within two minutes. It returns an *exec.ExitError for an exit code other than 0.
func Child(ctx context.Context, output io.Writer, arguments ...string) error {
	path, err := program()
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, path, arguments...)
	command.Stderr = output
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = grace
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the terminal's Ctrl-C reaches only the parent, which passes it on
	return command.Run()
}

// Detached starts the program with arguments in a session of its own, so that it survives the terminal. It appends the program's
// output to the file log and returns at once. done receives one value, the program's error or nil, if the caller lives so long.
func Detached(log string, arguments ...string) (pid int, done <-chan error, err error) {
	path, err := program()
	if err != nil {
		return 0, nil, err
	}
	output, err := disk.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return 0, nil, err
	}
	defer output.Close()
	command := exec.Command(path, arguments...)
	command.Stdout, command.Stderr = output.File, output.File
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := command.Start(); err != nil {
		return 0, nil, err
	}
	ended := make(chan error, 1)
	go func() {
		var err error
		defer func() { ended <- err }()
		defer crash.Catch(&err)
		err = command.Wait()
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			err = fmt.Errorf("%w; see %s", err, log)
		}
	}()
	return command.Process.Pid, ended, nil
}

// Terminate sends SIGTERM to a process if it is this program with the arguments command and folder. A process ID in a file may belong
// to another process by now, or may never have been one of ftft.
func Terminate(pid int, command, folder string) error {
	if pid <= 1 {
		return fmt.Errorf("%d is not the ID of a process of ftft", pid)
	}
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	defer process.Release()
	// The process is held before it is examined, so that its ID cannot pass to another process in between.
	if !runs(pid, command, folder) {
		return fmt.Errorf("process %d is not \"ftft %s %s\"; it is left alone", pid, command, folder)
	}
	return process.Signal(syscall.SIGTERM)
}

// runs reports whether a process has the arguments command and folder, or true where the system does not tell.
func runs(pid int, command, folder string) bool {
	if _, err := os.Stat("/proc/self/cmdline"); err != nil {
		return true
	}
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	arguments := strings.Split(string(line), "\x00")
	if err != nil || len(arguments) < 3 || arguments[1] != command {
		return false
	}
	named := arguments[2]
	if !filepath.IsAbs(named) {
		named = filepath.Join(fmt.Sprintf("/proc/%d/cwd", pid), named)
	}
	there, err := os.Stat(named)
	wanted, wantedErr := os.Stat(folder)
	return err == nil && wantedErr == nil && os.SameFile(there, wanted)
}

// Parent returns the ID of the process that started another. It is known on Linux.
func Parent(pid int) (parent int, known bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // after the name: the state, the parent, …
	if len(fields) < 2 {
		return 0, false
	}
	parent, err = strconv.Atoi(fields[1])
	return parent, err == nil
}
