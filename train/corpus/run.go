package corpus

import (
	"errors"
	"fmt"
	"io/fs"

	"ftft/configs"
	"ftft/train/rundir"
)

// A Run is a run's data together with the files that describe it.
type Run struct {
	Manifest rundir.Manifest
	Config   configs.Config
	Data     *Corpus

	Unchecked bool // the manifest has no hash of the data: the guids are those of the run, and the texts may not be
}

// OfRun reads the manifest, the config and the data of a run. It returns an *UnknownError for a run of another program without a config,
// and a *ChangedError if the data has changed since the
// run was made: a row of the dynamics could then be another example. Without a hash in the manifest, the guids of the training set
// are compared with those of the run, row by row.
func OfRun(dir rundir.Dir) (*Run, error) {
	manifest, err := dir.ReadManifest()
	if err != nil {
		return nil, err
	}
	config, err := configs.OfRun(dir)
	if errors.Is(err, fs.ErrNotExist) && manifest.Open() {
		return nil, &UnknownError{dir}
	}
	if err != nil {
		return nil, err
	}
	data, err := Recorded(dir, manifest, config)
	if err != nil {
		return nil, err
	}
	return &Run{Manifest: manifest, Config: config, Data: data, Unchecked: manifest.DataHash == ""}, nil
}

// Recorded is OfRun for a caller that has read the run's manifest and config.
func Recorded(dir rundir.Dir, manifest rundir.Manifest, config configs.Config) (*Corpus, error) {
	data, err := Load(config, manifest.Seed)
	if err != nil {
		return nil, err
	}
	if manifest.DataHash == "" {
		if err := sameGUIDs(dir, &data.Train); err != nil {
			return nil, err
		}
		return data, nil
	}
	if hash := data.Hash(); hash != manifest.DataHash {
		return nil, &ChangedError{Run: dir, Recorded: manifest.DataHash, Current: hash}
	}
	return data, nil
}

// sameGUIDs returns a *ChangedError if the guids of a training set are not those of a run, row by row.
func sameGUIDs(dir rundir.Dir, set *Set) error {
	records, err := rundir.ReadExamples(dir.Examples())
	if err != nil {
		return err
	}
	if len(records) != len(set.Examples) {
		difference := fmt.Sprintf("%s has %d examples, and the data now has %d", dir.Examples(), len(records), len(set.Examples))
		return &ChangedError{Run: dir, Difference: difference}
	}
	for row, record := range records {
		if guid := set.Examples[row].GUID; guid != record.GUID {
			difference := fmt.Sprintf("row %d is %q in %s and %q in the data now", row, record.GUID, dir.Examples(), guid)
			return &ChangedError{Run: dir, Difference: difference}
		}
	}
	return nil
}

// An UnknownError reports that a run does not say where its data is: the program that made it wrote no config.
type UnknownError struct{ Run rundir.Dir }

func (e *UnknownError) Error() string {
	return fmt.Sprintf("%s has no config.toml, which says where the texts are: another program made the run", e.Run.ID())
}

// A ChangedError reports that the data has changed since a run was made.
type ChangedError struct {
	Run      rundir.Dir
	Recorded string // hash in the run's manifest
	Current  string // hash of the data today

	Difference string // in the guids, where the manifest has no hash
}

func (e *ChangedError) Error() string {
	if e.Difference != "" {
		return fmt.Sprintf("the data is not that of %s: %s", e.Run, e.Difference)
	}
	return fmt.Sprintf("the data has changed since %s was made: its hash was %.12s and is %.12s now", e.Run, e.Recorded, e.Current)
}
