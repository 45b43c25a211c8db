package spec

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// Files of transformers 4 have flat keys, those of transformers 5 have rope_parameters and layer_types.
func TestModernBertReadsBothFormsOfItsKeys(t *testing.T) {
	for text, want := range map[string]Spec{
		`"num_hidden_layers": 4`: {Theta: 160000, LocalTheta: 10000, Local: []bool{false, true, true, false}},
		`"num_hidden_layers": 3, "global_attn_every_n_layers": 2, "global_rope_theta": 5000.0, "local_rope_theta": 70`: {
			Theta: 5000, LocalTheta: 70, Local: []bool{false, true, false}},
		`"num_hidden_layers": 1, "global_rope_theta": 5000, "local_rope_theta": null`: {Theta: 5000, LocalTheta: 5000, Local: []bool{false}},
		`"num_hidden_layers": 2, "layer_types": ["sliding_attention", "full_attention"], "global_attn_every_n_layers": 2,
		  "rope_parameters": {"full_attention": {"rope_theta": 3, "rope_type": "default"}, "sliding_attention": null}, "global_rope_theta": 4`: {
			Theta: 3, LocalTheta: 10000, Local: []bool{true, false}},
	} {
		f, err := Parse("c.json", []byte(`{"model_type": "modernbert", `+text+`}`))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := f.Spec
		if got.Theta != want.Theta || got.LocalTheta != want.LocalTheta || !slices.Equal(got.Local, want.Local) || got.Reach(5) != -1 {
			t.Errorf("%s: read %+v", text, got)
		}
		for i, local := range want.Local {
			if reach := got.Reach(i); local != (reach == 64) || !local && reach != -1 {
				t.Errorf("%s: layer %d reaches %d", text, i, reach)
			}
		}
		// What is written has both forms, and the older one where it can say the same.
		var keys map[string]any
		if err := json.Unmarshal(got.JSON(), &keys); err != nil {
			t.Fatal(err)
		}
		_, every := keys["global_attn_every_n_layers"]
		if keys["local_rope_theta"] != want.LocalTheta || len(keys["layer_types"].([]any)) != got.Layers || every == want.Local[0] {
			t.Errorf("%s: written as %s", text, got.JSON())
		}
	}
}

func TestModernBertRefusesWhatIsNotComputed(t *testing.T) {
	for text, want := range map[string]string{
		`"classifier_pooling": "max"`:                                         `classifier_pooling: "max" is not supported; supported: cls, mean`,
		`"rope_scaling": {"type": "linear"}`:                                  "rope_scaling: scaled rotary positions are not supported",
		`"rope_parameters": {"full_attention": {"rope_type": "yarn"}}`:        `rope_parameters: rotary positions of the type "yarn" are not`,
		`"rope_parameters": {"full_attention": {"partial_rotary_factor": 2}}`: "a partial_rotary_factor of 2 is not supported",
		`"rope_parameters": {"chunked_attention": {}}`:                        `"chunked_attention" is not supported; supported: full_attention`,
		`"layer_types": ["full_attention"]`:                                   "layer_types: there are 1, but num_hidden_layers is 22",
		`"num_hidden_layers": 1, "layer_types": ["linear_attention"]`:         `layer_types: "linear_attention" is not supported`,
		`"global_attn_every_n_layers": 0`:                                     "global_attn_every_n_layers: 0 is out of range",
		`"global_rope_theta": 0.5`:                                            "global_rope_theta: 0.5 is out of range",
		`"local_attention": -1`:                                               "local_attention: -1 is out of range",
		`"num_attention_heads": 256`:                                          "num_attention_heads: 256 makes heads of width 3",
		`"hidden_activation": "silu"`:                                         `hidden_activation: "silu" is not supported`,
		`"classifier_activation": "silu"`:                                     `classifier_activation: "silu" is not supported`,
		`"mlp_dropout": 1`:                                                    "mlp_dropout: 1 is out of range",
		`"num_hidden_layers": 16777216`:                                       "num_hidden_layers: 16777216 is out of range",
	} {
		_, err := Parse("c.json", []byte("{\"model_type\": \"modernbert\",\n"+text+"}"))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "c.json:2: ") {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// The published base and large models have 149,014,272 and 394,781,696 parameters without a head (22 and 28 layers).
func TestParametersCountsModernBert(t *testing.T) {
	for text, want := range map[string]int64{
		`{"model_type": "modernbert"}`: 149014272,
		`{"model_type": "modernbert", "hidden_size": 1024, "intermediate_size": 2624, ` +
			`"num_hidden_layers": 28, "num_attention_heads": 16}`: 394781696,
	} {
		f, err := Parse("config.json", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		c := f.Spec.Parameters()
		if c.Total-c.Head != want || c != f.Spec.count() {
			t.Errorf("%s: got %+v", text, c)
		}
	}
}
