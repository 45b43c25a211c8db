package fault

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestCollectorListsTenProblemsAndCountsTheRest(t *testing.T) {
	var c Collector
	if err := c.Err("data.jsonl"); err != nil {
		t.Errorf("an empty collector returns %v", err)
	}
	for line := 1; line <= 13; line++ {
		c.Add(Problem{File: "data.jsonl", Line: line, Message: "not a record"})
	}
	for range 2 { // Err changes nothing
		lines := strings.Split(c.Err("data.jsonl").Error(), "\n")
		if len(lines) != 11 || lines[9] != "data.jsonl:10: not a record" || lines[10] != "data.jsonl: and 3 more" {
			t.Errorf("%q", lines)
		}
	}
}

func TestMergeTakesProblemsAndReturnsOtherErrors(t *testing.T) {
	var bad Bad
	other := errors.New("interrupted")
	if err := bad.Merge(fmt.Errorf("reading: %w", At("a.csv", 2, "not UTF-8"))); err != nil || bad.Error() != "a.csv:2: not UTF-8" {
		t.Errorf("%v, problems %q", err, bad.Error())
	}
	if err := bad.Merge(other); err != other || len(bad.Problems) != 1 {
		t.Errorf("%v, %d problems", err, len(bad.Problems))
	}
}

func TestNamesAreListedAsWords(t *testing.T) {
	many := strings.Split(strings.Repeat("x ", 25), " ")[:25]
	for want, names := range map[string][]string{
		"none": nil, `"a"`: {"a"}, `"a" and "b\n"`: {"a", "b\n"}, `"a", "b" and "c d"`: {"a", "b", "c d"},
		strings.Repeat(`"x", `, 19) + `"x" and 5 more`: many,
	} {
		if got := Names(names); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestMergeCountsWhatItDoesNotKeep(t *testing.T) {
	var all Bad
	for range 3 * mergeLimit {
		if err := all.Merge(At("a.csv", 1, "wrong")); err != nil {
			t.Fatal(err)
		}
	}
	want := fmt.Sprintf("\nand %d more", 3*mergeLimit-printLimit)
	if len(all.Problems) != mergeLimit || !strings.HasSuffix(all.Error(), want) {
		t.Errorf("%d problems, ends with %q, want %q", len(all.Problems), all.Error()[len(all.Error())-20:], want)
	}
}
