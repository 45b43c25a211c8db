// Package train trains the model of a prepared run directory and writes there what happens.
//
// Run and Resume do one attempt, one process's work on a run: open, enqueue, train, conclude (run.go). Start reading there;
// loop.go has the training loop. Its parts are types of their own: what the directory prescribes (plan.go), the steps of
// evaluations and of the end (schedule.go), what is written (output.go), the saved models (checkpoint.go), and the requests
// of users (control.go). The package imports the corpus, the network and the run directory's format; no map and no screen.
package train

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ftft/internal/disk"
	"ftft/train/rundir"
)

// Run trains what a prepared run directory describes: manifest, config, examples, and the selection where there is one.
// When ctx ends, it finishes the step, saves the model and logs that it was interrupted. It returns how the run ended;
// an error means that it failed, and the log has it as well.
func Run(ctx context.Context, dir rundir.Dir) (rundir.Finish, error) {
	return runAttempt(ctx, dir, mode{})
}

// Resume is Run for a run that may have started and is not complete. It continues from the newest whole checkpoint, and all
// that it writes has the bits of a run that was never interrupted. A run without a checkpoint starts at step 0. It returns an
// error if what decides the run's result has changed; force allows another version of ftft.
func Resume(ctx context.Context, dir rundir.Dir, force bool) (rundir.Finish, error) {
	return runAttempt(ctx, dir, mode{resume: true, force: force})
}

// mode determines which runs an attempt may work on.
type mode struct {
	resume bool // continue a run that has started
	force  bool // even if another version of ftft started it
}

