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
	for _, arm := range []Arm{FTFT, ERM} {
		if err := s.Order(Order{Arm: arm, Fraction: 0.25}); err != nil {
			t.Fatal(err)
		}
	}
	orders, err := s.Orders()
	if err != nil || len(orders) != 2 || orders[0].Arm != FTFT || orders[1].Arm != ERM || orders[0].Fraction != 0.25 {
		t.Fatalf("got %+v, %v", orders, err)
	}
	if err := s.Take(orders[0]); err != nil {
		t.Fatal(err)
	}
	if orders, err = s.Orders(); err != nil || len(orders) != 1 || orders[0].Arm != ERM {
		t.Errorf("after taking one: %+v, %v", orders, err)
	}
}
