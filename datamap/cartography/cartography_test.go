package cartography

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ftft/datamap"
	"ftft/internal/fault"
	"ftft/internal/input"
	"ftft/internal/limit"
)

// folder writes files into a new folder.
func folder(t *testing.T, files map[string]string) string {
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		data := []byte(text)
		if strings.HasSuffix(name, ".gz") {
			var packed bytes.Buffer
			w := gzip.NewWriter(&packed)
			w.Write(data)
			w.Close()
			data = packed.Bytes()
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// The files are unusual but valid: guids beyond 2^53 or with quotes, a different order in each epoch, 2 to 5 classes, packed
// files, spaces and other keys. Every epoch has the rows of the first.
func TestRowsAreFoundByGUID(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for classes := 2; classes <= 5; classes++ {
		for _, numbers := range []bool{false, true} {
			const n, epochs = 300, 3
			guids, files := make([]string, n), map[string]string{}
			for i := range guids {
				guids[i] = fmt.Sprintf(`%d`, 9007199254740992+uint64(i)*3)
				if !numbers {
					guids[i] = fmt.Sprintf("ex \"%d\" é\t%d", i, r.IntN(10))
				}
			}
			logit := func(e, i, c int) float32 { return float32(math.Sin(float64(e*1000 + i*7 + c))) }
			for e := range epochs {
				order := r.Perm(n)
				if e == 0 {
					for i := range order {
						order[i] = i
					}
				}
				var text strings.Builder
				for _, i := range order {
					quoted := guids[i]
					if !numbers {
						b, _ := json.Marshal(guids[i])
						quoted = string(b)
					}
					values := make([]float32, classes)
					for c := range values {
						values[c] = logit(e, i, c)
					}
					list, _ := json.Marshal(values)
					fmt.Fprintf(&text, "{ \"other\": [1], \"gold\":%d, \"logits_epoch_%d\": %s , \"guid\": %s}\n", i%classes, e, list, quoted)
				}
				files[fmt.Sprintf("training_dynamics/dynamics_epoch_%d.jsonl%s", e, []string{"", ".gz"}[e%2])] = text.String()
			}
			d, err := Read(folder(t, files), Options{To: -1})
			if err != nil {
				t.Fatal(err)
			}
			if d.Numbers != numbers || d.Classes != classes || len(d.Epochs) != epochs || len(d.GUIDs) != n {
				t.Fatalf("numbers %v, %d classes, %d epochs, %d guids", d.Numbers, d.Classes, len(d.Epochs), len(d.GUIDs))
			}
			for i, guid := range guids {
				if d.GUIDs[i] != guid || d.Gold[i] != int32(i%classes) {
					t.Fatalf("row %d is %q with %d", i, d.GUIDs[i], d.Gold[i])
				}
				for e := range epochs {
					for c := range classes {
						if got := d.Epochs[e][i*classes+c]; got != logit(e, i, c) {
							t.Fatalf("epoch %d, row %d, class %d: %g", e, i, c, got)
						}
					}
				}
			}
			m, err := datamap.New(d.Input, datamap.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var text bytes.Buffer
			if err := WriteMetrics(&text, m, numbers); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n")
			if len(lines) != n {
				t.Fatalf("%d lines", len(lines))
			}
			for i, line := range lines {
				var got struct {
					GUID          any     `json:"guid"`
					Index         int     `json:"index"`
					Confidence    float64 `json:"confidence"`
					Closeness     float64 `json:"threshold_closeness"`
					Correctness   int32   `json:"correctness"`
					Forgetfulness int32   `json:"forgetfulness"`
				}
				decoder := json.NewDecoder(strings.NewReader(line))
				decoder.UseNumber()
				if err := decoder.Decode(&got); err != nil {
					t.Fatal(line, err)
				}
				forgetfulness := m.Forgetfulness[i]
				if m.NeverLearnt[i] {
					forgetfulness = 1000
				}
				if fmt.Sprint(got.GUID) != guids[i] || got.Index != i || got.Confidence != m.Confidence[i] || got.Correctness != m.Correctness[i] ||
					got.Forgetfulness != forgetfulness || math.Abs(got.Closeness-got.Confidence*(1-got.Confidence)) > 1e-15 {
					t.Fatalf("line %d is %s", i, line)
				}
			}
		}
	}
}

func TestErrorsNameFileAndLine(t *testing.T) {
	line := func(epoch int, guid, logits string, gold int) string {
		return fmt.Sprintf("{\"guid\": %s, \"logits_epoch_%d\": %s, \"gold\": %d}\n", guid, epoch, logits, gold)
	}
	zero := line(0, "1", "[1, 2]", 0) + line(0, "2", "[1, 2]", 1) + line(0, "3", "[3, 1]", 1)
	one := line(1, "3", "[3, 1]", 1) + line(1, "1", "[1, 2]", 0)
	for name, c := range map[string]struct {
		zero, one string
		want      string
	}{
		"a guid missing":        {zero, one, "one: 1 of the 3 guids of zero are missing, such as 2"},
		"a guid twice":          {zero, one + line(1, "1", "[1, 2]", 0), "one:3: guid 1 occurs twice"},
		"a guid twice at first": {zero + line(0, "1", "[1, 2]", 0), one, "zero:4: guid 1 occurs twice"},
		"a guid too many":       {zero, one + line(1, "7", "[1, 2]", 0), "one:3: guid 7 is not in zero"},
		"another gold label":    {zero, one + line(1, "2", "[1, 2]", 0), "one:3: guid 2 has the gold label 0 here but 1 in zero"},
		"no such class":         {zero + line(0, "4", "[1, 2]", 2), one, "zero:4: guid 4 has the gold label 2, and 2 logits"},
		"ragged":                {zero + line(0, "4", "[1, 2, 3]", 0), one, "zero:4: guid 4 has 3 logits, others have 2"},
		"ragged epochs":         {zero, line(1, "3", "[3, 1, 2]", 1), "one:1: guid 3 has 3 logits, others have 2"},
		"NaN":                   {zero, one + line(1, "2", "[NaN, 2]", 1), "one:3: guid 2 has the logit NaN, which is not a finite number"},
		"infinite":              {zero, one + line(1, "2", "[1e39, 2]", 1), "one:3: guid 2 has the logit 1e39, whose size"},
		"a number for a list":   {zero, one + line(1, "2", "5", 1), `one:3: guid 2: "logits_epoch_1" is 5, not a list of logits`},
		"cut off":               {zero, one + `{"guid": 2, "logits_epoch_1": [1, `, "one:3: not a JSON object: column 35: it ends"},
		"another epoch":         {zero, zero, `one:1: guid 1 has no "logits_epoch_1": does the file belong to another epoch?`},
		"a string among them":   {zero, one + line(1, `"2"`, "[1, 2]", 1), "one:3: guid 2: some guids are numbers, some are strings"},
		"an empty line":         {zero, "\n" + one, "one:1: the line is empty"},
		"no object":             {zero, "[1]\n", "one:1: not a JSON object: found a list"},
		"no gold":               {`{"guid": 1}` + "\n", one, `zero:1: "gold" missing; there are "guid"`},
		"a label as text": {`{"guid": 1, "gold": "yes", "logits_epoch_0": [1, 2]}` + "\n", one,
			`zero:1: guid 1 has the gold label "yes", which is not a class index`},
		"empty": {"", one, "zero: the file is empty"},
		"a word for a guid": {`{"guid": NaN, "gold": 0, "logits_epoch_0": [1, 2]}` + "\n", one,
			"zero:1: the guid is NaN; an ID is a text or a number"},
		"a fraction for a guid": {`{"guid": 1.5, "gold": 0, "logits_epoch_0": [1, 2]}` + "\n", one,
			"zero:1: the guid 1.5 is neither a string nor an integer"},
		"true for a guid": {`{"guid": true, "gold": 0, "logits_epoch_0": [1, 2]}` + "\n", one,
			"zero:1: the guid true is neither a string nor an integer"},
		"an empty guid":   {line(0, `""`, "[1, 2]", 0), one, "zero:1: the guid is empty"},
		"null for a guid": {line(0, "null", "[1, 2]", 0), one, "zero:1: the guid is null"},
		"minus infinity":  {zero, one + line(1, "2", "[1, -Infinity]", 1), "one:3: guid 2 has the logit -Infinity, which is not a finite number"},
		"a quote before infinity": {zero, one + line(1, `"\"2-Infinity\\"`, "[Infinity, 2]", 1),
			`one:3: guid "2-Infinity\ has the logit Infinity, which is not a finite number`},
		"null for a logit": {zero, one + line(1, "2", "[1, null]", 1), "one:3: guid 2 has the logit null, which is not a finite number"},
		"a negative label": {zero + line(0, "4", "[1, 2]", -1), one, "zero:4: guid 4 has the gold label -1, which is not a class index"},
		"a label of 2^32": {`{"guid": 1, "gold": 4294967296, "logits_epoch_0": [1, 2]}` + "\n", one,
			"zero:1: guid 1 has the gold label 4294967296, which is not a class index"},
		"a label of 2^32 - 1": {`{"guid": 1, "gold": 4294967295, "logits_epoch_0": [1, 2]}` + "\n", one,
			"zero:1: guid 1 has the gold label 4294967295, which is not a class index"},
		"half a label": {`{"guid": 1, "gold": 0.5, "logits_epoch_0": [1, 2]}` + "\n", one,
			"zero:1: guid 1 has the gold label 0.5, which is not a class index"},
		"true for a label": {`{"guid": 1, "gold": true, "logits_epoch_0": [1, 2]}` + "\n", one,
			"zero:1: guid 1 has the gold label true, which is not a class index"},
		"another label at once": {zero + line(0, "1", "[1, 2]", 1), one, "zero:4: guid 1 has the gold label 1 here and 0 before"},
		"a key twice": {`{"guid": 1, "gold": 0, "gold": 1, "logits_epoch_0": [1, 2]}` + "\n", one,
			`zero:1: the key "gold" occurs twice`},
		"no guid and no gold": {`{"id": 1, "logits_epoch_0": [1, 2]}` + "\n", one,
			`zero:1: "guid" and "gold" missing; there are "id" and "logits_epoch_0"`},
		"other keys": {zero, `{"guid": 1, "gold": 0, "logits": [1, 2]}` + "\n",
			`one:1: guid 1 has no "logits_epoch_1": does the file belong to another epoch? There are "guid", "gold" and "logits"`},
		"a text for a logit": {zero, one + line(1, "2", `["0.5", 2]`, 1), `one:3: guid 2 has the logit "0.5", which is a text, not a number`},
		"a list of lists": {line(0, "1", "[[1, 2]]", 0), one,
			"zero:1: guid 1 has the logit a list ([1,2]), not a number; each epoch of an example has one list of logits"},
		"two objects on a line": {zero, `{"guid": 1} {"guid": 2}` + "\n", "one:1: something follows the JSON object"},
		"one output":            {line(0, "1", "[1]", 0), one, "zero:1: guid 1 has 1 logits; a map needs two classes"},
		"not UTF-8":             {"{\"guid\": \"\xff\"}\n", one, "zero:1: not UTF-8"},
	} {
		dir := folder(t, map[string]string{"dynamics_epoch_0.jsonl": c.zero, "dynamics_epoch_1.jsonl": c.one})
		_, err := Read(dir, Options{To: -1})
		bad, ok := err.(*fault.Bad)
		if !ok {
			t.Errorf("%s: %v", name, err)
			continue
		}
		short := strings.NewReplacer(dir+string(filepath.Separator), "", "dynamics_epoch_0.jsonl", "zero", "dynamics_epoch_1.jsonl", "one")
		got := short.Replace(bad.Problems[0].String())
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s\nwant %s", name, got, c.want)
		}
	}

	if _, err := Read(t.TempDir(), Options{To: -1}); err == nil || !strings.Contains(err.Error(), "has a dynamics_epoch_N.jsonl") {
		t.Error(err)
	}
}

// FuzzDynamics checks that any content of two epochs' files gives an error or a map within limits of memory and time, never a panic.
func FuzzDynamics(f *testing.F) {
	f.Add([]byte("{\"guid\": 1, \"logits_epoch_0\": [1, 2], \"gold\": 0}\n{\"guid\": 2, \"logits_epoch_0\": [1, 2], \"gold\": 1}\n"),
		[]byte("{\"guid\": 2, \"logits_epoch_1\": [1, 2], \"gold\": 1}\n{\"guid\": 1, \"logits_epoch_1\": [1, 2], \"gold\": \"0\"}\n"))
	f.Add([]byte(`{"guid": "a", "logits_epoch_0": [NaN, -Infinity, 1], "gold": 1e3}`), []byte(`{"guid": "\\"", "logits_epoch_1": [1, -Infini`))
	f.Add([]byte("\ufeff{\"guid\": 01, \"logits_epoch_0\": [1, 2], \"gold\": 0}\r\n\n"), []byte{})
	f.Fuzz(func(t *testing.T, zero, one []byte) {
		defer input.SetBudget(64 << 20)()
		dir := folder(t, map[string]string{"dynamics_epoch_0.jsonl": string(zero), "dynamics_epoch_1.jsonl": string(one)})
		limit.Check(t, 512<<20, 20, func() {
			for _, o := range []Options{{To: -1}, {To: 1}, {To: -1, Lenient: true, Labels: []string{"no", "yes"}}} {
				if d, err := Read(dir, o); err == nil {
					checkMap(t, d)
				}
			}
		})
	})
}

// checkMap checks that dynamics give a map whose metrics are JSON.
func checkMap(t *testing.T, d *Dynamics) {
	m, err := datamap.New(d.Input, datamap.Options{})
	if err != nil {
		t.Fatalf("read succeeds, but the map fails: %v", err)
	}
	var metrics bytes.Buffer
	if err := WriteMetrics(&metrics, m, d.Numbers); err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(metrics.Bytes()) {
		if !json.Valid(line) {
			t.Errorf("the metrics %s", line)
		}
	}
}
