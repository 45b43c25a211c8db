package main

import (
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// imports is a package of this project as "go list" describes it, without the imports of its tests.
type imports struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string // direct
	Deps       []string // direct and indirect
}

// project returns this project's packages by import path.
func project(t *testing.T) map[string]imports {
	t.Helper()
	dependOnSources(t)
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports,Deps", "./...").Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		t.Fatalf("%v\n%s", err, exit.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	packages := map[string]imports{}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p imports
		if err := decoder.Decode(&p); err == io.EOF {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages[p.ImportPath] = p
	}
}

// under reports whether a package is one of those given, or lies in the folder of one.
func under(path string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return path == f || strings.HasPrefix(path, f+"/") })
}

// withoutEngine are the packages that must not reach the engine, so that a screen, a map or a command that reads a run
// directory starts at once.
var withoutEngine = []string{
	"ftft/tui", "ftft/datamap", "ftft/configs", "ftft/train/corpus", "ftft/train/rundir", "ftft/train/cost", "ftft/train/launch",
	"ftft/train/report", "ftft/train/watch",
}

// The rules are those of ARCHITECTURE.md.
func TestImportsPointDownward(t *testing.T) {
	packages := project(t)
	for _, name := range append([]string{"ftft", "ftft/internal/cli", "ftft/internal/disk", "ftft/train", "ftft/train/study",
		"ftft/train/nn/kernel", "ftft/tui/selection", "ftft/tui/screenshot"}, withoutEngine...) {
		if packages[name].ImportPath == "" {
			t.Fatalf("no package %s: this test would miss it", name)
		}
	}
	if deps := packages["ftft/train"].Deps; !slices.Contains(deps, "gorgonia.org/gorgonia") || !slices.Contains(deps, "ftft/train/nn/kernel") {
		t.Fatal("train reaches no engine by these names: this test would miss the others that do")
	}
	for path, p := range packages {
		reaches := func(why string, folders ...string) {
			for _, dep := range p.Deps {
				if under(dep, folders...) {
					t.Errorf("%s reaches %s, %s", path, dep, why)
				}
			}
		}
		onlyBelow := func(folders ...string) {
			for _, dep := range p.Deps {
				if under(dep, "ftft") && !under(dep, folders...) {
					t.Errorf("%s imports %s; it may import %q", path, dep, folders)
				}
			}
		}
		if under(path, withoutEngine...) {
			reaches("which is the engine", "gorgonia.org", "ftft/train/nn/kernel")
		}
		if under(path, "ftft/datamap", "ftft/configs", "ftft/train") {
			reaches("which is above it", "ftft/tui")
		}
		if path != "ftft" {
			reaches("which only main imports", "ftft/internal/cli")
		}
		both := slices.Contains(p.Imports, "ftft/train") && slices.Contains(p.Imports, "ftft/datamap")
		if both && path != "ftft/internal/cli" && path != "ftft/train/study" {
			t.Errorf("%s imports both train and datamap, which only study and cli may", path)
		}
		switch {
		case under(path, "ftft/internal") && path != "ftft/internal/cli":
			onlyBelow("ftft/internal")
		case path == "ftft/datamap":
			onlyBelow("ftft/internal/parallel")
		case under(path, "ftft/datamap"):
			onlyBelow("ftft/internal", "ftft/datamap")
		case path == "ftft/train/rundir":
			onlyBelow("ftft/internal", "ftft/train/metric")
		case path == "ftft/train/nn/kernel", path == "ftft/tui/screenshot":
			onlyBelow()
		case path == "ftft/tui/selection":
			reaches("which is a screen's", "charm.land/bubbletea/v2")
		}
	}
}

// A package whose comment says so imports nothing of the project.
func TestPackagesThatImportNothing(t *testing.T) {
	claims := 0
	for path, p := range project(t) {
		if !strings.Contains(strings.Join(strings.Fields(p.comment(t)), " "), "imports nothing of the project") {
			continue
		}
		claims++
		for _, dep := range p.Imports {
			if under(dep, "ftft") {
				t.Errorf("%s imports %s, and its comment says that it imports nothing of the project", path, dep)
			}
		}
	}
	if claims < 3 {
		t.Errorf("%d packages say that they import nothing of the project: this test would miss the others", claims)
	}
}

// comment returns the text of the package's own files up to their package clauses.
func (p imports) comment(t *testing.T) (text string) {
	t.Helper()
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		text += file.Doc.Text()
	}
	return text
}

// The helpers of tests stay out of the program.
func TestHelpersOfTestsAreImportedByTestsOnly(t *testing.T) {
	packages := project(t)
	for _, helper := range []string{"ftft/internal/limit", "ftft/internal/slow", "ftft/train/job/slurmtest", "ftft/train/watch/watchtest"} {
		if packages[helper].ImportPath == "" {
			t.Fatalf("no package %s: this test would miss it", helper)
		}
		for path, p := range packages {
			if slices.Contains(p.Imports, helper) {
				t.Errorf("%s imports %s, which is for tests", path, helper)
			}
		}
	}
}

func TestDataMapDoesNoInputOrOutput(t *testing.T) {
	for _, dep := range project(t)["ftft/datamap"].Imports {
		if under(dep, "os", "io", "net", "syscall", "bufio", "embed", "log", "path/filepath", "runtime", "time", "golang.org/x/sys") {
			t.Errorf("datamap imports %s", dep)
		}
	}
}

// The terminal packages moved to other module paths. Two major versions of one in a program would both read the terminal.
func TestNoFirstVersionOfATerminalPackage(t *testing.T) {
	deps := project(t)["ftft"].Deps
	if !slices.Contains(deps, "charm.land/bubbletea/v2") {
		t.Fatal("the program does not import charm.land/bubbletea/v2: this test would miss its first version")
	}
	for _, dep := range deps {
		for _, old := range []string{"bubbletea", "lipgloss", "bubbles", "fang", "huh", "wish"} {
			if under(dep, "github.com/charmbracelet/"+old) {
				t.Errorf("%s is in the build", dep)
			}
		}
		if under(dep, "github.com/NimbleMarkets/ntcharts") && !under(dep, "github.com/NimbleMarkets/ntcharts/v2") {
			t.Errorf("%s is in the build", dep)
		}
	}
}
