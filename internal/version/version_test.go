package version

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"testing"
)

func TestName(t *testing.T) {
	const revision = "1c5b0e6b8d1f00112233445566778899aabbccdd"
	code := func() string { return "9f86d081884c" }
	unused := func() string { t.Error("the code is hashed though the revision names the build"); return "" }
	for _, test := range []struct {
		want, module, revision, modified string
		code                             func() string
	}{
		{"v1.2.0", "v1.2.0", revision, "false", unused},
		{"v1.2.0", "v1.2.0", "", "", unused}, // go install ftft@v1.2.0
		{"1c5b0e6b8d1f", "v0.0.0-20261008173134-1c5b0e6b8d1f", revision, "false", unused},
		{"1c5b0e6b8d1f", "(devel)", revision, "false", unused},
		{"1c5b0e6b8d1f+code.9f86d081884c", "v1.2.0", revision, "true", code},
		{"devel+code.9f86d081884c", "(devel)", "", "", code},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: test.module}}
		for key, value := range map[string]string{"vcs.revision": test.revision, "vcs.modified": test.modified} {
			if value != "" {
				info.Settings = append(info.Settings, debug.BuildSetting{Key: key, Value: value})
			}
		}
		if got := name(info, test.code); got != test.want {
			t.Errorf("module %s, revision %q, modified %q: %s, want %s", test.module, test.revision, test.modified, got, test.want)
		}
	}
	if got := name(nil, code); got != "devel+code.9f86d081884c" {
		t.Errorf("without build information: %s", got)
	}
}

// A program whose source has changed has another hash. "go run", which leaves out the symbols, makes the same code.
func TestHashOfAProgram(t *testing.T) {
	build := func(constant, how string) string {
		folder := t.TempDir()
		source := filepath.Join(folder, "main.go")
		text := "package main\n\nimport \"os\"\n\nfunc main() { os.Exit(len(os.Args) * " + constant + ") }\n"
		if err := os.WriteFile(source, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		command := []string{"build", "-o", folder}
		if how == "run" {
			command = []string{"run", "-exec", "cp -t " + folder}
		}
		if out, err := exec.Command("go", append(command, source)...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		sum, err := hashFile(filepath.Join(folder, "main"))
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	first := build("3", "build")
	if again := build("3", "build"); again != first {
		t.Errorf("the same source has the hashes %s and %s", first, again)
	}
	if changed := build("5", "build"); changed == first {
		t.Error("another source has the same hash")
	}
	if runtime.GOOS != "linux" {
		return
	}
	if run := build("3", "run"); run != first {
		t.Errorf("go run gives the hash %s, go build %s", run, first)
	}
}

func TestStringOfThisTest(t *testing.T) {
	if got := String(); !regexp.MustCompile(`^(v\d.*|[0-9a-f]{12})$|code\.[0-9a-f]{12}$`).MatchString(got) {
		t.Errorf("the version is %q", got)
	}
}
