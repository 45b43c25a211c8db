package configs

import (
	"embed"
	"strings"
)

//go:embed *.toml
var files embed.FS

// A Preset is an embedded config.
type Preset struct {
	Name    string
	Summary string // the first comment of the text
	Text    string // TOML
}

// Presets returns the embedded configs, sorted by name.
func Presets() []Preset {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // an embedded folder is always readable
	}
	presets := make([]Preset, len(entries))
	for i, entry := range entries {
		text, err := files.ReadFile(entry.Name())
		if err != nil {
			panic(err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		presets[i] = Preset{
			Name:    strings.TrimSuffix(entry.Name(), ".toml"),
			Summary: strings.TrimPrefix(first, "# "),
			Text:    string(text),
		}
	}
	return presets
}

func presetNames() []string {
	var names []string
	for _, preset := range Presets() {
		names = append(names, preset.Name)
	}
	return names
}
