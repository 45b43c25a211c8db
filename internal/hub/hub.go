// Package hub finds models in the cache of Hugging Face's hub on this machine, where hf download, transformers and other programs put
// them. It downloads nothing.
//
// The cache has a folder for each model, models--ORG--NAME. In it, refs holds the commit of each branch and tag, snapshots/COMMIT the
// files of a commit as links, and blobs the files that they lead to.
//
// It may import internal packages. Begin with Resolve.
package hub

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/input"
)

// Prefix begins what names a model of the hub: hub:ORG/NAME or hub:ORG/NAME@REVISION.
const Prefix = "hub:"

// Is reports whether a model's name begins with Prefix.
func Is(name string) bool { return strings.HasPrefix(name, Prefix) }

// A Name is a model of the hub, in a revision.
type Name struct {
	Model    string // ORG/NAME; a few old models have a NAME alone
	Revision string // a branch, a tag or a full commit; "main" by default
}

var (
	part     = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?$`)
	revision = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._+/-]*$`)
	commit   = regexp.MustCompile(`^[A-Za-z0-9]{1,64}$`)
)

// mainBranch is the branch of a name without a revision.
const mainBranch = "main"

// Parse returns the parts of a name that begins with Prefix. Names that the hub does not allow, and those that would lead out of the
// cache, are errors.
func Parse(name string) (Name, error) {
	model, rev, given := strings.Cut(strings.TrimPrefix(name, Prefix), "@")
	parts := strings.Split(model, "/")
	for _, p := range parts {
		if len(parts) > 2 || len(p) > 96 || !part.MatchString(p) || strings.Contains(p, "--") || strings.Contains(p, "..") {
			return Name{}, fmt.Errorf("%.120q is no name of a model of the hub; give hub:ORG/NAME or hub:ORG/NAME@REVISION", name)
		}
	}
	if !given {
		rev = mainBranch
	}
	if len(rev) > 200 || !revision.MatchString(rev) || strings.Contains(rev, "..") || strings.Contains(rev, "//") ||
		strings.HasSuffix(rev, "/") {
		return Name{}, fmt.Errorf("%.80q is no revision: give a branch, a tag or a full commit after @", rev)
	}
	return Name{model, rev}, nil
}

// String returns the name with Prefix, and without the revision if that is the default.
func (n Name) String() string {
	if n.Revision == mainBranch {
		return Prefix + n.Model
	}
	return Prefix + n.Model + "@" + n.Revision
}

// download returns the commands that fetch a model, the second for old versions of the hub's program.
func (n Name) download() string {
	arguments := "download " + n.Model
	if n.Revision != mainBranch {
		arguments += " --revision " + n.Revision
	}
	return fmt.Sprintf("hf %s (in old versions: huggingface-cli %s)", arguments, arguments)
}

// folder returns the folder of a model in the cache.
func (n Name) folder() string {
	return filepath.Join(Cache(), folderPrefix+strings.ReplaceAll(n.Model, "/", "--"))
}

const folderPrefix = "models--"

// A Snapshot is a commit of a model in the cache.
type Snapshot struct {
	Name
	Commit string
	Folder string // with the model's files
}

// Resolve finds a model in the cache. If it is not there, the error, a *fault.Bad, says which command fetches it.
func Resolve(name string) (Snapshot, error) {
	n, err := Parse(name)
	if err != nil {
		return Snapshot{}, fault.At(name, 0, err.Error())
	}
	folder := n.folder()
	if _, err := os.Stat(folder); err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			return Snapshot{}, input.Unreadable(folder, err)
		}
		return Snapshot{}, n.missing(fmt.Sprintf("not in the hub's cache, %s%s", Cache(), others()))
	}
	s := Snapshot{Name: n, Commit: n.Revision}
	ref := filepath.Join(folder, "refs", filepath.FromSlash(n.Revision))
	if info, err := os.Stat(ref); err == nil && info.Mode().IsRegular() {
		text, err := input.Small(ref, 1000)
		if err != nil {
			return Snapshot{}, err
		}
		s.Commit = strings.TrimSpace(string(text))
	}
	if s.Folder, err = filepath.Abs(filepath.Join(folder, "snapshots", s.Commit)); err != nil {
		return Snapshot{}, err
	}
	if !commit.MatchString(s.Commit) || !isFolder(s.Folder) {
		return Snapshot{}, n.missing(fmt.Sprintf("the hub's cache, %s, has no files of the revision %q; revisions there: %s",
			Cache(), n.Revision, fault.Names(revisions(folder))))
	}
	return s, nil
}

// missing returns the error of a model that is not in the cache.
func (n Name) missing(what string) error {
	return fault.At(n.String(), 0, what+". ftft downloads nothing; fetch it with "+n.download())
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// revisions returns the branches, tags and commits of which a model's folder has a snapshot.
func revisions(folder string) (names []string) {
	commits := map[string]bool{}
	entries, _ := os.ReadDir(filepath.Join(folder, "snapshots")) // without the folder there is none
	for _, e := range entries {
		commits[e.Name()] = true
	}
	named := map[string]bool{}
	for name, commit := range refs(folder) {
		if commits[commit] {
			names = append(names, name)
			named[commit] = true
		}
	}
	for commit := range commits {
		if !named[commit] {
			names = append(names, commit)
		}
	}
	slices.Sort(names)
	return names
}

// refs returns the commits of a model's branches and tags, by their names.
func refs(folder string) map[string]string {
	commits := map[string]string{}
	root := filepath.Join(folder, "refs")
	filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error { // what cannot be read is left out
		if err == nil && !e.IsDir() {
			name, _ := filepath.Rel(root, path)
			if text, err := input.Small(path, 1000); err == nil {
				commits[filepath.ToSlash(name)] = strings.TrimSpace(string(text))
			}
		}
		return nil
	})
	return commits
}

// List returns the names of the models that the cache has snapshots of, ascending, with Prefix.
func List() (names []string) {
	entries, _ := os.ReadDir(Cache()) // without the folder there is none
	for _, e := range entries {
		name, ok := strings.CutPrefix(e.Name(), folderPrefix)
		if !ok {
			continue
		}
		name = Prefix + strings.ReplaceAll(name, "--", "/")
		snapshots, _ := os.ReadDir(filepath.Join(Cache(), e.Name(), "snapshots"))
		if _, err := Parse(name); err == nil && len(snapshots) > 0 {
			names = append(names, name)
		}
	}
	return names
}

// Named returns the name, with Prefix, of the model in the cache that the last elements of a folder's path name: ORG/NAME or NAME. It
// returns "" if the cache has none.
func Named(folder string) string {
	name := filepath.Base(folder)
	nested := filepath.Base(filepath.Dir(folder)) + "/" + name
	for _, model := range []string{nested, name} {
		if slices.Contains(List(), Prefix+model) {
			return Prefix + model
		}
	}
	return ""
}

// others lists the models in the cache for a message, if they are few.
func others() string {
	const few = 10
	names := List()
	if len(names) == 0 {
		return ", which has no models"
	}
	if len(names) > few {
		return fmt.Sprintf(", which has %d models", len(names))
	}
	return ", which has " + fault.Names(names)
}
