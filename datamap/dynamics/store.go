package dynamics

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"os"

	"ftft/internal/disk"
	"ftft/internal/fault"
)

// unseen is a quiet NaN with the payload "FT" (0x4654 in ASCII). It marks a row that no batch has reached yet. Arithmetic
// produces NaNs with other payloads.
const unseen = 0x7FC04654

// Unseen reports whether v marks a row that is not seen yet. Any other NaN is a result of arithmetic.
func Unseen(v float32) bool { return math.Float32bits(v) == unseen }

// UnseenValue returns the mark of a row that is not seen yet.
func UnseenValue() float32 { return math.Float32frombits(unseen) }

// A Store is the file of one epoch's logits, [rows, classes] float32, while it is being written. Rows can be written in any
// order and repeatedly. One goroutine writes; any number of processes read.
type Store struct {
	path          string
	file          *disk.File
	rows, classes int
	start         int64  // offset of the first row
	buffer        []byte // one row
}

// Create creates the file at its full size with every row marked as unseen, and then renames it to path, where it replaces any
// other file. A reader never sees a part of it. A full disk is reported here (unix.ENOSPC) rather than during training.
func Create(path string, rows, classes int) (*Store, error) {
	size, ok := product([]int{rows, classes})
	if !ok || classes < 1 {
		return nil, fmt.Errorf("create %s: invalid shape [%d, %d]", path, rows, classes)
	}
	h := header[float32]([]int{rows, classes})
	what := fmt.Sprintf("create %s for %d rows of %d logits", path, rows, classes)
	file, err := disk.Draft(path)
	if err != nil {
		return nil, disk.Explain(what, err)
	}
	if err = allocate(file.File, int64(len(h))+4*int64(size)); err == nil {
		err = fill(file, h, size)
	}
	if err != nil {
		file.Discard()
	} else {
		err = file.Commit(path)
	}
	if err != nil {
		return nil, disk.Explain(what, err)
	}
	return &Store{path: path, file: file, rows: rows, classes: classes, start: int64(len(h))}, nil
}

// fill writes the header and size unseen marks.
func fill(file *disk.File, header []byte, size int) error {
	if _, err := file.Write(header); err != nil {
		return err
	}
	marks := make([]float32, min(size, 1<<18))
	for i := range marks {
		marks[i] = UnseenValue()
	}
	data := appendNumbers(nil, marks)
	for size > 0 {
		n := min(size, len(marks))
		if _, err := file.Write(data[:4*n]); err != nil {
			return err
		}
		size -= n
	}
	return nil
}

// Open opens a file that Create made, so that a resumed run can continue within an epoch. Rows already written may be written
// again. A file of another shape is an error.
func Open(path string, rows, classes int) (*Store, error) {
	file, err := disk.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	_, shape, start, err := readHeader(file, descr[float32]())
	if err == nil && (len(shape) != 2 || shape[0] != rows || shape[1] != classes) {
		err = fmt.Errorf("an array of shape %s; expected [%d, %d]: it belongs to other data", Sizes(shape), rows, classes)
	}
	if err != nil {
		file.Close()
		return nil, fault.At(path, 0, err.Error())
	}
	return &Store{path: path, file: file, rows: rows, classes: classes, start: start}, nil
}

// WriteRow writes one example's logits, [classes].
func (s *Store) WriteRow(row int, logits []float32) error {
	if row < 0 || row >= s.rows {
		return fmt.Errorf("%s has no row %d, only %d rows", s.path, row, s.rows)
	}
	if len(logits) != s.classes {
		return fmt.Errorf("%s: %d logits for row %d, but %d classes", s.path, len(logits), row, s.classes)
	}
	s.buffer = appendNumbers(s.buffer[:0], logits)
	if _, err := s.file.WriteAt(s.buffer, s.start+int64(row)*int64(len(s.buffer))); err != nil {
		return fmt.Errorf("write row %d of %s: %w", row, s.path, err)
	}
	return nil
}

// WriteRows writes the logits of a batch, [len(rows), classes].
func (s *Store) WriteRows(rows []int, logits []float32) error {
	if len(logits) != len(rows)*s.classes {
		return fmt.Errorf("%s: %d logits for %d rows of %d", s.path, len(logits), len(rows), s.classes)
	}
	for i, row := range rows {
		if err := s.WriteRow(row, logits[i*s.classes:(i+1)*s.classes]); err != nil {
			return err
		}
	}
	return nil
}

// Sync flushes the file to disk. A checkpoint needs that.
func (s *Store) Sync() error { return s.file.Sync() }

// Close flushes the file to disk and closes it.
func (s *Store) Close() error {
	err := s.file.Sync()
	if closing := s.file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("close %s: %w", s.path, err)
	}
	return nil
}

// Epoch is one epoch's logits.
type Epoch struct {
	Rows, Classes int
	Logits        []float32 // [Rows, Classes] row-major; see Unseen
}

// ReadEpoch reads an epoch's file, complete or still being written. Another type or shape, or a size that contradicts the
// header, is an error.
func ReadEpoch(path string) (*Epoch, error) { return readEpoch(path, io.Discard) }

// HashEpoch reads a complete epoch's file as ReadEpoch does, and returns the SHA-256 of its bytes, as hexadecimal.
func HashEpoch(path string) (epoch *Epoch, hash string, err error) {
	sum := sha256.New()
	epoch, err = readEpoch(path, sum)
	return epoch, hex.EncodeToString(sum.Sum(nil)), err
}

func readEpoch(path string, copied io.Writer) (*Epoch, error) {
	logits, shape, err := readNPY[float32](path, copied)
	if err != nil {
		return nil, err
	}
	if len(shape) != 2 || shape[1] == 0 {
		return nil, fault.At(path, 0, fmt.Sprintf("an array of shape %s; expected [examples, classes]", Sizes(shape)))
	}
	return &Epoch{Rows: shape[0], Classes: shape[1], Logits: logits}, nil
}
