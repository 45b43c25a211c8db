package train

import (
	"testing"

	"ftft/configs"
	"ftft/train/rundir"
)

// The hashes are those of the versions before configs had keys for outside engines: a native run that was made by them is used again.
func TestNativeRunsKeepTheirIdentity(t *testing.T) {
	cfg, err := configs.Load("demo")
	if err != nil {
		t.Fatal(err)
	}
	chosen := &rundir.Selection{Hash: "0123"}
	for _, c := range []struct {
		role      string
		arm       rundir.Arm
		selection *rundir.Selection
		want      string
	}{
		{rundir.Reference, "", nil, "524a02e287450891c6f9addc27a86585faff450eaea66fea8abfec91bf9f762f"},
		{rundir.Main, rundir.ERM, nil, "2811800ebff79950d210e8f83d9285748a666c73be791104f213d2fccab245d8"},
		{rundir.Main, rundir.FTFT, chosen, "09af8eae72f5d447121ec9c01cd4962067b6cdb5ab33b89b820c952969200176"},
	} {
		got, err := Identity(cfg, c.role, c.arm, 1, c.selection)
		if err != nil || got != c.want {
			t.Errorf("%s %s: %s, %v, want %s", c.role, c.arm, got, err, c.want)
		}
	}
}
