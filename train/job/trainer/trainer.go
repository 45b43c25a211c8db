// Package trainer holds the Python files with which other programs train runs: a writer of run directories, a Trainer for
// transformers, and a whole trainer. Its own README.md says how to use them.
//
// It may import internal/disk. Begin reading at Write.
package trainer

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ftft/internal/disk"
)

// Names are the names of the files, in the order in which a reader needs them.
var Names = []string{"README.md", "ftft_run.py", "ftft_trainer.py", "train_hf.py", "train_plain.py"}

//go:embed README.md ftft_run.py ftft_trainer.py train_hf.py train_plain.py
var files embed.FS

// Read returns the content of one of the files.
func Read(name string) ([]byte, error) { return files.ReadFile(name) }

// Write writes the files into a folder, which it makes if its parent exists, and returns the names of those that were not there
// already. If a file there has another content, it writes nothing: the error is a *ChangedError.
func Write(folder string) (written []string, err error) {
	changed := &ChangedError{Folder: folder}
	for _, name := range Names {
		there, err := os.ReadFile(filepath.Join(folder, name))
		switch ours, _ := Read(name); {
		case errors.Is(err, fs.ErrNotExist):
			written = append(written, name)
		case err != nil:
			return nil, err
		case !bytes.Equal(there, ours):
			changed.Names = append(changed.Names, name)
		}
	}
	if len(changed.Names) > 0 {
		return nil, changed
	}
	if err := disk.Mkdir(folder); err != nil {
		return nil, disk.Explain("make "+folder, err)
	}
	for _, name := range written {
		content, err := Read(name)
		if err != nil {
			return nil, err
		}
		if err := disk.WriteFile(filepath.Join(folder, name), content); err != nil {
			return nil, err
		}
	}
	return written, nil
}

// ChangedError is the error of a folder that has other files of the same names, such as those of another version.
type ChangedError struct {
	Folder string
	Names  []string
}

func (e *ChangedError) Error() string {
	text := filepath.Join(e.Folder, e.Names[0]) + " differs"
	if n := len(e.Names) - 1; n > 0 {
		text = fmt.Sprintf("%s and %d more differ", filepath.Join(e.Folder, e.Names[0]), n)
	}
	return text + " from this ftft's: name another folder, or remove what is there"
}
