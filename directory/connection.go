package directory

import "context"

// Connection is a directory as a driver opens it: a reader, and plain functions
// beside it for what a person asks.
type Connection struct {
	// Reader reads the given properties, and groups where a scope needs them.
	Reader func(fields []Field, groups bool) Source
	// Groups finds groups by the beginning of a word of their name.
	Groups func(ctx context.Context, search string) ([]Group, error)
	Group  func(ctx context.Context, id string) (Group, error)
	// Person reads one person as he is now, by object id or user principal name.
	Person func(ctx context.Context, id string, fields []Field) (Person, error)
	// Purposes asks what mailboxes are for; nil where that may not be asked.
	Purposes func(ctx context.Context, ids []string) (map[string]string, error)
	Check    func(ctx context.Context) CheckResult
	// Count says how many people the groups of a scope hold, before exclusions,
	// kinds and conditions.
	Count func(ctx context.Context, s Scope) (int, error)
	// Subscribe asks to be told of changes, Renew puts off the end of that and
	// Unsubscribe ends it; Subscribed lists what was asked for and has not ended.
	Subscribe   func(ctx context.Context, s Subscription) (Subscription, error)
	Renew       func(ctx context.Context, id string) (Subscription, error)
	Unsubscribe func(ctx context.Context, id string) error
	Subscribed  func(ctx context.Context) ([]Subscription, error)
	// Usage is what has been asked of the source since it was opened first.
	Usage func() Usage
}

// Usage counts what was asked of a source.
type Usage struct {
	Requests  int64 // repeats included
	Retries   int64
	Throttled int64
	Units     int64 // resource units, the currency of Graph's limits
}
