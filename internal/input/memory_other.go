//go:build !linux

package input

// memory is not known on this system.
type memory struct{}

var system memory

func (memory) available() int64 { return 0 }
