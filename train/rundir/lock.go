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

// Held is a lock that this process holds on a run or a study.
type Held struct{ file *disk.File }

// LockedError says that another process is writing the directory.
type LockedError struct {
	Path   string // of the lock file
	Holder string // "PID on HOST", empty if it has not said so
}

func (e *LockedError) Error() string {
	holder := e.Holder
	if holder == "" {
		holder = "another process"
	}
	return fmt.Sprintf("%s is held by %s: wait for it, or stop it", e.Path, holder)
}

type lockable interface{ LockFile() string }

// Lock takes the writer's lock of a run or a study, an advisory one (flock) on its file "lock", which must be held
// before any other file is written. The system lets go of it when the process ends, however it ends. The error is a
// *LockedError if another process holds it.
func Lock(dir lockable) (*Held, error) {
	file, err := disk.OpenFile(dir.LockFile(), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, disk.Explain("lock", err)
	}
	// Locked takes the lock for a moment to see whether it is free: try for longer than that.
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
	if err != nil {
		file.Close()
		return nil, disk.Explain("lock "+dir.LockFile(), err)
	}
	return &Held{file}, nil
}

// Check says whether the directory is still the one that was locked: somebody may have removed it, or put another in its
// place, and nothing should be written there then.
func (h *Held) Check() error {
	held, err := h.file.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(h.file.Name())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s has gone while this process was writing it: nothing more is written; put it back and resume, or start again", filepath.Dir(h.file.Name()))
	case err != nil:
		return err
	case !os.SameFile(held, there):
		return fmt.Errorf("%s is not the folder that this process was writing: another has taken its place, and is left alone", filepath.Dir(h.file.Name()))
	}
	return nil
}

// Release lets go of the lock. The file stays.
func (h *Held) Release() error { return h.file.Close() }

// Locked says whether a process holds the writer's lock. Over NFS other hosts' locks may not be seen; Status looks
// at heartbeats too.
func Locked(dir lockable) bool {
	file, err := disk.Open(dir.LockFile())
	if err != nil {
		return false
	}
	defer file.Close()
	return errors.Is(flock(file, unix.LOCK_SH), unix.EWOULDBLOCK)
}

// flock tries for a lock without waiting.
func flock(file *disk.File, how int) error {
	for {
		if err := unix.Flock(int(file.Fd()), how|unix.LOCK_NB); err != unix.EINTR {
			return err
		}
	}
}
