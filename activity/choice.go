package activity

import "time"

// Choice is what somebody set by hand for a person. It stands until its end, or
// until "back".
type Choice struct {
	Activity Key       `json:"activity"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until,omitzero"` // zero: tills vidare
	Phone    Phone     `json:"phone,omitempty"`
	Note     string    `json:"note,omitempty"`
	Forward  Forward   `json:"forward,omitzero"`
	By       string    `json:"by,omitempty"` // who set it, "" the person himself
	At       time.Time `json:"at"`           // when
}

// Stands is true where the choice is in force at t.
func (c Choice) Stands(t time.Time) bool {
	return c.Activity != "" && !t.Before(c.From) && (c.Until.IsZero() || t.Before(c.Until))
}

// Silence is an event that "back" has silenced, from then on and until it ends. It
// is heard again where it is moved to begin after Until.
type Silence struct {
	Event string    `json:"event"`         // its key
	From  time.Time `json:"from,omitzero"` // when "back" was said
	Until time.Time `json:"until"`         // when the event ended as it stood then, and the silence may be forgotten
}
