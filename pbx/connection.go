package pbx

// Connection is a switchboard that is told activities, as a driver opens it.
type Connection struct {
	Activities Activities
	// Local is true where telling has nothing to send: what is written down as told
	// is what the switchboard shows.
	Local bool
	// AtOnce is how many subscribers it may be told of at the same time; one where 0.
	AtOnce int
	// Address is what a subscriber is called by it, or a [*Refusal] that says what
	// is missing; nil where it knows them by their ids.
	Address func(Subscriber) (string, error)
}
