package train

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"ftft/configs"
	"ftft/train/metric"
	"ftft/train/rundir"
)

// Identity hashes what decides a run's result beside the data: the parts of the config that matter to it, the contents
// of the model that it begins with, the seed and the selection.
func Identity(cfg configs.Config, role, arm string, seed int64, selection *rundir.Selection) (string, error) {
	model := cfg.Main
	if role == rundir.Reference {
		model = cfg.Reference
	}
	if !metric.StopsEarly(arm) {
		cfg.Stop = configs.Stop{Metric: cfg.Stop.Metric} // which decides the best checkpoint
	}
	cfg.Selection, cfg.Train, cfg.Reference, cfg.Main = configs.Selection{}, configs.Train{}, configs.Model{}, model
	hash := sha256.New()
	fmt.Fprintf(hash, "%s\n%s\n%d\n", cfg.Identity(), role, seed)
	if selection != nil {
		fmt.Fprintln(hash, selection.Hash)
	}
	if model.Model != "" {
		for _, name := range []string{"config.json", "model.safetensors", "tokenizer.json"} {
			if err := hashFile(hash, filepath.Join(cfg.Resolve(model.Model), name)); err != nil {
				return "", fmt.Errorf("model %s: %w; a model is a folder with config.json, model.safetensors and tokenizer.json", model.Model, err)
			}
		}
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

func hashFile(hash io.Writer, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(hash, file)
	return err
}

// Versions is what else decides the bits of a result.
func Versions() map[string]string {
	v := map[string]string{"go": runtime.Version(), "arch": runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		v["ftft"] = info.Main.Version
		for _, d := range info.Deps {
			if d.Path == "gorgonia.org/gorgonia" {
				v["gorgonia"] = d.Version
			}
		}
	}
	return v
}

// Decisive are the versions that a run is gone on with by default.
var Decisive = []string{"ftft", "gorgonia", "go"}

// unchanged says what has changed, since a run was prepared, of what decides its result. force passes over what is safe:
// another version of the program, whose results its tests hold to the same bits.
func (r *run) unchanged(force bool) error {
	if r.manifest.ConfigHash == "" { // another program's run
		return nil
	}
	var selection *rundir.Selection
	if s, err := r.dir.ReadSelection(); err == nil {
		selection = &s
	}
	hash, err := Identity(r.config, r.manifest.Role, r.manifest.Arm, r.manifest.Seed, selection)
	if err != nil {
		return err
	}
	if hash != r.manifest.ConfigHash {
		return fmt.Errorf("%s cannot be gone on with: its config.toml, its selection.json or the files of its model (%s) have changed since it was made; put them back, or start the experiment again", r.dir, r.manifest.Model)
	}
	if force {
		return nil
	}
	now := Versions()
	for _, name := range Decisive {
		if was := r.manifest.Versions[name]; was != now[name] {
			return fmt.Errorf("%s was begun by %s %s, and this is %s: go on with it by that program, or with --force", r.dir, name, was, now[name])
		}
	}
	return nil
}
