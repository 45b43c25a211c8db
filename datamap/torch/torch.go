// Package torch reads and writes uid_to_logits.pt, in which the code of FTFT (Du, Gatt and Nguyen, 2023) stores training
// dynamics: torch.save of a dict from uid, a string or an integer, to a tensor of logits, [epochs, classes]. The tensors are
// usually views into one storage, [epochs, uids, classes].
//
// Such a file is a zip with a pickle in it, and a pickle is a program. The reader in this package knows only the few
// instructions that build dicts and tensors, accepts no class but those of tensors, and runs no code. The library
// github.com/nlpodyssey/gopickle v0.2.0 is not an alternative: it panics on pickles of one and of nine bytes (an instruction
// 0xff, a frame of a claimed size), and creates objects of some classes before it asks which are allowed.
//
// It may import datamap and internal packages. Begin with Read and Write; unpickler runs a pickle.
package torch

import (
	"fmt"
	"io"

	"ftft/internal/fault"
	"ftft/internal/input"
)

// Dynamics is the content of a file. Rows are in the order of the dict.
type Dynamics struct {
	GUIDs   []string // [N] distinct; integers in decimal
	Numbers bool     // the uids are integers
	Classes int
	Epochs  [][]float32 // [E][N*C] logits, row-major, finite
}

// Is reports whether torch.save wrote a file, whatever its content: it looks at the first bytes or at the names in the zip. It
// is also true for the format before PyTorch 1.6 and for truncated files, which Read refuses.
func Is(path string) bool {
	file, err := input.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil {
		return is(file, info.Size())
	}
	return false
}

// Read reads the epochs from..to-1 of a file, counted from 0; a to of -1 stands for the end. Each uid has a tensor of 16, 32 or
// 64 bit floating-point numbers, [epochs, classes], all of the same shape. Logits are rounded to float32 and must be finite. A
// malformed file is a *fault.Bad, a range of epochs that is empty or out of range a *datamap.NoEpoch. Memory is proportional to
// the size of the file.
func Read(path string, from, to int) (*Dynamics, error) {
	file, err := input.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return read(path, file, info.Size(), from, to)
}

func read(path string, file io.ReaderAt, size int64, from, to int) (*Dynamics, error) {
	a, err := open(path, file, size)
	if err != nil {
		return nil, err
	}
	text, err := a.pickle()
	if err != nil {
		return nil, err
	}
	u := unpickler{data: text}
	value, err := u.run()
	if err != nil {
		return nil, fault.At(path, 0, fmt.Sprintf("data.pkl, byte %d: %v", u.at, err))
	}
	items, ok := value.(*dict)
	if !ok {
		return nil, fault.At(path, 0, fmt.Sprintf("it holds %s; expected a dict from uid to logits, [epochs, classes]", kind(value)))
	}
	if len(items.keys) == 0 {
		return nil, fault.At(path, 0, "the dict from uid to logits is empty")
	}
	r := reader{archive: a, items: items}
	if err := r.read(from, to); err != nil {
		return nil, err
	}
	return &r.Dynamics, nil
}
