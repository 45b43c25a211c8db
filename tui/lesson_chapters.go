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

// chapters are the lesson's steps. A text claims what the recording shows; what the paper (arXiv 2310.06588) reports is said to
// be the paper's.
var chapters = []chapter{
	{"The task", func(t *tale) string {
		return fmt.Sprintf("Does the second sentence follow from the first? These %s pairs are made by rules, with a shortcut: in most of them, "+
			"a negation or the overlap of words gives the label away. In %s (OOD, out of distribution) that does not hold: a model that has "+
			"learnt nothing else fails there. A few labels are wrong on purpose. ↑ ↓ go through the list.", view.Count(t.examples), t.ood)
	}, func(a *App) tea.Cmd { return a.onScreen(examplesScreen, referenceRun) }},

	{"Training dynamics", func(t *tale) string {
		return fmt.Sprintf("A small reference model has trained on all of them, and in every epoch its probability of the gold label was kept: "+
			"p(gold), %d values an example. Their mean is the example's confidence, their standard deviation its variability. The diamond is "+
			"the example at the right. ↓ goes to the next one.", t.reference.Epochs)
	}, func(a *App) tea.Cmd { return a.onScreen(mapScreen, referenceRun) }},

	{"The data map grows", func(*tale) string {
		return "The training of the reference, replayed as it went: every example is a point, its colour says in how many epochs it was right. At " +
			"first nothing varies; then examples move up one after the other, and those that took long have moved far: they lie to the right. " +
			"* makes it faster."
	}, func(a *App) tea.Cmd {
		cmd := a.onScreen(mapScreen, referenceRun)
		a.setClock(watch.NewClock(a.focus, 1, time.Now()))
		return cmd
	}},

	{"Easy, hard, ambiguous", func(t *tale) string {
		return fmt.Sprintf("Top left: easy to learn, right from the beginning (%s here lie in neither of the other regions). Bottom left: hard to learn, "+
			"now marked off, with %d of the %d wrong labels among them. Right: ambiguous, sometimes right and sometimes wrong. A third of the hard ones are "+
			"ambiguous, too, if the two know nothing of each other; here it is %s.", view.Percent(t.reference.EasyShare), t.flippedHard, t.flipped, view.Percent(t.reference.Overlap))
	}, func(a *App) tea.Cmd {
		a.choice.strategy = datamap.HardToLearn
		return a.onScreen(mapScreen, referenceRun)
	}},

	{"The selection", func(*tale) string {
		return "FTFT trains the large main model on the most ambiguous third alone: what lies to the right of the line. [ and ] move it, { and } faster, or " +
			"drag it; the counts beside the map are exact, s goes to other strategies, u takes back. Nothing is decided yet: a lesson only looks."
	}, func(a *App) tea.Cmd { return a.onScreen(mapScreen, referenceRun) }},

	{"Is the reference good enough?", func(t *tale) string {
		last := t.reference.Epochs - 1
		return fmt.Sprintf("A reference must come to fit the hard examples, or its map says nothing about them. Health looks at the hardest third: the "+
			"upper quartile of their p(gold) rose from %.2f to %.2f here, so that some of the hard were learnt. . and , go through the epochs: see "+
			"points leave the bottom.", t.reference.HardPGold[0][3], t.reference.HardPGold[last][3])
	}, func(a *App) tea.Cmd { return a.onScreen(mapScreen, referenceRun) }},

	{"Do training dynamics transfer?", func(t *tale) string {
		return fmt.Sprintf("Left the reference's map, right that of the main model, twice as wide, when it trained on everything itself. Of the examples "+
			"ambiguous to the one, %s are ambiguous to the other, where chance gives %s. So the cheap map can stand for the dear one. The paper "+
			"reports that across sizes and ways of pre-training; this recording shows two sizes, from scratch.", view.Percent(t.transfer.Overlap), view.Percent(t.transfer.Chance))
	}, func(a *App) tea.Cmd {
		cmd := a.onScreen(runsScreen, referenceRun)
		a.against(mainRun)
		return cmd
	}},

	{"The main model, on a third", func(t *tale) string {
		ftft, erm := t.arms[rundir.FTFT], t.arms[rundir.ERM]
		return fmt.Sprintf("The same main model three times: on the ambiguous %s (ftft), on as many at random, and on all %s (erm, plain fine-tuning). OOD "+
			"accuracy of ftft comes up first here. A crosshair (← →) reads the values; a changes what the x axis counts.",
			view.Count(ftft.Examples), view.Count(erm.Examples))
	}, func(a *App) tea.Cmd {
		cmd := a.onScreen(curvesScreen, ftftRun)
		a.draws(ftftRun, randomRun, mainRun)
		return cmd
	}},

	{"Stopping early", func(t *tale) string {
		ftft := t.arms[rundir.FTFT]
		return fmt.Sprintf("An arm that trains on less is stopped when its OOD validation score no longer rises: ftft after %s of %s steps (■; ● is the best, "+
			"whose weights are kept). t and T replay that with more and less patience, on the scores of the log.", view.Count(ftft.Steps), view.Count(ftft.MaxSteps))
	}, func(a *App) tea.Cmd {
		cmd := a.onScreen(curvesScreen, ftftRun)
		a.draws(ftftRun)
		a.replayStopping(1)
		return cmd
	}},

	{"What it cost, what it brought", func(t *tale) string {
		ftft, erm, random := t.arms[rundir.FTFT], t.arms[rundir.ERM], t.arms[rundir.Random]
		return fmt.Sprintf("On %s ftft has %s for %s of erm's compute, the reference's included; erm has %s, as many at random %s. That is one seed and %d "+
			"examples: a difference below %.0f points may be chance. The paper counts 44/304 + 18/48 = 52 %% for DeBERTa-v3-Small as the reference of Large, "+
			"and reports better OOD results than erm's.", t.ood, t.score(ftft), view.Percent(ftft.Compute), t.score(erm), t.score(random), t.tested, t.noise())
	}, func(a *App) tea.Cmd {
		cmd := a.onScreen(runsScreen, ftftRun)
		a.against(mainRun)
		a.duel.Results = true
		return cmd
	}},

	{"A reference too weak", func(t *tale) string {
		last := t.weak.Epochs - 1
		return fmt.Sprintf("The same reference with a learning rate a hundredth as high. It ends with %s of the training set right, but the upper quartile of the "+
			"hard third's p(gold) goes from %.2f to %.2f: it fits the shortcut, and never the hard. Health says so beside the map. And the most ambiguous "+
			"are now easy ones on their way.", view.Percent(t.weak.TrainAccuracy[last]), t.weak.HardPGold[0][3], t.weak.HardPGold[last][3])
	}, func(a *App) tea.Cmd { return a.onScreen(mapScreen, weakReferenceRun) }},

	{"Its selection misleads", func(t *tale) string {
		return fmt.Sprintf("Of what is ambiguous to the weak reference, %s is to the main model: chance gives %s. The main model, trained on that, has %s on %s, "+
			"where guessing has %s and the good reference's selection gave %s. So look at the map before you spend on the main model.",
			view.Percent(t.weakTransfer.Overlap), view.Percent(t.weakTransfer.Chance), t.score(t.weakArm), t.ood, view.Percent(t.guessing()), t.score(t.arms[rundir.FTFT]))
	}, func(a *App) tea.Cmd {
		cmd := a.onScreen(curvesScreen, weakFTFT)
		a.draws(ftftRun, weakFTFT, mainRun)
		return cmd
	}},

	{"Your turn", func(*tale) string {
		return "ftft run demo carries this experiment out before your eyes; ftft config demo > mine.toml writes its config, to be pointed at your own data and " +
			"models; ftft map FOLDER shows the dynamics that somebody else has recorded. ? lists the keys, ctrl+p finds any action. backspace goes back; q leaves."
	}, func(a *App) tea.Cmd { return a.onScreen(launchScreen, referenceRun) }},
}
