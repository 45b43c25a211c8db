package report

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"ftft/datamap/dynamics"
	"ftft/internal/disk"
	"ftft/internal/fault"
	"ftft/internal/input"
	"ftft/train/metric"
	"ftft/train/rundir"
)

// Reader reads reports of the same runs again and again. It keeps what a run's evaluations have given, because their files are
// large and do not change. The zero value is ready for use, by one goroutine at a time.
type Reader struct {
	sets        cache[file, *evalSet]
	same        map[[sha256.Size]byte]*evalSet // by the content of the file
	baselines   cache[file, metric.Scores]
	predictions cache[file, *predictions]
	samples     cache[pairKey, []float64]
}

// begin forgets what the last report did not need.
func (reader *Reader) begin() {
	reader.sets.begin()
	reader.baselines.begin()
	reader.predictions.begin()
	reader.samples.begin()
	reader.same = map[[sha256.Size]byte]*evalSet{}
}

// file identifies the content of a file, as long as writers replace files instead of changing them.
type file struct {
	path     string
	size     int64
	modified time.Time
}

func fileAt(path string) (file, error) {
	info, err := os.Stat(path)
	if err != nil {
		return file{}, err
	}
	return file{path, info.Size(), info.ModTime()}, nil
}

// listAt is fileAt for the list of an evaluation set's examples. Its error names the run and the set.
func listAt(dir rundir.Dir, set string) (file, error) {
	path := dir.EvalExamples(set)
	key, err := fileAt(path)
	if errors.Is(err, fs.ErrNotExist) {
		const message = "run %s lacks the examples of its evaluation set %s: restore the file from a copy, or from a run on the same data " +
			"(ftft fsck %s lists all damage)"
		bad := fault.At(path, 0, fmt.Sprintf(message, dir.ID(), set, dir))
		bad.Cause = err
		return key, bad
	}
	if err != nil {
		return key, input.Unreadable(path, err)
	}
	return key, nil
}

// evalSet is the list of an evaluation set's examples. Runs with the same list share it.
type evalSet struct {
	gold  []int32
	guids []string
}

// sameExamples reports whether two sets have the same examples in the same order.
func (s *evalSet) sameExamples(t *evalSet) bool {
	return s == t || slices.Equal(s.gold, t.gold) && slices.Equal(s.guids, t.guids)
}

// set reads the examples of a run's evaluation set.
func (reader *Reader) set(dir rundir.Dir, name string) (*evalSet, error) {
	path := dir.EvalExamples(name)
	key, err := listAt(dir, name)
	if err != nil {
		return nil, err
	}
	return reader.sets.get(key, func() (*evalSet, error) {
		hash, err := hashOf(path)
		if err != nil {
			return nil, err
		}
		if known := reader.same[hash]; known != nil {
			return known, nil
		}
		examples, err := rundir.ReadExamples(path)
		if err != nil {
			return nil, err
		}
		s := &evalSet{golds(examples), make([]string, len(examples))}
		for i, e := range examples {
			s.guids[i] = e.GUID
		}
		reader.same[hash] = s
		return s, nil
	})
}

func hashOf(path string) (sum [sha256.Size]byte, err error) {
	f, err := disk.Open(path)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	hash := sha256.New()
	_, err = io.Copy(hash, f)
	return [sha256.Size]byte(hash.Sum(nil)), err
}

// trainingGold reads the gold classes of a run's training set. gold.npy holds them; a run without it has them among its examples.
func trainingGold(dir rundir.Dir) ([]int32, error) {
	gold, _, err := dynamics.ReadNPYInt32(dir.Gold())
	if errors.Is(err, fs.ErrNotExist) {
		var examples []rundir.ExampleRecord
		examples, err = rundir.ReadExamples(dir.Examples())
		gold = golds(examples)
	}
	return gold, err
}

func golds(examples []rundir.ExampleRecord) []int32 {
	list := make([]int32, len(examples))
	for i, e := range examples {
		list[i] = int32(e.Gold)
	}
	return list
}

