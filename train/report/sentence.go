package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"ftft/train/metric"
	"ftft/train/rundir"
)

// subjects are the arms that a report's sentence can be on, the preferred first.
var subjects = []rundir.Arm{rundir.FTFT, rundir.Custom, rundir.DM, rundir.Random, rundir.EarlyERM}

// sentence returns what the report shows about the first of subjects, or why it shows nothing yet.
func (r *Report) sentence() string {
	for _, arm := range append(slices.Clone(subjects), rundir.ERM) {
		for _, c := range r.Differences {
			if c.Arm == arm {
				return c.Sentence
			}
		}
	}
	scored := func(is func(a *Arm) bool) *Arm {
		for i := range r.Arms {
			if a := &r.Arms[i]; is(a) && len(a.Scores) > 0 {
				return a
			}
		}
		return nil
	}
	arm := scored(func(a *Arm) bool { return slices.Contains(subjects, a.Arm) })
	erm := scored(func(a *Arm) bool { return a.Arm == rundir.ERM })
	reference := scored(func(a *Arm) bool { return a.Arm == rundir.Reference })
	hasERM := slices.ContainsFunc(r.Arms, func(a Arm) bool { return a.Arm == rundir.ERM })
	switch {
	case arm != nil && erm != nil:
		return fmt.Sprintf("%s and erm have no seed or no evaluation set in common, so they cannot be compared.", arm.Name)
	case arm != nil && hasERM:
		return "erm has no scores yet to compare with. " + r.standing(arm)
	case arm != nil:
		return "There is no erm run to compare with. " + r.standing(arm)
	case erm != nil && slices.ContainsFunc(r.Arms, func(a Arm) bool { return slices.Contains(subjects, a.Arm) }):
		return "Only erm has scores. " + r.standing(erm)
	case erm != nil:
		return "Only erm has scores, and there is no other arm to compare it with. " + r.standing(erm)
	case reference != nil:
		return "Only the reference has scores. " + r.standing(reference)
	case len(r.Arms) > 0:
		return "No run has been evaluated yet."
	}
	return "No run has started."
}

// standing returns the score of one arm.
func (r *Report) standing(a *Arm) string {
	score, ok := a.scored()
	if !ok {
		return ""
	}
	steps := fmt.Sprintf("after %s of its steps", rounded(float64(a.ScoredAt)/float64(max(a.MaxSteps, 1))))
	name := a.Name
	if a.Arm == rundir.Reference {
		name = "The reference"
	}
	return fmt.Sprintf("%s has %s %.3f on %s, %s.", name, r.ScoreName(), score, metric.NameSets(r.Sets), steps)
}

// sentenceOn returns what a comparison shows: when the arm scores as well as erm at its best, and how they differ at the end.
func (r *Report) sentenceOn(c *Comparison, l *Line) string {
	if len(c.Runs) == 0 {
		return ""
	}
	lead, finished := r.unfinished(c, l)
	on := metric.NameSets(r.Sets)
	switch {
	case len(c.Reached) == 0:
		return fmt.Sprintf("%s%s and erm have no scores on the same sets.", lead, c.Name)
	case r.Sets[0].Kind != "ood":
		lead += "there is no OOD set; "
	}
	best := "best " + r.ScoreName()
	if r.lower() {
		best = "lowest loss"
	}
	when := fmt.Sprintf("erm's %s on %s", best, on)
	text := lead + c.Name + " " + c.reaching(when, finished) + r.ending(c, finished) + r.inDistribution(c) + r.bestReference()
	if len(c.settings) > 0 {
		text += "; the settings differ: " + strings.Join(c.settings, ", ")
	}
	return capitalised(text + ".")
}

