package rundir

import (
	"errors"
	"fmt"
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

// The queue of a runs folder is a folder of tickets, ".queue": one file a run that trains or waits, whose name says its
// place (a rank from 0 to 9, the time, the run's ID) and on which its process holds a lock. The first ones, as many as
// there are slots, train. A ticket that nobody holds is of a process that is gone: whoever sees it removes it.

// A Ticket is a place in the queue.
type Ticket struct {
	Run    string // its ID
	Trains bool   // it has had its turn
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

// Enqueue takes a place in the queue of the folder that a run lies in, behind the others. It is given back by Release, or
// by the end of the process.
func Enqueue(dir Dir) (*Ticket, error) {
	folder := filepath.Join(filepath.Dir(string(dir)), queueName)
	if err := disk.Mkdir(folder); err != nil {
		return nil, disk.Explain("queue", err)
	}
	path := filepath.Join(folder, ticketName(rankUsual, time.Now(), dir.ID()))
	// It is locked before it has its name: nobody finds it unheld.
	temporary := filepath.Join(folder, "."+filepath.Base(path))
	file, err := disk.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o666)
	if err != nil {
		return nil, disk.Explain("queue", err)
	}
	if err = flock(file, unix.LOCK_EX); err == nil {
		err = disk.Rename(temporary, path)
	}
	if err != nil {
		file.Close()
		disk.Remove(temporary)
		return nil, disk.Explain("queue", err)
	}
	return &Ticket{Run: dir.ID(), path: path, held: file}, nil
}

func ticketName(rank int, at time.Time, run string) string {
	return fmt.Sprintf("%d-%s-%s", rank, at.UTC().Format(ticketTime), run)
}

// Turn says whether it is this process's turn to train, where so many runs may at a time, and how many stand before it.
// Whose turn it is keeps its place until it gives it back.
func (t *Ticket) Turn(slots int) (turn bool, ahead int, err error) {
	folder := filepath.Dir(t.path)
	// One decides at a time: two that come at once must not both find themselves first.
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
	place := slices.IndexFunc(tickets, func(other Ticket) bool { return other.Run == t.Run }) // under another name, if it was moved
	switch {
	case place < 0:
		return false, 0, fmt.Errorf("the ticket of %s has gone from %s: was the folder cleared?", t.Run, folder)
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

// Queue lists the runs that train or wait in a runs folder, in their order.
func Queue(root string) ([]Ticket, error) { return queued(filepath.Join(root, queueName)) }

// queued lists the tickets that are held, in their order, and removes the others.
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
		if held, err := isHeld(path); err != nil {
			return nil, err
		} else if held {
			tickets = append(tickets, Ticket{Run: parts[2], Trains: parts[0] == strconv.Itoa(rankTrains), path: path})
		}
	}
	slices.SortFunc(tickets, func(a, b Ticket) int { return strings.Compare(filepath.Base(a.path), filepath.Base(b.path)) })
	return tickets, nil
}

// isHeld says whether a process holds a ticket, and removes it if none does.
func isHeld(path string) (bool, error) {
	file, err := disk.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer file.Close()
	switch err := flock(file, unix.LOCK_SH); {
	case errors.Is(err, unix.EWOULDBLOCK):
		return true, nil
	case err != nil:
		return false, err
	}
	if err := disk.Remove(path); err != nil && !disk.ReadOnly(err) {
		return false, err
	}
	return false, nil
}

// Move puts a waiting run before the others, or behind them.
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
			return fmt.Errorf("%s trains already", run)
		}
		if t.Run == run {
			return disk.Rename(t.path, filepath.Join(filepath.Dir(t.path), ticketName(rank, time.Now(), run)))
		}
	}
	return fmt.Errorf("%s is not in the queue", run)
}
