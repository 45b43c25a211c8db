package datamap

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// A Verdict is a judgement on the reference whose map it is: whether it learns hard examples, and so is fit to select examples. Its
// text is the word in JSON; "" = unknown, of a map without logits.
type Verdict string

// The verdicts.
const (
	LearnsHard Verdict = "learns-hard-examples"  // its ambiguous examples are largely hard ones that it learns
	Weak       Verdict = "under-trained-or-weak" // its ambiguous examples are easy ones; a selection made with it may mislead
	TooEarly   Verdict = "too-early-to-tell"     // the signs are missing, in between or contradictory
)

// String returns the verdict in the words of screens and tables.
func (v Verdict) String() string {
	switch v {
	case LearnsHard:
		return "learns hard examples"
	case Weak:
		return "under-trained or weak"
	case TooEarly:
		return "too early to tell"
	}
	return "unknown"
}

// JudgedFraction is the fraction of the regions that a verdict is made from, whatever the user selects: the paper's q. It must be
// fixed because smaller regions overlap less on any map: at a tenth, good references and weak ones have an overlap of 0.
const JudgedFraction = 0.33

// The bounds of the rule; see Signs.Judge.
const (
	aboveChance    = 1.05 // times the overlap by chance: the least of a good reference
	belowChance    = 0.70 // times the overlap by chance: the most of a weak reference
	chanceNoise    = 2.0  // standard deviations by which both must differ from chance
	learntPGold    = 0.5  // upper quartile of p(gold) in the hard region: the least of a good reference, which predicts a quarter of it
	littleSkill    = 0.25 // skill below which a reference has not learnt even the easy examples
	stillRising    = 0.04 // rise of the training accuracy in an epoch from which on a low overlap proves nothing yet
	earliestLearns = 3    // epochs: before, the overlap shows how all examples start to move
	earliestWeak   = 4    // epochs: before, good references have a low overlap as well
)

// VerdictRule states, in sentences, the rule by which Signs.Judge judges a reference.
var VerdictRule = []string{
	fmt.Sprintf("Learns hard examples: epoch ≥ %d, overlap ≥ %.2f × chance, upper quartile of p(gold) in the hard region ≥ %.2f "+
		"at the end, skill ≥ %.2f.", earliestLearns, aboveChance, learntPGold, littleSkill),
	fmt.Sprintf("Under-trained or weak: epoch ≥ %d, accuracy rises by < %.0f points an epoch, and skill < %.2f or "+
		"overlap ≤ %.2f × chance.", earliestWeak, 100*stillRising, littleSkill, belowChance),
	"Too early to tell: otherwise.",
}

// SkillFormula is the formula of Signs.Skill.
const SkillFormula = "(accuracy - m) / (1 - m), in training, where m is the share of the most frequent label"

// VerdictTerms explains, in sentences, the terms of VerdictRule.
var VerdictTerms = []string{
	"Skill = " + SkillFormula + ".",
	fmt.Sprintf("The regions have %.0f %% of the examples, whatever is selected.", 100*JudgedFraction),
	fmt.Sprintf("An overlap within %.0f standard deviations of chance is neither high nor low.", chanceNoise),
}

// VerdictSource is the source of the rule.
const VerdictSource = "Du, Gatt and Nguyen, 2023, for the signs; the bounds are measured with this program"

// Signs are the figures that a verdict is made from. Their regions have the fraction JudgedFraction.
type Signs struct {
	Examples, Count, Epochs int     // Count: the examples of a region
	Overlap, Chance         float64 // the share of the ambiguous region that is also hard-to-learn; by chance it is Count / Examples
	HardFirst, HardLast     float64 // upper quartile of p(gold) in the hard-to-learn region, in the first and the last epoch
	Accuracy, Rise          float64 // training accuracy in the last epoch, and its rise since the epoch before
	Majority                float64 // share of the most frequent label: the accuracy of always predicting it
}

// noise returns the standard deviation of the overlap of two independent regions (hypergeometric distribution).
func (s Signs) noise() float64 {
	if s.Count == 0 || s.Examples < 2 {
		return 0
	}
	return math.Sqrt(s.Chance * (1 - s.Chance) / float64(s.Count) * float64(s.Examples-s.Count) / float64(s.Examples-1))
}

// Skill returns how far the training accuracy is on the way from that of the most frequent label (0) to 1.
func (s Signs) Skill() float64 {
	if s.Majority == 1 {
		return 0
	}
	return (s.Accuracy - s.Majority) / (1 - s.Majority)
}

// high returns the least overlap of a good reference, low the greatest of a weak one.
func (s Signs) high() float64 { return max(aboveChance*s.Chance, s.Chance+chanceNoise*s.noise()) }
func (s Signs) low() float64  { return min(belowChance*s.Chance, s.Chance-chanceNoise*s.noise()) }

