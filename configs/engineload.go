package configs

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"ftft/internal/fault"
	"ftft/train/rundir"
)

// engine decodes the table of an engine over the one that it inherits from, which is in target, and fills in the defaults of its
// kind. It reports keys that the kind does not have.
func (d *decoder) engine(path string, table map[string]any, target *Engine) {
	kind, bySet := target.Kind, false
	if from, own := table["kind"]; own {
		d.value(join(path, "kind"), from, reflect.ValueOf(&kind).Elem())
		_, bySet = from.(override)
	}
	inherited := target.ofKind(kind)
	*target = inherited
	known := EngineKeys(kind)
	fields := map[string]reflect.Value{}
	for i, field := range reflect.VisibleFields(reflect.TypeFor[Engine]()) {
		name, _, _ := strings.Cut(field.Tag.Get("toml"), ",")
		fields[name] = reflect.ValueOf(target).Elem().Field(i)
	}
	for _, key := range sortedKeys(table) {
		at, field, exists := join(path, key), fields[key], slices.Contains(known, key)
		exists = exists || known == nil && field.IsValid() // Validate reports the unknown kind
		switch {
		case key == "kind": // done
		case exists:
			was := !empty(field)
			if d.value(at, table[key], field); was && empty(field) && !slices.Contains(engineKeys, key) { // an absent key inherits
				d.fail(at, "cannot remove the value of engine.%s: set that in the table of the other model instead", key)
			}
		case field.IsValid() && bySet && !isOverride(table[key]): // a file's key, of the kind that --set replaces
		case field.IsValid():
			d.fail(at, "an engine of kind %q has no such key; its keys are %s", kind, strings.Join(known, ", "))
		default:
			hint := ""
			if near := fault.Nearest(key, known); near != "" {
				hint = fmt.Sprintf("did you mean %q? ", near)
			}
			d.fail(at, "unknown key; %sthe keys of %s of kind %q are %s", hint, path, kind, strings.Join(known, ", "))
		}
	}
	target.complete()
}

// empty reports whether a value is printed as an absent key, if the key is optional.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	}
	return v.IsZero()
}

func isOverride(from any) bool {
	_, is := from.(override)
	return is
}

// tableOf returns a table of the tree, which may come from --set.
func tableOf(from any) (table map[string]any, ok bool) {
	if set, is := from.(override); is {
		from = set.value
	}
	table, ok = from.(map[string]any)
	return table, ok
}

// engines returns the engines of a config and their keys: the common one first, then those that models have of their own.
func (c *Config) engines() (keys []string, engines []*Engine) {
	keys, engines = []string{"engine"}, []*Engine{&c.Engine}
	for _, model := range []struct {
		role string
		own  *Engine
	}{{rundir.Reference, c.Reference.Engine}, {rundir.Main, c.Main.Engine}} {
		if model.own != nil {
			keys, engines = append(keys, model.role+".engine"), append(engines, model.own)
		}
	}
	return keys, engines
}

// resolveEngines makes the paths of scripts and programs absolute. folder is where those of the file begin.
func (c *Config) resolveEngines(folder string, places places) error {
	keys, engines := c.engines()
	for i, e := range engines {
		absolute := func(key, path string) (string, error) {
			place, own := places[keys[i]+"."+key]
			if !own {
				if place, _ = places.of(keys[i]); place.file != fromSet { // inherited
					place, _ = places.of("engine." + key)
				}
			}
			if place.file == fromSet {
				return filepath.Abs(path)
			}
			return filepath.Abs(filepath.Join(folder, path))
		}
		var err error
		if e.Script != "" && !filepath.IsAbs(e.Script) {
			if e.Script, err = absolute("script", e.Script); err != nil {
				return err
			}
		}
		if relative(e.Python) {
			if e.Python, err = absolute("python", e.Python); err != nil {
				return err
			}
		}
		for key, command := range map[string]*[]string{"submit": &e.Submit, "poll": &e.Poll, "cancel": &e.Cancel} {
			if len(*command) == 0 || !relative((*command)[0]) {
				continue
			}
			*command = slices.Clone(*command) // engines share what they inherit
			if (*command)[0], err = absolute(key, (*command)[0]); err != nil {
				return err
			}
		}
	}
	return nil
}
