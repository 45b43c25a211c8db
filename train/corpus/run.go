package corpus

import (
	"fmt"

	"ftft/configs"
	"ftft/train/rundir"
)

// A Run is a run's data together with the files that describe it.
type Run struct {
	Manifest rundir.Manifest
	Config   configs.Config
	Data     *Corpus
}

// OfRun reads the manifest, the config and the data of a run. It returns a *ChangedError if the data has changed since the
// run was made: a row of the dynamics could then be another example.
func OfRun(dir rundir.Dir) (*Run, error) {
	manifest, err := dir.ReadManifest()
	if err != nil {
		return nil, err
	}
	config, err := configs.OfRun(dir)
	if err != nil {
		return nil, err
	}
	data, err := Recorded(dir, manifest, config)
	if err != nil {
		return nil, err
	}
	return &Run{Manifest: manifest, Config: config, Data: data}, nil
}

// Recorded is OfRun for a caller that has read the run's manifest and config.
func Recorded(dir rundir.Dir, manifest rundir.Manifest, config configs.Config) (*Corpus, error) {
	data, err := Load(config, manifest.Seed)
	if err != nil {
		return nil, err
	}
	if hash := data.Hash(); hash != manifest.DataHash {
		return nil, &ChangedError{Run: dir, Recorded: manifest.DataHash, Current: hash}
	}
	return data, nil
}

// A ChangedError reports that the data has changed since a run was made.
type ChangedError struct {
	Run      rundir.Dir
	Recorded string // hash in the run's manifest
	Current  string // hash of the data today
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("the data has changed since %s was made: its hash was %.12s and is %.12s now", e.Run, e.Recorded, e.Current)
}
