package configs

import (
	"embed"
	"slices"
	"strings"
)

//go:embed *.toml
var files embed.FS

// A Preset is an embedded config.
type Preset struct {
	Name    string
	Summary string // the first line of the text's first comment
	Needs   string // the other lines of that comment: the files that the preset needs, and where they come from; "" = none
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
		summary, needs, _ := strings.Cut(comment(string(text)), "\n")
		presets[i] = Preset{Name: strings.TrimSuffix(entry.Name(), ".toml"), Summary: summary, Needs: needs, Text: string(text)}
	}
	return presets
}

// comment returns the comment at the beginning of a text, without its signs.
func comment(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		content, found := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "# ")
		if !found {
			break
		}
		lines = append(lines, content)
	}
	return strings.Join(lines, "\n")
}

// FindPreset returns the preset of a name.
func FindPreset(name string) (preset Preset, found bool) {
	presets := Presets()
	at := slices.IndexFunc(presets, func(p Preset) bool { return p.Name == name })
	if at < 0 {
		return Preset{}, false
	}
	return presets[at], true
}

func presetNames() []string {
	var names []string
	for _, preset := range Presets() {
		names = append(names, preset.Name)
	}
	return names
}
