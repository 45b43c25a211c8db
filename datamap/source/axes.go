package source

import (
	"fmt"
	"slices"

	"ftft/datamap/dynamics"
	"ftft/internal/fault"
)

// checkAxes checks that an array has the shape [epochs, examples, classes] for the examples of the data. It never guesses: the axes of
// an array whose number of examples stands elsewhere are for the user to reorder.
func (s *Source) checkAxes(path string, shape []int, d *Data) error {
	refuse := func(format string, args ...any) error { return fault.At(path, 0, fmt.Sprintf(format, args...)) }
	n := d.Len()
	switch {
	case len(shape) == 2 && shape[0] == n && n > 0:
		return refuse("an array of shape %s; expected [epochs, examples, classes]: if it is one epoch, save a[None] of it in numpy",
			dynamics.Sizes(shape))
	case len(shape) != 3 || slices.Contains(shape, 0):
		return refuse("an array of shape %s; expected [epochs, examples, classes], none of them empty", dynamics.Sizes(shape))
	case shape[1] == n:
		if shape[0] == n || shape[2] == n {
			s.Notice = fmt.Sprintf("the array of shape %s is read as [epochs, examples, classes]", dynamics.Sizes(shape))
		}
		return nil
	case shape[0] == n:
		return refuse("the shape is %s and %s has %d examples: are the axes [examples, epochs, classes]? "+
			"Expected [epochs, examples, classes]: save a.transpose(1, 0, 2) of it in numpy", dynamics.Sizes(shape), d.File, n)
	case shape[2] == n:
		return refuse("the shape is %s and %s has %d examples: are the axes [epochs, classes, examples]? "+
			"Expected [epochs, examples, classes]: save a.transpose(0, 2, 1) of it in numpy", dynamics.Sizes(shape), d.File, n)
	}
	return refuse("the shape is %s, where %s has %d examples: they describe different data, or the axes are not [epochs, examples, classes]",
		dynamics.Sizes(shape), d.File, n)
}
