package job

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"ftft/internal/crash"
	"ftft/internal/disk"
	"ftft/train/rundir"
)

// child is a trainer that runs on this machine. It outlives the process that started it.
type child struct {
	token string
	pid   int           // of its first process; 0 = another process started it, and it is not known
	done  chan struct{} // closed when the first process has ended; nil if another process started it
	err   error         // of the first process; valid once done is closed
	found int           // a process with the token that was seen last
}

// startChild starts a trainer in a session of its own, so that neither the terminal nor the end of this process ends it. Its output
// goes to the job's output file.
func startChild(dir rundir.Dir, command, environment []string, token string) (*child, error) {
	path, err := lookUp(command)
	if err != nil {
		return nil, err
	}
	output, err := disk.OpenFile(dir.JobOutput(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return nil, disk.Explain("open the job's output", err)
	}
	defer output.Close()
	if _, err := fmt.Fprintf(output, "%s %s %s\n", headerMark, time.Now().UTC().Format(time.RFC3339), quoteAll(command)); err != nil {
		return nil, disk.Explain("write the job's output", err)
	}
	cmd := exec.Command(path, command[1:]...)
	cmd.Env = environment
	cmd.Stdout, cmd.Stderr = output.File, output.File
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s cannot be started: %w", program(command), err)
	}
	c := &child{token: token, pid: cmd.Process.Pid, done: make(chan struct{})}
	go func() {
		defer close(c.done)
		defer crash.Catch(&c.err)
		c.err = cmd.Wait()
	}()
	return c, nil
}

// findChild returns the trainer of a submission that an earlier supervisor on this machine has started, nil if there is none.
func findChild(token string) *child {
	c := &child{token: token}
	if !c.alive() {
		return nil
	}
	return c
}

// alive reports whether any process of the trainer is alive: its first one, or another that has its token.
func (c *child) alive() bool {
	if c.done != nil {
		select {
		case <-c.done:
		default:
			return true
		}
	}
	if c.found != 0 && hasToken(c.found, c.token) {
		return true
	}
	c.found = 0
	if processes := processesOf(c.token); len(processes) > 0 {
		c.found = processes[0]
	}
	return c.found != 0
}

// condition returns what the system tells of the trainer.
func (c *child) condition() condition {
	if c.alive() {
		return condition{phase: running}
	}
	state := condition{phase: ended}
	exit := (*exec.ExitError)(nil)
	switch {
	case c.done == nil: // another process has received its exit code
	case errors.As(c.err, &exit):
		code := exit.ExitCode()
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			code = 128 + int(status.Signal())
			state.word = "KILLED"
		}
		state.exit = &code
	case c.err == nil:
		state.exit = new(int)
	}
	return state
}

// signal sends a signal to all processes of the trainer: those of its group, and others that have its token.
func (c *child) signal(sig syscall.Signal, all bool) {
	if c.pid > 1 {
		_ = syscall.Kill(-c.pid, sig) // it may have ended
	}
	if !all && c.pid > 1 {
		return
	}
	for _, pid := range processesOf(c.token) {
		_ = syscall.Kill(pid, sig)
	}
}

// processesOf returns the processes of this machine whose environment has a submission's token, except for this one. Where the system
// does not tell, there are none.
func processesOf(token string) (list []int) {
	entries, err := os.ReadDir("/proc")
	if err != nil || token == "" {
		return nil
	}
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil && pid != os.Getpid() && hasToken(pid, token) {
			list = append(list, pid)
		}
	}
	return list
}

// hasToken reports whether a process has a submission's token. A process that has ended has no environment, even before its parent has
// asked for its exit code.
func hasToken(pid int, token string) bool {
	environment, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	if err != nil {
		return false
	}
	wanted := []byte(tokenVariable + "=" + token)
	return slices.ContainsFunc(bytes.Split(environment, []byte{0}), func(v []byte) bool { return bytes.Equal(v, wanted) })
}
