package store

import (
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
)

// encodeAgenda is an agenda in the compact form, empty where it has no events.
func encodeAgenda(events []calendar.Event) []byte {
	if len(events) == 0 {
		return []byte{}
	}
	return calendar.AppendAgenda(nil, events)
}

// encodeDay is a day without its causes, empty where it has no spans.
func encodeDay(d activity.Day) []byte {
	if len(d.Spans) == 0 {
		return []byte{}
	}
	return d.Append(nil)
}

func decodeDay(data []byte) (activity.Day, error) {
	if len(data) == 0 {
		return activity.Day{}, nil
	}
	return activity.ParseDay(data)
}

// A state is stored as a day of one span, which lies nowhere.
var nowhere = activity.Span{From: time.UnixMilli(0).UTC(), To: time.UnixMilli(60_000).UTC()}

// encodeState is a state, to the millisecond, empty for none.
func encodeState(s activity.State) []byte {
	if s.Key == "" {
		return []byte{}
	}
	span := nowhere
	span.State = s
	return activity.Day{From: span.From, To: span.To, Spans: []activity.Span{span}}.Append(make([]byte, 0, 48))
}

func decodeState(data []byte) (activity.State, error) {
	if len(data) == 0 {
		return activity.State{}, nil
	}
	span, _, _, err := activity.At(data, nowhere.From)
	return span.State, err
}
