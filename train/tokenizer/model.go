package tokenizer

// A model divides a word into tokens. It is safe for concurrent use.
type model interface {
	// append appends the IDs of a word's tokens to ids, in time near linear in the word. They are from 0 to size()-1.
	append(ids []int32, s *scratch, word []byte) []int32
	// id returns the ID of a token, and whether the vocabulary has it.
	id(token string) (int32, bool)
	// size returns one more than the greatest ID.
	size() int
	// kind returns the model's name for users.
	kind() string
}

// models make the model of each type. bytewise reports whether the pre-tokenizer is a ByteLevel, whose words are not text but bytes.
var models = map[string]func(c component, bytewise bool) (model, error){
	"Unigram":   readUnigram,
	"WordPiece": readWordPiece,
	"BPE":       readBPE,
}

// checkIDs returns an error if an ID in a vocabulary is negative.
func (c component) checkIDs(vocabulary map[string]int32) error {
	for token, id := range vocabulary {
		if id < 0 {
			return c.badKey("vocab", "the ID of %.80q is %d; IDs are 0 or more", token, id)
		}
	}
	return nil
}
