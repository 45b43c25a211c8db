package rundir

import "testing"

func TestArmsSelectAndStopEarly(t *testing.T) {
	for arm, want := range map[Arm]struct{ selects, stopsEarly bool }{
		"": {false, false}, ERM: {false, false}, EarlyERM: {false, true},
		FTFT: {true, true}, Random: {true, true}, DM: {true, true}, Custom: {true, true},
	} {
		if arm.Selects() != want.selects || arm.StopsEarly() != want.stopsEarly {
			t.Errorf("%q: selects %v, stops early %v, where %v is expected", arm, arm.Selects(), arm.StopsEarly(), want)
		}
	}
}
