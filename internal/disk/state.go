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

// ReadOnly reports whether an error means that a place cannot be written to, by this user or at all.
func ReadOnly(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS)
}

// StatePath returns the path in the user's state folder that replaces a read-only path: $XDG_STATE_HOME/ftft/KIND/HASH.EXT, by
// default under ~/.local/state, where HASH is that of the absolute path and EXT its extension. It returns "" for a user without
// a home.
func StatePath(kind, path string) string {
	whole, err := filepath.Abs(path)
	if err != nil {
		return ""
	}
	return StateFile(filepath.Join(kind, fmt.Sprintf("%x", sha256.Sum256([]byte(whole)))+filepath.Ext(path)))
}

// StateFile returns the path of a file in the user's state folder: $XDG_STATE_HOME/ftft/NAME, by default under ~/.local/state. It
// returns "" for a user without a home.
func StateFile(name string) string {
	state := os.Getenv("XDG_STATE_HOME")
	if state == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "ftft", name)
}
