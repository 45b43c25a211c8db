package job

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ftft/configs"
	"ftft/internal/disk"
	"ftft/internal/fault"
)

// All supervisors of a runs folder share one poll: a file in .jobs has the IDs that they follow and what the last call of the poll command
// has printed of each. The supervisor that finds it too old calls the command, for all IDs. A lock lets one at a time do so; the others
// read what is there.

var (
	// pollFirst is the time between two polls in a job's first minutes, pollLater the time after that.
	pollFirst = 10 * time.Second
	pollLater = 30 * time.Second
	// pollEnding is the time between two polls of a job that was cancelled.
	pollEnding = 2 * time.Second
	// pollLong is the age from which a job is polled at longer intervals.
	pollLong = 5 * time.Minute
	// wantedFor is how long the ID of a job stays among those polled after its supervisor has last asked.
	wantedFor = 10 * time.Minute
)

// board is the shared result of polls.
type board struct {
	path   string
	engine *engine
	last   boardFile // what this process has found last: it counts if the disk is full
}

// boardFile is the content of a board.
type boardFile struct {
	Format  int                 `json:"format"`
	Command []string            `json:"command"`          // the poll command, with {job} for the IDs
	Tried   time.Time           `json:"tried,omitzero"`   // the last call of the command
	Polled  time.Time           `json:"polled,omitzero"`  // the last one that succeeded
	Failing time.Time           `json:"failing,omitzero"` // the first call of those that have failed since then
	Problem string              `json:"problem,omitempty"`
	Jobs    map[string]boardJob `json:"jobs"`
}

// boardJob is the entry of a job: who wants it, and what the last poll printed of it.
type boardJob struct {
	Wanted time.Time `json:"wanted"`
	State  string    `json:"state,omitempty"`
	Reason string    `json:"reason,omitempty"`
	Starts time.Time `json:"starts,omitzero"`
	Absent int       `json:"absent,omitempty"` // polls in succession that did not mention it
	Polled time.Time `json:"polled,omitzero"`  // the last successful poll that asked for it
}

// openBoard returns the board of an engine for the runs of a folder.
func openBoard(root string, e *engine) *board {
	hash := sha256.Sum256([]byte(strings.Join(e.pollCommand([]string{"{job}"}), "\x00")))
	return &board{path: filepath.Join(root, ".jobs", fmt.Sprintf("%x.json", hash[:8])), engine: e}
}

// answer is what the board has of a job.
type answer struct {
	condition
	polled  time.Time // when the scheduler was asked; zero = never
	failing time.Time // since when polling fails; zero = it does not
	problem string
}

// look returns the entry of a job. It polls first if the last poll is older than every.
func (b *board) look(ctx context.Context, job string, every time.Duration) (answer, error) {
	if err := disk.Mkdir(filepath.Dir(b.path)); err != nil && !disk.Full(err) {
		return answer{}, disk.Explain("poll", err)
	}
	file, err := b.read()
	if err != nil {
		return answer{}, err
	}
	if file.fresh(job, every) {
		return file.answer(job), nil
	}
	mutex, err := disk.OpenFile(strings.TrimSuffix(b.path, ".json")+".lock", os.O_CREATE|os.O_RDWR, 0o666)
	switch {
	case disk.Full(err): // the lock only saves calls
	case err != nil:
		return answer{}, disk.Explain("poll", err)
	default:
		defer mutex.Close()
		if err := unix.Flock(int(mutex.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
			return file.answer(job), nil // another supervisor polls; a later call asks for this job as well
		}
	}
	if file, err = b.read(); err != nil {
		return answer{}, err
	}
	if !file.fresh(job, every) {
		b.poll(ctx, &file, job)
		b.last = file
		if err = disk.WriteJSON(b.path, file); disk.Full(err) {
			err = nil
		}
	}
	return file.answer(job), err
}

// forget removes a job that has ended.
func (b *board) forget(job string) {
	mutex, err := disk.OpenFile(strings.TrimSuffix(b.path, ".json")+".lock", os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return
	}
	defer mutex.Close()
	if unix.Flock(int(mutex.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		return // it is removed once no supervisor asks for it
	}
	if file, err := b.read(); err == nil && file.Jobs[job] != (boardJob{}) {
		delete(file.Jobs, job)
		_ = disk.WriteJSON(b.path, file)
	}
}

// read returns the board's content. A damaged file counts as none: the next poll replaces it.
func (b *board) read() (file boardFile, err error) {
	data, err := disk.ReadFile(b.path)
	if err == nil && fault.DecodeJSON(b.path, data, &file) != nil {
		file = boardFile{}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if b.last.Tried.After(file.Tried) {
		file = b.last
	}
	if file.Jobs == nil {
		file.Jobs = map[string]boardJob{}
	}
	return file, err
}

// fresh reports whether the board is recent enough for a job.
func (f *boardFile) fresh(job string, every time.Duration) bool {
	age := time.Since(f.Tried)
	_, asked := f.Jobs[job]
	return asked && age >= 0 && age < every
}

func (f *boardFile) answer(job string) answer {
	entry := f.Jobs[job]
	a := answer{polled: entry.Polled, failing: f.Failing, problem: f.Problem}
	a.word, a.reason, a.starts = entry.State, entry.Reason, entry.Starts
	a.phase = words[entry.State]
	if entry.Absent > 1 { // one poll may come before the scheduler lists a new job
		a.phase = absent
	}
	return a
}

// poll calls the poll command for all jobs that are wanted.
func (b *board) poll(ctx context.Context, file *boardFile, job string) {
	now := time.Now().UTC()
	entry := file.Jobs[job]
	entry.Wanted = now
	file.Jobs[job] = entry
	maps.DeleteFunc(file.Jobs, func(_ string, j boardJob) bool { return now.Sub(j.Wanted) > wantedFor })
	file.Format, file.Command, file.Tried = 1, b.engine.pollCommand([]string{"{job}"}), now
	jobs := slices.Sorted(maps.Keys(file.Jobs))
	output, ended, err := call(ctx, b.engine.pollCommand(jobs))
	if err != nil && ended && b.engine.Kind == configs.Slurm && strings.Contains(err.Error(), "Invalid job id") {
		err = nil // squeue's answer to a single ID that it no longer knows
	}
	if err != nil {
		if file.Failing.IsZero() {
			file.Failing = now
		}
		file.Problem = err.Error()
		return
	}
	file.Polled, file.Failing, file.Problem = now, time.Time{}, ""
	states := parseStates(output)
	for _, id := range jobs {
		entry := file.Jobs[id]
		entry.Polled = now
		if c, ok := states[id]; ok {
			entry.State, entry.Reason, entry.Starts, entry.Absent = c.word, c.reason, c.starts, 0
		} else {
			entry.Absent++
		}
		file.Jobs[id] = entry
	}
}
