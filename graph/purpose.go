package graph

import (
	"context"
	"iter"
	"net/url"

	"github.com/go-json-experiment/json"
)

// Purpose is what a mailbox is for.
type Purpose struct {
	ID string // as it was asked for
	// Purpose is "user", "linked", "shared", "room", "equipment", "others", or
	// a value unknown today; "" where it couldn't be read.
	Purpose string
	// Err says why not: NotFound for an account without a mailbox here, Denied
	// where MailboxSettings.Read is missing.
	Err *Error
}

// UserPurposes asks what the mailboxes of some users are for, twenty in a
// request, and hands them over in the order asked. An error ends it. Needs
// MailboxSettings.Read.
func (c *Client) UserPurposes(ctx context.Context, ids []string) iter.Seq2[Purpose, error] {
	return func(yield func(Purpose, error) bool) {
		for from := 0; from < len(ids); from += batchSize {
			some := ids[from:min(from+batchSize, len(ids))]
			requests := make([]Request, len(some))
			for i, id := range some {
				requests[i].URL = "/users/" + url.PathEscape(id) + "/mailboxSettings/userPurpose"
			}
			responses, err := c.Batch(ctx, requests)
			if err != nil {
				yield(Purpose{}, err)
				return
			}
			for i := range responses {
				if !yield(c.purpose(some[i], &responses[i]), nil) {
					return
				}
			}
		}
	}
}

func (c *Client) purpose(id string, r *Response) Purpose {
	p := Purpose{ID: id, Err: r.Error("user purpose", c.now())}
	if p.Err == nil {
		var doc struct {
			Value string `json:"value"`
		}
		_ = json.Unmarshal(r.Body, &doc, lenient) // what isn't that is unknown, as ""
		p.Purpose = doc.Value
	}
	return p
}
