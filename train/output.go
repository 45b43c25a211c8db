package train

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"ftft/datamap/dynamics"
	"ftft/internal/crash"
	"ftft/internal/disk"
	"ftft/internal/safe"
	"ftft/train/rundir"
)

// output writes what a run records: the log, the dynamics, the logits of evaluations and the settings. Each method waits
// while the disk is full (see retry), so that its callers simply write. One goroutine uses it, beside the heartbeat's own.
type output struct {
	dir       rundir.Dir
	lock      *rundir.Held
	log       *rundir.Log
	pace      *rundir.Throttle
	epoch     *dynamics.Store // logits of the running epoch; nil between epochs
	step      atomic.Int64    // optimiser steps done: the step of the next event
	cancelled <-chan struct{} // ends the wait for a full disk
}

func newOutput(dir rundir.Dir, lock *rundir.Held, log *rundir.Log, cancelled <-chan struct{}) *output {
	return &output{dir: dir, lock: lock, log: log, pace: rundir.NewThrottle(log), cancelled: cancelled}
}

// close closes the epoch's file and frees the reserve. The log and the lock belong to the caller. A failure loses nothing:
// what counts was synced before.
func (o *output) close() {
	_ = disk.Remove(o.dir.Reserve())
	if o.epoch != nil {
		_ = o.epoch.Close()
	}
}

// retryEvery is the time between two attempts to write to a full disk.
var retryEvery = 2 * time.Second

// retry calls write, which must be retryable. It writes nothing if the run directory has been removed or replaced. On a full
// disk it logs a warning and retries until there is space or the run is cancelled, so that other programs' files do not cost
// the run its progress.
func (o *output) retry(write func() error) error {
	if err := o.lock.Check(); err != nil {
		return err
	}
	err := write()
	if !disk.Full(err) {
		return err
	}
	began, step := time.Now(), int(o.step.Load())
	fmt.Fprintf(safe.NewWriter(os.Stderr), "%s: %v; waiting for space at step %d\n", o.dir, err, step)
	_ = disk.Remove(o.dir.Reserve()) // room for the warning
	_ = o.pace.Append(step, &rundir.Warning{Message: fmt.Sprintf("the disk is full: waiting for space at step %d", step), Waits: true})
	for disk.Full(err) {
		select {
		case <-o.cancelled:
			return err
		case <-time.After(retryEvery):
		}
		if err = o.lock.Check(); err == nil {
			err = write()
		}
	}
	if err != nil {
		return err
	}
	o.reserve()
	return o.event(&rundir.Warning{Message: fmt.Sprintf("the disk was full for %v", time.Since(began).Round(time.Second))})
}

// reserveBytes is the space kept free for logging that the disk is full.
const reserveBytes = 64 << 10

// reserve takes the reserve's space, if the disk has it.
func (o *output) reserve() {
	if err := disk.WriteFile(o.dir.Reserve(), make([]byte, reserveBytes)); err != nil {
		_ = disk.Remove(o.dir.Reserve())
	}
}

// event logs an event at the current step.
func (o *output) event(body rundir.Body) error { return o.eventAt(int(o.step.Load()), body) }

// eventAt logs an event at an earlier step, such as that of a checkpoint written meanwhile.
func (o *output) eventAt(step int, body rundir.Body) error {
	return o.retry(func() error { return o.pace.Append(step, body) })
}

// warn logs warnings.
func (o *output) warn(messages []string) error {
	for _, message := range messages {
		if err := o.event(&rundir.Warning{Message: message}); err != nil {
			return err
		}
	}
	return nil
}

// loss logs the loss of the current step, together with those of other steps; now.Losses is ignored.
func (o *output) loss(loss float32, now rundir.Steps) error {
	err := o.pace.Step(int(o.step.Load()), loss, now)
	if disk.Full(err) { // the loss is still pending
		return o.flush()
	}
	return err
}

// flush logs the pending losses.
func (o *output) flush() error { return o.retry(o.pace.Flush) }

// syncLog forces the log to the disk. It returns its length and the SHA-256 of its contents, hexadecimal.
func (o *output) syncLog() (bytes int64, hash string, err error) {
	err = o.retry(func() error {
		bytes, err = o.log.Sync()
		return err
	})
	if err != nil {
		return 0, "", err
	}
	hash, err = rundir.HashBeginning(o.dir.Events(), bytes)
	return bytes, hash, err
}

// answer logs the answer to a request and removes the request.
func (o *output) answer(request rundir.Request, answer string) error {
	return o.retry(func() error { return o.pace.Answer(o.dir, int(o.step.Load()), request, answer) })
}

// settings writes settings.json.
func (o *output) settings(s rundir.Settings) error {
	return o.retry(func() error { return o.dir.WriteSettings(s) })
}

// createEpoch creates the file of an epoch's logits, [rows, classes], unless the epoch is running already.
func (o *output) createEpoch(epoch, rows, classes int) error {
	if o.epoch != nil {
		return nil
	}
	return o.retry(func() (err error) {
		o.epoch, err = dynamics.Create(o.dir.Epoch(epoch), rows, classes)
		return err
	})
}

// logits writes a batch's logits, [len(rows), classes], into the running epoch.
func (o *output) logits(rows []int, logits []float32) error {
	return o.retry(func() error { return o.epoch.WriteRows(rows, logits) })
}

// syncEpoch forces the running epoch to the disk and returns its file's SHA-256, hexadecimal; "" between epochs.
func (o *output) syncEpoch(epoch int) (hash string, err error) {
	if o.epoch == nil {
		return "", nil
	}
	if err := o.retry(o.epoch.Sync); err != nil {
		return "", err
	}
	return rundir.HashFile(o.dir.Epoch(epoch))
}

// closeEpoch forces the complete epoch to the disk and logs that it is complete.
func (o *output) closeEpoch(epoch int) error {
	store := o.epoch
	o.epoch = nil
	if err := store.Close(); err != nil {
		return err
	}
	hash, err := rundir.HashFile(o.dir.Epoch(epoch))
	if err != nil {
		return err
	}
	return o.event(&rundir.Epoch{Epoch: epoch, Hash: hash})
}

// evaluation writes the logits of an evaluation set, [n, classes], after the current step. It returns the file's SHA-256,
// hexadecimal.
func (o *output) evaluation(set string, logits []float32, n, classes int) (hash string, err error) {
	path := o.dir.EvalLogits(set, int(o.step.Load()))
	if err := o.retry(func() error { return dynamics.WriteNPY(path, logits, n, classes) }); err != nil {
		return "", err
	}
	return rundir.HashFile(path)
}

// startHeartbeat logs a heartbeat every rundir.HeartbeatEvery until stop is called.
func (o *output) startHeartbeat() (stop func()) {
	beat := time.NewTicker(rundir.HeartbeatEvery)
	stopped := make(chan struct{})
	go func() {
		defer crash.Exit()
		for {
			select {
			case <-beat.C:
				_ = o.log.Append(int(o.step.Load()), &rundir.Heartbeat{}) // the loop's own events report a failure
			case <-stopped:
				return
			}
		}
	}()
	return func() { beat.Stop(); close(stopped) }
}
