package spec

import (
	"strings"
	"testing"
)

// The numbers of parameters are those of transformers' DebertaV2Model and MPNetModel without a pooler.
func TestParametersCountsRelativeFamilies(t *testing.T) {
	const small = `{"model_type": "deberta-v2", "hidden_size": 768, "num_hidden_layers": 6, "num_attention_heads": 12,
		"intermediate_size": 3072, "relative_attention": true, "position_buckets": 256, "norm_rel_ebd": "layer_norm",
		"share_att_key": true, "pos_att_type": "p2c|c2p", "position_biased_input": false}`
	for text, want := range map[string]int64{small: 141304320, `{"model_type": "mpnet"}`: 108894336} {
		f, err := Parse("c.json", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if c := f.Spec.Parameters(); c.Total-c.Head != want {
			t.Errorf("%s: got %+v, want %d", text, c, want)
		}
	}
}

// MPNet's bias by distance does not decay, like every parameter with "bias" in its name, DeBERTa's embeddings of distances do.
func TestDecayOfRelativeTables(t *testing.T) {
	for text, decays := range map[string]bool{
		`{"model_type": "mpnet"}`: false,
		`{"model_type": "deberta-v2", "relative_attention": true, "share_att_key": true, "pos_att_type": ["c2p"]}`: true,
	} {
		f, err := Parse("c.json", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, tensor := range f.Spec.Tensors() {
			if tensor.Name == f.Spec.Names().RelativeTable {
				found = true
				if tensor.Kind.Decays() != decays || tensor.Shape[0] != f.Spec.Relative.Rows() {
					t.Errorf("%+v", tensor)
				}
			}
		}
		if !found {
			t.Errorf("%s: no table", text)
		}
	}
}

func TestParseRefusesOtherDebertas(t *testing.T) {
	const relative = `"relative_attention": true, "share_att_key": true, "pos_att_type": "c2p|p2c",` + "\n"
	for _, c := range [][3]string{ // model type, keys after the first line, message
		{"deberta", "", `1: model_type: "deberta" is not supported; supported: `},
		{"mpnet", `"pad_token_id": 0`, `2: pad_token_id: 0 is not supported`},
		{"mpnet", `"relative_attention_num_buckets": 64`, `2: relative_attention_num_buckets: 64 is not supported`},
		{"deberta-v2", `"pos_att_type": 7`, `2: pos_att_type: it is neither a list of texts nor a text`},
		{"deberta-v2", `"conv_kernel_size": 3`, `2: conv_kernel_size: 3 is not supported`},
		{"deberta-v2", `"embedding_size": 128`, `2: embedding_size: 128 is not supported; supported: hidden_size, 1536`},
		{"deberta-v2", `"pooler_hidden_size": 768`, `2: pooler_hidden_size: 768 is not supported; supported: hidden_size, 1536`},
		{"deberta-v2", `"attention_head_size": 32`, `2: attention_head_size: 32 is not supported`},
		{"deberta-v2", `"pooler_hidden_act": "silu"`, `2: pooler_hidden_act: "silu" is not supported`},
		{"deberta-v2", `"pooler_dropout": 1`, `2: pooler_dropout: 1 is out of range`},
		{"deberta-v2", `"cls_dropout": 2`, `2: cls_dropout: 2 is out of range`},
		{"deberta-v2", `"type_vocab_size": -1`, `2: type_vocab_size: -1 is out of range; use 0 to `},
		{"deberta-v2", relative + `"share_att_key": false`, `3: share_att_key: false is not supported; supported: true`},
		{"deberta-v2", `"relative_attention": true, "pos_att_type": ["c2p"]`, `share_att_key: false is not supported`},
		{"deberta-v2", `"relative_attention": true, "share_att_key": true`, `pos_att_type: neither c2p nor p2c`},
		{"deberta-v2", relative + `"relative_attention": false`, `3: relative_attention: false is not supported with the pos_att_type "c2p"`},
		{"deberta-v2", relative + `"position_buckets": 1`, `3: position_buckets: 1 is out of range`},
		{"deberta-v2", relative + `"position_buckets": 16777216`, `3: position_buckets: 16777216 is out of range`},
		{"deberta-v2", relative + `"max_relative_positions": 16777216`, `3: max_relative_positions: 16777216 is out of range`},
		{"deberta-v2", relative + `"max_relative_positions": 100, "position_buckets": 256`,
			`3: max_relative_positions: 100 is too small for 256 buckets; use 130 or more`},
	} {
		text := `{"model_type": "` + c[0] + "\",\n" + c[1]
		if c[1] == "" {
			text = `{"model_type": "` + c[0] + `"`
		}
		_, err := Parse("c.json", []byte(text+"}"))
		if err == nil || !strings.HasPrefix(err.Error(), "c.json:") || !strings.Contains(err.Error(), c[2]) {
			t.Errorf("%s: got %v, want %q", text, err, c[2])
		}
	}
}

func TestParseReadsEveryFormOfDeberta(t *testing.T) {
	const both = `{"model_type": "deberta-v2", "relative_attention": true, "share_att_key": true, `
	for text, want := range map[string]Relative{
		`{"model_type": "deberta-v2", "share_att_key": false, "pos_att_type": ["none"]}`: {},
		both + `"pos_att_type": " P2C | c2p "}`:                                          {Disentangled, 0, 512, false, true, true},
		both + `"pos_att_type": ["p2c"], "norm_rel_ebd": "none"}`:                        {Disentangled, 0, 512, false, false, true},
		both + `"pos_att_type": ["c2p"], "position_buckets": 8, "norm_rel_ebd": "other|Layer_Norm", "max_relative_positions": 0}`: {
			Disentangled, 8, 512, true, true, false},
		both + `"pos_att_type": ["c2p"], "position_buckets": -1, "max_relative_positions": 9, "conv_kernel_size": 0,
			"pooler_hidden_size": 1536, "embedding_size": 1536, "attention_head_size": 64}`: {Disentangled, 0, 9, false, true, false},
	} {
		f, err := Parse("c.json", []byte(text))
		if err != nil || f.Spec.Relative != want {
			t.Errorf("%s: got %+v, %v", text, f, err)
			continue
		}
		again, err := Parse("c.json", f.Spec.JSON())
		if err != nil || again.Spec.Relative != want {
			t.Errorf("%s is written as %s: %v", text, f.Spec.JSON(), err)
		}
	}
}
