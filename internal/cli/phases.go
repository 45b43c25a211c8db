package cli

import (
	"fmt"
	"io"
	"sync"
	"time"

	"ftft/train/rundir"
)

// slowPhase is how long a phase of a preparation lasts before it is printed.
const slowPhase = time.Second

// A phasePrinter prints the phases of a preparation that last.
type phasePrinter struct {
	out   io.Writer
	name  string     // before each line
	mutex sync.Mutex // guards what follows
	now   rundir.Preparing
	last  time.Time // of the last line of the phase; zero = none
	timer *time.Timer
}

// tell tells the current phase; an empty one tells that there is none.
func (p *phasePrinter) tell(now rundir.Preparing) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.timer != nil && now.Phase == p.now.Phase {
		if p.now = now; !p.last.IsZero() && time.Since(p.last) >= printEvery {
			p.print()
		}
		return
	}
	if p.timer != nil {
		p.timer.Stop()
	}
	p.now, p.last = now, time.Time{}
	if now.Phase == "" {
		p.timer = nil
		return
	}
	p.timer = time.AfterFunc(slowPhase, func() {
		p.mutex.Lock()
		defer p.mutex.Unlock()
		if p.now.Phase == now.Phase && p.last.IsZero() {
			p.print()
		}
	})
}

func (p *phasePrinter) print() {
	p.last = time.Now()
	fmt.Fprintf(p.out, "%s%s …\n", p.name, p.now)
}
