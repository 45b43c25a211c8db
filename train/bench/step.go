package bench

import (
	"strings"

	"ftft/train/cost"
	"ftft/train/nn"
	"ftft/train/nn/kernel"
	"ftft/train/nn/optim"
	"ftft/train/nn/spec"
)

// tweetLengths are the lengths of a typical batch of tweets, in tokens: the medians of 32 equal parts of the 24,783 tweets of
// Davidson et al. (2017) by length. The tokens are those of BERT's lower-case vocabulary, at most 128 for a tweet.
var tweetLengths = [32]int{7, 10, 11, 13, 14, 15, 16, 17, 18, 20, 21, 22, 23, 25, 26, 27, 29, 30, 31, 32, 34, 35, 37, 38, 39, 41,
	43, 46, 48, 52, 58, 73}

// models returns the models whose steps are timed. Their weights are random, which does not affect the time.
func models() []struct {
	name string
	spec spec.Spec
} {
	labels := []string{"no", "yes"}
	return []struct {
		name string
		spec spec.Spec
	}{
		{"tiny", spec.Scratch(2, 128, 2, 512, 30522, 512, labels)},
		{"minilm-l3", spec.Scratch(3, 384, 12, 1536, 30522, 512, labels)},
		{"minilm-l6", spec.Scratch(6, 384, 12, 1536, 30522, 512, labels)},
	}
}

// steps returns complete training steps with dropout: forward pass, backward pass, norm of the gradients, AdamW.
func steps() []Case {
	var cases []Case
	for _, m := range models() {
		c := step("step/"+m.name, m.spec)
		c.Flops = cost.Training(m.spec, int64(c.Examples), int64(c.Tokens), squares()) - skipped(m.spec, c.Examples, c.Tokens)
		cases = append(cases, c)
	}
	return cases
}

// families returns the steps of a model of each family, all of minilm-l6's sizes and with the defaults of transformers for all else.
// ModernBERT's feed-forward layer has three matrices instead of two, so its width is less.
func families() []Case {
	const sizes = `"vocab_size": 30522, "hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536`
	var cases []Case
	for _, text := range []string{
		`"model_type": "roberta", "max_position_embeddings": 514, "type_vocab_size": 1, ` + sizes,
		`"model_type": "distilbert", "vocab_size": 30522, "dim": 384, "n_layers": 6, "n_heads": 12, "hidden_dim": 1536`,
		`"model_type": "electra", "embedding_size": 128, ` + sizes,
		`"model_type": "mpnet", "max_position_embeddings": 514, ` + sizes,
		`"model_type": "deberta-v2", "type_vocab_size": 0, "relative_attention": true, "position_buckets": 256, "norm_rel_ebd": "layer_norm",
			"share_att_key": true, "pos_att_type": "p2c|c2p", "position_biased_input": false, "layer_norm_eps": 1e-7, ` + sizes,
		`"model_type": "modernbert", "embedding_dropout": 0.1, "attention_dropout": 0.1, "mlp_dropout": 0.1, "classifier_dropout": 0.1,
			"pad_token_id": 0, ` + strings.Replace(sizes, "1536", "576", 1),
	} {
		file, err := spec.Parse("config.json", []byte("{"+text+"}"))
		if err != nil {
			panic("bench: " + err.Error()) // the texts above are constant
		}
		file.Spec.Labels = []string{"no", "yes"}
		cases = append(cases, step("family/"+file.Spec.Family, file.Spec))
	}
	return cases
}

// step returns the case of a complete training step.
func step(name string, s spec.Spec) Case {
	b := tweets(s.Vocabulary)
	return Case{
		Name: name, Examples: b.Sequences(), Tokens: b.Tokens(),
		Start: func(e *kernel.Engine[float32]) (func() error, func(), error) {
			n, err := nn.New[float32](s, nn.Init(s, 1), nn.Options{
				MaxTokens: b.Tokens(), MaxSequences: b.Sequences(), Threads: e.Threads(), Path: e.Path(), Seed: 1,
			})
			if err != nil {
				return nil, nil, err
			}
			adam := optim.New(n, optim.Config{Epsilon: 1e-6, WeightDecay: 0.01})
			return func() error {
				if _, _, err := n.Train(b); err != nil {
					return err
				}
				adam.Step(1e-5, optim.ClipScale(adam.Norm(), 1))
				b.Step++
				return nil
			}, func() { n.Close() }, nil
		},
	}
}

// skipped returns the floating-point operations of a step that the engine skips. In the last layer, of which the pooler reads
// only the first tokens, these are the queries of all other tokens, everything after them, and the gradients.
func skipped(s spec.Spec, sequences, tokens int) float64 {
	row := 2 * float64(s.Hidden) * float64(2*s.Hidden+s.InnerWidth()+s.Intermediate) // query, projection, feed-forward layer
	scores := 2 * 2 * float64(s.Hidden) * float64(squares()-int64(tokens))           // no tweet is longer than a window
	return 3 * (row*float64(tokens-sequences) + scores)
}

// squares returns the sum of the squares of the lengths, to which the products of attention are proportional.
func squares() (total int64) {
	for _, n := range tweetLengths {
		total += int64(n * n)
	}
	return total
}

// tweets returns a batch of 32 sequences of random tokens with the lengths of tweetLengths.
func tweets(vocabulary int) *nn.Batch {
	b := &nn.Batch{Starts: []int32{0}}
	x := uint32(1)
	for i, n := range tweetLengths {
		for range n {
			x = x*1664525 + 1013904223
			b.IDs = append(b.IDs, int32(1+x>>8%uint32(vocabulary-1)))
			b.Types = append(b.Types, 0)
		}
		b.Starts = append(b.Starts, int32(len(b.IDs)))
		b.Gold = append(b.Gold, int32(i%2))
	}
	return b
}
