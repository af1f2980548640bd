package store

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/calendar"
)

func encodeAgenda(events []calendar.Event) ([]byte, error) {
	if len(events) == 0 {
		return []byte{}, nil
	}
	data, err := json.Marshal(events)
	if err != nil {
		return nil, fmt.Errorf("encode agenda: %w", err)
	}
	return data, nil
}

func decodeAgenda(data []byte) (events []calendar.Event, err error) {
	if len(data) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(data, &events); err != nil {
		return nil, fmt.Errorf("stored agenda is damaged: %w", err)
	}
	return events, nil
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
