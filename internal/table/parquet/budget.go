package parquet

import (
	"errors"
	"fmt"
)

// A Budget limits the memory that values take.
type Budget struct{ left, most int64 }

// NewBudget returns a budget of a number of bytes.
func NewBudget(bytes int64) *Budget { return &Budget{left: bytes, most: bytes} }

// Take reserves count times size bytes, or returns an error if they are beyond the budget.
func (b *Budget) Take(count, size int64) error {
	if count < 0 || size < 0 {
		return errors.New("it claims a negative size")
	}
	if size > 0 && count > b.left/size {
		return &LimitError{Limit: b.most}
	}
	b.left -= count * size
	return nil
}

// Give returns bytes that were taken.
func (b *Budget) Give(bytes int64) { b.left += bytes }

// A LimitError reports that values take more memory than the budget.
type LimitError struct{ Limit int64 } // bytes

func (e *LimitError) Error() string {
	return fmt.Sprintf("its values take more than %d MB of memory once unpacked", e.Limit>>20)
}
