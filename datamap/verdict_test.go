package datamap

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// measured holds the figures of a reference that was trained: the majority share, the training accuracy of the first epoch, and the
// signs after each epoch from the second on.
type measured struct {
	name              string
	examples          int
	majority, initial float64
	epochs            []afterEpoch
	want              string // the verdicts after each epoch from the first on: l(earns), w(eak), . (too early)
}

type afterEpoch struct{ overlap, hardLast, accuracy float64 }

// references are the demo's reference at several widths, seeds and learning rates, and MiniLM on texts. All train at the
// defaults of `ftft run demo` (width 64, learning rate 2e-3, seed 1) and of `ftft run snli-minilm` except what their names say:
//
//	ftft run demo --set reference.hidden=16 --set reference.intermediate=64 --set 'seeds=[2]'
var references = []measured{
	{"width 16", 4500, 0.3373, 0.4682, []afterEpoch{{0.0579, 0.346, 0.6956}, {0.0970, 0.415, 0.7331}, {0.1401, 0.466, 0.7560},
		{0.1643, 0.515, 0.7691}, {0.1872, 0.562, 0.7833}, {0.2141, 0.595, 0.7929}, {0.2236, 0.613, 0.8042}}, "...wwwww"},
	{"width 16, seed 2", 4500, 0.3373, 0.4640, []afterEpoch{{0.0370, 0.334, 0.7076}, {0.0875, 0.402, 0.7373}, {0.1064, 0.445, 0.7564},
		{0.1387, 0.502, 0.7680}, {0.1636, 0.545, 0.7844}, {0.1953, 0.604, 0.7969}, {0.2202, 0.621, 0.8082}}, "...wwwww"},
	{"width 16, seed 3", 4500, 0.3373, 0.4749, []afterEpoch{{0.0586, 0.361, 0.7073}, {0.0949, 0.409, 0.7402}, {0.1421, 0.490, 0.7600},
		{0.1919, 0.544, 0.7798}, {0.2290, 0.643, 0.8002}, {0.2700, 0.680, 0.8100}, {0.2862, 0.713, 0.8213}}, "...www.."},
	{"width 32", 4500, 0.3373, 0.5298, []afterEpoch{{0.1421, 0.365, 0.7089}, {0.2155, 0.472, 0.7553}, {0.2788, 0.646, 0.7891},
		{0.3313, 0.727, 0.8113}, {0.3724, 0.771, 0.8233}, {0.3906, 0.802, 0.8422}, {0.3993, 0.836, 0.8573}}, ".....lll"},
	{"width 32, seed 2", 4500, 0.3373, 0.5413, []afterEpoch{{0.1576, 0.388, 0.7313}, {0.2128, 0.491, 0.7633}, {0.2465, 0.588, 0.7824},
		{0.2801, 0.604, 0.7964}, {0.3044, 0.692, 0.8124}, {0.3407, 0.754, 0.8280}, {0.3596, 0.774, 0.8409}}, ".......l"},
	{"width 32, seed 3", 4500, 0.3373, 0.5438, []afterEpoch{{0.1414, 0.392, 0.7253}, {0.1852, 0.447, 0.7540}, {0.2519, 0.609, 0.7882},
		{0.2869, 0.688, 0.8098}, {0.3313, 0.724, 0.8216}, {0.3508, 0.790, 0.8402}, {0.3710, 0.811, 0.8578}}, "......ll"},
	{"width 64", 4500, 0.3373, 0.5793, []afterEpoch{{0.2593, 0.392, 0.7258}, {0.3293, 0.538, 0.7638}, {0.3630, 0.630, 0.7887},
		{0.3906, 0.696, 0.8020}, {0.4081, 0.735, 0.8120}, {0.4316, 0.790, 0.8364}, {0.4303, 0.841, 0.8551}}, "...lllll"},
	{"width 64, seed 2", 4500, 0.3373, 0.5851, []afterEpoch{{0.2182, 0.357, 0.7004}, {0.2788, 0.480, 0.7533}, {0.3306, 0.590, 0.7760},
		{0.3596, 0.626, 0.7829}, {0.3805, 0.667, 0.8031}, {0.4121, 0.747, 0.8293}, {0.4478, 0.795, 0.8484}}, "....llll"},
	{"width 64, seed 3", 4500, 0.3373, 0.5638, []afterEpoch{{0.2162, 0.351, 0.7196}, {0.2525, 0.420, 0.7462}, {0.2808, 0.499, 0.7651},
		{0.3118, 0.589, 0.7818}, {0.3387, 0.622, 0.7944}, {0.3852, 0.735, 0.8213}, {0.4269, 0.814, 0.8433}}, "......ll"},
	{"width 128", 4500, 0.3373, 0.6007, []afterEpoch{{0.2640, 0.351, 0.6891}, {0.3320, 0.421, 0.7222}, {0.3805, 0.542, 0.7527},
		{0.3946, 0.539, 0.7609}, {0.4256, 0.688, 0.7804}, {0.4438, 0.734, 0.7958}, {0.4593, 0.788, 0.8047}}, "...lllll"},
	{"width 128, seed 2", 4500, 0.3373, 0.5907, []afterEpoch{{0.2579, 0.351, 0.6664}, {0.2889, 0.374, 0.7033}, {0.3199, 0.435, 0.7284},
		{0.3535, 0.421, 0.7324}, {0.3758, 0.509, 0.7571}, {0.3886, 0.540, 0.7662}, {0.3899, 0.588, 0.7827}}, ".....lll"},
	{"learning rate 2e-6", 4500, 0.3373, 0.3302, []afterEpoch{{0.1569, 0.290, 0.3304}, {0.1246, 0.323, 0.3496}, {0.1064, 0.330, 0.3593},
		{0.0990, 0.328, 0.3707}, {0.0997, 0.330, 0.3804}, {0.1057, 0.328, 0.3860}, {0.1145, 0.326, 0.3860}}, "...wwwww"},
	{"learning rate 5e-6", 4500, 0.3373, 0.3296, []afterEpoch{{0.3623, 0.334, 0.3604}, {0.3192, 0.333, 0.3920}, {0.2788, 0.334, 0.4138},
		{0.2532, 0.329, 0.4322}, {0.2350, 0.332, 0.4540}, {0.2256, 0.328, 0.4578}, {0.2162, 0.325, 0.4620}}, "...wwwww"},
	{"learning rate 2e-5", 4500, 0.3373, 0.3467, []afterEpoch{{0.4310, 0.340, 0.4424}, {0.2377, 0.342, 0.5407}, {0.0963, 0.358, 0.6220},
		{0.0539, 0.364, 0.6644}, {0.0444, 0.370, 0.6831}, {0.0397, 0.367, 0.6900}, {0.0263, 0.371, 0.6956}}, ".....www"},
	{"learning rate 5e-5", 4500, 0.3373, 0.3773, []afterEpoch{{0.1616, 0.337, 0.5900}, {0.0478, 0.388, 0.6933}, {0.0330, 0.388, 0.7189},
		{0.0337, 0.391, 0.7249}, {0.0276, 0.411, 0.7369}, {0.0222, 0.415, 0.7422}, {0.0236, 0.422, 0.7453}}, "...wwwww"},
	{"learning rate 2e-4", 4500, 0.3373, 0.4773, []afterEpoch{{0.0626, 0.379, 0.7047}, {0.0869, 0.423, 0.7409}, {0.0970, 0.478, 0.7607},
		{0.1165, 0.507, 0.7736}, {0.1178, 0.536, 0.7836}, {0.1239, 0.544, 0.7949}, {0.1253, 0.572, 0.8007}}, "...wwwww"},
	{"learning rate 2e-2", 4500, 0.3373, 0.4462, []afterEpoch{{0.1562, 0.308, 0.3404}, {0.1468, 0.336, 0.3309}, {0.1643, 0.355, 0.3353},
		{0.1623, 0.362, 0.3202}, {0.1670, 0.359, 0.3238}, {0.1623, 0.361, 0.3453}, {0.1596, 0.353, 0.3322}}, "...wwwww"},
	{"MiniLM-L3, 8,000 SNLI pairs", 8000, 0.3435, 0.4715, []afterEpoch{{0.0636, 0.325, 0.6506}, {0.0852, 0.430, 0.7284},
		{0.1227, 0.496, 0.7595}}, "...w"},
	{"MiniLM-L3, 3,000 sentences of SST-2", 3000, 0.5570, 0.7047, []afterEpoch{{0.2515, 0.740, 0.8573}, {0.3212, 0.847, 0.8933},
		{0.4071, 0.899, 0.9157}}, "...l"},
	{"MiniLM-L3, 2,500 of Davidson's tweets", 2500, 0.8256, 0.8176, []afterEpoch{{0.7552, 0.969, 0.9424}, {0.7927, 0.982, 0.9640},
		{0.8133, 0.986, 0.9756}}, "..ll"},
	{"MiniLM-L3, 2,500 sentences of CoLA", 2500, 0.7132, 0.6884, []afterEpoch{{0.4206, 0.341, 0.7132}, {0.4085, 0.412, 0.7172},
		{0.4194, 0.471, 0.7364}}, "...w"},
}

