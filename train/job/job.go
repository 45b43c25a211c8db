// Package job has the runs trained that another program trains: it submits a run's job, as a child process or to a scheduler, and
// follows it to its end.
//
// Supervise does that for one run; start reading there. Its parts: the commands of each kind of engine (engine.go, script.go), the
// submission, which a kill at any point neither loses nor doubles (submit.go), the trainer as a child process (child.go), the shared
// poll of a scheduler (poll.go, condition.go), the trainer's log (log.go), what to do at each time (follow.go), and how a job has ended
// (end.go). It imports configs and train/rundir; no engine, no map and no screen.
package job

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"time"

	"ftft/internal/disk"
	"ftft/train/rundir"
)

// supervisor follows the job of one run.
type supervisor struct {
	dir      rundir.Dir // absolute
	manifest rundir.Manifest
	engine   *engine
	lock     *rundir.Held
	log      *follower
	board    *board // nil for a child process
	began    time.Time
	stopping <-chan struct{} // closed when this process is to end

	state   rundir.JobState
	written rundir.JobState // as state.json has it
	child   *child          // nil for the job of a scheduler
	sight   sight
	end     intent
}

// Supervise has a run trained by its engine, and returns how the run ended; an error means that it failed, and the log has it as well.
// If an earlier process has submitted a job that has not ended, Supervise follows that job; otherwise it submits one when it is the
// run's turn. When ctx ends, it asks the trainer to stop, and cancels a job that does not. check is called before a submission: an error
// means that the run must not be trained.
func Supervise(ctx context.Context, dir rundir.Dir, check func() error) (finish rundir.Finish, err error) {
	s, err := open(dir)
	if err != nil {
		return finish, err
	}
	defer func() { err = errors.Join(err, s.lock.Release()) }()
	s.stopping = ctx.Done()
	if s.state.Live() {
		finish, followed, err := s.takeUp(ctx)
		if followed || err != nil {
			return finish, err
		}
	}
	if done, err := s.waitForTrainer(ctx); done || err != nil {
		return s.result(), err
	}
	if err := check(); err != nil {
		return finish, err
	}
	if err := s.dismiss(); err != nil {
		return finish, err
	}
	ticket, err := rundir.Enqueue(s.dir, s.engine.Pool())
	if err != nil {
		return finish, err
	}
	defer func() { err = errors.Join(err, ticket.Release()) }()
	if ended, err := s.waitForTurn(ctx, ticket); ended || err != nil {
		return s.result(), err
	}
	if err := s.submit(ctx); err != nil {
		return s.failed(err)
	}
	return s.follow(ctx)
}

// open takes the supervisor's lock and reads the run.
func open(given rundir.Dir) (_ *supervisor, err error) {
	path, err := filepath.Abs(string(given))
	if err != nil {
		return nil, err
	}
	dir := rundir.Dir(path)
	s := &supervisor{dir: dir, log: newFollower(dir), began: time.Now()}
	if s.manifest, err = dir.ReadManifest(); err != nil {
		return nil, fmt.Errorf("%s is not a run directory: %w", given, err)
	}
	if s.manifest.Engine != rundir.Outside {
		return nil, fmt.Errorf("%s is a run that ftft trains itself: its manifest has the engine %q", given, s.manifest.Engine)
	}
	if s.engine, err = engineOf(dir, s.manifest.Role); err != nil {
		return nil, err
	}
	if s.engine.Scheduled() {
		s.board = openBoard(filepath.Dir(path), s.engine)
	}
	if err := disk.Mkdir(dir.JobFolder()); err != nil {
		return nil, disk.Explain("create the job's folder", err)
	}
	if s.lock, err = rundir.Lock(rundir.Supervision(dir)); err != nil {
		return nil, err
	}
	if err = s.read(); err != nil {
		return nil, errors.Join(err, s.lock.Release())
	}
	return s, nil
}

