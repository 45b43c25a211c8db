// Package recording holds what the lesson shows: two small experiments that were carried out once, on the built-in data.
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

// packed is made by make.sh: the run directories of the studies demo, and weak, whose reference learns too slowly.
//
//go:embed recording.tar.zst
var packed []byte

// Unpack writes the runs folder into an empty folder.
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
	whole, err := zstd.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	defer whole.Close()
	for files := tar.NewReader(whole); ; {
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
