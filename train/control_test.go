package train

import (
	"strings"
	"testing"

	"ftft/train/rundir"
)

func TestDecide(t *testing.T) {
	planned := &schedule{maxSteps: 40, evaluations: []int{10, 20, 30, 40}}
	running := situation{step: 12, stopsEarly: true, schedule: planned}
	evaluating := running
	evaluating.step, evaluating.evaluating = 20, true
	paused := running
	paused.paused = true
	ended := running
	ended.ended = true
	waiting := situation{queued: true}
	for _, c := range []struct {
		name   string
		now    situation
		action string
		value  any
		answer string
		paused bool
		ends   string // status
		save   saving
	}{
		{"note", running, "note", "hello", "noted", false, "", saveNothing},
		{"note in the queue", waiting, "note", "hello", "noted", false, "", saveNothing},
		{"stop", running, "stop", nil, "stopping after step 12", false, rundir.Stopped, saveNothing},
		{"stop in an evaluation", evaluating, "stop", nil, "stopping in the evaluation after step 20", false, rundir.Stopped, saveNothing},
		{"stop in the queue", waiting, "stop", nil, "stopping after step 0", false, rundir.Stopped, saveNothing},
		{"stop a paused run", paused, "stop", nil, "stopping after step 12", true, rundir.Stopped, saveNothing},
		{"stop too late", ended, "stop", nil, "too late", false, "", saveNothing},
		{"pause", running, "pause", nil, "paused after step 12", true, "", saveNow},
		{"pause in an evaluation", evaluating, "pause", nil, "paused in the evaluation after step 20", true, "", saveNothing},
		{"pause in the queue", waiting, "pause", nil, "not possible", false, "", saveNothing},
		{"pause too late", ended, "pause", nil, "too late", false, "", saveNothing},
		{"resume", paused, "resume", nil, "resumed at step 12", false, "", saveNothing},
		{"resume a running run", running, "resume", nil, "not paused", false, "", saveNothing},
		{"checkpoint", running, "checkpoint", nil, "saved step 12", false, "", saveNow},
		{"checkpoint in an evaluation", evaluating, "checkpoint", nil, "step 20 is saved after its evaluation", false, "", saveAfterEvaluation},
		{"checkpoint of a paused run", paused, "checkpoint", nil, "saved step 12", true, "", saveNow},
		{"patience that is no number", running, "patience", "3", "patience: ", false, "", saveNothing},
		{"evaluations below one", running, "evaluations", 0.0, "evaluations: ", false, "", saveNothing},
		{"unknown", running, "dance", nil, `unknown action "dance"`, false, "", saveNothing},
	} {
		d := decide(rundir.Request{ID: "1", Action: c.action, Value: c.value}, c.now)
		ends := ""
		if d.ending != nil {
			ends = d.ending.status
		}
		if !strings.HasPrefix(d.answer, c.answer) || d.paused != c.paused || ends != c.ends || d.save != c.save || d.settings != nil {
			t.Errorf("%s: %+v, ends %q", c.name, d, ends)
		}
	}
	if d := decide(rundir.Request{Problem: "not JSON"}, running); d.answer != "not JSON" {
		t.Errorf("a file that is no request: %+v", d)
	}
}

func TestDecideChangesSettings(t *testing.T) {
	now := situation{step: 12, stopsEarly: true, schedule: &schedule{maxSteps: 40, evaluations: []int{10, 20, 30, 40}}}
	d := decide(rundir.Request{ID: "1", Action: "patience", Value: 3.0}, now)
	if d.settings == nil || *d.settings.Patience != 3 || d.settings.PatienceAfter != 12 || d.settings.Request != "1" {
		t.Errorf("patience: %+v", d)
	}
	now.evaluating = true
	if d := decide(rundir.Request{Action: "patience", Value: 3.0}, now); d.settings.PatienceAfter != 11 {
		t.Errorf("patience holds after step %d, and not for the running evaluation", d.settings.PatienceAfter)
	}
	now.evaluating, now.stopsEarly = false, false
	if d := decide(rundir.Request{Action: "patience", Value: 3.0}, now); d.settings != nil || d.answer != "this run never stops early" {
		t.Errorf("a run that never stops early: %+v", d)
	}
	d = decide(rundir.Request{ID: "2", Action: "evaluations", Value: 2.0}, now)
	if got := d.settings.EvaluationSteps; len(got) != 3 || got[0] != 10 || got[1] != 20 || got[2] != 40 || d.answer != "2 evaluations left" {
		t.Errorf("evaluations: %v, %+v", got, d)
	}
	if now.schedule.settings.EvaluationSteps != nil || len(now.schedule.evaluations) != 4 {
		t.Error("a decision changed the schedule before it was carried out")
	}
}