// read reads how far the run and its job have got.
func (s *supervisor) read() (err error) {
	if s.state, err = s.dir.ReadJobState(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s.written = s.state
	if err := s.log.from(s.state.Seq, s.dir); err != nil {
		return err
	}
	status, err := s.dir.Status()
	if err == nil && status.State == rundir.Complete && !s.state.Live() {
		err = fmt.Errorf("%s is complete", s.dir)
	}
	return err
}

// write writes state.json.
func (s *supervisor) write() error {
	if err := s.lock.Check(); err != nil {
		return err
	}
	if err := s.dir.WriteJobState(s.state); err != nil {
		return err
	}
	s.written = s.state
	return nil
}

// save writes state.json if it has changed. If it cannot, as on a full disk, a later call does: what is lost if this process is killed
// before, the next one finds in other ways.
func (s *supervisor) save() {
	if !same(s.state, s.written) {
		_ = s.write()
	}
}

// same reports whether two states are the same.
func same(a, b rundir.JobState) bool {
	code := func(s rundir.JobState) int {
		if s.ExitCode == nil {
			return math.MinInt
		}
		return *s.ExitCode
	}
	codes := code(a) == code(b)
	key := func(s rundir.JobState) string { s.ExitCode = nil; s.Format = 0; return fmt.Sprintf("%+v", s) }
	return codes && key(a) == key(b)
}

// takeUp follows the job that an earlier supervisor has submitted. followed is false if that job has not been seen alive and has not
// completed the run: a job that ended while no supervisor followed it does not keep the run from being resumed.
func (s *supervisor) takeUp(ctx context.Context) (finish rundir.Finish, followed bool, err error) {
	ticket, err := rundir.Enqueue(s.dir, s.engine.Pool())
	if err != nil {
		return finish, false, err
	}
	defer func() { err = errors.Join(err, ticket.Release()) }()
	if _, _, err := ticket.Turn(math.MaxInt); err != nil { // its job has a slot already
		return finish, false, err
	}
	if s.state.Phase == rundir.Submitting && s.state.Job == "" {
		exists, err := s.recovered(ctx)
		if err != nil || !exists {
			return s.result(), ctx.Err() != nil, err
		}
		s.save()
	}
	if !s.engine.Scheduled() && s.child == nil {
		s.child = &child{token: s.state.Submission}
	}
	finish, err = s.follow(ctx)
	if !s.sight.seen && ctx.Err() == nil && finish.Status != rundir.Complete {
		return finish, false, nil
	}
	return finish, true, err
}

// recovered looks for the job of a submission without a recorded ID until it is clear whether there is one.
func (s *supervisor) recovered(ctx context.Context) (exists bool, err error) {
	for {
		if err := s.log.poll(); err != nil {
			return false, err
		}
		what, err := s.recover(ctx)
		switch {
		case what == found:
			return true, nil
		case what == lost:
			s.state.Phase, s.state.Reason = rundir.JobEnded, "no job was found for the submission"
			s.save()
			return false, nil
		case err != nil:
			s.state.Problem = err.Error()
			s.save()
		}
		if !sleep(ctx, tick) {
			return false, nil
		}
	}
}

// sleep waits, and reports whether ctx has not ended.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// waitForTrainer waits for a trainer that holds the run's lock and does not belong to a job of ours. done reports that nothing is left
// to do: that trainer has completed the run, or ctx has ended.
func (s *supervisor) waitForTrainer(ctx context.Context) (done bool, err error) {
	waited := false
	for rundir.Locked(s.dir) {
		waited = true
		if !sleep(ctx, tick) {
			s.log.finish = &rundir.Finish{Status: rundir.Interrupted, Message: "while another process trained the run"}
			return true, nil
		}
	}
	if err := s.log.poll(); err != nil || !waited {
		return false, err
	}
	return s.log.finish != nil && s.log.finish.Status == rundir.Complete, nil
}

// result returns the finish of the run's job.
func (s *supervisor) result() (finish rundir.Finish) {
	if s.log.finish != nil {
		return *s.log.finish
	}
	return rundir.Finish{Status: rundir.Interrupted}
}

// failed logs that the run has failed before it had a job.
func (s *supervisor) failed(cause error) (rundir.Finish, error) {
	finish := rundir.Finish{Status: rundir.Failed, Message: cause.Error()}
	s.state.Phase, s.state.Reason = rundir.JobEnded, cause.Error()
	logged, err := s.logFinish(&finish)
	if !logged && err == nil {
		err = errors.New("another process trains the run")
	}
	s.save()
	return finish, errors.Join(cause, err)
}