// unfinished returns how far the runs of a comparison that have not ended have come, as the beginning of a sentence.
func (r *Report) unfinished(c *Comparison, l *Line) (lead string, finished bool) {
	var parts []string
	add := func(a *Arm) {
		part := fmt.Sprintf("%s %s at step %d of %d", a.Name, a.State, a.Steps, a.MaxSteps)
		if a.State != rundir.Complete && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	for _, a := range l.Arms {
		if slices.Contains(c.Runs, a.Run) {
			add(a)
			add(r.erm(a.Seed))
		}
	}
	switch len(parts) {
	case 0:
		return "", true
	case 1, 2:
		return "so far (" + strings.Join(parts, ", ") + "): ", false
	}
	return fmt.Sprintf("so far (%d runs unfinished): ", len(parts)), false
}

// reaching returns when the arm scores as well as wanted, as the predicate of a sentence.
func (c *Comparison) reaching(wanted string, finished bool) string {
	var steps, compute []float64
	for _, reach := range c.Reached {
		if reach.Step > 0 {
			steps, compute = append(steps, reach.Share), append(compute, reach.Compute)
		}
	}
	seeds := len(c.Reached)
	if len(steps) == 0 {
		verb, where := "does not reach", ""
		if !finished {
			verb = "has not reached"
		}
		if seeds > 1 {
			where = fmt.Sprintf(" in any of %d seeds", seeds)
		} else {
			where = fmt.Sprintf(" (%.3f against %.3f)", c.Reached[0].Best, c.Reached[0].Wanted)
		}
		return verb + " " + wanted + where
	}
	text := "reaches " + wanted
	switch {
	case seeds > 1 && len(steps) == seeds:
		text += fmt.Sprintf(" in all %d seeds,", seeds)
	case seeds > 1:
		text += fmt.Sprintf(" in %d of %d seeds,", len(steps), seeds)
	}
	text += " with " + between(steps) + " of the steps"
	if slices.Min(compute) > 0 {
		text += " and " + between(compute) + " of the compute"
	}
	return text
}

// ending returns the difference at the end, as the last part of a sentence.
func (r *Report) ending(c *Comparison, finished bool) string {
	d, ok := c.Compared(r)
	if !ok {
		return ""
	}
	at := "at the end"
	if !finished {
		at = "at the last evaluations"
	}
	over := "over examples"
	if d.Uncertainty == BySeeds {
		over = fmt.Sprintf("over %d seeds", d.Seeds)
	}
	interval := fmt.Sprintf("95 %% interval %s %s to %s", over, r.Signed(d.Low), r.Signed(d.High))
	size := r.size(d)
	switch noise, known := d.Noise(); {
	case !known && d.Value == 0:
		return "; " + at + " both score the same"
	case !known:
		return fmt.Sprintf("; %s it is %s, of unknown uncertainty: no logits are saved", at, size)
	case d.Low == 0 && d.High == 0:
		return "; " + at + " both score the same"
	case noise:
		return fmt.Sprintf("; the difference %s is within noise (%s; %s)", at, r.Signed(d.Value)+r.InUnit(), interval)
	default:
		return fmt.Sprintf("; %s it is %s, beyond noise (%s)", at, size, interval)
	}
}

// inDistribution returns the differences beyond noise on the ID test sets, without any on the ID validation sets, as the next part of
// a sentence. It is empty if the sentence is on ID sets itself.
func (r *Report) inDistribution(c *Comparison) string {
	id := slices.DeleteFunc(r.allSets(), func(s metric.Set) bool { return s.Kind != "id" })
	id = comparedSets(id)
	if len(id) == 0 || slices.Contains(r.Sets, id[0]) {
		return ""
	}
	var parts []string
	for _, set := range id {
		d, ok := c.on([]metric.Set{set})
		if !ok {
			continue
		}
		if noise, known := d.Noise(); !known || noise {
			continue
		}
		where := "in distribution"
		if len(id) > 1 {
			where = "on " + set.String()
		}
		parts = append(parts, fmt.Sprintf("; %s it is %s, beyond noise", where, r.size(d)))
	}
	return strings.Join(parts, "")
}

// bestReference tells that the reference itself scores best, better than erm beyond noise, as the next part of a sentence. It is
// empty if that is not so.
func (r *Report) bestReference() string {
	if r.leader == nil {
		return ""
	}
	if noise, known := r.leader.Noise(); !known || noise {
		return ""
	}
	return fmt.Sprintf("; the reference itself scores best: better than erm by %s, beyond noise", r.amount(r.leader.Value))
}

// size returns how much better or worse than erm a difference is.
func (r *Report) size(d *Difference) string {
	verb := "better"
	if r.Better(0, d.Value) {
		verb = "worse"
	}
	return verb + " by " + r.amount(d.Value)
}

// ScoreName names the score that the report shows.
func (r *Report) ScoreName() string { return strings.Replace(r.Metric, "macro_f1", "macro F1", 1) }

// InUnit names the unit of differences, after a space: points are hundredths of an accuracy or F1; a loss needs no name.
func (r *Report) InUnit() string {
	if r.lower() {
		return ""
	}
	return " points"
}

// Signed returns a difference with its sign: in points of accuracy or macro F1, or in nats of the loss.
func (r *Report) Signed(v float64) string {
	text := fmt.Sprintf("%+.1f", 100*v)
	if r.lower() {
		text = fmt.Sprintf("%+.3f", v)
	}
	if strings.Trim(text, "+-0.") == "" {
		return text[1:] // neither +0.0 nor -0.0
	}
	return text
}

// amount returns the size of a difference, with its unit.
func (r *Report) amount(v float64) string { return strings.TrimLeft(r.Signed(v), "+-") + r.InUnit() }

// rounded returns a fraction as a percentage.
func rounded(f float64) string { return fmt.Sprintf("%.0f %%", 100*f) }

// between returns the smallest and the largest of fractions as percentages.
func between(fractions []float64) string {
	low, high := math.Round(100*slices.Min(fractions)), math.Round(100*slices.Max(fractions))
	if low == high {
		return fmt.Sprintf("%.0f %%", low)
	}
	return fmt.Sprintf("%.0f to %.0f %%", low, high)
}

// capitalised returns a sentence that begins with lower-case words of its own, rather than with an arm's name, in upper case.
func capitalised(sentence string) string {
	for _, begin := range []string{"so far", "there is"} {
		if strings.HasPrefix(sentence, begin) {
			return strings.ToUpper(sentence[:1]) + sentence[1:]
		}
	}
	return sentence
}
