package datamap

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Strategies that need no argument. The first three also name regions; only for easy-to-learn the two differ.
const (
	Ambiguous   = "ambiguous"     // highest variability
	HardToLearn = "hard-to-learn" // lowest confidence
	EasyToLearn = "easy-to-learn" // strategy: highest confidence; region: neither ambiguous nor hard-to-learn
	Random      = "random"        // ordered by seed and guid
)

// Strategies with arguments or further input. BothEnds is cartography's mixture of the hardest 70 % and the easiest 30 %.
const (
	Top            = "top"            // top:METRIC, the highest values
	Bottom         = "bottom"         // bottom:METRIC, the lowest values
	Band           = "band"           // band:METRIC:SHARE, the examples that follow the lowest SHARE of the pool
	BothEnds       = "both-ends"      // both-ends or both-ends:METRIC; METRIC defaults to confidence
	Representative = "representative" // by embeddings; see package facility
)

// Strategies lists those that need no argument, in the order in which screens offer them.
var Strategies = []string{Ambiguous, HardToLearn, EasyToLearn, Random}

// part is the share of a selection that one strategy makes.
type part struct {
	weight float64
	name   string  // a strategy that Rank accepts, or Representative
	skip   float64 // the share of the pool that a band passes over
}

// bothEnds holds cartography's shares of the hardest and the easiest examples (train_dy_filtering.py).
var bothEnds = [2]float64{0.7, 0.3}

// UsesDynamics reports whether a strategy depends on the training dynamics.
func UsesDynamics(strategy string) bool { return strategy != Random && strategy != Representative }

// CheckStrategy returns an error that describes what is wrong with a strategy or a mixture of strategies, or nil.
func CheckStrategy(strategy string) error {
	_, err := parseStrategy(strategy)
	return err
}

// parseStrategy parses a strategy or a mixture. The weights of its parts sum to 1.
func parseStrategy(text string) ([]part, error) {
	terms := strings.Split(text, "+")
	if len(terms) == 1 && len(strings.Fields(text)) <= 1 {
		return parseTerm(strings.TrimSpace(text))
	}
	var parts []part
	sum := 0.0
	for _, term := range terms {
		fields := strings.Fields(term)
		if len(fields) != 2 {
			return nil, fmt.Errorf("%q is not a share and a strategy; write a mixture as 0.8 ambiguous + 0.2 easy-to-learn",
				strings.TrimSpace(term))
		}
		weight, err := strconv.ParseFloat(fields[0], 64)
		if err != nil || !(weight > 0 && weight <= 1) {
			return nil, fmt.Errorf("the share %q of a mixture must be above 0 and at most 1", fields[0])
		}
		term, err := parseTerm(fields[1])
		if err != nil {
			return nil, err
		}
		for _, p := range term {
			p.weight *= weight
			parts = append(parts, p)
		}
		sum += weight
	}
	if math.Abs(sum-1) > 1e-9 {
		return nil, fmt.Errorf("the shares of the mixture %q add up to %.6g; they must add up to 1", text, sum)
	}
	return parts, nil
}

// parseTerm parses a single strategy.
func parseTerm(name string) ([]part, error) {
	if slices.Contains(Strategies, name) || name == Representative {
		return []part{{weight: 1, name: name}}, nil
	}
	kind, rest, _ := strings.Cut(name, ":")
	switch kind {
	case Top, Bottom:
		_, err := FindMetric(rest)
		return []part{{weight: 1, name: name}}, err
	case Band:
		metric, share, _ := strings.Cut(rest, ":")
		if _, err := FindMetric(metric); err != nil {
			return nil, err
		}
		skip, err := strconv.ParseFloat(share, 64)
		if err != nil || !(skip >= 0 && skip < 1) {
			return nil, fmt.Errorf("%q: write band:METRIC:SHARE, where SHARE is at least 0 and below 1", name)
		}
		return []part{{1, Bottom + ":" + metric, skip}}, nil
	case BothEnds:
		if name == BothEnds {
			rest = "confidence"
		}
		metric, err := FindMetric(rest)
		if err != nil {
			return nil, err
		}
		hard, easy := Top, Bottom
		if metric.HardLow {
			hard, easy = easy, hard
		}
		return []part{{weight: bothEnds[0], name: hard + ":" + rest}, {weight: bothEnds[1], name: easy + ":" + rest}}, nil
	}
	return nil, unknownStrategy(name)
}

func unknownStrategy(name string) error {
	return fmt.Errorf("unknown strategy %q; available: %s, top:METRIC, bottom:METRIC, band:METRIC:SHARE, both-ends, both-ends:METRIC, "+
		"representative, and mixtures of these", name, strings.Join(Strategies, ", "))
}
