package parallel

import (
	"strings"
	"testing"
)

// A panic in a piece of work reaches the caller of Do, with the stack of the goroutine where it happened.
func TestDoRepeatsAPanic(t *testing.T) {
	defer func() {
		p, ok := recover().(*Panic)
		if !ok || p.Value != "piece" || !strings.Contains(string(p.Stack), "failingPiece") {
			t.Errorf("recovered %v", p)
		}
	}()
	Do(100, failingPiece)
	t.Error("Do returned")
}

func failingPiece(piece int) {
	if piece%2 == 1 {
		panic("piece")
	}
}
