package train

import (
	"testing"
	"time"

	"ftft/train/rundir"
)

// BenchmarkStep takes the optimiser steps of a tiny run, dynamics and log included.
func BenchmarkStep(b *testing.B) {
	a, err := open(b.Context(), prepareRun(b, rundir.ERM, nil, "engine.threads=1"), mode{})
	if err != nil {
		b.Fatal(err)
	}
	defer a.close()
	if a.run, err = prepare(a.plan, a.out, a.control, &phases{ctx: b.Context(), dir: a.plan.dir, lock: a.lock}); err != nil {
		b.Fatal(err)
	}
	if err := a.out.createEpoch(0, a.run.set.Len(), a.run.classes); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := a.run.update(a.run.draw(0), time.Now()); err != nil {
			b.Fatal(err)
		}
	}
}
