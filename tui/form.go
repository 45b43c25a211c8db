package tui

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ftft/configs"
	"ftft/datamap"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// settings are the settings of runs that the launch form changes; zero before the experiment's config is known.
type settings struct {
	rate     float64
	epochs   int
	steps    int // the budget in steps; 0 = by epochs
	patience int
}

// settingsOf returns the settings of an experiment.
func settingsOf(base *configs.Config) settings {
	train := base.Main.Train
	return settings{train.LearningRate, train.Epochs, train.MaxSteps, base.Stop.Patience}
}

// budget returns the number of steps on a training set of n examples.
func (c settings) budget(base *configs.Config, n int) int {
	train := base.Main.Train
	train.Epochs, train.MaxSteps = c.epochs, c.steps
	return base.FullSteps(train, n)
}

// changed returns the settings of an arm that differ from the experiment's, as a launch has them; nil for none.
func (s *launchScreen) changed(arm rundir.Arm) map[string]string {
	base := s.base()
	if base == nil || s.settings == (settings{}) {
		return nil
	}
	var set map[string]string
	add := func(key, value string) {
		if set == nil {
			set = map[string]string{}
		}
		set[key] = value
	}
	own, usual := s.settings, settingsOf(base)
	if own.rate != usual.rate {
		add("main.train.learning_rate", strconv.FormatFloat(own.rate, 'g', -1, 64))
	}
	if own.steps != usual.steps {
		add("main.train.max_steps", strconv.Itoa(own.steps))
	}
	if own.steps == 0 && own.epochs != usual.epochs {
		add("main.train.epochs", strconv.Itoa(own.epochs))
	}
	if own.patience != usual.patience && arm.StopsEarly() {
		add("stop.patience", strconv.Itoa(own.patience))
	}
	return set
}

// formField is a line of the form. shift and enter are nil where the line has no such action.
type formField struct {
	view  func() view.FormField
	shift func(by int) tea.Cmd // changes the value by steps
	enter func() tea.Cmd
}

// firstArm is the index of the first arm among the fields.
const firstArm = 1

// fractionAt and seedsAt are the indices of the fraction and of the seeds among the fields.
var fractionAt, seedsAt = firstArm + len(view.Arms) + 1, firstArm + len(view.Arms) + 2

// fields returns the lines of the form, the line that launches first.
func (s *launchScreen) fields() []formField {
	list := []formField{{view: s.launchField}}
	for _, arm := range view.Arms {
		list = append(list, formField{
			view:  func() view.FormField { return s.armField(arm) },
			shift: func(by int) tea.Cmd { return s.setArm(arm.Name, by > 0) },
			enter: func() tea.Cmd { return s.setArm(arm.Name, !slices.Contains(s.arms, arm.Name)) },
		})
	}
	typing := func(name, hint, text string, take func(text string) (tea.Cmd, error)) func() tea.Cmd {
		return func() tea.Cmd {
			return s.app.promptFor(&fieldPrompt{name: name, hint: hint, take: func(text string) (tea.Cmd, error) {
				if text == "" {
					text = s.usual(name)
				}
				return take(text)
			}}, text)
		}
	}
	c := &s.settings
	group, _ := s.focused()
	return append(list,
		formField{s.strategyField, s.shiftStrategy, func() tea.Cmd {
			return s.app.openPrompt(newRulePrompt(s.workspace), s.sel.Rule)
		}},
		formField{s.fractionField, func(by int) tea.Cmd { return s.moveFraction(float64(by) / 100) },
			typing("fraction", "such as 33% or 0.33", datamap.Percent(s.sel.Fraction), s.typeFraction)},
		formField{s.seedsField, s.shiftSeeds, typing("seeds", "one or several of the experiment's, or all",
			listOf(s.chosenSeeds(group)), s.typeSeeds)},
		formField{s.rateField, func(by int) tea.Cmd { return s.setting(func() { c.rate = nextRate(c.rate, by) }) },
			typing("learning rate", "above 0 and at most 1, such as 5e-5", fmt.Sprint(c.rate), s.typeRate)},
		formField{s.budgetField, s.shiftBudget, typing("budget", "such as 4 epochs or 2000 steps", c.budgetText(), s.typeBudget)},
		formField{s.patienceField, func(by int) tea.Cmd { return s.setting(func() { c.patience = max(c.patience+by, 0) }) },
			typing("patience", "evaluations without improvement; 0 never stops", strconv.Itoa(c.patience), s.typePatience)})
}

