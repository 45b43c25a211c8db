package rundir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"ftft/internal/disk"
)

// Held is a lock that this process holds on a run or an experiment.
type Held struct{ file *disk.File }

// LockedError is the error of Lock while another process holds the lock.
type LockedError struct {
	Path   string // of the lock file
	Holder string // "PID on HOST"; empty if unknown
}

func (e *LockedError) Error() string {
	holder := e.Holder
	if holder == "" {
		holder = "another process"
	}
	return fmt.Sprintf("%s is held by %s: wait for it, or stop it", e.Path, holder)
}

type lockable interface{ LockFile() string }

// Lock takes the writer's lock of a run or an experiment, an advisory lock (flock) on its file "lock". A process must hold it before
// it writes any other file. The system releases it when the process ends, however it ends. The error is a *LockedError if another
// process holds the lock.
func Lock(dir lockable) (*Held, error) {
	file, err := disk.OpenFile(dir.LockFile(), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, disk.Explain("lock", err)
	}
	// Locked holds the lock for a moment to test it: keep trying for longer than that.
	for tries := 0; ; tries++ {
		if err = flock(file, unix.LOCK_EX); !errors.Is(err, unix.EWOULDBLOCK) || tries == 20 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		holder := make([]byte, 256)
		n, _ := file.ReadAt(holder, 0)
		file.Close()
		return nil, &LockedError{Path: dir.LockFile(), Holder: string(holder[:n])}
	}
	if err == nil {
		err = file.Truncate(0)
	}
	if err == nil {
		host, _ := os.Hostname()
		_, err = fmt.Fprintf(file, "%d on %s", os.Getpid(), host)
	}
	if disk.Full(err) { // the lock holds without the name of its holder
		err = nil
	}
	if err != nil {
		file.Close()
		return nil, disk.Explain("lock "+dir.LockFile(), err)
	}
	return &Held{file}, nil
}

// Check returns an error if the directory is no longer the one that was locked: it was removed or replaced, and must not be written.
func (h *Held) Check() error {
	held, err := h.file.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(h.file.Name())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s was removed while this process was writing it: restore it and resume, or start again", filepath.Dir(h.file.Name()))
	case err != nil:
		return err
	case !os.SameFile(held, there):
		return fmt.Errorf("%s was replaced while this process was writing it: the new folder is left alone", filepath.Dir(h.file.Name()))
	}
	return nil
}

// Release releases the lock. The file stays.
func (h *Held) Release() error { return h.file.Close() }

// Locked reports whether a process holds the writer's lock. Over NFS the locks of other hosts may be invisible, so Status uses
// heartbeats as well.
func Locked(dir lockable) bool {
	file, err := disk.Open(dir.LockFile())
	if err != nil {
		return false
	}
	defer file.Close()
	return errors.Is(flock(file, unix.LOCK_SH), unix.EWOULDBLOCK)
}

// flock tries to take a lock and does not wait.
func flock(file *disk.File, how int) error {
	for {
		if err := unix.Flock(int(file.Fd()), how|unix.LOCK_NB); err != unix.EINTR {
			return err
		}
	}
}
