package rundir

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"ftft/internal/disk"
	"ftft/internal/fault"
	"ftft/internal/input"
)

// Format is the version of the run directory that this package writes, and the newest that it reads.
const Format = 1

// The roles of a run.
const (
	Reference = "reference" // its dynamics draw the data map
	Main      = "main"      // trains on a selection, or on everything, for comparison
)

// Manifest identifies a run: manifest.json. It is written before the run starts.
type Manifest struct {
	Format      int               `json:"format"`
	ID          string            `json:"id"`
	Name        string            `json:"name"`             // the config's name
	Role        string            `json:"role"`             // reference | main
	Arm         Arm               `json:"arm,omitempty"`    // empty for a reference
	Study       string            `json:"study,omitempty"`  // the study's ID
	Parent      string            `json:"parent,omitempty"` // the run whose dynamics its selection was made by
	ConfigHash  string            `json:"config_hash"`      // of what decides the result: not of name, threads and slots
	DataHash    string            `json:"data_hash"`        // of the contents, never of paths
	Seed        int64             `json:"seed"`
	Labels      []string          `json:"labels"`                 // by class index
	Model       string            `json:"model"`                  // the folder that the weights came from, or "scratch"
	ModelCommit string            `json:"model_commit,omitempty"` // of the model's repository, if it came from the hub's cache
	Engine      string            `json:"engine"`                 // native | command
	Kernel      string            `json:"kernel,omitempty"`       // the kernels that compute it
	Job         string            `json:"job,omitempty"`          // an external job's ID
	Versions    map[string]string `json:"versions"`               // of ftft, Go and whatever else decides the bits
	Set         map[string]string `json:"set,omitempty"`          // settings that differ from the experiment's config, as --set has them
	Files       map[string]string `json:"files,omitempty"`        // SHA-256, hexadecimal, of the files written before the run starts
	Created     time.Time         `json:"created"`                // RFC 3339
}

// Open reports whether the run was made by a program that knows nothing of configs: it may have no config.toml and no plan, and ftft
// cannot start it.
func (m *Manifest) Open() bool { return m.Engine == Outside && m.ConfigHash == "" }

// Hashed are the files whose hashes a manifest has, if they exist. The config is not among them: some of its keys may be edited, and
// ConfigHash covers those that decide the result.
var Hashed = []string{"examples.jsonl", "gold.npy", "selection.json"}

// HashPlan returns the hashes of the files in Hashed that exist.
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

// CheckPlan returns ErrDamaged if a file of the plan has changed since the manifest was written. Any other error means that a file
// could not be read.
func (d Dir) CheckPlan(m Manifest) error {
	now, err := d.HashPlan()
	if err != nil {
		return err
	}
	for _, name := range Hashed {
		switch was, known := m.Files[name]; {
		case !known || now[name] == was:
		case now[name] == "":
			return fmt.Errorf("%w: %s is missing: restore it from a copy", ErrDamaged, d.join(name))
		default:
			return fmt.Errorf("%w: %s has changed since the run was created: its SHA-256 is %.12s… and was %.12s…: restore it from a copy",
				ErrDamaged, d.join(name), now[name], was)
		}
	}
	return nil
}

// WriteManifest writes manifest.json. It fills in a zero Format and an empty ID.
func (d Dir) WriteManifest(m Manifest) error {
	if m.Format == 0 {
		m.Format = Format
	}
	if m.ID == "" {
		m.ID = d.ID()
	}
	return disk.WriteJSON(d.Manifest(), m)
}

// ReadManifest reads manifest.json. An unknown format or role is an error.
func (d Dir) ReadManifest() (Manifest, error) {
	var m Manifest
	if err := readJSON(d.Manifest(), &m); err != nil {
		return m, err
	}
	if m.Format < 1 || m.Format > Format {
		return m, fault.At(d.Manifest(), 0, fmt.Sprintf("format %d, where this ftft reads %d: use a newer ftft", m.Format, Format))
	}
	if m.Role != Reference && m.Role != Main {
		return m, fault.At(d.Manifest(), 0, fmt.Sprintf("role %q is neither %q nor %q", m.Role, Reference, Main))
	}
	for _, id := range []string{m.Study, m.Parent} {
		if err := CheckID(id); err != nil && id != "" {
			return m, fault.At(d.Manifest(), 0, err.Error())
		}
	}
	return m, nil
}

// readJSON reads a file that this package writes. It ignores unknown keys, which newer versions may add.
func readJSON(path string, v any) error {
	data, err := disk.ReadFile(path)
	if err != nil {
		return input.Unreadable(path, err)
	}
	return fault.DecodeJSON(path, data, v)
}
