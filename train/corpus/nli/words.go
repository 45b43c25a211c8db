package nli

// A noun is an animate being; its kind is what it is one of.
type noun struct {
	one, many string
	kind      *noun // nil for the kinds themselves
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

// An activity is an intransitive verb in -ing; its kind is the activity that it is a way of.
type activity struct {
	ing  string
	kind *activity // nil for the kinds themselves
}

var (
	moving = &activity{"moving", nil}
	rest   = &activity{"resting", nil} // excludes moving
	noise  = &activity{"calling", nil} // goes with either

	activities = []*activity{
		{"running", moving}, {"walking", moving}, {"jumping", moving},
		{"sleeping", rest}, {"sitting", rest}, {"lying", rest},
		{"singing", noise}, {"shouting", noise},
	}
)

// An action is a transitive verb, active and passive.
type action struct {
	ing, passive string
}

var actions = []*action{
	{"chasing", "chased"}, {"following", "followed"}, {"watching", "watched"},
	{"helping", "helped"},
}

// A place is inside or outside; those two words are the kinds.
type place struct {
	phrase string
	kind   *place // nil for the kinds themselves
}

var (
	outside = &place{"outside", nil}
	inside  = &place{"inside", nil}

	places = []*place{
		{"in the park", outside}, {"in the field", outside}, {"in the forest", outside},
		{"in the kitchen", inside}, {"in the house", inside}, {"in the barn", inside},
	}
)

// opposites are adjectives that exclude each other.
var opposites = map[string]string{
	"big": "small", "small": "big", "young": "old", "old": "young", "happy": "sad", "sad": "happy",
}

var adjectives = []string{"big", "small", "young", "old", "happy", "sad"}

var numbers = []string{"no", "one", "two", "three", "four", "five", "six"}
