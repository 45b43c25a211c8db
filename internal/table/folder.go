package table

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"ftft/internal/fault"
	"ftft/internal/input"
)

// The files of a folder that datasets' save_to_disk wrote, and the greatest size that is read of them, in bytes.
const (
	dictFile  = "dataset_dict.json" // names the splits
	stateFile = "state.json"        // names the Arrow files, in order
	infoFile  = "dataset_info.json" // describes the columns
	infoLimit = 64 << 20
)

// readFolder reads a folder of one data set: what save_to_disk wrote, or the shards of one split.
func readFolder(path string, o Options) (*Table, error) {
	if splits := struct{ Splits []string }{}; readInfo(filepath.Join(path, dictFile), &splits) == nil {
		return nil, fault.At(path, 0, fmt.Sprintf("a datasets folder with the splits %s; name one, such as %q",
			fault.Names(splits.Splits), filepath.Join(path, append(splits.Splits, "train")[0])))
	}
	var state struct {
		Files []struct{ Filename string } `json:"_data_files"`
	}
	var info struct{ Features features }
	if err := readInfo(filepath.Join(path, infoFile), &info); err == nil {
		o.classes = info.Features.classes()
	}
	err := readInfo(filepath.Join(path, stateFile), &state)
	if err == nil && len(state.Files) > 0 {
		var names []string
		for _, file := range state.Files {
			if !filepath.IsLocal(file.Filename) {
				return nil, fault.At(filepath.Join(path, stateFile), 0, fmt.Sprintf("names the file %q outside of its folder", file.Filename))
			}
			names = append(names, filepath.Join(path, file.Filename))
		}
		return readShards(path, names, o)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, input.Unreadable(path, err)
	}
	var names []string
	sharded := false
	for _, entry := range entries {
		name := entry.Name()
		if name[0] == '.' || name[0] == '_' || entry.IsDir() || !slices.Contains(dataEndings, Ending(name)) {
			continue
		}
		if name == infoFile || name == stateFile {
			continue
		}
		names = append(names, filepath.Join(path, name))
		sharded = sharded || shardName.MatchString(name)
	}
	switch {
	case len(names) == 0:
		return nil, fault.At(path, 0, "a folder without data files; name a file")
	case len(names) > 1 && !sharded:
		var base []string
		for _, name := range names {
			base = append(base, filepath.Base(name))
		}
		return nil, fault.At(path, 0, fmt.Sprintf("a folder of %d files (%s); name one of them, or those that are one set by %s %q",
			len(names), fault.Names(base), "a pattern such as", filepath.Join(path, "*"+filepath.Ext(base[0]))))
	}
	if err := checkShards(path, names); err != nil {
		return nil, err
	}
	return readShards(path, names, o)
}

// dataEndings are the extensions of data files.
var dataEndings = append([]string{".parquet", ".arrow", ".feather", ".csv", ".tsv", ".tab", ".txt"}, jsonEndings...)

// readInfo decodes a small JSON file.
func readInfo(path string, value any) error {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	data, err := input.Small(path, infoLimit)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, value)
}

// isFolder reports whether a path is a folder.
func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// Exists returns an error unless a path names a file, a folder, files by a pattern, or input.Stdin.
func Exists(path string) error {
	if path == input.Stdin {
		return nil
	}
	_, err := os.Stat(path)
	if names, _ := filepath.Glob(path); err != nil && isPattern(path) && len(names) > 0 {
		return nil
	}
	return err
}
