package configs

import (
	"crypto/sha256"
	"fmt"
	"testing"
)

// The hash is that of a version without outside engines: an experiment that was planned by it is found again by its text.
func TestNativeConfigsArePrintedAsBefore(t *testing.T) {
	if got := fmt.Sprintf("%x", sha256.Sum256(demo(t, "data.root=/").TOML())); got != "799d82a90193ac74aca0901d1c45b40fbe80d61d1081ac799418d83c93e0aaa3" {
		t.Errorf("%s\n%s", got, demo(t, "data.root=/").TOML())
	}
}
