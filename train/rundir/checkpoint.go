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

// MarkerName is the file of a checkpoint that says what belongs to it: written last, when all else is there.
const MarkerName = "checksums.json"

// Damaged begins the name of a checkpoint that was damaged when the run was to go on from it, and was put aside.
const Damaged = "damaged-"

// A Marker holds the SHA-256, as hexadecimal, of each file of a checkpoint.
type Marker struct {
	Files map[string]string `json:"files"`
}

// Seal writes the marker of a folder of files.
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

// ErrDamaged is a sealed folder that is not what was written.
var ErrDamaged = errors.New("damaged")

// Verify says what is wrong with a sealed folder, nil if every file has the content that it was sealed with. It is ErrDamaged
// or fs.ErrNotExist; any other error is that a file could not be read.
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
			return fmt.Errorf("%w: %s is not what was written: its SHA-256 is %.12s… and was %.12s…", ErrDamaged, filepath.Join(folder, name), sum, marker.Files[name])
		}
	}
	return nil
}

// Unseal takes a file out of a sealed folder.
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

// Sealed says whether a folder has a marker, right or wrong.
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

// HashFile is the SHA-256 of a file, as hexadecimal.
func HashFile(path string) (string, error) { return HashBeginning(path, math.MaxInt64) }

// HashBeginning is HashFile for as many bytes, or for all where the file has fewer.
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

// Settings are what requests have changed of a run's plan: settings.json, which a resumed run reads.
type Settings struct {
	Patience        *int   `json:"patience,omitempty"`         // nil = the config's
	PatienceAfter   int    `json:"patience_after,omitempty"`   // it holds for evaluations after this step
	EvaluationSteps []int  `json:"evaluation_steps,omitempty"` // an evaluation follows each; nil = the config's
	Request         string `json:"request,omitempty"`          // the ID of the last one that changed anything
}

// WriteSettings writes settings.json.
func (d Dir) WriteSettings(s Settings) error { return disk.WriteJSON(d.Settings(), s) }

// ReadSettings reads settings.json; where there is none, nothing has been changed.
func (d Dir) ReadSettings() (s Settings, err error) {
	if err := readJSON(d.Settings(), &s); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	return s, nil
}

// CheckpointSteps are the steps of the checkpoints that are there, ascending, whole or not.
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
