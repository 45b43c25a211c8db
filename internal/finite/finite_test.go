package finite

import (
	"encoding/json"
	"math"
	"testing"
	"time"
)

type inner struct {
	Loss float64 `json:"loss"`
	Note string  `json:"note,omitempty"`
}

type outer struct {
	inner
	Name   string            `json:"name"`
	Hidden float64           `json:"-"`
	Plain  float32           // without a tag
	Scores map[string]inner  `json:"scores"`
	List   []inner           `json:"list"`
	Box    *[2]float64       `json:"box,omitempty"`
	None   *inner            `json:"none"`
	Time   time.Time         `json:"time"`
	Any    any               `json:"any"`
	Text   map[int]float64   `json:"text"`
	Empty  []float64         `json:"empty"`
	Data   []byte            `json:"data"`
	Names  map[string]string `json:"names"`
	own    float64
}

func value(x float64) outer {
	return outer{
		inner: inner{Loss: x, Note: "<b>"}, Name: "a\x1b", Hidden: x, Plain: float32(x), Scores: map[string]inner{"b": {Loss: x}, "a": {Loss: 1}},
		List: []inner{{Loss: x}}, Box: &[2]float64{x, 2}, Time: time.Unix(1, 2).UTC(),
		Any:  map[string]any{"z": x, "y": nil, "x": []float64{1, x}},
		Text: map[int]float64{3: x}, Data: []byte("data"), own: x,
	}
}

// A copy differs from the value only in nulls.
func TestJSONHasNullForWhatIsNotFinite(t *testing.T) {
	const sentinel = 12345.5
	text, err := json.Marshal(value(sentinel))
	if err != nil {
		t.Fatal(err)
	}
	want := ""
	for i := 0; i < len(text); i++ { // the sentinel's place is null
		if s := "12345.5"; i+len(s) <= len(text) && string(text[i:i+len(s)]) == s {
			want += "null"
			i += len(s) - 1
			continue
		}
		want += string(text[i])
	}
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		got, err := json.Marshal(JSON(value(x)))
		if err != nil || string(got) != want {
			t.Errorf("%v, %s\nwant %s", err, got, want)
		}
		got, err = json.Marshal(JSON(map[string]any{"v": pointer(value(x)), "n": x}))
		if err != nil || string(got) != `{"n":null,"v":`+want+`}` {
			t.Errorf("%v, %s", err, got)
		}
	}
	if v := value(1); JSON(&v) != any(&v) {
		t.Error("a value that JSON can hold is copied")
	}
	if c := make(chan int); JSON(c) != any(c) {
		t.Error("a value that JSON cannot hold is copied")
	}
}

func pointer(v outer) *outer { return &v }
