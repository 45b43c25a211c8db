package rundir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"ftft/internal/disk"
)

// Format is the version of the run directory that this package writes, and the newest that it reads.
const Format = 1

// The roles of a run.
const (
	Reference = "reference" // gives the dynamics
	Main      = "main"      // is trained on a selection, or on everything, for comparison
)

// Manifest is what identifies a run: manifest.json. It is written before the run starts.
type Manifest struct {
	Format     int               `json:"format"`
	ID         string            `json:"id"`
	Name       string            `json:"name"`             // the config's name
	Role       string            `json:"role"`             // reference | main
	Arm        Arm               `json:"arm,omitempty"`    // empty for a reference
	Study      string            `json:"study,omitempty"`  // the study's ID
	Parent     string            `json:"parent,omitempty"` // the run whose dynamics it was selected by
	ConfigHash string            `json:"config_hash"`      // of what decides the result: no name, threads or slots
	DataHash   string            `json:"data_hash"`        // of the contents, never of paths
	Seed       int64             `json:"seed"`
	Labels     []string          `json:"labels"`           // by class index
	Model      string            `json:"model"`            // the folder that the weights came from, or "scratch"
	Engine     string            `json:"engine"`           // native | command
	Kernel     string            `json:"kernel,omitempty"` // which kernels computed it
	Job        string            `json:"job,omitempty"`    // an external job's ID
	Versions   map[string]string `json:"versions"`         // of ftft, Go and what else decides the bits
	Files      map[string]string `json:"files,omitempty"`  // of what was there before the run began: SHA-256, hexadecimal
	Created    time.Time         `json:"created"`          // RFC 3339
}

// Hashed are the files of a plan that a manifest has the hashes of, where they are there. The config is not among them: it
// may be edited where that decides no result, and ConfigHash is of what does.
var Hashed = []string{"examples.jsonl", "gold.npy", "selection.json"}

// HashPlan gives the hashes of what Hashed names.
func (d Dir) HashPlan() (map[string]string, error) {
	hashes := map[string]string{}
	for _, name := range Hashed {
		hash, err := HashFile(d.join(name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		hashes[name] = hash
	}
	return hashes, nil
}

// CheckPlan says which file of the plan is not what the manifest says, nil if none does. It is ErrDamaged; any other error is that
// a file could not be read.
func (d Dir) CheckPlan(m Manifest) error {
	now, err := d.HashPlan()
	if err != nil {
		return err
	}
	for _, name := range Hashed {
		switch was, known := m.Files[name]; {
		case !known || now[name] == was:
		case now[name] == "":
			return fmt.Errorf("%w: %s has gone: restore it from a copy", ErrDamaged, d.join(name))
		default:
			return fmt.Errorf("%w: %s is not what was written before the run began: its SHA-256 is %.12s… and was %.12s…: restore it from a copy", ErrDamaged, d.join(name), now[name], was)
		}
	}
	return nil
}

// WriteManifest writes manifest.json. A zero Format is filled in, and so is an empty ID.
func (d Dir) WriteManifest(m Manifest) error {
	if m.Format == 0 {
		m.Format = Format
	}
	if m.ID == "" {
		m.ID = d.ID()
	}
	return disk.WriteJSON(d.Manifest(), m)
}

// ReadManifest reads manifest.json and refuses a format that this version does not know.
func (d Dir) ReadManifest() (Manifest, error) {
	var m Manifest
	if err := readJSON(d.Manifest(), &m); err != nil {
		return m, err
	}
	if m.Format < 1 || m.Format > Format {
		return m, fmt.Errorf("%s: format %d, where this ftft reads %d: use a newer ftft", d.Manifest(), m.Format, Format)
	}
	if m.Role != Reference && m.Role != Main {
		return m, fmt.Errorf("%s: role %q is neither %q nor %q", d.Manifest(), m.Role, Reference, Main)
	}
	return m, nil
}

// readJSON reads a file that this package writes. Unknown keys are passed over: newer versions may add some.
func readJSON(path string, v any) error {
	data, err := disk.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
