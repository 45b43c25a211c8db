package cartography

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/valyala/fastjson"
)

// pieces are parts of lines that are records, or nearly so.
var pieces = struct{ guids, golds, numbers, spaces []string }{
	guids: []string{`0`, `12`, `-3`, `-0`, `01`, `1.0`, `1e3`, `"a"`, `"é"`,
		`"a\"b"`, `"\u00e9"`, "\"\xff\"", "\"\x01\"", `""`, `NaN`, `null`, `- 1`, `9007199254740993`, `"`, `[]`},
	golds: []string{`0`, `1`, `2`, `-1`, `00`, `1.0`, `999999999`, `2147483647`, `2147483648`, `99999999999999999999`, `"0"`, `+1`, ``},
	numbers: []string{`1`, `-1.5`, `0.1`, `-0`, `-0.0`, `00.5`, `.5`, `5.`, `1e5`, `1E-5`, `1e`, `1e+`,
		`3.4028234663852886e38`, `3.4028235677973366e38`, `1e39`, `1e-400`, `1e400`, `NaN`, `-inf`, `+1`, `--1`,
		`16777217`, `16777217.000000001`, `9007199254740993`, `18446744073709551616`, `1.00000005960464477539`,
		`1.0000000596046448`, `0.00000000000000000000001`, `1.17549435e-38`, `null`, `"1"`, `1 2`, ``},
	spaces: []string{"", "", "", " ", "\t", "\r", "  ", "\v", "\xc2\xa0"},
}

func randomLine(r *rand.Rand) string {
	pick := func(from []string, usual string) string {
		if r.IntN(6) > 0 {
			return usual
		}
		return from[r.IntN(len(from))]
	}
	space := func() string { return pick(pieces.spaces, []string{"", " "}[r.IntN(2)]) }
	number := func() string {
		x := r.NormFloat64() * 4
		switch r.IntN(5) {
		case 0:
			return strconv.FormatFloat(float64(float32(x)), 'g', -1, 64)
		case 1:
			return strconv.FormatFloat(x, 'f', r.IntN(24), 64)
		case 2:
			return pick(pieces.numbers, strconv.FormatFloat(math.Ldexp(x, r.IntN(300)-200), 'e', r.IntN(20), 64))
		case 3: // near the boundary between two float32
			a := float32(x)
			return strconv.FormatFloat((float64(a)+float64(math.Nextafter32(a, 9)))/2, 'f', 15+r.IntN(8), 64)
		}
		return strconv.FormatFloat(x, 'g', 10, 64)
	}
	logits := make([]string, r.IntN(4)+1)
	if r.IntN(8) > 0 {
		logits = make([]string, 3)
	}
	for i := range logits {
		logits[i] = space() + number() + space()
	}
	members := []string{
		`"guid"` + space() + ":" + space() + pick(pieces.guids, strconv.Itoa(r.IntN(1e6))),
		`"logits_epoch_0"` + space() + ":" + space() + "[" + strings.Join(logits, ",") + "]",
		`"gold"` + space() + ":" + space() + pick(pieces.golds, strconv.Itoa(r.IntN(3))),
	}
	r.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	switch r.IntN(12) {
	case 0:
		members = append(members, members[r.IntN(3)])
	case 1:
		members = members[1:]
	case 2:
		members = append(members, `"other": {"a": [1]}`)
	}
	for i := range members {
		members[i] = space() + members[i] + space()
	}
	line := []byte(space() + "{" + strings.Join(members, ",") + "}" + space())
	if r.IntN(4) == 0 && len(line) > 0 {
		switch at := r.IntN(len(line)); r.IntN(3) {
		case 0:
			line = line[:at]
		case 1:
			line = slices.Delete(line, at, at+1)
		case 2:
			line[at] = "{}[]\",:.-+eE019 \\\x00\xff\r"[r.IntN(20)]
		}
	}
	return strings.ReplaceAll(string(line), "\n", "")
}

// same fails if scan and record read a line differently. It reports whether scan accepted the line.
func same(t *testing.T, line string, classes int) bool {
	t.Helper()
	fast, slow := chunk{classes: classes}, chunk{classes: classes}
	next := fast.scan([]byte(line+"\nrest"), "logits_epoch_0")
	if next == 0 {
		if len(fast.names)+len(fast.logits)+len(fast.ends)+len(fast.gold)+len(fast.numbers) > 0 || fast.classes != classes {
			t.Fatalf("%q left something behind: %+v", line, fast)
		}
		return false
	}
	var parser fastjson.Parser
	if wrong := slow.record(&parser, []byte(line), "logits_epoch_0"); wrong != "" {
		t.Fatalf("%q is taken, and %s", line, wrong)
	}
	if next != len(line)+1 {
		t.Fatalf("%q: the next line begins at %d", line, next)
	}
	for i, x := range fast.logits {
		if math.Float32bits(x) != math.Float32bits(slow.logits[i]) {
			t.Fatalf("%q: logit %d is %g, and %g", line, i, x, slow.logits[i])
		}
	}
	if !bytes.Equal(fast.names, slow.names) || !reflect.DeepEqual(fast, slow) {
		t.Fatalf("%q is\n%+v, and\n%+v", line, fast, slow)
	}
	return true
}

