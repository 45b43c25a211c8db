package job

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"ftft/configs"
	"ftft/internal/disk"
	"ftft/train/rundir"
)

// A submission is written down before it is made, with a random token that the job's environment has:
//
//	state.json: submitting, token  ->  submit command, whose output is in a file  ->  state.json: queued, job ID
//
// A supervisor that finds the first state and not the last asks, in this order: whether a process with the token lives, what the submit
// command printed, whether the scheduler has a job of the token's name. Only if all of them deny it, it submits again, with a new token.
// A trainer whose token is no longer that of state.json ends at once, so that even a job that comes late trains nothing.

// submitLimit is the longest that a submit command may take.
var submitLimit = 5 * time.Minute

// newToken returns a random name of a submission.
func newToken() string {
	var random [16]byte
	_, _ = rand.Read(random[:]) // it never fails
	return hex.EncodeToString(random[:])
}

// submit makes a submission of the run's job. After an error no job has been submitted.
func (s *supervisor) submit(ctx context.Context) error {
	job, err := s.dir.ReadJob()
	if err != nil {
		return err
	}
	token := newToken()
	values := placeholders(s.dir, s.manifest, job)
	command := s.engine.submission(s.dir, values)
	if _, err := lookUp(command); err != nil {
		return fmt.Errorf("submit: %w", err)
	}
	s.state = rundir.JobState{
		Phase: rundir.Submitting, Submission: token, Command: command, Scheduler: s.engine.Kind, Host: hostname(),
		Submitted: time.Now().UTC(), Seq: s.log.seq,
	}
	if s.engine.Kind == configs.Slurm {
		text, err := s.engine.batchScript(s.dir, values, token)
		if err != nil {
			return err
		}
		if err := disk.WriteFile(scriptFile(s.dir), []byte(text)); err != nil {
			return err
		}
	}
	if err := s.removeReceipts(); err != nil {
		return err
	}
	if err := s.write(); err != nil {
		return err
	}
	if !s.engine.Scheduled() {
		return s.begin(command)
	}
	id, err := s.ask(ctx, command)
	if err != nil {
		return err
	}
	s.state.Phase, s.state.Job = rundir.JobQueued, id
	s.save()
	return nil
}

// begin starts a child.
func (s *supervisor) begin(command []string) (err error) {
	s.child, err = startChild(s.dir, command, s.engine.environment(s.dir, s.state.Submission), s.state.Submission)
	if err != nil {
		return fmt.Errorf("start the trainer: %w", err)
	}
	s.state.Phase, s.state.PID = rundir.JobQueued, s.child.pid
	s.save()
	return nil
}

// receipt returns the file of what the submit command of a token prints. A file, because it outlives this process.
func (s *supervisor) receipt(token string) string {
	return filepath.Join(s.dir.JobFolder(), receiptName+token[:min(8, len(token))])
}

const receiptName = "submitted-"

// removeReceipts removes what earlier submit commands have printed.
func (s *supervisor) removeReceipts() error {
	paths, err := filepath.Glob(filepath.Join(globEscaper.Replace(s.dir.JobFolder()), receiptName+"*"))
	for _, path := range paths {
		err = errors.Join(err, disk.Remove(path))
	}
	return err
}

