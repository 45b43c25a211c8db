package cli

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"ftft/train/rundir"
)

func TestPhasesThatLastArePrinted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := &phasePrinter{out: &out}
		p.tell(rundir.Preparing{Phase: "short"})
		time.Sleep(slowPhase / 2)
		p.tell(rundir.Preparing{Phase: "long", Share: 0.1})
		for share := 0.1; share < 1; share += 0.1 {
			time.Sleep(slowPhase)
			p.tell(rundir.Preparing{Phase: "long", Share: share})
		}
		p.tell(rundir.Preparing{})
		time.Sleep(10 * slowPhase)
		if want := "long 10 % …\nlong 60 % …\n"; out.String() != want {
			t.Errorf("printed %q, want %q", out.String(), want)
		}
	})
}
