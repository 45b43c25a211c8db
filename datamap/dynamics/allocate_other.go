//go:build !linux

package dynamics

import "os"

// allocate does nothing: filling the file allocates its blocks.
func allocate(*os.File, int64) error { return nil }
