package rundir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ftft/internal/disk"
)

// The queue of a runs folder is a folder of tickets, ".queue": one file for each run that trains or waits. Its name tells its place
// (a rank from 0 to 9, the time, the run's ID), its content the pool of slots that it waits for, and its process holds a lock on it.
// The first tickets of a pool, one per slot, may train. A ticket without a lock belongs to a process that has ended: every reader
// removes it.

// Ticket is a place in the queue.
type Ticket struct {
	Run    string // its ID
	Pool   string // whose slots it takes: "" is this machine, else a kind of scheduler
	Trains bool   // else it waits
	path   string
	held   *disk.File // by this process
}

// The ranks of tickets: lower ones go first.
const (
	rankTrains = 0
	rankFirst  = 1
	rankUsual  = 5
	rankLast   = 9
	queueName  = ".queue"
	ticketTime = "20060102T150405.000000000"
)

// poolBytes is the most that is read of a ticket's pool.
const poolBytes = 64

// Enqueue takes the last place of a pool in the queue of the folder that a run is in. Release, or the end of the process, gives it back.
func Enqueue(dir Dir, pool string) (*Ticket, error) {
	folder := filepath.Join(filepath.Dir(string(dir)), queueName)
	if err := disk.Mkdir(folder); err != nil {
		return nil, disk.Explain("queue", err)
	}
	path := filepath.Join(folder, ticketName(rankUsual, time.Now(), dir.ID()))
	// It is locked before it gets its name, so that no reader finds it without a lock.
	temporary := filepath.Join(folder, "."+filepath.Base(path))
	file, err := disk.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o666)
	if err != nil {
		return nil, disk.Explain("queue", err)
	}
	if err = flock(file, unix.LOCK_EX); err == nil && pool != "" {
		_, err = file.Write([]byte(pool))
	}
	if err == nil {
		err = disk.Rename(temporary, path)
	}
	if err != nil {
		file.Close()
		disk.Remove(temporary)
		return nil, disk.Explain("queue", err)
	}
	return &Ticket{Run: dir.ID(), Pool: pool, path: path, held: file}, nil
}

func ticketName(rank int, at time.Time, run string) string {
	return fmt.Sprintf("%d-%s-%s", rank, at.UTC().Format(ticketTime), run)
}

// Turn reports whether this process may train, if slots runs of its pool may train at a time, and how many tickets of the pool are ahead.
// A process that may train keeps its place until Release.
func (t *Ticket) Turn(slots int) (turn bool, ahead int, err error) {
	folder := filepath.Dir(t.path)
	// One process at a time decides, so that two that come at once do not both find themselves first.
	mutex, err := disk.OpenFile(filepath.Join(folder, ".mutex"), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return false, 0, disk.Explain("queue", err)
	}
	defer mutex.Close()
	if err := unix.Flock(int(mutex.Fd()), unix.LOCK_EX); err != nil {
		return false, 0, disk.Explain("queue", err)
	}
	tickets, err := queued(folder)
	if err != nil {
		return false, 0, err
	}
	tickets = slices.DeleteFunc(tickets, func(other Ticket) bool { return other.Pool != t.Pool })
	place := slices.IndexFunc(tickets, func(other Ticket) bool { return other.Run == t.Run }) // Move may have renamed it
	switch {
	case place < 0:
		return false, 0, fmt.Errorf("the ticket of %s is missing from %s: was the folder cleared?", t.Run, folder)
	case place >= slots || tickets[place].Trains:
		return tickets[place].Trains, place, nil
	}
	t.path = filepath.Join(folder, ticketName(rankTrains, time.Now(), t.Run))
	return true, place, disk.Rename(tickets[place].path, t.path)
}

// Release gives the place back.
func (t *Ticket) Release() error {
	tickets, err := queued(filepath.Dir(t.path))
	for _, other := range tickets {
		if other.Run == t.Run {
			err = errors.Join(err, disk.Remove(other.path))
		}
	}
	return errors.Join(err, t.held.Close())
}

// Queue lists the tickets of a runs folder in their order.
func Queue(root string) ([]Ticket, error) { return queued(filepath.Join(root, queueName)) }

// queued lists the locked tickets in their order, and removes the others.
func queued(folder string) ([]Ticket, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var tickets []Ticket
	for _, entry := range entries {
		parts := strings.SplitN(entry.Name(), "-", 3)
		if len(parts) < 3 || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		path := filepath.Join(folder, entry.Name())
		pool, held, err := isHeld(path)
		if err != nil {
			return nil, err
		}
		if held {
			tickets = append(tickets, Ticket{Run: parts[2], Pool: pool, Trains: parts[0] == strconv.Itoa(rankTrains), path: path})
		}
	}
	slices.SortFunc(tickets, func(a, b Ticket) int { return strings.Compare(filepath.Base(a.path), filepath.Base(b.path)) })
	return tickets, nil
}

// isHeld reports whether a process holds a ticket, and for which pool. It removes a ticket that no process holds. Tickets of older
// versions are empty: they wait for a slot of this machine.
func isHeld(path string) (pool string, held bool, err error) {
	file, err := disk.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	defer file.Close()
	switch err := flock(file, unix.LOCK_SH); {
	case errors.Is(err, unix.EWOULDBLOCK):
		text := make([]byte, poolBytes)
		n, err := file.ReadAt(text, 0)
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return string(text[:n]), true, err
	case err != nil:
		return "", false, err
	}
	if err := disk.Remove(path); err != nil && !disk.ReadOnly(err) {
		return "", false, err
	}
	return "", false, nil
}

// Move puts a waiting run before all others that wait, or behind them.
func Move(root, run string, first bool) error {
	tickets, err := Queue(root)
	if err != nil {
		return err
	}
	rank := rankLast
	if first {
		rank = rankFirst
	}
	for _, t := range tickets {
		if t.Run == run && t.Trains {
			return fmt.Errorf("%s is training already", run)
		}
		if t.Run == run {
			return disk.Rename(t.path, filepath.Join(filepath.Dir(t.path), ticketName(rank, time.Now(), run)))
		}
	}
	return fmt.Errorf("%s is not in the queue", run)
}
