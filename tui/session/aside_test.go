package session

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A file of the user that cannot be read is kept under another name.
func TestUnreadableFilesAreKept(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	root := t.TempDir()
	torn := `["one", "tw`
	history, guide := OpenHistory(root, Rules), filepath.Join(os.Getenv("XDG_STATE_HOME"), "ftft", "guide.json")
	if err := ExtendGuide(Guide{Words: []string{"a"}}); err != nil {
		t.Fatal(err)
	}
	for path, add := range map[string]func() error{
		history.path: func() error { return history.Add("three") },
		guide:        func() error { return ExtendGuide(Guide{Words: []string{"b"}}) },
	} {
		if err := os.WriteFile(path, []byte(torn), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := add(); err != nil {
			t.Error(err)
		}
		if text, err := os.ReadFile(path + ".unreadable"); string(text) != torn {
			t.Errorf("%s was lost: %q, %v", path, text, err)
		}
	}
	if past, err := history.Read(); err != nil || !slices.Equal(past, []string{"three"}) {
		t.Errorf("the history is %q, %v", past, err)
	}
	if g, err := ReadGuide(); err != nil || !g.Knows("b") {
		t.Errorf("the guide is %+v, %v", g, err)
	}
}