// usual returns the experiment's value of a field, as it is typed; "" if it is not known.
func (s *launchScreen) usual(name string) string {
	base := s.base()
	group, _ := s.focused()
	switch {
	case name == "seeds":
		all := seedsOf(group)
		return listOf(all[:min(1, len(all))])
	case base == nil:
		return ""
	case name == "fraction":
		return fmt.Sprint(base.Selection.Fraction)
	case name == "learning rate":
		return fmt.Sprint(base.Main.Train.LearningRate)
	case name == "budget":
		return settingsOf(base).budgetText()
	}
	return fmt.Sprint(base.Stop.Patience)
}

// setArm adds an arm to those that are launched, or removes it.
func (s *launchScreen) setArm(arm rundir.Arm, on bool) tea.Cmd {
	s.arms = slices.DeleteFunc(slices.Clone(s.arms), func(other rundir.Arm) bool { return other == arm })
	if on {
		s.arms = append(s.arms, arm)
	}
	return nil
}

// setting changes the settings, if they are known.
func (s *launchScreen) setting(change func()) tea.Cmd {
	if s.base() == nil {
		s.say("", s.unknownConfig())
		return nil
	}
	change()
	return nil
}

// unknownConfig explains why there are no settings to change.
func (s *launchScreen) unknownConfig() error {
	if e := s.parsed.value; s.parsed.known && e.err != nil {
		return fmt.Errorf("the experiment's config cannot be read: %w", e.err)
	}
	return errors.New("reading the experiment's config …")
}

func (s *launchScreen) shiftStrategy(by int) tea.Cmd {
	if s.sel.Whole {
		return s.nextStrategy() // the strategy selects a part of what the rule matches
	}
	to := s.sel.Criteria
	n := len(datamap.Strategies)
	at := slices.Index(datamap.Strategies, to.Strategy)
	to.Strategy = datamap.Strategies[((at+by)%n+n)%n]
	return s.change(to)
}

func (s *launchScreen) typeFraction(text string) (tea.Cmd, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent || value > 1 {
		value /= 100
	}
	value = math.Round(value*1e8) / 1e8
	if err != nil || !(value > 0 && value <= 1) {
		return nil, fmt.Errorf("%q is not a fraction: type 0.1%% to 100%%", text)
	}
	to := s.sel.Criteria
	to.Fraction, to.Whole = value, false
	return s.change(to), nil
}

// shiftSeeds goes through the single seeds and then all of them.
func (s *launchScreen) shiftSeeds(by int) tea.Cmd {
	group, _ := s.focused()
	all := seedsOf(group)
	n := len(all)
	if n < 2 {
		return nil
	}
	at := n
	if chosen := s.chosenSeeds(group); len(chosen) == 1 {
		at = slices.Index(all, chosen[0])
	}
	if at = ((at+by)%(n+1) + n + 1) % (n + 1); at < n {
		all = all[at : at+1]
	}
	s.seeds = all
	return nil
}

func (s *launchScreen) typeSeeds(text string) (tea.Cmd, error) {
	group, _ := s.focused()
	all := seedsOf(group)
	if text == "all" {
		s.seeds = all
		return nil, nil
	}
	var seeds []int64
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		seed, err := strconv.ParseInt(word, 10, 64)
		if err != nil || !slices.Contains(all, seed) {
			return nil, fmt.Errorf("%s is not one of the experiment's seeds, %s: another one needs a reference of its own (--set seeds=[…])",
				word, listOf(all))
		}
		seeds = append(seeds, seed)
	}
	if len(seeds) == 0 {
		return nil, errors.New("type at least one seed")
	}
	slices.Sort(seeds)
	s.seeds = slices.Compact(seeds)
	return nil, nil
}

// listOf formats seeds: 1, 2, 3.
func listOf(seeds []int64) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(seeds), "[]"), " ", ", ")
}

// rates are the learning rates that the arrows go through, times powers of ten.
var rates = []float64{1, 1.5, 2, 3, 5, 7}

