package hub

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Cache returns the folder of the cache, by the same environment variables as the Python package huggingface_hub (constants.py):
// HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, hub in HF_HOME, huggingface/hub in XDG_CACHE_HOME or in ~/.cache.
func Cache() string {
	home := cmp.Or(os.Getenv("HF_HOME"), filepath.Join(cmp.Or(os.Getenv("XDG_CACHE_HOME"), filepath.Join("~", ".cache")), "huggingface"))
	return expand(cmp.Or(os.Getenv("HF_HUB_CACHE"), os.Getenv("HUGGINGFACE_HUB_CACHE"), filepath.Join(expand(home), "hub")))
}

var variable = regexp.MustCompile(`\$(\w+|\{[^}]*\})`)

// expand replaces a leading ~ and variables as Python's expanduser and expandvars do: those that are not set stay as they are.
func expand(path string) string {
	if home, err := os.UserHomeDir(); err == nil && (path == "~" || strings.HasPrefix(path, "~/")) {
		path = home + path[1:]
	}
	return variable.ReplaceAllStringFunc(path, func(text string) string {
		if value, ok := os.LookupEnv(strings.Trim(text, "${}")); ok {
			return value
		}
		return text
	})
}
