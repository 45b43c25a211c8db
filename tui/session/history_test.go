package session

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"ftft/internal/disk"
)

func TestHistory(t *testing.T) {
	root := t.TempDir()
	h := OpenHistory(root, Rules)
	if past, err := h.Read(); past != nil || err != nil {
		t.Errorf("before the first text: %q, %v", past, err)
	}
	for _, text := range []string{"a", "b", "c", "a"} {
		if err := h.Add(text); err != nil {
			t.Fatal(err)
		}
	}
	if past, err := h.Read(); err != nil || !slices.Equal(past, []string{"b", "c", "a"}) {
		t.Errorf("%q, %v", past, err)
	}
	if past, err := OpenHistory(root, Searches).Read(); past != nil || err != nil {
		t.Errorf("the other history: %q, %v", past, err)
	}
	for i := range mostEntered + 10 {
		if err := h.Add(fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if past, _ := h.Read(); len(past) != mostEntered || past[0] != "10" || past[len(past)-1] != fmt.Sprint(mostEntered+9) {
		t.Errorf("%d texts, from %s to %s", len(past), past[0], past[len(past)-1])
	}
	if err := os.WriteFile(filepath.Join(root, ".rules.json"), []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Read(); err == nil {
		t.Error("an unreadable history is read")
	}
	if err := h.Add("d"); err != nil {
		t.Fatal(err)
	}
	if past, err := h.Read(); err != nil || !slices.Equal(past, []string{"d"}) {
		t.Errorf("after an unreadable history: %q, %v", past, err)
	}
}

func TestHistoryWithoutARunsFolder(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(t.TempDir(), "config"))
	h := OpenHistory("", Searches)
	if err := h.Add("premise"); err != nil {
		t.Fatal(err)
	}
	if past, err := OpenHistory("", Searches).Read(); err != nil || !slices.Equal(past, []string{"premise"}) {
		t.Errorf("%q, %v", past, err)
	}
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("HOME", "")
	if h = OpenHistory("", Searches); h.Add("a") != nil {
		t.Error("a user without a home folder gets an error")
	}
	if past, err := h.Read(); past != nil || err != nil {
		t.Errorf("%q, %v", past, err)
	}
}

func TestHistoryThatCannotBeWritten(t *testing.T) {
	root := t.TempDir()
	readOnly(t, root)
	if err := OpenHistory(root, Rules).Add("a"); !errors.Is(err, unix.EROFS) {
		t.Errorf("in a read-only runs folder: %v", err)
	}
	disk.Inject(func(disk.Op, string) error { return unix.EIO })
	if _, err := OpenHistory(root, Rules).Read(); !errors.Is(err, unix.EIO) {
		t.Errorf("on a failing disk: %v", err)
	}
}
