package rundir

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ftft/internal/disk"
)

// MarkerName is the file of a checkpoint that lists its other files. It is written last, when all others are complete.
const MarkerName = "checksums.json"

// Damaged is the prefix of a damaged checkpoint that a resuming run has put aside.
const Damaged = "damaged-"

// Marker holds the SHA-256, as hexadecimal, of each file of a checkpoint.
type Marker struct {
	Files map[string]string `json:"files"`
}

// Seal writes the marker of a folder from the files in it.
func Seal(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	marker := Marker{Files: map[string]string{}}
	for _, entry := range entries {
		if entry.Name() == MarkerName {
			continue
		}
		if marker.Files[entry.Name()], err = HashFile(filepath.Join(folder, entry.Name())); err != nil {
			return err
		}
	}
	return disk.WriteJSON(filepath.Join(folder, MarkerName), marker)
}

// ErrDamaged is the error of files whose content is not what was written.
var ErrDamaged = errors.New("damaged")

// Verify returns nil if every file of a sealed folder has the content that it was sealed with. The error is ErrDamaged or
// fs.ErrNotExist if a file has changed or is missing; any other error means that a file could not be read.
func Verify(folder string) error {
	marker, err := readMarker(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s has no %s", ErrDamaged, folder, MarkerName)
	}
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(marker.Files)) {
		sum, err := HashFile(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		if sum != marker.Files[name] {
			return fmt.Errorf("%w: %s is not what was written: its SHA-256 is %.12s… and was %.12s…",
				ErrDamaged, filepath.Join(folder, name), sum, marker.Files[name])
		}
	}
	return nil
}

// Unseal removes a file from a sealed folder and from its marker.
func Unseal(folder, name string) error {
	marker, err := readMarker(folder)
	if err != nil {
		return err
	}
	if _, ok := marker.Files[name]; ok {
		delete(marker.Files, name)
		if err := disk.WriteJSON(filepath.Join(folder, MarkerName), marker); err != nil {
			return err
		}
	}
	return disk.Remove(filepath.Join(folder, name))
}

// Sealed reports whether a folder has a marker, valid or not.
func Sealed(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, MarkerName))
	return err == nil
}

func readMarker(folder string) (marker Marker, err error) {
	data, err := disk.ReadFile(filepath.Join(folder, MarkerName))
	if err != nil {
		return marker, err
	}
	if err := json.Unmarshal(data, &marker); err != nil || len(marker.Files) == 0 {
		return marker, fmt.Errorf("%w: %s: no list of checksums", ErrDamaged, filepath.Join(folder, MarkerName))
	}
	return marker, nil
}

// HashFile returns the SHA-256 of a file, as hexadecimal.
func HashFile(path string) (string, error) { return HashBeginning(path, math.MaxInt64) }

// HashBeginning returns the SHA-256 of a file's first bytes, or of the whole file if it has fewer.
func HashBeginning(path string, bytes int64) (string, error) {
	file, err := disk.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, io.LimitReader(file, bytes)); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// Settings are the parts of a run's plan that requests have changed: settings.json. A resumed run reads them.
type Settings struct {
	Patience        *int   `json:"patience,omitempty"`         // nil = the config's
	PatienceAfter   int    `json:"patience_after,omitempty"`   // Patience applies to evaluations after this step
	EvaluationSteps []int  `json:"evaluation_steps,omitempty"` // an evaluation follows each; nil = the config's
	Request         string `json:"request,omitempty"`          // the ID of the last request that changed anything
}

// WriteSettings writes settings.json.
func (d Dir) WriteSettings(s Settings) error { return disk.WriteJSON(d.Settings(), s) }

// ReadSettings reads settings.json. A run without one has empty Settings.
func (d Dir) ReadSettings() (s Settings, err error) {
	if err := readJSON(d.Settings(), &s); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	return s, nil
}

// CheckpointSteps lists the steps of the existing checkpoints, ascending, damaged ones included.
func (d Dir) CheckpointSteps() ([]int, error) {
	entries, err := os.ReadDir(d.Checkpoints())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var steps []int
	for _, entry := range entries {
		number, ok := strings.CutPrefix(entry.Name(), "step-")
		if step, err := strconv.Atoi(number); ok && err == nil && entry.IsDir() {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	return steps, nil
}
