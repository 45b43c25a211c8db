package study

import (
	"fmt"
	"testing"

	"ftft/configs"
	"ftft/datamap"
	"ftft/internal/slow"
	"ftft/train/watch"
)

// The verdict on the demo's reference by its width and epoch. TestVerdictsOfTrainedReferences in package datamap is the fast test:
// it has the figures of these runs and more.
func TestVerdictsOnTheDemoByWidth(t *testing.T) {
	slow.Skip(t)
	letters := map[datamap.Verdict]byte{datamap.LearnsHard: 'l', datamap.Weak: 'w', datamap.TooEarly: '.'}
	for width, want := range map[int]string{16: "..wwwww", 32: "....lll", 64: "..lllll", 128: "..lllll"} { // from epoch 2 on
		name := fmt.Sprintf("width-%d", width)
		cfg, err := configs.Load("demo", "name="+name, "arms.run=[\"erm\"]", "data.root=/",
			fmt.Sprintf("reference.hidden=%d", width), fmt.Sprintf("reference.intermediate=%d", 4*width))
		if err != nil {
			t.Fatal(err)
		}
		root := t.TempDir()
		t.Setenv(breaks, name+"-erm") // only the reference is of interest
		dir := created(t, root, cfg)
		if err := Run(t.Context(), dir, false); err == nil {
			t.Error("the main model's run did not break off")
		}
		var got []byte
		for _, group := range watch.New(root).Poll("").Groups {
			reference := group.Reference()
			picture, err := watch.PictureOf(reference)
			if err != nil {
				t.Fatal(err)
			}
			for epochs := 2; epochs <= picture.Map.Epochs; epochs++ {
				m, err := picture.Map.Between(0, epochs)
				if err != nil {
					t.Fatal(err)
				}
				h, err := m.Health(datamap.JudgedFraction)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, letters[h.Verdict])
			}
		}
		if string(got) != want {
			t.Errorf("width %d: the verdicts from epoch 2 on are %s, want %s", width, got, want)
		}
	}
}
