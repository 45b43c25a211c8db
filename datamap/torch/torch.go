// Package torch reads and writes training dynamics as the code of FTFT (Du, Gatt and Nguyen, 2023) stores them in
// uid_to_logits.pt: what torch.save makes of a dict from uid, a string or an integer, to a tensor of logits,
// [epochs, classes]. The tensors are as a rule views into one storage, [epochs, uids, classes].
//
// Such a file is a zip with a pickle in it, which is a program. It is read by a reader of its own, which knows the few
// instructions that make up dicts and tensors, names no class but those of tensors, and runs nothing. A library was tried
// first: github.com/nlpodyssey/gopickle v0.2.0 panics on pickles of one and of nine bytes (an instruction 0xff, a frame of
// a claimed size), and makes objects of some classes before it asks which are allowed.
package torch

import (
	"fmt"
	"io"
	"os"

	"ftft/internal/fault"
)

// Dynamics are what a file holds. Rows are in the order of the dict.
type Dynamics struct {
	GUIDs   []string // [N], distinct; integers in decimal
	Numbers bool     // the uids are integers
	Classes int
	Epochs  [][]float32 // [E][N*C] logits, row-major, finite
}

// Is says whether a file is one that torch.save wrote, whatever is in it: by its first bytes, or by the list of the zip's
// entries. Files in the format before PyTorch 1.6 and those cut off are too; Read says what is wrong with them.
func Is(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		return is(file, info.Size())
	}
	return false
}

// Read reads the epochs of a file from one, counted from 0, up to but without another; -1 stands for the end. Every uid
// has a tensor of 16, 32 or 64 bit floating-point numbers, [epochs, classes], of the same shape; its logits are rounded to
// float32 and are finite. What is otherwise is a *fault.Bad; a range that holds no epoch, or more than there are, a
// *datamap.NoEpoch. It takes memory in proportion to the file.
func Read(path string, from, to int) (*Dynamics, error) {
	file, err := os.Open(path)
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
		return nil, fault.At(path, 0, fmt.Sprintf("it holds %s, where a dict from uid to logits, [epochs, classes], belongs", kind(value)))
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
