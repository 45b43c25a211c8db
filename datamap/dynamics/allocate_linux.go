package dynamics

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// allocate reserves the file's blocks, so that a disk without room for them says so at once. File systems that
// cannot reserve are left to say so when the file is filled.
func allocate(file *os.File, size int64) error {
	err := unix.Fallocate(int(file.Fd()), 0, 0, size)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINTR) {
		return nil
	}
	return err
}