// baseline scores the constant prediction of the training set's most frequent class on an evaluation set.
func (reader *Reader) baseline(dir rundir.Dir, set string, classes int) (metric.Scores, error) {
	key, err := listAt(dir, set)
	if err != nil {
		return metric.Scores{}, err
	}
	return reader.baselines.get(key, func() (scores metric.Scores, err error) {
		gold, err := trainingGold(dir)
		if err != nil {
			return scores, err
		}
		s, err := reader.set(dir, set)
		if err != nil {
			return scores, err
		}
		return metric.Constant(metric.Majority(gold, classes), s.gold, classes), nil
	})
}

// evaluation is one evaluation of one set by one run.
type evaluation struct {
	dir  rundir.Dir
	set  string
	step int
}

func (e evaluation) file() (file, error) { return fileAt(e.dir.EvalLogits(e.set, e.step)) }

// predictionsOf reads an evaluation's logits.
func (reader *Reader) predictionsOf(e evaluation, gold []int32, classes int) (*predictions, error) {
	key, err := e.file()
	if err != nil {
		return nil, err
	}
	return reader.predictions.get(key, func() (*predictions, error) {
		logits, shape, err := dynamics.ReadNPYFloat32(key.path)
		if err == nil && !slices.Equal(shape, []int{len(gold), classes}) {
			err = fmt.Errorf("%s: shape %s, where %d examples of %d classes belong", key.path, dynamics.Sizes(shape), len(gold), classes)
		}
		if err != nil {
			return nil, err
		}
		return predict(logits, gold, classes), nil
	})
}

// pairKey is what the bootstrap of a difference depends on.
type pairKey struct {
	a, b   file
	metric string
}

// bootstrap returns the differences of two runs' evaluations of the same set on bootstrap samples, nil where the logits of one are
// not saved or the two sets have other examples.
func (reader *Reader) bootstrap(a, b evaluation, name string, classes int) ([]float64, error) {
	fileA, errA := a.file()
	fileB, errB := b.file()
	if errors.Is(errA, fs.ErrNotExist) || errors.Is(errB, fs.ErrNotExist) {
		return nil, nil
	}
	if err := errors.Join(errA, errB); err != nil {
		return nil, err
	}
	return reader.samples.get(pairKey{fileA, fileB, name}, func() ([]float64, error) {
		set, err := reader.set(a.dir, a.set)
		if err != nil {
			return nil, err
		}
		other, err := reader.set(b.dir, b.set)
		if err != nil || len(set.gold) == 0 || !set.sameExamples(other) {
			return nil, err
		}
		p := pair{gold: set.gold, classes: classes}
		if p.a, err = reader.predictionsOf(a, set.gold, classes); err != nil {
			return nil, err
		}
		if p.b, err = reader.predictionsOf(b, set.gold, classes); err != nil {
			return nil, err
		}
		return p.bootstrap(name, resamples, seedOf(a.set)), nil
	})
}

// seedOf returns the seed of a set's bootstrap samples. Sets differ, so that the mean over several sets has independent samples.
func seedOf(set string) uint64 {
	sum := sha256.Sum256([]byte(set))
	return uint64(sum[0]) | uint64(sum[1])<<8 | uint64(sum[2])<<16 | uint64(sum[3])<<24
}

// cache keeps values for one report after the last that needed them.
type cache[K comparable, V any] struct{ last, now map[K]V }

func (c *cache[K, V]) begin() { c.last, c.now = c.now, map[K]V{} }

// get returns the value of a key, which read reads if it is not known. Errors are not kept.
func (c *cache[K, V]) get(key K, read func() (V, error)) (V, error) {
	if c.now == nil {
		c.begin()
	}
	value, known := c.now[key]
	if !known {
		value, known = c.last[key]
	}
	if !known {
		var err error
		if value, err = read(); err != nil {
			return value, err
		}
	}
	c.now[key] = value
	return value, nil
}
