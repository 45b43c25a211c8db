package tokenizer

import (
	"bytes"
	"encoding/json"
)

// Settings returns a tokenizer_config.json with which transformers reads the tokenizer.json of JSON as it is, or nil if it does so
// without. Version 5 makes the normalizers of a Unigram anew, without the model's own, unless the class is the general one.
func (t *Tokenizer) Settings() []byte {
	u, ok := t.model.(*unigram)
	if !ok {
		return nil
	}
	var added []addedToken
	if len(t.document.AddedTokens) > 0 && json.Unmarshal(t.document.AddedTokens, &added) != nil {
		return nil
	}
	set := map[string]string{"tokenizer_class": "PreTrainedTokenizerFast"}
	name := func(key string, id int32) {
		for _, a := range added {
			if a.ID == id {
				set[key] = a.Content
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
	name("unk_token", u.unknown)
	for _, a := range added {
		switch a.Content {
		case padToken, "<pad>":
			set["pad_token"] = a.Content
		case maskToken, "<mask>":
			set["mask_token"] = a.Content
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(set); err != nil {
		panic("tokenizer: " + err.Error()) // a map of texts is always JSON
	}
	return out.Bytes()
}
