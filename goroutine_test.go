package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// catching are the functions whose deferred call keeps a panic in a goroutine from ending the program with Go's trace.
var catching = []string{"crash.Catch", "crash.Exit", "caught.Catch"}

// uncaught lists the goroutines that may do without: the pool's workers run tiles, and each tile recovers by itself; the watch of a test's
// limits ends the test by a panic.
var uncaught = []string{"train/nn/kernel/pool.go", "internal/limit/limit.go"}

// A panic that a goroutine does not catch ends the program at once, with exit code 2. Each goroutine of the program defers a function that
// catches it.
func TestGoroutinesCatchPanics(t *testing.T) {
	found := map[string]int{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			function, started := startedBy(node)
			if !started {
				return true
			}
			found[path]++
			if !slices.Contains(uncaught, filepath.ToSlash(path)) && !catches(function) {
				t.Errorf("%s: this goroutine catches no panic: defer one of %q in it", files.Position(node.Pos()), catching)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append([]string{"internal/cli/signals.go", "internal/parallel/parallel.go"}, uncaught...) {
		if found[filepath.FromSlash(path)] == 0 {
			t.Errorf("no goroutine found in %s: this test would miss the others", path)
		}
	}
}

// startedBy reports whether a node starts a goroutine, by a go statement or a method Go, with which function.
func startedBy(node ast.Node) (function ast.Expr, started bool) {
	switch node := node.(type) {
	case *ast.GoStmt:
		return node.Call.Fun, true
	case *ast.CallExpr:
		if method, ok := node.Fun.(*ast.SelectorExpr); ok && method.Sel.Name == "Go" && len(node.Args) == 1 {
			return node.Args[0], true
		}
	}
	return nil, false
}

// catches reports whether a function is a literal that defers a function that catches panics.
func catches(function ast.Expr) bool {
	literal, ok := function.(*ast.FuncLit)
	return ok && slices.ContainsFunc(literal.Body.List, func(statement ast.Stmt) bool {
		deferred, ok := statement.(*ast.DeferStmt)
		if !ok {
			return false
		}
		method, ok := deferred.Call.Fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		receiver, ok := method.X.(*ast.Ident)
		return ok && slices.Contains(catching, receiver.Name+"."+method.Sel.Name)
	})
}
