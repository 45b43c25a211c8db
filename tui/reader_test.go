package tui

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// longTexts returns a workbench on a complete run with long texts. The model reads their first twelve words.
func longTexts(t *testing.T, w, h int, text string) *bench {
	t.Helper()
	b := newBench(t, w, h, func(o *Options) {
		o.Texts = func(_ rundir.Dir, row int) (Example, error) {
			return Example{Text: fmt.Sprintf(text, row), TextPair: "A hypothesis.", Meta: map[string]string{"genre": "fiction", "empty": ""}}, nil
		}
		o.Tokens = func(_ rundir.Dir, text, pair string) (view.Truncation, error) {
			words, at := 0, len(text)
			for i, r := range text {
				if r == ' ' {
					if words++; words == 12 {
						at = i
						break
					}
				}
			}
			return view.Truncation{First: at, Second: len(pair), Tokens: len(strings.Fields(text + pair)), Limit: 16}, nil
		}
	})
	run := b.train("demo-reference", rundir.Reference, "", nil)
	run.Train(400)
	run.Finish(rundir.Finish{Status: rundir.Complete})
	b.readRuns()
	return b
}

// sgr matches the escape sequences of styles.
var sgr = regexp.MustCompile(`\x1b\[[0-9;]*m`)

var story = "Premise %d begins here, " + strings.Repeat("and the story goes on and on ", 30) + "until it ends."

func TestReading(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 20}} {
		b := longTexts(t, size[0], size[1], story)
		b.press("i")
		b.golden(fmt.Sprintf("reading-%dx%d", size[0], size[1]))
		b.press("i")
		if text := b.shown(); strings.Contains(text, "Reading") {
			t.Error("i does not close the reader")
		}
	}
	b := longTexts(t, 80, 24, story)
	b.press("3", "i")
	first := b.shown()
	b.shows("1 of 330", "218 tokens; the model reads 16", "│ the story")
	b.press("down")
	b.shows("2 of 330")
	b.press("up")
	for range 40 {
		b.press("J")
	}
	b.shows("until it ends.", "→ A hypothesis.", "genre: fiction")
	b.press("down")
	b.shows("Premise", "tokens; the model reads")
	b.press("up")
	for range 40 {
		b.press("K")
	}
	if got := b.shown(); got != first {
		t.Errorf("after scrolling down and up, the screen is\n%s\nwant\n%s", got, first)
	}
	b.press("1")
	b.shows("Data map")
	b.press("3")
	b.shows("Reading")
	b.press("esc")
	b.shows("Examples:")
}

// The probabilities of the classes sum to one in each epoch, and that of the gold label is the trail.
func TestReadingShowsAllClasses(t *testing.T) {
	b := longTexts(t, 120, 40, story)
	b.press("i")
	r := b.reader.panel()
	if len(r.Classes) != 4 {
		t.Fatalf("got %d epochs, want 4", len(r.Classes))
	}
	for e, p := range r.Classes {
		sum := 0.0
		for _, v := range p {
			sum += v
		}
		if math.Abs(sum-1) > 1e-9 || math.Abs(p[r.Gold]-float64(r.Example.Trail[e])) > 1e-6 {
			t.Errorf("epoch %d: got the probabilities %v, want %v for the gold label", e, p, r.Example.Trail[e])
		}
		b.shows(fmt.Sprintf("%.2f", p[0]), fmt.Sprintf("%.2f", p[1]), fmt.Sprintf("%.2f", p[2]))
	}
}

func TestCopyExample(t *testing.T) {
	b := longTexts(t, 120, 40, "Text %d\x1b[31m.")
	b.press("i")
	press := func(msg tea.KeyPressMsg) string {
		t.Helper()
		_, cmd := b.Update(msg)
		texts := copied(cmd)
		if len(texts) != 1 {
			t.Fatalf("%v: got %q copied, want one text", msg, texts)
		}
		return texts[0]
	}
	guid := b.example().GUID
	want := b.example().Text.First + "\nA hypothesis."
	if got := press(keyOf("y")); got != want || !strings.Contains(got, "\x1b[31m") {
		t.Errorf("y: got %q, want %q with its control characters", got, want)
	}
	if got := press(keyOf("ctrl+y")); got != guid {
		t.Errorf("ctrl+y: got %q, want %q", got, guid)
	}
	got := press(keyOf("Y"))
	var record struct {
		GUID     string    `json:"guid"`
		TextPair string    `json:"text_pair"`
		PGold    []float64 `json:"p_gold"`
	}
	if err := json.Unmarshal([]byte(got), &record); err != nil || strings.Contains(got, "\n") {
		t.Errorf("Y: got %s (%v), want one line of JSON", got, err)
	}
	if record.GUID != guid || record.TextPair != "A hypothesis." || len(record.PGold) != 4 {
		t.Errorf("Y: got %+v, want guid %s, its text pair and 4 epochs", record, guid)
	}
	b.shows("Copied a line of JSON of " + guid)
}

// Texts with escape sequences, or with characters whose width terminals disagree about, do not break the screen.
func TestHostileTexts(t *testing.T) {
	for _, text := range []string{
		"%d \x1b]52;c;AAAA\x07\x1b[2J\x1b[?1049l\u009b31mred \x1bPq\x1b\\ \x00\b\b\b\r\n\t\x7f",
		"%d 日本語のとても長いテキストです。" + strings.Repeat("漢字", 200),
		"%d " + strings.Repeat("e\u0301\u0301\u0301 ", 300) + strings.Repeat("\u0301", 50),
		"%d שלום עולם \u202eevil\u202c \u2066x\u2069 مرحبا بالعالم " + strings.Repeat("שלום ", 100),
		"%d 👩‍👩‍👧‍👦 👍🏽 🇩🇪🇫🇷 ❤️ ☺︎ \ufeff\u200b\u200d\u2060 " + strings.Repeat("👩‍👩‍👧‍👦", 100),
		"%d " + strings.Repeat("x", 3000),
		"%d \xff\xfe\xc3\x28 \xed\xa0\x80 \U000e0041\U000e0042 \ufff9a\ufffab\ufffb",
	} {
		for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 20}, {41, 12}} {
			b := longTexts(t, size[0], size[1], text)
			for _, screen := range []string{"1", "3", "i", "J"} {
				b.press(screen)
				content := b.View().Content
				lines := strings.Split(content, "\n")
				if len(lines) != size[1] {
					t.Errorf("%q: got %d lines, want %d", text[:10], len(lines), size[1])
				}
				for _, line := range lines {
					if g, wc := ansi.StringWidth(line), ansi.StringWidthWc(line); g != size[0] || wc > size[0] {
						t.Errorf("%q at %v: got a line of %d cells by graphemes, %d by characters: %q", text[:10], size, g, wc, line)
					}
				}
				plain := sgr.ReplaceAllString(content, "")
				for _, r := range plain {
					if r != '\n' && (r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069) {
						t.Errorf("%q: screen %s contains %q", text[:10], screen, r)
						break
					}
				}
			}
		}
	}
}

// Without logits, the reader shows the metrics without epochs.
func TestReadingWithoutLogits(t *testing.T) {
	for _, labels := range []bool{true, false} {
		b := imported(t, 120, 40, labels)
		b.press("i")
		b.shows("Reading g", "This source has no texts.")
	}
	b := &bench{t: t, App: New(Options{Feed: watch.New(t.TempDir())})}
	b.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	b.readRuns()
	b.press("i", "J", "y", "down")
	b.shows("No example: nothing is selected.")
}