// signs returns the signs after the first epochs, at least 1.
func (r *measured) signs(epochs int) Signs {
	count := Count(r.examples, JudgedFraction)
	s := Signs{
		Examples: r.examples, Count: count, Epochs: epochs, Chance: float64(count) / float64(r.examples),
		Majority: r.majority, Accuracy: r.initial,
	}
	if epochs >= 2 {
		last, before := r.epochs[epochs-2], r.initial
		if epochs > 2 {
			before = r.epochs[epochs-3].accuracy
		}
		s.Overlap, s.HardLast, s.Accuracy, s.Rise = last.overlap, last.hardLast, last.accuracy, last.accuracy-before
	}
	return s
}

func TestVerdictsOfTrainedReferences(t *testing.T) {
	letters := map[Verdict]byte{LearnsHard: 'l', Weak: 'w', TooEarly: '.'}
	for _, r := range references {
		var got []byte
		for epochs := 1; epochs <= len(r.epochs)+1; epochs++ {
			verdict, reason := r.signs(epochs).Judge()
			if got = append(got, letters[verdict]); reason == "" {
				t.Errorf("%s, epoch %d: no reason", r.name, epochs)
			}
		}
		if string(got) != r.want {
			t.Errorf("%s: the verdicts by epoch are %s, want %s", r.name, got, r.want)
		}
	}
}

