package cartography

import (
	"testing"

	"ftft/internal/parallel"
)

// A panic while a piece is produced reaches the caller, after the pieces before it.
func TestInOrderRepeatsAPanic(t *testing.T) {
	used := 0
	defer func() {
		if p, ok := recover().(*parallel.Panic); !ok || p.Value != "piece 7" || used != 7 {
			t.Errorf("recovered %v after %d pieces", p, used)
		}
	}()
	inOrder(50, func(i int, slot *int) {
		if i == 7 {
			panic("piece 7")
		}
		*slot = i
	}, func(*int) bool {
		used++
		return true
	})
	t.Error("inOrder returned")
}
