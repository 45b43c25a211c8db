package cartography

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ftft/datamap"
	"ftft/internal/fault"
)

// epochText returns an epoch's file of examples a, b, …: those of a text, in its order. Repeated ones have other logits.
func epochText(epoch int, examples string) string {
	var text strings.Builder
	for i, guid := range examples {
		logit := int(guid-'a') + 100*epoch
		if strings.IndexRune(examples, guid) < i {
			logit = -1
		}
		fmt.Fprintf(&text, `{"guid": "%c", "logits_epoch_%d": [%d, 0.5], "gold": %d}`+"\n", guid, epoch, logit, (guid-'a')%2)
	}
	return text.String()
}

// epochFolder writes a folder with an epoch for each text, beginning with an epoch number; "-" = no file.
func epochFolder(t *testing.T, first int, examples ...string) string {
	files := map[string]string{}
	for i, text := range examples {
		if text != "-" {
			files[fmt.Sprintf("dynamics_epoch_%d.jsonl", first+i)] = epochText(first+i, text)
		}
	}
	return folder(t, files)
}

// problem returns the first problem of an error, which must be a *fault.Bad.
func problem(t *testing.T, err error) string {
	t.Helper()
	var bad *fault.Bad
	if !errors.As(err, &bad) {
		t.Fatalf("not a *fault.Bad: %v", err)
	}
	return bad.Problems[0].Message
}

// Samplers of several devices repeat examples, others in each epoch.
func TestRepeatedRecords(t *testing.T) {
	dir := epochFolder(t, 0, "abcdea", "edcbad", "abcdec")
	_, err := Read(dir, Options{To: -1})
	if p := problem(t, err); !strings.HasPrefix(p, "guid a occurs twice; ") || !strings.Contains(p, "--lenient") {
		t.Error(p)
	}
	d, err := Read(dir, Options{To: -1, Lenient: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Skipped) != 1 || d.Skipped[0].Count != 3 || d.Skipped[0].Reason != twiceThere {
		t.Errorf("%+v", d.Skipped)
	}
	for e, logits := range d.Epochs {
		for row := range 5 {
			if want := float32(100*e + row); logits[2*row] != want {
				t.Errorf("epoch %d, row %d: %g, want the first record's %g", e, row, logits[2*row], want)
			}
		}
	}
}

func TestUnfinishedLastEpoch(t *testing.T) {
	const all = "abcdefghij"
	for name, last := range map[string]string{"cut": "cab", "empty": "", "almost complete": "abcdefghi"} {
		dir := epochFolder(t, 0, all, all, all, last)
		_, err := Read(dir, Options{To: -1})
		if p := problem(t, err); !strings.Contains(p, "of the 10 guids of dynamics_epoch_0.jsonl are missing") ||
			!strings.Contains(p, "leave it out with --epochs 0:3 or --lenient") {
			t.Errorf("%s: %s", name, p)
		}
		d, err := Read(dir, Options{To: -1, Lenient: true})
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Epochs) != 3 || len(d.Skipped) != 1 || d.Skipped[0].Reason != unfinished || d.Skipped[0].Count != 1 ||
			!strings.HasSuffix(d.Skipped[0].First.File, "dynamics_epoch_3.jsonl") || slices.Contains(d.malformed(), true) {
			t.Errorf("%s: %d epochs, %+v", name, len(d.Epochs), d.Skipped)
		}
	}

	// Training ended in the middle of a line. What is wrong in an epoch that is left out does not count.
	torn := epochText(2, "ab") + `{"guid": "c", "logits_epoch_2": [NaN, 1], "gold": 0}` + "\n" + `{"guid": "d", "log`
	dir := folder(t, map[string]string{
		"dynamics_epoch_0.jsonl": epochText(0, all), "dynamics_epoch_1.jsonl": epochText(1, all), "dynamics_epoch_2.jsonl": torn})
	_, err := Read(dir, Options{To: -1})
	var bad *fault.Bad
	if !errors.As(err, &bad) {
		t.Fatal(err)
	}
	d, err := Read(dir, Options{To: -1, Lenient: true})
	if err != nil || len(d.Epochs) != 2 || len(d.Skipped) != 1 || slices.Contains(d.malformed(), true) {
		t.Errorf("%v, %+v", err, d)
	}
	torn = epochText(2, "ab") + `{"guid": "d", "log`
	dir = folder(t, map[string]string{
		"dynamics_epoch_0.jsonl": epochText(0, all), "dynamics_epoch_1.jsonl": epochText(1, all), "dynamics_epoch_2.jsonl": torn})
	if _, err = Read(dir, Options{To: -1}); !strings.Contains(problem(t, err), "in this epoch, leave it out with --epochs 0:2") {
		t.Error(err)
	}
}

// malformed returns whether each example is left out.
func (d *Dynamics) malformed() []bool {
	left := make([]bool, len(d.GUIDs))
	for row := range left {
		left[row] = !datamap.Seen(d.Epochs[0][row*d.Classes : (row+1)*d.Classes])
	}
	return left
}

