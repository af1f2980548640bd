package store

import (
	"encoding/json"
	"fmt"
	"slices"

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

func encodeSpans(d activity.Day) ([]byte, error) {
	if len(d.Spans) == 0 {
		return []byte{}, nil
	}
	d.Spans = slices.Clone(d.Spans)
	for i := range d.Spans {
		d.Spans[i].Why = activity.Why{}
	}
	data, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode day: %w", err)
	}
	return data, nil
}

func decodeSpans(data []byte) (d activity.Day, err error) {
	if len(data) == 0 {
		return d, nil
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return d, fmt.Errorf("stored day is damaged: %w", err)
	}
	return d, nil
}

// encodeState is a state as JSON, "" for none.
func encodeState(s activity.State) (string, error) {
	if s.Key == "" {
		return "", nil
	}
	return encode(s)
}
