package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Exclusively calls do while no other process and no other goroutine is in a call for the same folder, so that do can read a file there
// and replace it. File systems without locks are not locked.
func Exclusively(folder string, do func() error) error {
	if err := ask(Opening, folder); err != nil {
		return err
	}
	file, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer file.Close() // ends the lock
	err = unix.EINTR
	for err == unix.EINTR {
		err = unix.Flock(int(file.Fd()), unix.LOCK_EX)
	}
	if err != nil && !errors.Is(err, unix.ENOTSUP) && !errors.Is(err, unix.ENOLCK) {
		return Explain("lock "+folder, err)
	}
	return do()
}
