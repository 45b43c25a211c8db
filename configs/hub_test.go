package configs

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestModelsOfTheHubsCache(t *testing.T) {
	const commit = "0123456789abcdef0123456789abcdef01234567"
	cache := t.TempDir()
	t.Setenv("HF_HUB_CACHE", cache)
	model := filepath.Join(cache, "models--org--small")
	snapshot := filepath.Join(model, "snapshots", commit)
	for _, folder := range []string{snapshot, filepath.Join(model, "refs")} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(model, "refs", "main"), []byte(commit), 0o644); err != nil {
		t.Fatal(err)
	}
	parse := func(name string) Config {
		t.Helper()
		c, err := Parse("c.toml", strings.Replace(small, "models/small", name, 1), "")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	folder := parse("models/small")
	for _, name := range []string{"hub:org/small", "hub:org/small@main", "hub:org/small@" + commit} {
		c := parse(name)
		if !bytes.Equal(c.Identity(), folder.Identity()) {
			t.Errorf("%s has another identity than a folder of its name", name)
		}
		if got, err := c.ModelFolder(c.Reference.Model); err != nil || got != snapshot {
			t.Errorf("%s is in %q, %v", name, got, err)
		}
		if pinned, err := c.Pinned(); err != nil || pinned.Reference.Model != "hub:org/small@"+commit || pinned.Main.Model != c.Main.Model {
			t.Errorf("%s is pinned as %q, %v", name, pinned.Reference.Model, err)
		}
		for _, path := range c.Files() {
			if strings.Contains(path, "hub:") {
				t.Errorf("%s is no file", path)
			}
		}
	}
	if _, err := parse("hub:org/other").Pinned(); err == nil || !strings.Contains(err.Error(), "fetch it with hf download org/other ") {
		t.Errorf("a model that the cache lacks: %v", err)
	}
	if same, err := folder.Pinned(); err != nil || same.Reference.Model != folder.Reference.Model {
		t.Errorf("a folder is pinned as %q, %v", same.Reference.Model, err)
	}
}
