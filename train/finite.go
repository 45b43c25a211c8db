package train

import (
	"errors"
	"fmt"
	"math"

	"ftft/internal/fault"
	"ftft/train/corpus"
)

// A NotFinite is the error of a logit or an encoding that is not a finite number. It comes from weights that are too large.
type NotFinite struct {
	Row   int    // of the example in its set
	What  string // "a logit", or "a value of the embedding"
	Value float32
}

func (e *NotFinite) Error() string {
	return fmt.Sprintf("%s of example %d is %g", e.What, e.Row, e.Value)
}

// Named returns a *fault.Bad with the model's folder and the example for a *NotFinite, and any other error unchanged.
func Named(err error, folder string, examples []corpus.Example) error {
	var notFinite *NotFinite
	if !errors.As(err, &notFinite) {
		return err
	}
	return fault.At(folder, 0, fmt.Sprintf("%s of the example with guid %q is %g: the weights are damaged or too large",
		notFinite.What, examples[notFinite.Row].GUID, notFinite.Value))
}

// largestHalf is the greatest number in half precision, in which embeddings are written.
const largestHalf = 65504

// checkFinite returns a *NotFinite for the first value, of rows of the given width, that is NaN or beyond the limit.
func checkFinite(values []float32, width int, what string, limit float32) error {
	for i, v := range values {
		if !(v >= -limit && v <= limit) { // NaN is in no range
			return &NotFinite{i / width, what, v}
		}
	}
	return nil
}

// checkLogits is checkFinite for logits. Training, evaluation and prediction call it before anything is made of them.
func checkLogits(logits []float32, classes int) error {
	return checkFinite(logits, classes, "a logit", math.MaxFloat32)
}

// checkEncodings is checkFinite for encodings, which are written in half precision.
func checkEncodings(encodings []float32, hidden int) error {
	return checkFinite(encodings, hidden, "a value of the embedding", largestHalf)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