func TestEarlyEpochThatLacksExamples(t *testing.T) {
	const all = "abcdefghij"
	for name, epochs := range map[string][]string{
		"in between": {all, "abc", all}, "at first": {"abc", all, all}, "others": {"abc", "defg", "abc"},
	} {
		for _, lenient := range []bool{false, true} {
			_, err := Read(epochFolder(t, 0, epochs...), Options{To: -1, Lenient: lenient})
			if p := problem(t, err); strings.Contains(p, "training ended") {
				t.Errorf("%s, lenient %v: %s", name, lenient, p)
			}
		}
	}
	// A program that drops incomplete batches leaves other examples out of each epoch. The last one is like the others.
	d, err := Read(epochFolder(t, 0, all, "abcdefghi", "bcdefghij"), Options{To: -1, Lenient: true})
	if err != nil || len(d.Epochs) != 3 || !slices.Equal(d.malformed(), []bool{0: true, 9: true}) || d.Skipped[0].Count != 2 {
		t.Errorf("%v, %+v", err, d)
	}
}

func TestEpochNumbers(t *testing.T) {
	for _, c := range []struct {
		first  int
		epochs []string
		want   string
	}{
		{1, []string{"abc", "abc"}, "the first epoch of the folder is 1, where epochs are counted from 0: " +
			"dynamics_epoch_0.jsonl is missing, or the program that wrote them counts from 1; read them with --epochs 1:"},
		{0, []string{"abc", "-", "abc"}, "dynamics_epoch_1.jsonl is missing; --epochs 0:1 reads those before; --epochs 2:3 reads those after"},
		{0, []string{"abc", "-", "abc", "-", "-", "abc", "abc"}, "dynamics_epoch_1.jsonl, dynamics_epoch_3.jsonl, " +
			"dynamics_epoch_4.jsonl are missing; --epochs 0:1 reads those before; --epochs 5:7 reads those after"},
		{0, append(append([]string{"abc"}, slices.Repeat([]string{"-"}, 8)...), "abc"), "dynamics_epoch_1.jsonl, dynamics_epoch_2.jsonl, " +
			"dynamics_epoch_3.jsonl, dynamics_epoch_4.jsonl, dynamics_epoch_5.jsonl and 3 more are missing"},
	} {
		_, err := Read(epochFolder(t, c.first, c.epochs...), Options{To: -1})
		if p := problem(t, err); !strings.HasPrefix(p, c.want) {
			t.Errorf("%s\nwant %s", p, c.want)
		}
	}
	dir := epochFolder(t, 1, "abc", "cba")
	for _, o := range []Options{{To: -1, Lenient: true}, {From: 1, To: -1}, {From: 1, To: 3}} {
		d, err := Read(dir, o)
		if err != nil || len(d.Epochs) != 2 || d.First != 1 || len(d.Skipped) > 0 != o.Lenient {
			t.Errorf("%+v: %v, %+v", o, err, d)
		}
	}
	dir = folder(t, map[string]string{"dynamics_epoch_0.jsonl": epochText(0, "abc"), "dynamics_epoch_00.jsonl.gz": epochText(0, "abc")})
	if _, err := Read(dir, Options{To: -1}); !strings.Contains(problem(t, err), "also holds epoch 0: remove one of the two") {
		t.Error(err)
	}
}

// The one rule for values holds: whole numbers are integers, with or without quotes, and a label may have a name.
func TestValuesInOtherForms(t *testing.T) {
	dir := folder(t, map[string]string{
		"dynamics_epoch_0.jsonl": `{"guid": 7.0, "gold": 1.0, "logits_epoch_0": [1, 2]}` + "\n" +
			`{"guid": 8, "gold": "0", "logits_epoch_0": [1, 2]}`,
		"dynamics_epoch_1.jsonl": `{"guid": 7, "gold": "1", "logits_epoch_1": [1, 2]}` + "\n" +
			`{"guid": 8e0, "gold": "no", "logits_epoch_1": [1, 2]}`,
	})
	d, err := Read(dir, Options{To: -1, Labels: []string{"no", "yes"}})
	if err != nil || !slices.Equal(d.GUIDs, []string{"7", "8"}) || !slices.Equal(d.Gold, []int32{1, 0}) || !d.Numbers {
		t.Errorf("%v, %+v", err, d)
	}
	if _, err := Read(dir, Options{To: -1}); !strings.Contains(problem(t, err), `label "no", which is not a class index: name the labels`) {
		t.Error(err)
	}
	_, err = Read(dir, Options{To: -1, Labels: []string{"a", "b"}})
	if !strings.Contains(problem(t, err), `nor one of the labels "a" and "b"`) {
		t.Error(err)
	}
	dir = folder(t, map[string]string{"dynamics_epoch_0.jsonl": `{"guid": "7.0", "gold": 1, "logits_epoch_0": [1, 2]}
{"guid": "1.jpg#2", "gold": 1, "logits_epoch_0": [1, 2]}
{"guid": "8.10", "gold": 1, "logits_epoch_0": [1, 2]}`})
	if d, err := Read(dir, Options{To: -1}); err != nil || !slices.Equal(d.GUIDs, []string{"7", "1.jpg#2", "8.10"}) {
		t.Errorf("%v, %+v", err, d)
	}
}
