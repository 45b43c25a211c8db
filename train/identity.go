package train

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"ftft/configs"
	"ftft/internal/input"
	"ftft/internal/version"
	"ftft/train/nn"
	"ftft/train/rundir"
	"ftft/train/tokenizer"
)

// Identity returns the SHA-256, hexadecimal, of what decides a run's result besides the data: the parts of the config that
// matter to it, the files of the model that it starts from, the seed and the selection (nil = everything).
func Identity(cfg configs.Config, role string, arm rundir.Arm, seed int64, selection *rundir.Selection) (string, error) {
	model := cfg.ModelFor(role)
	if !arm.StopsEarly() {
		cfg.Stop = configs.Stop{Metric: cfg.Stop.Metric} // the metric still decides the best checkpoint
	}
	engine := cfg.EngineFor(role)
	model.Engine = nil
	cfg.Selection, cfg.Train, cfg.Reference, cfg.Main, cfg.Engine = configs.Selection{}, configs.Train{}, configs.Model{}, model, engine
	hash := sha256.New()
	fmt.Fprintf(hash, "%s\n%s\n%d\n", cfg.Identity(), role, seed)
	if selection != nil {
		fmt.Fprintln(hash, selection.Hash)
	}
	if engine.Outside() {
		if err := hashOutside(hash, cfg, engine, role); err != nil {
			return "", err
		}
		return hex.EncodeToString(hash.Sum(nil)), nil
	}
	if model.Model != "" {
		folder, err := cfg.ModelFolder(model.Model)
		if err != nil {
			return "", err
		}
		weights, err := nn.Files(folder)
		if err != nil {
			return "", err
		}
		vocabulary, err := tokenizer.Files(folder)
		if err != nil {
			return "", err
		}
		for _, path := range slices.Concat(weights, vocabulary) {
			if err := hashFile(hash, path); err != nil {
				return "", input.Unreadable(path, err)
			}
		}
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// hashOutside adds what decides the result of an outside run besides the config: the content of the trainer's script and the files of
// the model, or its name.
func hashOutside(hash io.Writer, cfg configs.Config, engine configs.Engine, role string) error {
	if engine.Script != "" {
		if err := hashFile(hash, engine.Script); err != nil {
			return input.Unreadable(engine.Script, err)
		}
	}
	cfg.Reference = cfg.Main // Identity has put the role's model there
	model, fromHub, err := OutsideModel(cfg, role)
	if err != nil {
		return err
	}
	if fromHub {
		fmt.Fprintln(hash, model)
		return nil
	}
	files, err := outsideFiles(model)
	if err != nil {
		return input.Unreadable(model, err)
	}
	for _, path := range files {
		if err := hashFile(hash, path); err != nil {
			return input.Unreadable(path, err)
		}
	}
	return nil
}

func hashFile(hash io.Writer, path string) error {
	file, err := input.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(hash, file)
	return err
}

// Bits is the SHA-256 of the weights, logits and scores that this source gives for a small experiment, the same on every
// machine. A test checks it. A change that alters the bits of results must change it: it distinguishes runs started before from
// those started after, even where a build has no version.
const Bits = "2f8719c02ccc08a68c1efa96d6dea05d18a8384b267ed38c7996e04094363579"

// Versions returns the versions that decide the bits of a result, and the architecture, by name.
func Versions() map[string]string {
	v := map[string]string{"ftft": version.String(), "go": runtime.Version(), "arch": runtime.GOARCH, "bits": Bits}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if d.Path == "gorgonia.org/gorgonia" {
				v["gorgonia"] = d.Version
			}
		}
	}
	return v
}

// OutsideVersions returns Versions for an outside run, whose results another program decides.
func OutsideVersions() map[string]string { return map[string]string{"ftft": version.String()} }

// Decisive names the versions that must be the same for a native run to be resumed, unless forced.
var Decisive = []string{"bits", "ftft", "gorgonia", "go"}

// Unchanged returns an error if something that decides a run's result has changed since the run was prepared. force allows
// another version of the program, whose tests hold it to the same bits.
func Unchanged(dir rundir.Dir, force bool) error {
	manifest, err := dir.ReadManifest()
	if err != nil {
		return err
	}
	if err := dir.CheckPlan(manifest); err != nil {
		return err
	}
	if err := Startable(dir, &manifest); err != nil {
		return err
	}
	p, err := readPlan(dir, manifest)
	if err != nil {
		return err
	}
	return p.unchanged(force)
}

// Startable returns an error for a run that neither this program nor one that it knows of trains.
func Startable(dir rundir.Dir, m *rundir.Manifest) error {
	if _, err := os.Stat(dir.Config()); m.Open() && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("another program made %s and trains it: start that program again to resume the run", dir.ID())
	}
	return nil
}

// unchanged is Unchanged for a plan whose files are those that its manifest lists.
func (p *plan) unchanged(force bool) error {
	m := p.manifest
	if m.ConfigHash == "" { // written by another program
		return nil
	}
	hash, err := Identity(p.config, m.Role, m.Arm, m.Seed, p.selection)
	if err != nil {
		return err
	}
	if hash != m.ConfigHash {
		return fmt.Errorf("%s cannot be resumed: its config.toml, its selection.json or the files of its model (%s) "+
			"have changed since it was made; restore them, or start the experiment again", p.dir, m.Model)
	}
	if force || m.Engine == rundir.Outside { // the versions of this program decide no bits of it
		return nil
	}
	now := Versions()
	for _, name := range Decisive {
		if was := m.Versions[name]; was != now[name] {
			return fmt.Errorf("%s was started by %s, and this is %s: resume it with that program, or with --force",
				p.dir, Called(name, was), Called(name, now[name]))
		}
	}
	return nil
}

// Called returns what messages call a version.
func Called(name, version string) string {
	switch {
	case name == "bits":
		return fmt.Sprintf("an ftft whose results hash to %.12s…", version)
	case strings.HasPrefix(version, name):
		return version
	}
	return name + " " + version
}
