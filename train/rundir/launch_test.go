package rundir

import (
	"os"
	"path/filepath"
	"testing"
)

func TestLaunchesAreReadInOrderAndRemovedOnce(t *testing.T) {
	s := StudyDir(filepath.Join(t.TempDir(), "study"))
	if err := os.Mkdir(string(s), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, arm := range []Arm{FTFT, ERM} {
		if err := s.RequestLaunch(Launch{Arm: arm, Fraction: 0.25}); err != nil {
			t.Fatal(err)
		}
	}
	launches, err := s.Launches()
	if err != nil || len(launches) != 2 || launches[0].Arm != FTFT || launches[1].Arm != ERM || launches[0].Fraction != 0.25 {
		t.Fatalf("got %+v, %v", launches, err)
	}
	if err := s.RemoveLaunch(launches[0]); err != nil {
		t.Fatal(err)
	}
	if launches, err = s.Launches(); err != nil || len(launches) != 1 || launches[0].Arm != ERM {
		t.Errorf("after removing one: %+v, %v", launches, err)
	}
}
