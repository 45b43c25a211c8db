// Package recording holds the runs that the lesson shows: two small experiments on the built-in data, recorded once by make.sh.
//
// It imports nothing of the project. Begin with Unpack.
package recording

import (
	"archive/tar"
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
)

// packed is written by make.sh. It holds the run directories of two experiments: demo, and weak, whose reference learns too slowly.
//
//go:embed recording.tar.zst
var packed []byte

// Unpack writes the recorded runs into an empty folder, which becomes a runs folder.
func Unpack(folder string) error {
	if err := unpack(folder); err != nil {
		return fmt.Errorf("unpack the recorded runs into %s: %w", folder, err)
	}
	return nil
}

func unpack(folder string) (err error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	archive, err := zstd.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	defer archive.Close()
	for files := tar.NewReader(archive); ; {
		header, err := files.Next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case header.Typeflag == tar.TypeDir:
			err = root.MkdirAll(header.Name, 0o777)
		default:
			err = write(root, header.Name, files)
		}
		if err != nil {
			return err
		}
	}
}

func write(root *os.Root, name string, from io.Reader) error {
	file, err := root.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	return errors.Join(err, file.Close())
}
