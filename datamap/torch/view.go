package torch

import (
	"fmt"
	"math"

	"ftft/internal/floats"
	"ftft/internal/pytorch"
)

// view is a tensor of two dimensions: element [i, j] is number offset + i*strides[0] + j*strides[1] of the storage.
type view struct {
	storage       *pytorch.Storage
	kind          floats.Type
	offset        int64
	size, strides [2]int64
	data          []byte // of the storage; nil until it is read
}

// newView checks that a tensor has two dimensions, neither of them empty, and lies in its storage. Otherwise it returns what is
// wrong.
func newView(t *pytorch.Tensor) (v view, wrong string) {
	layout, wrong := t.Layout()
	switch {
	case wrong != "":
		return v, wrong
	case len(layout.Sizes) != 2 || layout.Count == 0:
		return v, fmt.Sprintf("a tensor of %s; expected [epochs, classes]", t.Shape())
	case t.Float() == 0:
		return v, fmt.Sprintf("a tensor of type %s; expected floating-point numbers of 16, 32 or 64 bits", t.Type())
	}
	return view{storage: t.Storage, kind: t.Float(), offset: layout.Offset,
		size: [2]int64(layout.Sizes), strides: [2]int64(layout.Strides)}, ""
}

// row copies an epoch's logits, rounded to float32, and reports whether all are finite.
func (v *view) row(epoch int, logits []float32) bool {
	at := v.offset + int64(epoch)*v.strides[0]
	for class := range logits {
		x := v.kind.At(v.data[at*v.kind.Size():])
		if math.IsNaN(x) || math.Abs(x) > math.MaxFloat32 {
			return false
		}
		logits[class] = float32(x)
		at += v.strides[1]
	}
	return true
}
