package torch

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"ftft/internal/pytorch"
)

// Write writes the logits of epochs, [E][N*C], in the form that torch.load opens, with weights_only or without: a dict from uid
// to a float32 tensor, [E, C], each a view into one storage, [E, N, C]. If numbers is set, the guids are integers in decimal
// and the uids become integers. The same input gives the same bytes. Input that Read would refuse is an error, before anything
// is written.
func Write(w io.Writer, guids []string, numbers bool, classes int, epochs [][]float32) error {
	if err := check(guids, classes, epochs); err != nil {
		return err
	}
	p := pickler{epochs: len(epochs), rows: len(guids), classes: classes}
	text, err := p.run(guids, numbers)
	if err != nil {
		return err
	}
	counted := &counter{w: w}
	a := packer{zip: zip.NewWriter(counted), counter: counted}
	a.entry("data.pkl", int64(len(text)), func(w io.Writer) error { _, err := w.Write(text); return err })
	a.entry("byteorder", int64(len(little)), func(w io.Writer) error { _, err := io.WriteString(w, little); return err })
	a.entry("data/0", int64(len(epochs))*int64(len(guids))*int64(classes)*4, func(w io.Writer) error { return writeNumbers(w, epochs) })
	a.entry("version", int64(len(version)), func(w io.Writer) error { _, err := io.WriteString(w, version); return err })
	if a.err != nil {
		return a.err
	}
	return a.zip.Close()
}

// The content of the small entries: the byte order, and the version of the format since PyTorch 1.6.
const little, version = "little", "3\n"

func check(guids []string, classes int, epochs [][]float32) error {
	switch {
	case len(guids) == 0:
		return errors.New("there are no examples to write")
	case len(epochs) == 0:
		return errors.New("there is no complete epoch to write")
	case classes < 2:
		return fmt.Errorf("%d classes: a map needs at least two", classes)
	}
	seen := make(map[string]bool, len(guids))
	for _, guid := range guids {
		if seen[guid] {
			return fmt.Errorf("guid %q occurs twice", pytorch.Brief(guid))
		}
		if !utf8.ValidString(guid) {
			return fmt.Errorf("guid %q is not UTF-8", pytorch.Brief(guid))
		}
		seen[guid] = true
	}
	for e, logits := range epochs {
		if len(logits) != len(guids)*classes {
			return fmt.Errorf("epoch %d holds %d logits; %d examples of %d classes need %d",
				e, len(logits), len(guids), classes, len(guids)*classes)
		}
		for i, x := range logits {
			if x := float64(x); math.IsNaN(x) || math.IsInf(x, 0) {
				return fmt.Errorf("guid %q, epoch %d: a logit is not a finite number; leave out the examples that were not trained on",
					pytorch.Brief(guids[i/classes]), e)
			}
		}
	}
	return nil
}

// writeNumbers writes arrays of numbers one after another, little-endian.
func writeNumbers(w io.Writer, arrays [][]float32) error {
	const most = 1 << 14
	buffer := make([]byte, 0, 4*most)
	for _, values := range arrays {
		for part := range slices.Chunk(values, most) {
			buffer = buffer[:0]
			for _, x := range part {
				buffer = binary.LittleEndian.AppendUint32(buffer, math.Float32bits(x))
			}
			if _, err := w.Write(buffer); err != nil {
				return err
			}
		}
	}
	return nil
}

// packer writes a zip as PyTorch does: entries are not compressed and lie in one folder, and the data of each begins at a
// multiple of 64, so that it can be mapped into memory.
type packer struct {
	zip     *zip.Writer
	counter *counter
	pending int64 // bytes that the zip still has to write after the last entry
	err     error
}

func (p *packer) entry(name string, size int64, write func(io.Writer) error) {
	if p.err != nil {
		return
	}
	if p.err = p.zip.Flush(); p.err != nil {
		return
	}
	const alignment, localHeader, blockHeader = 64, 30, 4
	name = "archive/" + name
	// An extra block named and filled as PyTorch does aligns the data. Readers ignore it.
	start := p.counter.count + p.pending + int64(localHeader+len(name)+blockHeader)
	filling := strings.Repeat("Z", int((alignment-start%alignment)%alignment))
	extra := binary.LittleEndian.AppendUint16([]byte("FB"), uint16(len(filling)))
	entry, err := p.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Extra: append(extra, filling...)})
	if err != nil {
		p.err = err
		return
	}
	p.err = write(entry)
	p.pending = 16 // the checksum and the sizes, of 32 or 64 bits
	if size >= math.MaxUint32 {
		p.pending = 24
	}
}

// counter counts the bytes it passes on.
type counter struct {
	w     io.Writer
	count int64
}

func (c *counter) Write(data []byte) (int, error) {
	n, err := c.w.Write(data)
	c.count += int64(n)
	return n, err
}
