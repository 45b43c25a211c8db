package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A dependency that is added, updated or removed changes the list of licences.
func TestLicensesAreThoseOfTheDependencies(t *testing.T) {
	fresh := filepath.Join(t.TempDir(), "notices.txt")
	if out, err := exec.Command("go", "run", "./_licenses", "-o", fresh).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(fresh)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != licenses {
		t.Error("notices.txt is out of date: run go generate ./internal/cli")
	}
	own, err := os.ReadFile("../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	printed := run(t, "licences")
	for _, want := range []string{
		"\nftft: LICENSE\n\n" + strings.TrimSpace(string(own)),
		"\nGo (runtime",
		"\ngithub.com/spf13/cobra v",
		"liberation v0.5.0: LICENSE-SIL\n",
	} {
		if !strings.Contains(printed, want) {
			t.Errorf("the licences lack %.40q", want)
		}
	}
}
