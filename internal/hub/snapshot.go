package hub

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ftft/internal/fault"
)

// Advice explains why a file of a snapshot does not exist, and names the command that fetches it. It returns "" for
// paths elsewhere, whether or not they are in Cache.
func Advice(path string) string {
	n, folder, ok := ofSnapshot(path)
	if !ok {
		return ""
	}
	target, err := os.Readlink(path)
	if err != nil {
		return fmt.Sprintf("not in the hub's cache, which has these files of this snapshot of %s: %s; fetch the others with %s",
			n.Model, fault.Names(files(folder)), n.download())
	}
	what := "a link to a file that is missing from the hub's cache"
	if incomplete(filepath.Join(filepath.Dir(path), target)) {
		what += ", for its download has not ended"
	}
	return what + "; fetch it with " + n.download()
}

// ofSnapshot returns the model of a file in a snapshot, and the snapshot's folder.
func ofSnapshot(path string) (n Name, folder string, ok bool) {
	folder = filepath.Dir(path)
	snapshots := filepath.Dir(folder)
	model := filepath.Dir(snapshots)
	name, ok := strings.CutPrefix(filepath.Base(model), folderPrefix)
	if !ok || filepath.Base(snapshots) != "snapshots" {
		return n, "", false
	}
	commit := filepath.Base(folder)
	n, err := Parse(Prefix + strings.ReplaceAll(name, "--", "/") + "@" + commit)
	if err != nil {
		return n, "", false
	}
	if refs(model)[mainBranch] == commit {
		n.Revision = mainBranch
	}
	return n, folder, true
}

// files returns the names of the files that a snapshot has.
func files(folder string) (names []string) {
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join(folder, e.Name())); err == nil {
			names = append(names, e.Name())
		}
	}
	return names
}

// incomplete reports whether a part of a blob has been downloaded: BLOB.incomplete or BLOB.ID.incomplete.
func incomplete(blob string) bool {
	entries, _ := os.ReadDir(filepath.Dir(blob))
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), filepath.Base(blob)+".") && strings.HasSuffix(e.Name(), ".incomplete") {
			return true
		}
	}
	return false
}
