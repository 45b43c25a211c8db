package input

import "sync/atomic"

// unknownMemory is the budget where the system does not tell how much memory there is, in bytes.
const unknownMemory = 4 << 30

// lowered is the budget that SetBudget set, in bytes; 0 = none.
var lowered atomic.Int64

// Budget returns how many bytes reading one input may take: half of the memory that this process can still allocate, by the
// memory available, the limits of its control groups and those of the process.
func Budget() int64 {
	if bytes := lowered.Load(); bytes > 0 {
		return bytes
	}
	if available := system.available(); available > 0 {
		return available / 2
	}
	return unknownMemory
}

// SetBudget sets the budget, for tests. restore undoes it.
func SetBudget(bytes int64) (restore func()) {
	before := lowered.Swap(bytes)
	return func() { lowered.Store(before) }
}

// Available returns how many bytes of memory this process can still allocate: twice the budget.
func Available() int64 { return 2 * Budget() }
