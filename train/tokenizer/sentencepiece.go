package tokenizer

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// spModel is the part of a SentencePiece model that decides token IDs. The numbers of its fields are those of SentencePiece's
// sentencepiece_model.proto.
type spModel struct {
	pieces     []spPiece
	algorithm  uint64 // spUnigram, ...
	unknown    uint64 // number of the unknown piece
	suffix     bool   // pieces end with the mark of a space, where others begin with it
	charsmap   []byte
	normalizer spNormalizer
}

// spNormalizer has the flags of the model's normalizer. All are set in every model that transformers converts right.
type spNormalizer struct{ prefix, trim, escape bool }

// An spPiece is a piece of the vocabulary.
type spPiece struct {
	text  string
	score float32
	kind  uint64
}

// The algorithms of a model and the kinds of pieces that matter here.
const (
	spUnigram     = 1
	spControl     = 3
	spUserDefined = 4
)

// spAlgorithms are the names of the algorithms.
var spAlgorithms = map[uint64]string{1: "unigram", 2: "BPE", 3: "word", 4: "char"}

// errDamaged is the error of a file that is no protocol buffer.
var errDamaged = errors.New("not a SentencePiece model, or damaged: its fields cannot be read; copy or download the file again")

// parseSentencePiece reads a SentencePiece model, which a Unigram must be.
func parseSentencePiece(data []byte) (*spModel, error) {
	m := &spModel{algorithm: spUnigram, normalizer: spNormalizer{true, true, true}}
	err := eachField(data, func(number protowire.Number, _ uint64, bytes []byte) error {
		switch number {
		case 1:
			return m.addPiece(bytes)
		case 2:
			return eachField(bytes, m.setTrainer)
		case 3:
			return eachField(bytes, m.setNormalizer)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return m, m.check()
}

// eachField calls f for each field of a message. value is that of a number, bytes that of a text or a message.
func eachField(data []byte, f func(number protowire.Number, value uint64, bytes []byte) error) error {
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return errDamaged
		}
		data = data[n:]
		var value uint64
		var bytes []byte
		switch kind {
		case protowire.VarintType:
			value, n = protowire.ConsumeVarint(data)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(data)
			value = uint64(v)
		case protowire.BytesType:
			bytes, n = protowire.ConsumeBytes(data)
		default:
			n = protowire.ConsumeFieldValue(number, kind, data)
		}
		if n < 0 {
			return errDamaged
		}
		data = data[n:]
		if err := f(number, value, bytes); err != nil {
			return err
		}
	}
	return nil
}

// addPiece adds the piece that a message describes.
func (m *spModel) addPiece(message []byte) error {
	p := spPiece{kind: 1}
	err := eachField(message, func(number protowire.Number, value uint64, bytes []byte) error {
		switch number {
		case 1:
			p.text = string(bytes)
		case 2:
			p.score = math.Float32frombits(uint32(value))
		case 3:
			p.kind = value
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case p.text == "" || !utf8.ValidString(p.text):
		return fmt.Errorf("piece %d is empty or not UTF-8", len(m.pieces))
	case p.score != p.score || math.IsInf(float64(p.score), 0):
		return fmt.Errorf("the score of piece %d, %.80q, is not a finite number", len(m.pieces), p.text)
	}
	m.pieces = append(m.pieces, p)
	return nil
}

// setTrainer sets a field of the trainer_spec.
func (m *spModel) setTrainer(number protowire.Number, value uint64, _ []byte) error {
	switch number {
	case 3:
		m.algorithm = value
	case 24:
		m.suffix = value != 0
	case 40:
		m.unknown = value
	}
	return nil
}

// setNormalizer sets a field of the normalizer_spec.
func (m *spModel) setNormalizer(number protowire.Number, value uint64, bytes []byte) error {
	switch number {
	case 2:
		m.charsmap = bytes
	case 3:
		m.normalizer.prefix = value != 0
	case 4:
		m.normalizer.trim = value != 0
	case 5:
		m.normalizer.escape = value != 0
	}
	return nil
}

// check returns an error for a model that is not supported.
func (m *spModel) check() error {
	name, known := spAlgorithms[m.algorithm]
	switch {
	case len(m.pieces) == 0:
		return errors.New("not a SentencePiece model: it has no pieces")
	case !known:
		return fmt.Errorf("model_type %d is not supported; supported: unigram", m.algorithm)
	case m.algorithm != spUnigram:
		return fmt.Errorf("model_type %s is not supported; supported: unigram", name)
	case m.unknown >= uint64(len(m.pieces)):
		return fmt.Errorf("unk_id is %d; it must be the number of one of the %d pieces", int32(m.unknown), len(m.pieces))
	case m.suffix:
		return errors.New("treat_whitespace_as_suffix = true is not supported")
	case !m.normalizer.prefix:
		return errors.New("add_dummy_prefix = false is not supported")
	case !m.normalizer.trim:
		return errors.New("remove_extra_whitespaces = false is not supported")
	case !m.normalizer.escape:
		return errors.New("escape_whitespaces = false is not supported")
	}
	return nil
}

// scoredPieces returns pieces with their scores.
func scoredPieces(pieces []spPiece) []scoredPiece {
	list := make([]scoredPiece, len(pieces))
	for i, p := range pieces {
		list[i] = scoredPiece{p.text, float64(p.score)}
	}
	return list
}
