//go:build !amd64

package kernel

// routinesOf returns nil: there are no assembly functions for this processor.
func routinesOf(Path) *routines { return nil }
