package rundir

import (
	"os"
	"path/filepath"
	"testing"
)

func TestOrdersComeInTheirOrderAndAreTakenOnce(t *testing.T) {
	s := StudyDir(filepath.Join(t.TempDir(), "study"))
	if err := os.Mkdir(string(s), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, arm := range []string{"ftft", "erm"} {
		if err := s.Order(Order{Arm: arm, Fraction: 0.25}); err != nil {
			t.Fatal(err)
		}
	}
	orders, err := s.Orders()
	if err != nil || len(orders) != 2 || orders[0].Arm != "ftft" || orders[1].Arm != "erm" || orders[0].Fraction != 0.25 {
		t.Fatalf("got %+v, %v", orders, err)
	}
	if err := s.Take(orders[0]); err != nil {
		t.Fatal(err)
	}
	if orders, err = s.Orders(); err != nil || len(orders) != 1 || orders[0].Arm != "erm" {
		t.Errorf("after taking one: %+v, %v", orders, err)
	}
}
