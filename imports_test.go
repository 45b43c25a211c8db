package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// imports is a package of this project, as "go list" describes it. Tests' imports do not count.
type imports struct {
	ImportPath string
	Imports    []string // its own
	Deps       []string // with those of its imports
}

// project lists this project's packages.
func project(t *testing.T) map[string]imports {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...").Output()
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

// under says whether a package is one of those or lies in the folder of one.
func under(path string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return path == f || strings.HasPrefix(path, f+"/") })
}

// The import rules let a screen start without the engine, a map be drawn of anything, and a run directory be read by
// whoever has its package.
func TestImportsPointDownward(t *testing.T) {
	packages := project(t)
	for _, name := range []string{"ftft", "ftft/internal/cli", "ftft/internal/disk", "ftft/tui/view", "ftft/datamap/dynamics", "ftft/configs", "ftft/train/corpus", "ftft/train/rundir", "ftft/train/cost",
		"ftft/train/launch", "ftft/train/report", "ftft/train/watch", "ftft/train/nn/kernel", "ftft/train/study", "ftft/tui/screenshot"} {
		if packages[name].ImportPath == "" {
			t.Fatalf("%s is not among the packages: this test looks past it", name)
		}
	}
	if !slices.Contains(packages["ftft/train"].Deps, "gorgonia.org/gorgonia") || !slices.Contains(packages["ftft/train"].Deps, "ftft/train/nn/kernel") {
		t.Fatal("training reaches no engine by these names: this test looks past it")
	}
	for path, p := range packages {
		if under(path, "ftft/tui", "ftft/datamap", "ftft/configs", "ftft/train/corpus", "ftft/train/rundir", "ftft/train/cost", "ftft/train/launch", "ftft/train/report", "ftft/train/watch") {
			for _, dep := range p.Deps {
				if under(dep, "gorgonia.org", "ftft/train/nn/kernel") {
					t.Errorf("%s reaches %s", path, dep)
				}
			}
		}
		if both := slices.Contains(p.Imports, "ftft/train") && slices.Contains(p.Imports, "ftft/datamap"); both && path != "ftft/internal/cli" && path != "ftft/train/study" {
			t.Errorf("%s imports both train and datamap, which only study does", path)
		}
		below := func(folders ...string) {
			for _, dep := range p.Deps {
				if under(dep, "ftft") && !under(dep, folders...) {
					t.Errorf("%s imports %s, which is not below it", path, dep)
				}
			}
		}
		switch {
		case under(path, "ftft/internal") && !under(path, "ftft/internal/cli"):
			below("ftft/internal")
		case path == "ftft/datamap":
			below("ftft/internal/parallel")
		case under(path, "ftft/datamap"):
			below("ftft/internal", "ftft/datamap")
		case path == "ftft/train/rundir":
			below("ftft/internal", "ftft/train/metric")
		case path == "ftft/train/nn/kernel", path == "ftft/tui/screenshot":
			below()
		}
		for _, dep := range p.Imports {
			if path != "ftft" && dep == "ftft/internal/cli" || under(path, "ftft/datamap", "ftft/configs", "ftft/train") && under(dep, "ftft/tui") {
				t.Errorf("%s imports %s, which is above it", path, dep)
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

// The terminal packages have moved; their first versions beside the second would be two programs on one terminal.
func TestNoFirstVersionOfATerminalPackage(t *testing.T) {
	deps := project(t)["ftft"].Deps
	if !slices.Contains(deps, "charm.land/bubbletea/v2") {
		t.Fatal("the program has no charm.land/bubbletea/v2: this test looks past it")
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