// Each case changes one sign of a good or a weak reference across a bound.
func TestVerdictChangesAtTheBounds(t *testing.T) {
	good := Signs{
		Examples: 100000, Count: 33000, Epochs: 8, Overlap: 0.45, Chance: 0.33, HardFirst: 0.4, HardLast: 0.8, Accuracy: 0.85, Rise: 0.01,
		Majority: 1. / 3,
	}
	weak := good
	weak.Overlap, weak.HardLast = 0.1, 0.4
	for _, test := range []struct {
		name   string
		signs  Signs
		change func(s *Signs)
		want   Verdict
	}{
		{"a good reference", good, func(*Signs) {}, LearnsHard},
		{"a weak reference", weak, func(*Signs) {}, Weak},
		{"good after 3 epochs", good, func(s *Signs) { s.Epochs = 3 }, LearnsHard},
		{"good after 2 epochs", good, func(s *Signs) { s.Epochs = 2 }, TooEarly},
		{"weak after 4 epochs", weak, func(s *Signs) { s.Epochs = 4 }, Weak},
		{"weak after 3 epochs", weak, func(s *Signs) { s.Epochs = 3 }, TooEarly},
		{"overlap just high", good, func(s *Signs) { s.Overlap = 1.0501 * 0.33 }, LearnsHard},
		{"overlap just not high", good, func(s *Signs) { s.Overlap = 1.0499 * 0.33 }, TooEarly},
		{"overlap just low", weak, func(s *Signs) { s.Overlap = 0.6999 * 0.33 }, Weak},
		{"overlap just not low", weak, func(s *Signs) { s.Overlap = 0.7001 * 0.33 }, TooEarly},
		{"a quarter of the hard region just learnt", good, func(s *Signs) { s.HardLast = 0.5 }, LearnsHard},
		{"a quarter of the hard region not learnt", good, func(s *Signs) { s.HardLast = 0.499 }, TooEarly},
		{"high overlap, but half learnt and rising", good, func(s *Signs) { s.HardLast, s.Rise = 0.4, 0.1 }, TooEarly},
		{"good while the accuracy rises", good, func(s *Signs) { s.Rise = 0.1 }, LearnsHard},
		{"weak while the accuracy rises", weak, func(s *Signs) { s.Rise = 0.0401 }, TooEarly},
		{"weak once it rises little", weak, func(s *Signs) { s.Rise = 0.0399 }, Weak},
		{"weak while it falls", weak, func(s *Signs) { s.Rise = -0.1 }, Weak},
		{"enough skill", good, func(s *Signs) { s.Accuracy = 0.5001 }, LearnsHard},
		{"little skill, whatever the overlap", good, func(s *Signs) { s.Accuracy = 0.4999 }, Weak},
		{"the most frequent label alone", good, func(s *Signs) { s.Accuracy, s.Majority = 0.85, 0.85 }, Weak},
		{"a single label", good, func(s *Signs) { s.Accuracy, s.Majority = 1, 1 }, Weak},
		{"a high overlap of few examples is noise", good, func(s *Signs) { s.Examples, s.Count, s.Overlap = 100, 33, 0.42 }, TooEarly},
		{"a higher one is not", good, func(s *Signs) { s.Examples, s.Count, s.Overlap = 100, 33, 0.47 }, LearnsHard},
		{"a low overlap of few examples is noise", weak, func(s *Signs) { s.Examples, s.Count, s.Overlap = 30, 9, 1./9 }, TooEarly},
		{"no examples in the regions", Signs{Examples: 2, Epochs: 8, Accuracy: 1, Majority: 0.5}, func(*Signs) {}, TooEarly},
	} {
		signs := test.signs
		test.change(&signs)
		if got, reason := signs.Judge(); got != test.want {
			t.Errorf("%s: %s (%s), want %s", test.name, got, reason, test.want)
		}
	}
}

