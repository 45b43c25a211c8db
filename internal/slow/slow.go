// Package slow separates the tests that take long from those that every "go test ./..." runs.
//
// The environment variable FTFT_SLOW=1, which .ci/run sets, turns the slow tests on. It is a variable because a test flag
// is an error in every package that does not define it. A slow test has a fast one beside it that checks the same on fewer
// cases. Only tests import this package; it imports nothing of the project.
package slow

import (
	"os"
	"testing"
)

// Variable is the name of the environment variable. Any value but the empty one and "0" turns the slow tests on.
const Variable = "FTFT_SLOW"

// Enabled reports whether slow tests run: FTFT_SLOW is set, and the flag -short is not.
func Enabled() bool {
	value := os.Getenv(Variable)
	return value != "" && value != "0" && !testing.Short()
}

// Skip skips the test unless slow tests run.
func Skip(t testing.TB) {
	t.Helper()
	if !Enabled() {
		t.Skip("slow: set " + Variable + "=1 to run it")
	}
}