// nextRate returns the learning rate that is a number of steps above or below another one, within what configs accept.
func nextRate(rate float64, by int) float64 {
	for ; by != 0 && rate > 0; by -= sign(by) {
		exponent := math.Floor(math.Log10(rate))
		next := rate
		for e := exponent - 1; e <= exponent+1; e++ {
			for _, r := range rates {
				candidate, _ := strconv.ParseFloat(fmt.Sprintf("%ge%g", r, e), 64) // exactly as typed
				above := candidate > rate*(1+1e-9) && (next == rate || candidate < next)
				below := candidate < rate*(1-1e-9) && (next == rate || candidate > next)
				if by > 0 && above || by < 0 && below {
					next = candidate
				}
			}
		}
		if next > 1 || next < 1e-8 {
			return rate
		}
		rate = next
	}
	return rate
}

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}

func (s *launchScreen) typeRate(text string) (tea.Cmd, error) {
	rate, err := strconv.ParseFloat(text, 64)
	if err != nil || !(rate > 0 && rate <= 1) {
		return nil, fmt.Errorf("%q is not a learning rate: type a number above 0 and at most 1", text)
	}
	return s.setting(func() { s.settings.rate = rate }), nil
}

func (s *launchScreen) typePatience(text string) (tea.Cmd, error) {
	patience, err := strconv.Atoi(text)
	if err != nil || patience < 0 {
		return nil, fmt.Errorf("%q is not a number of evaluations: type 0 or more", text)
	}
	return s.setting(func() { s.settings.patience = patience }), nil
}

// budgetText returns the budget as it is typed.
func (c settings) budgetText() string {
	if c.steps > 0 {
		return fmt.Sprintf("%d steps", c.steps)
	}
	return fmt.Sprintf("%d epochs", c.epochs)
}

// shiftBudget changes the budget by epochs or, if it is in steps, by about a twentieth of the experiment's.
func (s *launchScreen) shiftBudget(by int) tea.Cmd {
	return s.setting(func() {
		c := &s.settings
		if c.steps == 0 {
			c.epochs = max(c.epochs+by, 1)
			return
		}
		c.steps = max(c.steps+by*roundDown(max(s.base().Main.Train.MaxSteps, c.steps)/20), 1)
	})
}

// roundDown returns the greatest of 1, 2, 5, 10, 20, … that is at most n, at least 1.
func roundDown(n int) int {
	power := 1
	for 10*power <= n {
		power *= 10
	}
	for _, factor := range []int{5, 2} {
		if factor*power <= n {
			return factor * power
		}
	}
	return power
}

func (s *launchScreen) typeBudget(text string) (tea.Cmd, error) {
	number, unit, _ := strings.Cut(strings.TrimSpace(text), " ")
	n, err := strconv.Atoi(strings.ReplaceAll(number, ",", ""))
	steps := s.settings.steps > 0
	switch unit = strings.TrimSpace(unit); {
	case unit != "" && strings.HasPrefix("steps", unit):
		steps = true
	case unit != "" && strings.HasPrefix("epochs", unit):
		steps = false
	case unit != "":
		err = strconv.ErrSyntax
	}
	if err != nil || n < 1 {
		return nil, fmt.Errorf("%q is not a budget: type 4 epochs or 2000 steps", text)
	}
	return s.setting(func() {
		if s.settings.steps = 0; steps {
			s.settings.steps = n
		} else {
			s.settings.epochs = n
		}
	}), nil
}

// total returns the size of the training set, 0 before it is known.
func (s *launchScreen) total(group *watch.Group) int {
	if reference := group.Reference(); reference.Start != nil {
		return reference.Start.Examples
	}
	return 0
}

// fieldPrompt asks for the value of a field. Its errors show when the value is entered.
type fieldPrompt struct {
	name, hint string
	take       func(text string) (tea.Cmd, error)
	problem    error // of the entered text
}

func (k *fieldPrompt) sign() string         { return k.name + " " }
func (k *fieldPrompt) history() string      { return "" }
func (k *fieldPrompt) begin(string) tea.Cmd { return nil }
func (k *fieldPrompt) cancel()              {}

func (k *fieldPrompt) changed(string) tea.Cmd {
	k.problem = nil
	return nil
}

func (k *fieldPrompt) enter(text string) (cmd tea.Cmd, done bool) {
	cmd, k.problem = k.take(text)
	return cmd, k.problem == nil
}

func (k *fieldPrompt) state(p *prompt, w int, _ func(int) int) string {
	if k.problem != nil {
		return p.theme.Bad.Render(view.Clean(k.problem.Error()))
	}
	return p.hint(w, k.hint, "enter sets it (empty: the experiment's value)", "esc leaves")
}
