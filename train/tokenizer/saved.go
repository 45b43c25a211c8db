package tokenizer

import (
	"bytes"
	"encoding/json"
)

// Settings returns a tokenizer_config.json for a model that reads sequences of at most longest tokens and, with types, their types; pad
// is the ID of its pad token. With the file transformers' AutoTokenizer reads the tokenizer.json of JSON as it is. Without it,
// AutoTokenizer takes the class of the model's family, which replaces parts of the tokenizer: BERT's makes all texts lower-case, and
// version 5 makes the normalizers of a Unigram without the model's own.
func (t *Tokenizer) Settings(longest, pad int, types bool) []byte {
	inputs := []string{"input_ids", "attention_mask"}
	if types {
		inputs = []string{"input_ids", "token_type_ids", "attention_mask"}
	}
	set := map[string]any{
		"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": longest, "model_input_names": inputs,
		"clean_up_tokenization_spaces": false, // of decoded texts
	}
	for key, token := range t.specialTokens(int32(pad)) {
		set[key] = token
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(set); err != nil {
		panic("tokenizer: " + err.Error()) // texts and numbers are always JSON
	}
	return out.Bytes()
}

// specialTokens returns the special tokens that are known, by their keys in a tokenizer_config.json. pad is the ID of the pad token.
func (t *Tokenizer) specialTokens(pad int32) map[string]string {
	var added []addedToken
	if len(t.document.AddedTokens) > 0 {
		if err := json.Unmarshal(t.document.AddedTokens, &added); err != nil {
			panic("tokenizer: " + err.Error()) // they were read when the tokenizer was made
		}
	}
	tokens := map[string]string{}
	name := func(key string, id int32) {
		for _, a := range added {
			if a.ID == id {
				tokens[key] = a.Content
			}
		}
	}
	var special []int32 // of the template of a text
	for _, p := range t.single.parts {
		special = append(special, p.ids...)
	}
	if len(special) > 0 {
		name("cls_token", special[0])
		name("sep_token", special[len(special)-1])
	}
	if u, ok := t.model.(*unigram); ok {
		name("unk_token", u.unknown)
	}
	for _, token := range []string{padToken, "<pad>"} {
		if id, ok := t.model.id(token); ok && id == pad {
			tokens["pad_token"] = token
		}
	}
	name("pad_token", pad)
	for _, a := range added {
		if a.Content == maskToken || a.Content == "<mask>" {
			tokens["mask_token"] = a.Content
		}
	}
	return tokens
}
