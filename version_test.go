package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"ftft/internal/slow"
)

// A build of a changed source has another version than the build before it, and another build of the first source has the
// first's. internal/version tests the same on a smaller program.
func TestChangedSourceIsAnotherVersion(t *testing.T) {
	slow.Skip(t) // it links the program twice
	folder := t.TempDir()
	source, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	main, err := filepath.Abs("main.go")
	if err != nil {
		t.Fatal(err)
	}
	changed, overlay := filepath.Join(folder, "changed.go"), filepath.Join(folder, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{main: changed}})
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string][]byte{changed: append(source, "\nfunc init() { println(len(os.Args)) }\n"...), overlay: replace} {
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	version := func(flags ...string) string {
		out, err := exec.Command("go", append(append([]string{"run", "-buildvcs=false"}, flags...), ".", "--version")...).Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	first := version()
	if again := version(); again != first {
		t.Errorf("one source has the versions %s and %s", first, again)
	}
	if other := version("-overlay", overlay); other == first {
		t.Errorf("a changed source has the version of the first, %s", first)
	}
}
