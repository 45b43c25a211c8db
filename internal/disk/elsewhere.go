package disk

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// ReadOnly says whether an error comes of a place that may not be written to, by this user or by anybody.
func ReadOnly(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS)
}

// Elsewhere is where a user's own file goes whose place is read-only: $XDG_STATE_HOME/ftft/KIND (~/.local/state where that is not
// set), named by the hash of its whole path. It is "" for a user without a home.
func Elsewhere(kind, path string) string {
	state := os.Getenv("XDG_STATE_HOME")
	if state == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		state = filepath.Join(home, ".local", "state")
	}
	whole, err := filepath.Abs(path)
	if err != nil {
		return ""
	}
	return filepath.Join(state, "ftft", kind, fmt.Sprintf("%x", sha256.Sum256([]byte(whole)))+filepath.Ext(path))
}