var globEscaper = strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`)

// ask runs the submit command of a scheduler and returns the job's ID.
func (s *supervisor) ask(ctx context.Context, command []string) (string, error) {
	path, err := lookUp(command)
	if err != nil {
		return "", fmt.Errorf("submit: %w", err)
	}
	receipt := s.receipt(s.state.Submission)
	problems, err := disk.OpenFile(receipt+".err", os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return "", disk.Explain("submit", err)
	}
	defer problems.Close()
	output, err := disk.OpenFile(receipt, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return "", disk.Explain("submit", err)
	}
	defer output.Close()
	// A signal to this process does not end a submission halfway: ctx is not that of the command.
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), submitLimit)
	defer cancel()
	cmd := exec.CommandContext(limited, path, command[1:]...)
	cmd.Env = s.engine.environment(s.dir, s.state.Submission)
	cmd.Stdout, cmd.Stderr = output.File, problems.File
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Run()
	printed := tailOf(receipt)
	var failed error
	switch exit := (*exec.ExitError)(nil); {
	case limited.Err() != nil:
		failed = fmt.Errorf("submit: %s did not end within %s", program(command), submitLimit)
	case errors.As(err, &exit):
		failed = fmt.Errorf("submit: %s %s%s", program(command), ending(exit), said(tailOf(receipt+".err"), printed))
	case err != nil:
		return "", fmt.Errorf("submit: %s cannot be started: %w", program(command), err)
	}
	if failed == nil {
		if id := jobID(printed); id != "" {
			return id, nil
		}
		what := said(printed, tailOf(receipt+".err"))
		if what == "" {
			what = ": it printed nothing"
		}
		failed = fmt.Errorf("submit: %s printed no job ID%s", program(command), what)
	}
	// The scheduler may have the job nevertheless, such as when its answer was lost.
	if id, err := s.byName(context.WithoutCancel(ctx)); err == nil && id != "" {
		return id, nil
	}
	return "", failed
}

// byName asks Slurm for the job of this submission's name. It returns "" if there is none, also for other schedulers.
func (s *supervisor) byName(ctx context.Context) (string, error) {
	if s.engine.Kind != configs.Slurm {
		return "", nil
	}
	name := jobName(s.dir.ID(), s.state.Submission)
	output, _, err := call(ctx, []string{"squeue", "-h", "-t", "all", "-o", "%i", "-n", name})
	if err != nil {
		return "", err
	}
	return jobID(output), nil
}

// recovery is what became of a submission whose job has no recorded ID.
type recovery int

const (
	unclear recovery = iota // ask again
	lost                    // no job exists, or none that will train
	found                   // s.state has the job
)

// recover finds the job of a submission that an earlier supervisor had begun and not recorded.
func (s *supervisor) recover(ctx context.Context) (recovery, error) {
	token := s.state.Submission
	here := hostname()
	alive := s.state.Host == here && len(processesOf(token)) > 0
	if !s.engine.Scheduled() {
		if alive {
			s.child = findChild(token)
		}
		switch {
		case s.child != nil:
			s.state.Phase = rundir.JobQueued
			return found, nil
		case s.log.started || rundir.Locked(s.dir): // it runs on another machine, or the system does not tell
			s.state.Phase = rundir.JobQueued
			return found, nil
		case s.state.Host == here && canFind():
			return lost, nil
		}
		return s.untilStart(), nil
	}
	if alive {
		return unclear, nil // the submit command has not ended
	}
	receipt := s.receipt(token)
	printed := tailOf(receipt)
	if id := jobID(printed); id != "" {
		s.state.Phase, s.state.Job = rundir.JobQueued, id
		return found, nil
	}
	if s.engine.Kind == configs.Slurm {
		id, err := s.byName(ctx)
		if err != nil {
			return unclear, err
		}
		if id == "" {
			return lost, nil
		}
		s.state.Phase, s.state.Job = rundir.JobQueued, id
		return found, nil
	}
	if _, err := os.Stat(receipt); errors.Is(err, fs.ErrNotExist) && s.state.Host == here {
		return lost, nil // the command was not started
	}
	return s.untilStart(), nil
}

// untilStart waits for a job that nothing but its log can show, as long as a job may take to start.
func (s *supervisor) untilStart() recovery {
	limit := s.engine.startTimeout
	switch {
	case s.log.started || rundir.Locked(s.dir):
		s.state.Phase = rundir.JobQueued
		return found
	case limit > 0 && time.Since(s.state.Submitted) > limit, limit == 0 && time.Since(s.state.Submitted) > defaultStart:
		return lost
	}
	return unclear
}

// defaultStart is how long a lost submission is waited for where the engine has no limit.
const defaultStart = 10 * time.Minute

// canFind reports whether the system tells the environments of processes.
func canFind() bool {
	_, err := os.ReadFile("/proc/self/environ")
	return err == nil
}
