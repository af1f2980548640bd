package graph

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// batches answers $batch as Microsoft does: out of order, each request by
// itself. fail says what the nth request for a URL is answered; "" is 200.
type batches struct {
	mu     sync.Mutex
	sizes  []int
	seen   map[string]int
	fail   func(url string, n int) string
	header map[string]string // of the last request
	bodies []string
	gate   chan struct{} // one value lets one batch through; nil lets all
	late   bool          // the id of an answer comes after its body
	flying int
	most   int // batches that were under way at a time
}

func (b *batches) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var doc struct {
		Requests []struct {
			ID      string
			Method  string
			URL     string
			Headers map[string]string
			Body    jsontext.Value
		}
	}
	raw, _ := io.ReadAll(r.Body)
	if err := json.Unmarshal(raw, &doc, json.MatchCaseInsensitiveNames(true)); err != nil || r.URL.Path != "/v1.0/$batch" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	b.mu.Lock()
	b.flying++
	b.most = max(b.most, b.flying)
	b.mu.Unlock()
	if b.gate != nil {
		<-b.gate
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flying--
	b.sizes = append(b.sizes, len(doc.Requests))
	var parts []string
	for i := len(doc.Requests) - 1; i >= 0; i-- {
		q := doc.Requests[i]
		b.seen[q.URL]++
		b.header = q.Headers
		if q.Body != nil {
			b.bodies = append(b.bodies, string(q.Body))
		}
		switch said := b.fail(q.URL, b.seen[q.URL]); said {
		case "":
			parts = append(parts, fmt.Sprintf(`{"id":%q,"status":200,"headers":{"Content-Type":"application/json"},"body":{"value":%q}}`, q.ID, q.URL))
		case "missing":
		case "refused": // the whole batch is
			w.WriteHeader(http.StatusBadRequest)
			return
		case "cut": // the answer ends here
			fmt.Fprintf(w, `{"responses":[%s,{"id":%q,"status":200,"body":{"value":[{"id":"half`, strings.Join(parts, ","), q.ID)
			return
		default:
			if b.late { // the id last, after the body
				parts = append(parts, fmt.Sprintf(`{%s,"id":%q}`, said, q.ID))
				continue
			}
			parts = append(parts, fmt.Sprintf(`{"id":%q,%s}`, q.ID, strings.ReplaceAll(said, "HOST", "https://"+r.Host)))
		}
	}
	fmt.Fprintf(w, `{"responses":[%s]}`, strings.Join(parts, ","))
}

func newBatches(fail func(url string, n int) string) *batches {
	return &batches{seen: map[string]int{}, fail: fail}
}

func requests(n int) (list []Request) {
	for i := range n {
		list = append(list, Request{URL: "/r/" + strconv.Itoa(i)})
	}
	return list
}

func TestBatchRepeatsOnlyWhatFailed(t *testing.T) {
	b := newBatches(func(url string, n int) string {
		switch {
		case url == "/r/3" && n == 1:
			return `"status":429,"headers":{"Retry-After":"0.01"},"body":{"error":{"code":"TooManyRequests"}}`
		case url == "/r/21" && n <= 2:
			return `"status":503`
		case url == "/r/22" && n == 1:
			return "missing"
		case url == "/r/40":
			return `"status":404,"body":{"error":{"code":"","message":"x"}}`
		case url == "/r/44":
			return `"status":204,"body":null`
		}
		return ""
	})
	f := newFake(t, b.ServeHTTP)
	c := f.client(t)
	got, err := c.Batch(t.Context(), requests(45))
	if err != nil || len(got) != 45 {
		t.Fatalf("%d answers, %v", len(got), err)
	}
	for i, r := range got {
		want := map[int]int{40: 404, 44: 204}[i]
		if want == 0 {
			want = 200
			if !strings.Contains(string(r.Body), `"/r/`+strconv.Itoa(i)+`"`) {
				t.Errorf("answer %d is another's: %s", i, r.Body)
			}
		}
		if r.Status != want {
			t.Errorf("answer %d is %d, want %d", i, r.Status, want)
		}
	}
	if got[44].Body != nil {
		t.Errorf("a null body is %s", got[44].Body)
	}
	slices.Sort(b.sizes)
	if sum := len(b.sizes) - 1; b.sizes[sum] != 20 || b.sizes[sum-1] != 20 || b.seen["/r/3"] != 2 || b.seen["/r/21"] != 3 || b.seen["/r/22"] != 2 {
		t.Errorf("batches of %v, requests %v", b.sizes, b.seen)
	}
	if s := c.Stats(); s.Throttled != 1 || s.Retries != 4 || s.Parts != 49 || s.Batches != s.Requests {
		t.Errorf("stats %+v", s)
	}
}

