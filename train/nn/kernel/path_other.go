//go:build !amd64

package kernel

// machineOf is the assembly of a path: none on this processor.
func machineOf(Path) *machine { return nil }