// synthetic returns a map of 100 examples of two classes. Example i is predicted correctly in an epoch if learnt(i, epoch).
func synthetic(t *testing.T, epochs int, learnt func(i, epoch int) bool) *Map {
	t.Helper()
	in := Input{Classes: 2, Gold: make([]int32, 100)}
	for i := range in.Gold {
		in.GUIDs = append(in.GUIDs, fmt.Sprintf("%03d", i))
		in.Gold[i] = int32(i % 2)
	}
	for e := range epochs {
		logits := make([]float32, 200)
		for i, gold := range in.Gold {
			logit := float32(-2 - float64(i)/100) // later examples are harder
			if learnt(i, e) {
				logit = float32(5 - float64(i)/100)
			}
			logits[2*i+int(gold)] = logit
		}
		in.Epochs = append(in.Epochs, logits)
	}
	m, err := New(in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestVerdictsOfSyntheticMaps(t *testing.T) {
	late := func(i, e int) bool { return i < 60 || i < 73 && e >= 4 || i < 93 && e >= 5 } // the hard region is 67 to 99
	never := func(i, e int) bool { return i < 30 || i < 70 && e >= 2 }                    // as above; 37 to 69 are ambiguous
	for _, test := range []struct {
		name    string
		epochs  int
		learnt  func(i, epoch int) bool
		overlap float64
		last    bool // whether the upper quartile of the hard region is learnt at the end
		want    Verdict
	}{
		{"hard ones are learnt late", 8, late, 26. / 33, true, LearnsHard},
		{"two epochs of it", 2, late, 0, false, TooEarly},
		{"easy ones are learnt, hard ones never", 8, never, 3. / 33, false, Weak},
		{"three epochs of it", 3, never, 3. / 33, false, TooEarly},
		{"the accuracy rises to the end", 8, func(i, e int) bool { return i < 20+5*e }, 0, false, TooEarly},
		{"one label is always predicted", 8, func(i, _ int) bool { return i%2 == 0 }, 0, false, Weak},
	} {
		m := synthetic(t, test.epochs, test.learnt)
		s, err := m.Signs()
		if err != nil {
			t.Fatal(err)
		}
		verdict, reason := s.Judge()
		h, err := m.Health(0.1)
		if err != nil || h.Verdict != verdict || h.Reason != reason || h.Signs != s || h.Overlap == s.Overlap && test.overlap > 0.1 {
			t.Errorf("%s: the verdict depends on the fraction of the figures beside it: %+v, %v", test.name, h, err)
		}
		if math.Abs(s.Overlap-test.overlap) > 1e-12 || s.HardLast >= 0.5 != test.last || verdict != test.want {
			t.Errorf("%s: %s (%s); %s, want %s", test.name, verdict, reason, s, test.want)
		}
	}
}

func TestSignsNeedLogitsAndTwoEpochs(t *testing.T) {
	single := synthetic(t, 1, func(int, int) bool { return true })
	if _, err := single.Signs(); err == nil || !strings.Contains(err.Error(), "two complete epochs") {
		t.Error(err)
	}
	m, err := NewFromMeasures(Measures{GUIDs: []string{"a", "b", "c", "d"}, Confidence: make([]float64, 4), Variability: make([]float64, 4)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Signs(); err == nil || !strings.Contains(err.Error(), "logits") {
		t.Error(err)
	}
	if h, err := m.Health(0.5); err != nil || h.Verdict != "" || h.Verdict.String() != "unknown" || h.Warning() != "" {
		t.Errorf("%+v, %v", h, err)
	}
}

func TestWarningOfAWeakReference(t *testing.T) {
	weak := references[slices.IndexFunc(references, func(r measured) bool { return strings.Contains(r.name, "SNLI") })]
	for epochs, want := range map[int]string{
		3: "", 4: "the reference is under-trained or weak (overlap 12.3 %, by chance 33.0 %): its selection may mislead",
	} {
		h := Health{Signs: weak.signs(epochs)}
		h.Verdict, h.Reason = h.Signs.Judge()
		if got := h.Warning(); got != want {
			t.Errorf("epoch %d: %q, want %q", epochs, got, want)
		}
	}
}
