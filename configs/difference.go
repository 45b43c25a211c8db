package configs

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// A Change is a key whose values differ between two configs. Values are as TOML writes them; "" means absent.
type Change struct{ Key, From, To string }

// Differences returns the keys in which two configs differ, sorted.
func Differences(from, to Config) []Change {
	a, b := values(from), values(to)
	var changes []Change
	for key, value := range a {
		if b[key] != value {
			changes = append(changes, Change{key, value, b[key]})
		}
	}
	for key, value := range b {
		if _, known := a[key]; !known {
			changes = append(changes, Change{Key: key, To: value})
		}
	}
	slices.SortFunc(changes, func(x, y Change) int { return strings.Compare(x.Key, y.Key) })
	return changes
}

// values returns a config's values by key.
func values(c Config) map[string]string {
	var tree map[string]any
	if _, err := toml.Decode(string(c.TOML()), &tree); err != nil {
		panic(fmt.Sprintf("a config's own TOML does not parse: %v", err))
	}
	flat := map[string]string{}
	flatten("", tree, flat)
	return flat
}

func flatten(prefix string, tree map[string]any, into map[string]string) {
	for key, value := range tree {
		if table, ok := value.(map[string]any); ok {
			flatten(prefix+key+".", table, into)
			continue
		}
		into[prefix+key] = format(value)
	}
}

// format returns a value as TOML writes it.
func format(value any) string {
	var out bytes.Buffer
	if err := toml.NewEncoder(&out).Encode(map[string]any{"x": value}); err != nil {
		panic("configs: " + err.Error()) // the value came from TOML
	}
	return strings.TrimPrefix(strings.TrimSpace(out.String()), "x = ")
}
