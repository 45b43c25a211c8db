// Command licenses writes the licences of everything that the program contains: ftft itself, Go, the modules of the packages
// that the program imports on any of the platforms below, and the fonts in them. "go generate ./internal/cli" runs it.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// platforms are those that the gate builds for.
var platforms = []string{"linux/amd64", "linux/arm64", "darwin/arm64"}

// named matches the names of files that hold a licence or must be distributed with one.
var named = regexp.MustCompile(`(?i)^(licen[sc]es?|copying|notice|patents|third[_-]party.*)([._-].*)?$`)

type module struct {
	Path, Version, Dir string
	Main               bool // the project itself
}

func main() {
	log.SetFlags(0)
	out := flag.String("o", "notices.txt", "file to write")
	flag.Parse()
	text, err := licenses()
	if err == nil {
		err = os.WriteFile(*out, text, 0o666)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// licenses returns the text of all licences.
func licenses() ([]byte, error) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	folders, modules, err := imported()
	if err != nil {
		return nil, err
	}
	// The project comes first, then Go.
	modules = slices.Insert(modules, 1, module{Path: "Go", Version: "(runtime and standard library)", Dir: strings.TrimSpace(string(goroot))})
	for _, m := range modules {
		files, err := find(m.Dir, append(folders[m.Path], m.Dir))
		if err != nil {
			return nil, err
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("%s has no licence that is found by its name", m.Path)
		}
		if err := write(&text, strings.TrimSpace(m.Path+" "+m.Version), m.Dir, files); err != nil {
			return nil, err
		}
	}
	return text.Bytes(), nil
}

// imported returns the modules of the packages that the program imports, the project's first and the others sorted. folders
// holds, by module, the folders of these packages and of the files that they embed.
func imported() (folders map[string][]string, modules []module, err error) {
	folders = map[string][]string{}
	for _, platform := range platforms {
		system, processor, _ := strings.Cut(platform, "/")
		list := exec.Command("go", "list", "-e", "-deps", "-json=Dir,EmbedFiles,Module", "ftft")
		list.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+processor, "CGO_ENABLED=0")
		out, err := list.Output()
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %s", err, list.Args)
		}
		for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
			var p struct {
				Dir        string
				EmbedFiles []string
				Module     *module
			}
			if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, nil, err
			}
			if p.Module == nil { // the standard library
				continue
			}
			if folders[p.Module.Path] == nil {
				modules = append(modules, *p.Module)
			}
			folders[p.Module.Path] = append(folders[p.Module.Path], p.Dir)
			for _, file := range p.EmbedFiles {
				folders[p.Module.Path] = append(folders[p.Module.Path], filepath.Dir(filepath.Join(p.Dir, file)))
			}
		}
	}
	slices.SortFunc(modules, func(a, b module) int {
		if a.Main != b.Main {
			return map[bool]int{true: -1, false: 1}[a.Main]
		}
		return strings.Compare(a.Path, b.Path)
	})
	return folders, modules, nil
}

// find returns the licences in the folders of a module, and in the folders above them up to the module's own.
func find(root string, folders []string) ([]string, error) {
	var files []string
	for _, folder := range folders {
		for ; strings.HasPrefix(folder, root); folder = filepath.Dir(folder) {
			entries, err := os.ReadDir(folder)
			if err != nil {
				return nil, err
			}
			for _, e := range entries {
				if !named.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
					continue
				}
				path := filepath.Join(folder, e.Name())
				if !e.IsDir() {
					files = append(files, path)
					continue
				}
				inside, err := filepath.Glob(filepath.Join(path, "*"))
				if err != nil {
					return nil, err
				}
				files = append(files, inside...)
			}
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// write appends the licences of one component.
func write(text *bytes.Buffer, name, root string, files []string) error {
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		short, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		lines := strings.ReplaceAll(strings.TrimSpace(string(data)), "\r\n", "\n")
		fmt.Fprintf(text, "%s\n%s: %s\n\n%s\n\n", strings.Repeat("=", 80), name, filepath.ToSlash(short), lines)
	}
	return nil
}
