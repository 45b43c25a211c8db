package spec

import "ftft/internal/fault"

// mpnet is a RoBERTa without types whose scores have a bias by distance.
var mpnet = family{
	modelType: MPNet, class: "MPNet",
	names: Names{
		Base:               "mpnet.",
		WordEmbeddings:     "mpnet.embeddings.word_embeddings.weight",
		PositionEmbeddings: "mpnet.embeddings.position_embeddings.weight",
		EmbeddingNorm:      "mpnet.embeddings.LayerNorm",
		RelativeTable:      "mpnet.encoder.relative_attention_bias.weight",
		LayerPrefix:        "mpnet.encoder.layer.",
		Query:              "attention.attn.q",
		Key:                "attention.attn.k",
		Value:              "attention.attn.v",
		AttentionOut:       "attention.attn.o",
		AttentionNorm:      "attention.LayerNorm",
		FeedForwardIn:      "intermediate.dense",
		FeedForward:        "output.dense",
		OutputNorm:         "output.LayerNorm",
		HeadDense:          "classifier.dense",
		Classifier:         "classifier.out_proj",
	},
	keys: func() keys {
		k := bertKeys
		k.types, k.classifierDropout, k.positionType = "", "", ""
		return k
	}(),
	defaults: Spec{
		Vocabulary: 30527, Positions: 512, Hidden: 768, Layers: 12, Heads: 12, Intermediate: 3072,
		PositionTable: true, Activation: Gelu, HeadActivation: Tanh, Epsilon: 1e-12,
		Dropout: 0.1, AttentionDropout: 0.1, InitializerRange: 0.02, Pad: mpnetPad,
		Relative: Relative{Kind: Biased, Buckets: mpnetBuckets, Span: 128},
	},
	own: func(s *Spec) ([]setting, func(refuse refuse) (fault.Problem, bool)) {
		complete := func(refuse refuse) (problem fault.Problem, refused bool) {
			switch {
			case s.Relative.Buckets != mpnetBuckets:
				return refuse("relative_attention_num_buckets", "%d is not supported: transformers computes with %d whatever the key says",
					s.Relative.Buckets, mpnetBuckets)
			case s.Pad != mpnetPad:
				return refuse("pad_token_id", "%d is not supported: transformers computes with %d whatever the key says", s.Pad, mpnetPad)
			}
			return problem, false
		}
		return []setting{{"relative_attention_num_buckets", &s.Relative.Buckets}}, complete
	},
	base:      []string{"embeddings.", "encoder.", "pooler."},
	leftovers: []string{"mpnet.embeddings.position_ids", "mpnet.pooler.", "lm_head."},

	dropsFirst: true, skipsPad: true,
}

// What transformers does not take from config.json.
const (
	mpnetBuckets = 32
	mpnetPad     = 1
)
