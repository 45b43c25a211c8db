package nli

// A noun is an animate being.
type noun struct {
	one, many string // singular and plural
	kind      *noun  // its hypernym; nil if it is one of kinds
}

var (
	animal = &noun{"animal", "animals", nil}
	person = &noun{"person", "people", nil}
	kinds  = []*noun{animal, person}

	nouns = []*noun{
		{"dog", "dogs", animal}, {"cat", "cats", animal}, {"horse", "horses", animal},
		{"man", "men", person}, {"woman", "women", person}, {"boy", "boys", person},
		{"girl", "girls", person},
	}
)

// An activity is an intransitive verb.
type activity struct {
	ing  string
	kind *activity // its hypernym; nil if it is a kind itself
}

var (
	moving = &activity{"moving", nil}
	rest   = &activity{"resting", nil} // excludes moving
	noise  = &activity{"calling", nil} // compatible with both

	activities = []*activity{
		{"running", moving}, {"walking", moving}, {"jumping", moving},
		{"sleeping", rest}, {"sitting", rest}, {"lying", rest},
		{"singing", noise}, {"shouting", noise},
	}
)

// An action is a transitive verb.
type action struct {
	ing, passive string // active and passive forms
}

var actions = []*action{
	{"chasing", "chased"}, {"following", "followed"}, {"watching", "watched"},
	{"helping", "helped"},
}

// A place is inside, outside, or a special case of one of the two.
type place struct {
	phrase string
	kind   *place // nil for inside and outside
}

var (
	outside = &place{"outside", nil}
	inside  = &place{"inside", nil}

	places = []*place{
		{"in the park", outside}, {"in the field", outside}, {"in the forest", outside},
		{"in the kitchen", inside}, {"in the house", inside}, {"in the barn", inside},
	}
)

// opposites maps an adjective to the one that it excludes.
var opposites = map[string]string{
	"big": "small", "small": "big", "young": "old", "old": "young", "happy": "sad", "sad": "happy",
}

var adjectives = []string{"big", "small", "young", "old", "happy", "sad"}

var numbers = []string{"no", "one", "two", "three", "four", "five", "six"}