// Judge returns the verdict and its reason, a phrase. VerdictRule states the rule.
//
// Du, Gatt and Nguyen (2023, arXiv 2310.06588), where they compare references whose selections help a main model with references
// whose selections do not, find that the former learn part of their hard-to-learn examples, so that their hard and ambiguous regions
// overlap well above chance, and that the latter never do, so that what is ambiguous to them is easy. They give no numbers. The
// bounds above are measured with this program. The last column is the accuracy of a main model out of distribution, trained on the
// selection, against as many random examples, in points (demo: ftft and random on 450 test examples, seeds 1, 2, 3):
//
//	                                       overlap  upper quartile  accuracy  verdict      selection
//	minilm-l3, 8,000 SNLI pairs, 4 epochs   12.3 %  0.34 -> 0.50      75.9 %  weak         -7
//	demo, learning rate 2e-5                 2.6 %  0.36 -> 0.37      69.6 %  weak         -11.1
//	demo, width 16                          22.4 %  0.36 -> 0.61      80.4 %  weak         -3.3, +0.2, -0.4
//	demo, width 32                          39.9 %  0.38 -> 0.84      85.7 %  learns hard  +8.0, +7.6, +3.1
//	demo, width 64                          43.0 %  0.42 -> 0.84      85.5 %  learns hard  +3.3, +10.9, +6.7
//	demo, width 128                         45.9 %  0.40 -> 0.79      80.5 %  learns hard  +0.9
//
// Of e5-small-v2 on the same SNLI pairs the overlap is 42.5 %, and the median of p(gold) in the hard region rises from 0.33 to 0.80.
//
// No sign is enough alone. At a learning rate of 2e-5 the overlap is 43 % after two epochs, in which nothing is learnt. The training
// accuracy is 80 % at width 16 and at width 128. The upper quartile passes 1/2 even at width 16.
func (s Signs) Judge() (Verdict, string) {
	high, low := s.high(), s.low()
	overlap := fmt.Sprintf("overlap %.1f %%, by chance %.1f %%", 100*s.Overlap, 100*s.Chance)
	switch {
	case s.Count == 0:
		return TooEarly, fmt.Sprintf("%d examples are too few", s.Examples)
	case s.Epochs < earliestLearns:
		return TooEarly, fmt.Sprintf("epoch %d of at least %d", s.Epochs, earliestLearns)
	case s.Overlap >= high && s.HardLast >= learntPGold && s.Skill() >= littleSkill:
		return LearnsHard, overlap
	case s.Epochs < earliestWeak:
		return TooEarly, fmt.Sprintf("%s after %d epochs", overlap, s.Epochs)
	case s.Rise >= stillRising:
		return TooEarly, fmt.Sprintf("training accuracy rises by %.1f points an epoch", 100*s.Rise)
	case s.Skill() < littleSkill:
		return Weak, fmt.Sprintf("training accuracy %.1f %%, most frequent label %.1f %%", 100*s.Accuracy, 100*s.Majority)
	case s.Overlap <= low:
		return Weak, overlap
	case s.Overlap >= high:
		return TooEarly, fmt.Sprintf("%s, but a quarter of the hard region ends at p(gold) %.2f", overlap, s.HardLast)
	}
	return TooEarly, fmt.Sprintf("overlap %.1f %%, between %.1f %% and %.1f %%", 100*s.Overlap, 100*low, 100*high)
}

// Signs returns the signs of a map with logits. It needs two epochs.
func (m *Map) Signs() (Signs, error) {
	if !m.HasLogits() {
		return Signs{}, errors.New("this source has only summaries; a verdict on the reference needs logits")
	}
	if err := m.varies(); err != nil {
		return Signs{}, err
	}
	n, last := m.Len(), m.Epochs-1
	count := Count(n, JudgedFraction)
	s := Signs{
		Examples: n, Count: count, Epochs: m.Epochs,
		Accuracy: m.Accuracy[last], Rise: m.Accuracy[last] - m.Accuracy[last-1], Majority: m.majority(),
	}
	if count > 0 {
		s.Overlap, s.Chance = float64(m.both(count))/float64(count), float64(count)/float64(n)
		hard := m.hardest(count)
		s.HardFirst, s.HardLast = hard.percentile(0, upperQuartile), hard.percentile(last, upperQuartile)
	}
	return s, nil
}

// String returns the signs with their bounds.
func (s Signs) String() string {
	return fmt.Sprintf("regions of %.0f %%: overlap %.1f %% (chance %.1f %%, high ≥ %.1f %%, low ≤ %.1f %%), upper quartile "+
		"%.2f → %.2f; accuracy %.1f %%, %+.1f points in epoch %d; skill %.2f", 100*JudgedFraction, 100*s.Overlap, 100*s.Chance, 100*s.high(),
		100*s.low(), s.HardFirst, s.HardLast, 100*s.Accuracy, 100*s.Rise, s.Epochs, s.Skill())
}

// Warning returns one line that warns of selections made with a weak reference; "" if there is nothing to warn of.
func (h *Health) Warning() string { return warning(h.Verdict, h.Reason) }

// Warning returns the warning of the map's Health, in less time.
func (m *Map) Warning() string {
	signs, err := m.Signs()
	if err != nil {
		return "" // unknown
	}
	return warning(signs.Judge())
}

func warning(v Verdict, reason string) string {
	if v != Weak {
		return ""
	}
	return fmt.Sprintf("the reference is %s (%s): its selection may mislead", v, reason)
}

// majority returns the share of the most frequent label, 0 for an empty map.
func (m *Map) majority() float64 {
	counts := make([]int, m.Classes)
	for _, gold := range m.Gold {
		counts[gold]++
	}
	return float64(slices.Max(counts)) / float64(max(m.Len(), 1))
}
