package train

import (
	"slices"

	"ftft/internal/parallel"
	"ftft/train/corpus"
	"ftft/train/nn"
	"ftft/train/tokenizer"
)

// Encoded is a set of examples as token IDs: one example after another, without padding, in the set's order.
type Encoded struct {
	ids, types []int32 // [tokens]
	starts     []int32 // [n+1] of each example in ids; the last is their length
	gold       []int32 // [n] class indices
}

// encodingBlock is the number of examples tokenised at a time, about a millisecond of work.
const encodingBlock = 64

// Encode tokenises examples on all cores, truncated to maxLength tokens (0 = not).
func Encode(t *tokenizer.Tokenizer, examples []corpus.Example, maxLength int) *Encoded {
	encodings := make([]tokenizer.Encoding, len(examples))
	parallel.InBlocks(len(examples), encodingBlock, func(_, from, to int) {
		for i := from; i < to; i++ {
			e := examples[i]
			encodings[i] = t.Encode(e.Text, e.TextPair, e.Paired || e.TextPair != "", maxLength)
		}
	})
	s := &Encoded{starts: []int32{0}}
	for i, e := range encodings {
		s.ids = append(s.ids, e.IDs...)
		s.types = append(s.types, e.Types...)
		s.starts = append(s.starts, int32(len(s.ids)))
		s.gold = append(s.gold, int32(examples[i].Gold))
	}
	return s
}

// Len returns the number of examples.
func (s *Encoded) Len() int { return len(s.gold) }

// length returns the number of tokens of an example.
func (s *Encoded) length(i int) int { return int(s.starts[i+1] - s.starts[i]) }

// Longest returns the number of tokens of the longest example.
func (s *Encoded) Longest() int {
	longest := 0
	for i := range s.Len() {
		longest = max(longest, s.length(i))
	}
	return longest
}

// Capacity returns the number of tokens of the count longest examples: no batch of count examples has more.
func (s *Encoded) Capacity(count int) int {
	lengths := make([]int, s.Len())
	for i := range lengths {
		lengths[i] = s.length(i)
	}
	slices.Sort(lengths)
	total := 0
	for _, l := range lengths[max(0, len(lengths)-count):] {
		total += l
	}
	return total
}

// fill packs the examples of some rows into a batch, whose memory it reuses.
func (s *Encoded) fill(b *nn.Batch, rows []int) {
	b.IDs, b.Types, b.Gold, b.Starts = b.IDs[:0], b.Types[:0], b.Gold[:0], append(b.Starts[:0], 0)
	for _, r := range rows {
		from, to := s.starts[r], s.starts[r+1]
		b.IDs = append(b.IDs, s.ids[from:to]...)
		b.Types = append(b.Types, s.types[from:to]...)
		b.Starts = append(b.Starts, int32(len(b.IDs)))
		b.Gold = append(b.Gold, s.gold[r])
	}
}

// squares returns the sum of the squared lengths of a batch's sequences, with which the cost of attention grows.
func squares(b *nn.Batch) int64 {
	total := int64(0)
	for i := range b.Sequences() {
		n := int64(b.Starts[i+1] - b.Starts[i])
		total += n * n
	}
	return total
}

// Predict returns the logits [n, classes] of a set, computed in its order in batches of size, with the tokens and the squared
// lengths that this took. It calls progress, which may be nil, with the number of examples done; an error from it ends the work. A
// logit that is not finite is a *NotFinite.
func Predict(
	net *nn.Net[float32], s *Encoded, size int, progress func(done int) error,
) (logits []float32, tokens, square int64, err error) {
	err = s.inOrder(size, progress, func(b *nn.Batch) error {
		part, err := net.Predict(b)
		logits = append(logits, part...)
		tokens += int64(b.Tokens())
		square += squares(b)
		return err
	})
	if err == nil {
		err = checkLogits(logits, len(net.Spec.Labels))
	}
	if err != nil {
		return nil, 0, 0, err
	}
	return logits, tokens, square, nil
}

// Embed returns the mean-pooled encodings [n, hidden] of a set (see nn.Net.Encode), computed in its order in batches of size. It
// calls progress as Predict does. A value that half precision does not hold is a *NotFinite.
func Embed(net *nn.Net[float32], s *Encoded, size int, progress func(done int) error) ([]float32, error) {
	encodings := make([]float32, 0, s.Len()*net.Spec.Hidden)
	err := s.inOrder(size, progress, func(b *nn.Batch) error {
		part, err := net.Encode(b)
		encodings = append(encodings, part...)
		return err
	})
	if err == nil {
		err = checkEncodings(encodings, net.Spec.Hidden)
	}
	if err != nil {
		return nil, err
	}
	return encodings, nil
}

// inOrder calls each with batches of size, in the order of the examples. The next batch reuses the memory of the one before.
func (s *Encoded) inOrder(size int, progress func(done int) error, each func(*nn.Batch) error) error {
	var b nn.Batch
	rows := make([]int, 0, min(size, s.Len()))
	for from := 0; from < s.Len(); from += size {
		rows = rows[:0]
		for i := from; i < min(from+size, s.Len()); i++ {
			rows = append(rows, i)
		}
		s.fill(&b, rows)
		if err := each(&b); err != nil {
			return err
		}
		if progress != nil {
			if err := progress(from + len(rows)); err != nil {
				return err
			}
		}
	}
	return nil
}
