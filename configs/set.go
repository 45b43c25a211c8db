package configs

import (
	"errors"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
)

// fromSet replaces the file name in problems with a --set.
const fromSet = "--set"

// apply applies overrides such as train.epochs=2 or data.eval.sick.path=sick.tsv to a tree, in order, and records their places.
func apply(tree map[string]any, sets []string, places places) []Problem {
	var problems []Problem
	for _, set := range sets {
		path, err := applyOne(tree, set)
		if err != nil {
			problems = append(problems, Problem{File: fmt.Sprintf("%s %s", fromSet, clip(set, 200)), Message: err.Error()})
			continue
		}
		for at := range places { // forget the content of a replaced table
			if strings.HasPrefix(at, path+".") || strings.HasPrefix(at, path+"[") {
				delete(places, at)
			}
		}
		places[path] = place{file: fromSet}
	}
	return problems
}

// applyOne applies one key=value to the tree and returns the path of the value. A table in a list is addressed by its name. The
// value is TOML or, if it does not parse, a bare string.
func applyOne(tree map[string]any, set string) (string, error) {
	key, text, found := strings.Cut(set, "=")
	if !found {
		return "", errors.New("must be table.key=value, for example train.epochs=2")
	}
	if _, message := excess(set); message != "" {
		return "", errors.New(message)
	}
	var parsed map[string]any
	keys, err := toml.Decode(key+" = 0", &parsed)
	if err != nil || len(keys.Keys()) == 0 { // a comment has no key
		return "", fmt.Errorf("%q is not a key; must be table.key=value, for example train.epochs=2", key)
	}
	var path toml.Key // the longest of its prefixes is the key itself
	for _, prefix := range keys.Keys() {
		if len(prefix) > len(path) {
			path = prefix
		}
	}
	value := override{value: text, text: text}
	var typed map[string]any
	if _, err := toml.Decode("x = "+text, &typed); err == nil && len(typed) == 1 {
		value.value = typed["x"]
	}

	table, at := tree, ""
	for i := 0; i < len(path)-1; i++ {
		at = join(at, path[i])
		switch inner := table[path[i]].(type) {
		case map[string]any:
			table = inner
		case nil:
			created := map[string]any{}
			table[path[i]], table = created, created
		case override:
			inside, ok := inner.value.(map[string]any)
			if !ok {
				return "", fmt.Errorf("%s is not a table", at)
			}
			table = inside
		default:
			items, ok := listOf(inner)
			if !ok {
				return "", fmt.Errorf("%s is not a table", at)
			}
			i++
			n, named, err := byName(items, path[i], at)
			if err != nil {
				return "", err
			}
			table, at = named, element(at, n)
			if i == len(path)-1 {
				return "", fmt.Errorf("%s is a table: name one of its keys, as in %s.KEY=VALUE", key, key)
			}
		}
	}
	last := path[len(path)-1]
	table[last] = value
	return join(at, last), nil
}

// byName returns the table of a list with the given name, and its index.
func byName(items []any, name, list string) (int, map[string]any, error) {
	var names []string
	for n, item := range items {
		table, _ := item.(map[string]any)
		if own, ok := table["name"].(string); ok {
			if own == name {
				return n, table, nil
			}
			names = append(names, own)
		}
	}
	return 0, nil, fmt.Errorf("%s has no table named %q; available: %s", list, name, strings.Join(names, ", "))
}
