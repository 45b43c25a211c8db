package watch

import (
	"maps"
	"slices"

	"ftft/internal/safe"
	"ftft/train/rundir"
)

// Snapshots hold no characters that control a terminal: what other programs wrote into manifests, plans and logs is escaped when it is
// read, because screens draw it beside their own styles. Labels and rules stay as they are, because rules compare labels; screens
// clean them.

// cleanManifest returns a manifest whose names are escaped.
func cleanManifest(m rundir.Manifest) rundir.Manifest {
	m.Arm = rundir.Arm(safe.Word(string(m.Arm)))
	for _, text := range []*string{&m.ID, &m.Name, &m.Study, &m.Parent, &m.Model, &m.ModelCommit, &m.Engine, &m.Kernel, &m.Job} {
		*text = safe.Word(*text)
	}
	m.Versions, m.Set = cleanWords(m.Versions), cleanWords(m.Set)
	return m
}

// cleanWords returns a map with escaped keys and values; nil for nil.
func cleanWords(words map[string]string) map[string]string {
	if words == nil {
		return nil
	}
	clean := make(map[string]string, len(words))
	for key, value := range maps.All(words) {
		clean[safe.Word(key)] = safe.Word(value)
	}
	return clean
}

// cleanPlan returns the plan of an experiment with escaped names. The IDs of its runs, which name their directories, and its config
// stay as they are.
func cleanPlan(plan rundir.Study) rundir.Study {
	plan.Name, plan.State, plan.Owner.Host = safe.Word(plan.Name), safe.Word(plan.State), safe.Word(plan.Owner.Host)
	plan.Runs = slices.Clone(plan.Runs)
	for i := range plan.Runs {
		run := &plan.Runs[i]
		run.Arm, run.Set = rundir.Arm(safe.Word(string(run.Arm))), cleanWords(run.Set)
		run.Role, run.State, run.Strategy = safe.Word(run.Role), safe.Word(run.State), safe.Word(run.Strategy)
	}
	return plan
}

// cleanStatus returns a status with escaped texts.
func cleanStatus(s rundir.Status) rundir.Status {
	s.State, s.Host, s.Waits = safe.Word(s.State), safe.Word(s.Host), safe.Text(s.Waits)
	return s
}

// cleanPreparing returns it with an escaped phase.
func cleanPreparing(p rundir.Preparing) rundir.Preparing {
	p.Phase = safe.Text(p.Phase)
	return p
}

// cleanSelection escapes the texts of a selection, in place, except its rule.
func cleanSelection(s *rundir.Selection) {
	for _, text := range []*string{&s.Strategy, &s.Source, &s.Compat, &s.Formula} {
		*text = safe.Word(*text)
	}
}

// cleanEvents escapes the texts of events, in place.
func cleanEvents(events []rundir.Event) {
	for _, event := range events {
		switch body := event.Body.(type) {
		case *rundir.Start:
			body.Host = safe.Word(body.Host)
		case *rundir.Resume:
			body.Host, body.Checkpoint = safe.Word(body.Host), safe.Word(body.Checkpoint)
		case *rundir.Evaluation:
			cleanEvaluation(body)
		case *rundir.Checkpoint:
			body.Path = safe.Word(body.Path)
		case *rundir.Control:
			cleanControl(body)
		case *rundir.Warning:
			cleanWarning(body)
		case *rundir.Finish:
			cleanFinish(body)
		}
	}
}

// cleanRecord escapes the texts of a record that nothing else holds, in place.
func cleanRecord(record *rundir.Record) {
	if record.Start != nil {
		record.Start.Host = safe.Word(record.Start.Host)
	}
	for i := range record.Attempts {
		attempt := &record.Attempts[i]
		attempt.Host, attempt.Checkpoint = safe.Word(attempt.Host), safe.Word(attempt.Checkpoint)
	}
	for i := range record.Evaluations {
		cleanEvaluation(&record.Evaluations[i].Evaluation)
	}
	for i := range record.Checkpoints {
		record.Checkpoints[i].Path = safe.Word(record.Checkpoints[i].Path)
	}
	for _, answer := range record.Answers {
		cleanControl(answer)
	}
	for _, warning := range record.Warnings {
		cleanWarning(warning)
	}
	if finish := record.Status(false).Finish; finish != nil {
		cleanFinish(finish)
	}
}

func cleanEvaluation(e *rundir.Evaluation) {
	e.Set, e.SetKind, e.Use = safe.Word(e.Set), safe.Word(e.SetKind), safe.Word(e.Use)
}

func cleanControl(c *rundir.Control) {
	c.ID, c.Action, c.Answer = safe.Word(c.ID), safe.Word(c.Action), safe.Text(c.Answer)
}

func cleanWarning(w *rundir.Warning) {
	w.Message = safe.Text(w.Message)
	cleanAll(w.GUIDs)
}

func cleanFinish(f *rundir.Finish) {
	f.Status, f.Message = safe.Word(f.Status), safe.Text(f.Message)
	cleanAll(f.GUIDs)
}

func cleanAll(words []string) {
	for i, word := range words {
		words[i] = safe.Word(word)
	}
}