func TestScanAgreesWithRecord(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	taken := 0
	const count = 100_000
	for range count {
		if same(t, randomLine(r), []int{0, 3}[r.IntN(2)]) {
			taken++
		}
	}
	if taken < count/10 || taken > count*9/10 {
		t.Errorf("of %d lines %d are taken: that shows little", count, taken)
	}
	if !same(t, `{"guid":0,"logits_epoch_0":[1.289292932,2.332338333,-1.51801753],"gold":1}`, 0) ||
		!same(t, `{"guid": "12n", "logits_epoch_0": [-1.2892929315567017, 2, 0.5], "gold": 1}`, 3) {
		t.Error("what cartography writes is not taken")
	}
}

func FuzzScan(f *testing.F) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 100 {
		f.Add(randomLine(r), 3)
	}
	f.Fuzz(func(t *testing.T, line string, classes int) {
		if !strings.Contains(line, "\n") && classes >= 0 {
			same(t, line, classes)
		}
	})
}

// A number is rounded to float64 and then to float32, however many digits it has.
func TestNumbersAreRoundedLikeStrconv(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for range 300_000 {
		near := math.Float32frombits(r.Uint32N(0x10000000) + 0x38000000)
		x := (float64(near) + float64(math.Nextafter32(near, 100))) / 2 // a boundary, and numbers just beside it
		for range r.IntN(4) {
			x = math.Nextafter(x, float64(r.IntN(2))*100)
		}
		text := strconv.FormatFloat(x, 'f', 10+r.IntN(15), 64)
		want, err := strconv.ParseFloat(text, 64)
		s := scanner{text: []byte(text)}
		if got := s.float(); err != nil || s.failed || got != float32(want) {
			t.Fatalf("%s is %g, and %g (%v)", text, got, float32(want), err)
		}
	}
}

// Blocks of any size hold each line once, in order.
func TestBlocksHoldEachLineOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for range 300 {
		var text strings.Builder
		for range r.IntN(12) {
			text.WriteString(strings.Repeat("x", []int{0, 1, 7, r.IntN(40), 10_000}[r.IntN(5)]) + []string{"\n", "\r\n"}[r.IntN(2)])
		}
		whole := []string{"", "\ufeff"}[r.IntN(2)] + text.String() + strings.Repeat("y", r.IntN(3))
		path := filepath.Join(t.TempDir(), "text")
		if err := os.WriteFile(path, []byte(whole), 0o644); err != nil {
			t.Fatal(err)
		}
		l, err := openLines(path)
		if err != nil {
			t.Fatal(err)
		}
		l.block = int64(1 + r.IntN(30))
		var got, buffer []byte
		for block := range l.blocks() {
			var lines []byte
			if lines, buffer, err = l.linesOf(block, buffer); err != nil {
				t.Fatal(err)
			}
			if len(got) > 0 && len(lines) > 0 && got[len(got)-1] != '\n' {
				t.Fatalf("%q: block %d begins in a line", whole, block)
			}
			got = append(got, lines...)
		}
		l.close()
		if want := strings.TrimRight(strings.TrimPrefix(whole, "\ufeff"), "\r\n"); string(got) != want {
			t.Fatalf("blocks of %d bytes: %q, of %q", l.block, got, want)
		}
	}
}

func TestGUIDsAreWrittenLikeMarshal(t *testing.T) {
	for b := range 0x100 {
		guid := "a" + string(rune(b)) + "z"
		want, err := json.Marshal(guid)
		if got := appendGUID(nil, guid, false); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q is written as %s, not %s", guid, got, want)
		}
	}
}

// Guids are found in any order, among any others.
func TestIndex(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	x, want := newIndex(), map[string]int32{}
	for range 20_000 {
		guid := strconv.Itoa(r.IntN(15_000))
		row, added := x.add(guid)
		if old, twice := want[guid]; twice == added || twice && old != row {
			t.Fatalf("%s has the row %d, added %v; %d", guid, row, added, old)
		}
		want[guid] = row
	}
	var c chunk
	for i := range 40_000 {
		guid := strconv.Itoa(r.IntN(16_000))
		if i/1000%2 == 0 {
			guid = x.guids[i/4] // some are in order
		}
		if len(c.gold) > 0 && i%3 == 0 {
			guid = x.guids[i%len(x.guids)]
		}
		c.names = append(c.names, guid...)
		c.ends, c.gold = append(c.ends, int32(len(c.names))), append(c.gold, 0)
	}
	x.findRows(&c)
	for i := range c.gold {
		row, ok := want[string(c.guid(i))]
		if !ok {
			row = -1
		}
		if c.rows[i] != row {
			t.Fatalf("%s: %d, not %d", c.guid(i), c.rows[i], row)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	const count, epochs = 100_000, 3
	r := rand.New(rand.NewPCG(8, 8))
	dir, size := b.TempDir(), 0
	for e := range epochs {
		var text bytes.Buffer
		for i := range count {
			guid := i
			if e > 0 { // each epoch has its own order
				guid = (i*7919 + e) % count
			}
			fmt.Fprintf(&text, "{\"guid\":%d,\"logits_epoch_%d\":[%.9g,%.9g,%.9g],\"gold\":%d}\n",
				guid, e, r.NormFloat64(), r.NormFloat64(), r.NormFloat64(), guid%3)
		}
		size += text.Len()
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("dynamics_epoch_%d.jsonl", e)), text.Bytes(), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(dir, Options{To: -1}); err != nil {
			b.Fatal(err)
		}
	}
}
