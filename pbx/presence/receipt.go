package presence

import (
	"encoding/json"
	"time"
)

// receipt is what is kept of a publication between two tellings.
type receipt struct {
	Address string    `json:"address"`
	ETag    string    `json:"etag"`
	End     time.Time `json:"end"` // when the server forgets it
}

// readReceipt reads what String wrote; anything else is no receipt.
func readReceipt(text string) receipt {
	var r receipt
	if json.Unmarshal([]byte(text), &r) != nil || r.Address == "" {
		return receipt{}
	}
	return r
}

// String is "" where there is no publication.
func (r receipt) String() string {
	if r.ETag == "" {
		return ""
	}
	r.End = r.End.UTC().Truncate(time.Second)
	text, err := json.Marshal(r)
	if err != nil {
		return "" // a year beyond 9999
	}
	return string(text)
}
