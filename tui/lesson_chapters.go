package tui

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// chapters are the lesson's steps. Their texts claim only what the recording shows, or attribute a claim to the paper (arXiv
// 2310.06588).
var chapters = []chapter{
	{"The task", func(t *tale) string {
		return fmt.Sprintf("Does the second sentence follow from the first? Rules made these %s pairs, with a shortcut: in most of them "+
			"a negation or shared words give the label away. In %s (OOD, out of distribution) the shortcut fails, and so does a model "+
			"that has learnt nothing else. A few labels are wrong on purpose. ↑ ↓ move through the list.", view.Count(t.examples), t.ood)
	}, func(a *App) tea.Cmd { return onScreen(a, placeExamples, referenceRun) }},

	{"Training dynamics", func(t *tale) string {
		return fmt.Sprintf("A small reference model trained on all pairs. Every epoch recorded its probability of each gold label, "+
			"p(gold): %d values an example. Their mean is the example's confidence, their standard deviation its variability. The "+
			"diamond is the example %s; ↓ goes to the next one.", t.reference.Epochs, t.place("at the right", "in the last line"))
	}, func(a *App) tea.Cmd { return onScreen(a, placeMap, referenceRun) }},

	{"The data map grows", func(*tale) string {
		return "A replay of the reference's training. Every example is a point; its colour shows in how many epochs the " +
			"prediction was right. At first nothing varies. Then examples move up one by one, and those that took long have moved far to " +
			"the right. * replays faster."
	}, func(a *App) tea.Cmd {
		cmd := onScreen(a, placeMap, referenceRun)
		a.setClock(watch.NewClock(a.focus, 1, time.Now()))
		return cmd
	}},

	{"Easy, hard, ambiguous", func(t *tale) string {
		return fmt.Sprintf("Top left: easy to learn, right from the start (%s lie in neither other region). Bottom left: hard to learn, "+
			"now marked off; %d of the %d wrong labels are here. Right: ambiguous, sometimes right and sometimes wrong. If the two "+
			"regions were independent, a third of the hard examples would also be ambiguous; here it is %s.",
			view.Percent(t.reference.EasyShare), t.flippedHard, t.flipped, view.Percent(t.reference.Overlap))
	}, func(a *App) tea.Cmd {
		a.sel.Strategy = datamap.HardToLearn
		return onScreen(a, placeMap, referenceRun)
	}},

	{"The selection", func(t *tale) string {
		return "FTFT trains the large main model on the most ambiguous third alone: everything to the right of the line. [ " +
			"and ] move the line, { and } move it faster, and the mouse drags it. The counts " + t.place("beside", "below") +
			" the map are exact. s changes the strategy, u undoes. A lesson is read-only: try anything."
	}, func(a *App) tea.Cmd { return onScreen(a, placeMap, referenceRun) }},

	{"Is the reference good enough?", func(t *tale) string {
		last := t.reference.Epochs - 1
		return fmt.Sprintf("A reference must learn to fit hard examples, or its map tells nothing about them. Health%s looks at the "+
			"hardest third: the upper quartile of their p(gold) rose from %.2f to %.2f, and %s of the ambiguous examples are hard, more "+
			"than by chance. Its verdict: %s. . and , step through the epochs: watch points leave the bottom.",
			t.place("", " (e explains it)"), t.reference.HardPGold[0][3], t.reference.HardPGold[last][3],
			view.Percent(t.reference.Overlap), t.reference.Verdict)
	}, func(a *App) tea.Cmd { return onScreen(a, placeMap, referenceRun) }},

	{"Do training dynamics transfer?", func(t *tale) string {
		return fmt.Sprintf("Left: the reference's map. Right: the map of the main model, twice as wide, trained on everything. Of the "+
			"examples ambiguous on the left, %s are ambiguous on the right%s; chance gives %s. So the cheap map can stand in for the "+
			"expensive one. The paper reports this across model sizes and pre-training methods; this recording shows two sizes, trained "+
			"from scratch.",
			view.Percent(t.transfer.Overlap), t.place("", " (the table's upper left quarter)"), view.Percent(t.transfer.Chance))
	}, func(a *App) tea.Cmd {
		cmd := onScreen(a, placeRuns, referenceRun)
		compareWith(a, mainRun)
		return cmd
	}},

	{"The main model, on a third", func(t *tale) string {
		ftft, erm := t.arms[rundir.FTFT], t.arms[rundir.ERM]
		return fmt.Sprintf("The same main model three times: on the %s ambiguous examples (ftft), on as many random ones (random), and "+
			"on all %s (erm, plain fine-tuning). Here ftft is the first to gain OOD accuracy. ← → move a crosshair that reads the "+
			"values; a changes the x axis.",
			view.Count(ftft.Examples), view.Count(erm.Examples))
	}, func(a *App) tea.Cmd {
		cmd := onScreen(a, placeCurves, ftftRun)
		drawRuns(a, ftftRun, randomRun, mainRun)
		return cmd
	}},

	{"Stopping early", func(t *tale) string {
		ftft := t.arms[rundir.FTFT]
		return fmt.Sprintf("An arm that trains on a selection stops when its OOD validation score stops rising: ftft after %s of %s "+
			"steps (■). It keeps the weights of its best evaluation (●). t and T replay early stopping with more and less patience, on "+
			"the logged scores.",
			view.Count(ftft.Steps), view.Count(ftft.MaxSteps))
	}, func(a *App) tea.Cmd {
		cmd := onScreen(a, placeCurves, ftftRun)
		drawRuns(a, ftftRun)
		a.curves.replayStopping(1)
		return cmd
	}},

	{"What it cost, what it brought", func(t *tale) string {
		ftft, erm, random := t.arms[rundir.FTFT], t.arms[rundir.ERM], t.arms[rundir.Random]
		return fmt.Sprintf("On %s ftft reaches %s for %s of erm's compute, the reference included; erm reaches %s, as many random "+
			"examples %s. This is one seed and %d examples: a difference below %.0f points may be chance. The paper counts 44/304 + "+
			"18/48 = 52 %% for DeBERTa-v3-Small as the reference of Large, and reports better OOD results than erm's.",
			t.ood, t.score(ftft), view.Percent(ftft.Compute), t.score(erm), t.score(random), t.tested, t.noise())
	}, func(a *App) tea.Cmd {
		return onScreen(a, placeResults, ftftRun)
	}},

	{"A reference that is too weak", func(t *tale) string {
		last := t.weak.Epochs - 1
		return fmt.Sprintf("The same reference with a hundredth of the learning rate. It ends with %s of the training set right, but "+
			"the upper quartile of p(gold) over the hard third goes from %.2f to %.2f: it fits the shortcut and never the hard examples. "+
			"Its ambiguous examples are easy ones on their way up: %s are hard, far fewer than by chance. Health's verdict%s: %s.",
			view.Percent(t.weak.TrainAccuracy[last]), t.weak.HardPGold[0][3], t.weak.HardPGold[last][3], view.Percent(t.weak.Overlap),
			t.place("", " (e explains it)"), t.weak.Verdict)
	}, func(a *App) tea.Cmd { return onScreen(a, placeMap, weakReferenceRun) }},

	{"Its selection misleads", func(t *tale) string {
		return fmt.Sprintf("Of the examples ambiguous to the weak reference, %s are ambiguous to the main model; chance gives %s. "+
			"Trained on them, the main model reaches %s on %s. Guessing reaches %s, and the good reference's selection reached %s. So "+
			"look at the map before you spend on the main model.",
			view.Percent(t.weakTransfer.Overlap), view.Percent(t.weakTransfer.Chance), t.score(t.weakArm), t.ood,
			view.Percent(t.guessing()), t.score(t.arms[rundir.FTFT]))
	}, func(a *App) tea.Cmd {
		cmd := onScreen(a, placeCurves, weakFTFT)
		drawRuns(a, ftftRun, weakFTFT, mainRun)
		return cmd
	}},

	{"Your turn", func(*tale) string {
		return "ftft run demo runs this experiment before your eyes. ftft config demo > mine.toml writes its config, for " +
			"you to point at your own data and models. ftft map FOLDER shows training dynamics recorded by other tools. ? lists the " +
			"keys, ctrl+p finds any action. backspace goes back; q quits."
	}, func(a *App) tea.Cmd { return onScreen(a, placeLaunch, referenceRun) }},
}
