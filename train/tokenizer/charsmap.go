package tokenizer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// charsmap replaces characters as SentencePiece's precompiled_charsmap says. It does what Hugging Face's crate spm_precompiled does:
// it looks up each grapheme cluster of less than maxCluster bytes, then each character of a cluster without a replacement. The key
// may be shorter than the cluster, and the shortest key counts.
type charsmap struct {
	cells []uint32              // a double array in the format of the library Darts-clone
	texts []byte                // the replacements, a NUL after each
	ascii [utf8.RuneSelf][]byte // the replacement of each ASCII character
	plain [utf8.RuneSelf]bool   // ASCII characters that stay

	longest int // bytes of a replacement
}

const (
	maxCluster     = 6
	maxReplacement = 1024 // bytes of a replacement; NFKC's longest has 33
)

// readPrecompiled returns the step of a Precompiled.
func readPrecompiled(c component) (normalizer, error) {
	var f struct {
		Map *[]byte `json:"precompiled_charsmap"` // base64
	}
	if err := c.decode(&f); err != nil {
		return nil, err
	}
	if f.Map == nil {
		return nil, c.bad("a Precompiled needs precompiled_charsmap")
	}
	m, err := newCharsmap(*f.Map)
	if err != nil {
		return nil, c.bad("%s", err.Error())
	}
	return m, nil
}

// newCharsmap returns the map of the value of a key precompiled_charsmap, without its base64.
func newCharsmap(data []byte) (*charsmap, error) {
	if len(data) < 4 {
		return nil, errors.New("precompiled_charsmap is too short to hold a map")
	}
	size := int(binary.LittleEndian.Uint32(data)) / 4 * 4
	if data = data[4:]; size == 0 || size > len(data) {
		return nil, fmt.Errorf("precompiled_charsmap is damaged: a table of %d bytes in %d bytes", size, len(data))
	}
	m := &charsmap{cells: make([]uint32, size/4), texts: data[size:]}
	for i := range m.cells {
		m.cells[i] = binary.LittleEndian.Uint32(data[4*i:])
	}
	if !utf8.Valid(m.texts) {
		return nil, errors.New("precompiled_charsmap is damaged: its replacements are not UTF-8")
	}
	for rest := m.texts; len(rest) > 0; {
		text, after, _ := bytes.Cut(rest, []byte{0})
		if len(text) > maxReplacement {
			return nil, fmt.Errorf("precompiled_charsmap has a replacement of %d bytes; at most %d are supported", len(text), maxReplacement)
		}
		rest, m.longest = after, max(m.longest, len(text))
	}
	for c := range m.ascii {
		text, ok := m.replacement([]byte{byte(c)})
		m.ascii[c], m.plain[c] = text, !ok
	}
	return m, nil
}

// replacement returns the replacement of the shortest key that a text begins with.
func (m *charsmap) replacement(text []byte) (replacement []byte, ok bool) {
	children := func(cell uint32) uint32 { return cell >> 10 << (cell >> 6 & 8) }
	at := children(m.cells[0])
	for _, c := range text {
		if at ^= uint32(c); c == 0 || int64(at) >= int64(len(m.cells)) {
			return nil, false
		}
		cell := m.cells[at]
		if cell&(1<<31|0xff) != uint32(c) {
			return nil, false
		}
		if at ^= children(cell); cell>>8&1 == 0 {
			continue
		}
		if int64(at) >= int64(len(m.cells)) {
			return nil, false
		}
		start := int64(m.cells[at] &^ (1 << 31))
		if start > int64(len(m.texts)) {
			return nil, false
		}
		replacement, _, _ = bytes.Cut(m.texts[start:], []byte{0})
		return replacement, true
	}
	return nil, false
}

func (m *charsmap) normalize(_ *scratch, out, text []byte) []byte {
	for len(text) > 0 {
		if c := text[0]; c < utf8.RuneSelf && (len(text) == 1 || text[1] < utf8.RuneSelf && (c != '\r' || text[1] != '\n')) {
			if m.plain[c] {
				out = append(out, c)
			} else {
				out = append(out, m.ascii[c]...)
			}
			text = text[1:]
			continue
		}
		size, _, _ := graphemes.SplitFunc(text, true)
		cluster := text[:size]
		text = text[size:]
		if size < maxCluster {
			if replacement, ok := m.replacement(cluster); ok {
				out = append(out, replacement...)
				continue
			}
		}
		for len(cluster) > 0 {
			_, size := utf8.DecodeRune(cluster)
			if replacement, ok := m.replacement(cluster[:size]); ok {
				out = append(out, replacement...)
			} else {
				out = append(out, cluster[:size]...)
			}
			cluster = cluster[size:]
		}
	}
	return out
}