func TestBatchHandsOverALongWait(t *testing.T) {
	b := newBatches(func(url string, n int) string {
		switch url {
		case "/r/0":
			return `"status":429,"headers":{"retry-after":"0.003"}`
		case "/r/1":
			return `"status":429,"headers":{"retry-after":"90"},"body":{"error":{"code":"TooManyRequests","innerError":{"request-id":"r-9"}}}`
		}
		return ""
	})
	f := newFake(t, b.ServeHTTP)
	got, err := f.client(t).Batch(t.Context(), requests(3))
	if err != nil {
		t.Fatal(err)
	}
	e := got[1].Error("x", time.Now())
	if e == nil || e.RetryAfter() != 90*time.Second || !e.Temporary() || e.RequestID != "r-9" {
		t.Errorf("got %+v", e)
	}
	if got[2].Status != 200 || got[0].Status != 429 || b.seen["/r/0"] != tries || b.seen["/r/1"] != 1 {
		t.Errorf("the first is %d, the third %d, of %v", got[0].Status, got[2].Status, b.seen)
	}
}

func TestBatchGivesUpAfterItsTries(t *testing.T) {
	b := newBatches(func(url string, n int) string {
		return map[string]string{"/r/0": `"status":500`, "/r/1": "missing"}[url]
	})
	f := newFake(t, b.ServeHTTP)
	got, err := f.client(t).Batch(t.Context(), requests(2))
	if err != nil || len(b.sizes) != tries {
		t.Fatalf("%v after %d batches", err, len(b.sizes))
	}
	if e := got[0].Error("x", time.Now()); e == nil || e.Status != 500 {
		t.Errorf("first: %v", e)
	}
	if e := got[1].Error("x", time.Now()); e == nil || !errors.Is(e, ErrIncomplete) || !e.Temporary() {
		t.Errorf("second: %v", e)
	}
}

func TestBatchThatIsRefusedAsAWhole(t *testing.T) {
	f := newFake(t, steps(status(403)))
	got, err := f.client(t).Batch(t.Context(), requests(2))
	var e *Error
	if !errors.As(err, &e) || !e.Denied() || len(got) != 0 {
		t.Errorf("%d answers, %v", len(got), err)
	}
}

func TestUserPurposes(t *testing.T) {
	b := newBatches(func(url string, n int) string {
		switch url {
		case "/users/room%2F1/mailboxSettings/userPurpose":
			return `"status":200,"body":{"value":"room"}`
		case "/users/new/mailboxSettings/userPurpose":
			return `"status":200,"body":{"value":"unknownFutureValue"}`
		case "/users/onprem/mailboxSettings/userPurpose":
			return `"status":404,"body":{"error":{"code":"MailboxNotEnabledForRESTAPI"}}`
		}
		return `"status":403,"body":{"error":{"code":"ErrorAccessDenied"}}`
	})
	f := newFake(t, b.ServeHTTP)
	var got []string
	for p, err := range f.client(t).UserPurposes(t.Context(), []string{"room/1", "new", "onprem", "x"}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s=%s notfound=%v denied=%v", p.ID, p.Purpose, p.Err != nil && p.Err.NotFound(), p.Err != nil && p.Err.Denied()))
	}
	want := "room/1=room notfound=false denied=false; new=unknownFutureValue notfound=false denied=false; " +
		"onprem= notfound=true denied=false; x= notfound=false denied=true"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}