// runAttempt does one attempt at a run.
func runAttempt(ctx context.Context, dir rundir.Dir, m mode) (finish rundir.Finish, err error) {
	a, err := open(ctx, dir, m)
	if err != nil {
		return finish, err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	ticket, err := a.enqueue(ctx)
	if err != nil {
		return finish, err
	}
	if ticket == nil {
		return a.leaveQueue()
	}
	defer func() { err = errors.Join(err, ticket.Release()) }()
	end, err := a.train(ctx)
	return a.conclude(ctx, end, err)
}

// attempt is one process's work on a run, from its lock to its finish event.
type attempt struct {
	mode
	lock *rundir.Held
	log  *rundir.Log // nil until opened
	plan *plan

	started bool          // an earlier attempt has logged something
	past    rundir.Record // of the log of earlier attempts
	before  rundir.Status // in which they left the run

	out           *output
	control       *control
	run           *run   // nil until prepared
	training      bool   // the attempt has logged its start or resume event
	stopHeartbeat func() // nil before that
}

// open locks a run and reads what the directory prescribes and what earlier attempts have left. It changes nothing of a run
// that it cannot continue.
func open(ctx context.Context, dir rundir.Dir, m mode) (_ *attempt, err error) {
	manifest, err := dir.ReadManifest()
	if err != nil {
		return nil, fmt.Errorf("%s is not a run directory: %w", dir, err)
	}
	a := &attempt{mode: m}
	if a.lock, err = rundir.Lock(dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	requests, err := dir.Requests() // as soon as the lock is held: later ones mean this attempt
	if err != nil {
		return nil, err
	}
	if err := a.readLog(dir); err != nil {
		return nil, err
	}
	if m.resume {
		if err := dir.CheckPlan(manifest); err != nil {
			return nil, err
		}
	}
	if a.plan, err = readPlan(dir, manifest); err != nil {
		return nil, err
	}
	if m.resume {
		if err := a.plan.unchanged(m.force); err != nil {
			return nil, err
		}
	}
	if a.log, err = rundir.OpenLog(dir, 0); err != nil {
		return nil, err
	}
	(&phases{dir: dir, lock: a.lock}).end() // of a killed process
	a.out = newOutput(dir, a.lock, a.log, ctx.Done())
	a.out.step.Store(int64(a.before.Step))
	a.control = &control{out: a.out}
	if a.started {
		err = a.control.dismiss(requests, &a.past, a.plan.settings)
	}
	return a, err
}

// readLog reads what earlier attempts have logged. It returns an error if they leave nothing to do in the attempt's mode.
func (a *attempt) readLog(dir rundir.Dir) error {
	events, err := rundir.ReadLog(dir)
	if err != nil {
		return err
	}
	var fold rundir.Fold
	fold.Add(events)
	a.started, a.past, a.before = len(events) > 0, fold.Record, fold.Record.Status(true)
	switch {
	case a.started && !a.resume:
		return fmt.Errorf("%s has started already: continue it with --resume", dir)
	case a.before.State == rundir.Complete:
		return fmt.Errorf("%s is complete", dir)
	}
	return nil
}

// enqueue waits until it is the run's turn: at most as many runs train at a time as the config has slots. The ticket is nil if
// the attempt ends before its turn.
func (a *attempt) enqueue(ctx context.Context) (ticket *rundir.Ticket, err error) {
	if ticket, err = rundir.Enqueue(a.plan.dir, ""); err != nil {
		return nil, err
	}
	for {
		turn, _, err := ticket.Turn(a.plan.engine().Slots)
		if turn && err == nil {
			return ticket, nil
		}
		if err == nil {
			err = a.control.answer(queued{a.before.Step})
		}
		if err != nil || a.control.ending != nil {
			_ = ticket.Release() // the end of the process releases it as well
			return nil, err
		}
		select {
		case <-ctx.Done():
			a.control.ending = &ending{status: rundir.Interrupted}
			_ = ticket.Release()
			return nil, nil
		case <-time.After(controlEvery):
		}
	}
}

// queued is a run in the queue as requests see it.
type queued struct{ step int }

func (q queued) situation() situation  { return situation{queued: true, step: q.step} }
func (queued) carryOut(decision) error { return nil }

// leaveQueue logs that the attempt ended before its turn. The finish event keeps the totals of earlier attempts.
func (a *attempt) leaveQueue() (finish rundir.Finish, err error) {
	if a.before.Finish != nil {
		finish = *a.before.Finish
	}
	finish.Status, finish.Message = a.control.ending.status, "while waiting in the queue"
	return finish, a.logFinish(&finish)
}

// train prepares the run, and starts or resumes it. It returns how the run is to end.
func (a *attempt) train(ctx context.Context) (end ending, err error) {
	a.out.step.Store(0)
	phases := &phases{ctx: ctx, dir: a.plan.dir, lock: a.lock}
	defer phases.end()
	if a.run, err = prepare(a.plan, a.out, a.control, phases); err != nil {
		return end, err
	}
	a.out.reserve()
	if a.resume {
		if a.started {
			_ = phases.begin("checking the files up to the checkpoint") // a cancelled run saves a checkpoint
		}
		err = a.run.resume(&a.past)
	} else if err = a.run.checkSpace(); err == nil { // a resumed run has most of its files already
		err = a.run.start()
	}
	if err != nil {
		return end, err
	}
	a.training = true
	phases.end()
	a.stopHeartbeat = a.out.startHeartbeat()
	return a.run.loop(ctx)
}

// conclude saves the model and logs how the attempt ended. err is the error that training ended with, if it did.
func (a *attempt) conclude(ctx context.Context, end ending, err error) (finish rundir.Finish, _ error) {
	if err == nil {
		if finish, err = a.run.finish(end); err == nil {
			return finish, nil
		}
	}
	cancelled := !a.training && errors.Is(err, context.Canceled) && ctx.Err() != nil
	if a.resume && a.started && !a.training { // the run is as it was
		if cancelled {
			return rundir.Finish{Status: rundir.Interrupted}, nil
		}
		return finish, err
	}
	if cancelled {
		finish.Status, finish.Message = rundir.Interrupted, "while it was being prepared"
		return finish, a.logFinish(&finish)
	}
	if a.run != nil {
		finish = a.run.totals(end)
	}
	if a.training && ctx.Err() != nil && disk.Full(err) {
		finish.Status = rundir.Interrupted
		finish.Message = "ended by a signal while the disk was full: resuming repeats the steps after the last checkpoint"
		_ = a.logFinish(&finish) // without space readers conclude the same from the free lock
		return finish, nil
	}
	finish.Status, finish.Message = rundir.Failed, err.Error()
	if diverged := (*divergedError)(nil); errors.As(err, &diverged) {
		finish.GUIDs = diverged.guids
	}
	return finish, errors.Join(err, a.logFinish(&finish))
}

// logFinish logs the finish event without waiting for space.
func (a *attempt) logFinish(finish *rundir.Finish) error {
	return a.out.pace.Append(int(a.out.step.Load()), finish)
}

// close closes what is open, and releases the lock.
func (a *attempt) close() (err error) {
	if a.stopHeartbeat != nil {
		a.stopHeartbeat()
	}
	if a.run != nil {
		a.run.close()
	}
	if a.out != nil {
		a.out.close()
	}
	if a.log != nil {
		err = a.log.Close()
	}
	return errors.Join(err, a.lock.Release())
}
