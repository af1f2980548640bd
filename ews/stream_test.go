package ews_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/ews"
)

// heard is one envelope of a stream.
func heard(content string) string {
	return soapHead + `<m:GetStreamingEventsResponse` + spaces + `><m:ResponseMessages><m:GetStreamingEventsResponseMessage ResponseClass="Success">` +
		`<m:ResponseCode>NoError</m:ResponseCode>` + content + `</m:GetStreamingEventsResponseMessage></m:ResponseMessages></m:GetStreamingEventsResponse>` + soapTail
}

const (
	beat   = `<m:ConnectionStatus>OK</m:ConnectionStatus>`
	closed = `<m:ConnectionStatus>Closed</m:ConnectionStatus>`
)

func notification(id string, kinds ...string) string {
	xml := `<m:Notifications><m:Notification><t:SubscriptionId>` + id + `</t:SubscriptionId><t:MoreEvents>false</t:MoreEvents>`
	for _, k := range kinds {
		xml += `<t:` + k + `><t:TimeStamp>2026-06-19T08:00:00Z</t:TimeStamp><t:ItemId Id="a"/></t:` + k + `>`
	}
	return xml + `</m:Notification></m:Notifications>`
}

// listen hears what a server sends, one part after the other, each told before
// the next is sent.
func listen(t *testing.T, parts ...string) ([]string, error) {
	t.Helper()
	toldAll := make(chan int, 100)
	c := client(t, func(w http.ResponseWriter, _ *http.Request) {
		for i, p := range parts {
			_, _ = io.WriteString(w, p)
			_ = http.NewResponseController(w).Flush()
			for want := strings.Count(p, "</m:GetStreamingEventsResponse>"); want > 0 && i < len(parts)-1 && !strings.Contains(p, closed); want-- {
				<-toldAll
			}
		}
	})
	var told []string
	err := c.Group("a@example.com").Stream(t.Context(), ews.Access{Version: ews.Exchange2016}, []string{"1", "2"}, 30, func(e ews.StreamEvent) {
		told = append(told, strings.TrimSpace(string(e.Kind)+" "+e.Subscription))
		if e.Kind != ews.Opened {
			toldAll <- 1
		}
	})
	return told, err
}

func TestStream(t *testing.T) {
	const xml = `<?xml version="1.0" encoding="utf-8"?>` + "\r\n"
	for name, c := range map[string]struct {
		parts []string
		want  string
		err   error
	}{
		"a morning": {[]string{xml + heard(beat), heard(notification("1", "ModifiedEvent")), "\n" + heard(beat), xml + heard(notification("2", "CreatedEvent")), heard(closed)},
			"opened, beat, ModifiedEvent 1, beat, CreatedEvent 2", nil},
		"at once":         {[]string{heard(notification("1", "CreatedEvent", "MovedEvent", "StarEvent")+beat) + heard(closed)}, "opened, CreatedEvent 1, MovedEvent 1, StarEvent 1", nil},
		"nothing happens": {[]string{heard(closed)}, "", nil},
		"a status event":  {[]string{heard(notification("1", "StatusEvent")), heard(closed)}, "opened, beat", nil},
		"cut in a word":   {[]string{heard(beat) + heard(notification("1", "ModifiedEvent"))[:700]}, "opened, beat", ews.ErrMalformed},
		"cut between":     {[]string{heard(beat)}, "opened, beat", ews.ErrIncomplete},
	} {
		told, err := listen(t, c.parts...)
		if got := strings.Join(told, ", "); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: told %q, %v", name, got, err)
		}
	}
}

// TestStreamOfOneByteAtATime is cut up as a network may.
func TestStreamOfOneByteAtATime(t *testing.T) {
	all := heard(beat) + heard(notification("1", "ModifiedEvent")) + heard(closed)
	c := client(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := range len(all) {
			_, _ = io.WriteString(w, all[i:i+1])
			_ = http.NewResponseController(w).Flush()
		}
	})
	n := 0
	if err := c.Group("").Stream(t.Context(), ews.Access{Version: ews.Exchange2010SP1}, []string{"1"}, 1, func(ews.StreamEvent) { n++ }); err != nil || n != 3 {
		t.Errorf("told %d, %v", n, err)
	}
}

func TestMicrosoftsStreams(t *testing.T) {
	for name, want := range map[string]string{
		"msdocs-getstreamingevents-operation-02-resp.xml":                     "opened; CreatedEvent f6bc; NewMailEvent f6bc; ModifiedEvent f6bc",
		"msdocs-getstreamingevents-operation-03-resp.xml":                     "",
		"msdocs-how-to-stream-notifications-about-mailbox-events-04-resp.xml": "opened; CreatedEvent JgBi; NewMailEvent JgBi; ModifiedEvent JgBi",
	} {
		var told []string
		err := serve(t, 200, file(t, name)).Group("").Stream(t.Context(), ews.Access{Version: ews.Exchange2013}, []string{"1"}, 1, func(e ews.StreamEvent) {
			told = append(told, strings.TrimSpace(string(e.Kind)+" "+e.Subscription[:min(4, len(e.Subscription))]))
		})
		if strings.Join(told, "; ") != want || err == nil {
			t.Errorf("%s: %v, %v", name, told, err)
		}
	}
}

// TestDeadSubscriptions are named, so that they can be made anew.
func TestDeadSubscriptions(t *testing.T) {
	bad := strings.Replace(heard(`<m:ErrorSubscriptionIds><t:SubscriptionId>2</t:SubscriptionId></m:ErrorSubscriptionIds>`+closed), "NoError", "ErrorSubscriptionNotFound", 1)
	for name, body := range map[string]string{
		"an error":         strings.Replace(bad, "Success", "Error", 1),
		"called a success": bad,
	} {
		told, err := listen(t, body)
		var e *ews.Error
		if !errors.As(err, &e) || !e.Lapsed() || !slices.Equal(e.Subscriptions, []string{"2"}) || len(told) > 0 {
			t.Errorf("%s: told %v, %v", name, told, err)
		}
	}
}

// TestSilence is a connection that nobody has closed and on which nothing comes:
// before the first envelope, and after it.
func TestSilence(t *testing.T) {
	for _, first := range []string{"", heard(beat)} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			if first != "" {
				_, _ = io.WriteString(w, first)
				_ = http.NewResponseController(w).Flush()
			}
			<-r.Context().Done()
		}))
		c, err := ews.New(ews.Config{URL: s.URL, HTTP: s.Client(), Silence: 100 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		err = c.Group("").Stream(context.Background(), ews.Access{Version: ews.Exchange2016}, []string{"1"}, 30, func(ews.StreamEvent) { n++ })
		var e *ews.Error
		if !errors.Is(err, ews.ErrSilent) || !errors.As(err, &e) || !e.Temporary() || (n == 2) != (first != "") {
			t.Errorf("told %d, then %v", n, err)
		}
		s.Close()
	}
}

// TestClosed is a server that says that the time is up, yet doesn't hang up.
func TestClosed(t *testing.T) {
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, heard(beat)+heard(closed))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	if err := c.Group("").Stream(t.Context(), ews.Access{Version: ews.Exchange2016}, []string{"1"}, 30, func(ews.StreamEvent) {}); err != nil {
		t.Error(err)
	}
}

// TestAffinity is how all of a group's calls find the same of several servers:
// by the mailbox that leads there, and by the cookies it gave, which no other
// group and no other call ever sends.
func TestAffinity(t *testing.T) {
	var got []string
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		cookies := r.Header.Values("Cookie")
		for i, line := range cookies {
			l := strings.Split(line, "; ")
			slices.Sort(l)
			cookies[i] = strings.Join(l, "; ")
		}
		got = append(got, fmt.Sprintf("%s %s %q", r.Header.Get("X-AnchorMailbox"), r.Header.Get("X-PreferServerAffinity"), cookies))
		b, _ := io.ReadAll(r.Body)
		http.SetCookie(w, &http.Cookie{Name: "X-BackEndOverrideCookie", Value: r.Header.Get("X-AnchorMailbox")[:1] + ".example.com~19", Secure: true})
		http.SetCookie(w, &http.Cookie{Name: "exchangecookie", Value: "dd"})
		if strings.Contains(string(b), "Unsubscribe") {
			http.SetCookie(w, &http.Cookie{Name: "exchangecookie", MaxAge: -1})
			_, _ = w.Write(file(t, "msdocs-unsubscribe-operation-03-resp.xml")) // it has ended by itself
			return
		}
		if strings.Contains(string(b), "GetStreamingEvents") {
			_, _ = io.WriteString(w, heard(closed))
			return
		}
		_, _ = w.Write(file(t, "msdocs-how-to-stream-notifications-about-mailbox-events-02-resp.xml"))
	})
	a := ews.Access{Version: ews.Exchange2013SP1, Impersonate: "bo@example.com"}
	one, other := c.Group("anna@example.com"), c.Group("cecilia@example.com")
	id, err := one.Subscribe(t.Context(), a, ews.FolderID{})
	if err != nil || !strings.HasPrefix(id, "JgBibjFwcj") {
		t.Fatalf("%q, %v", id, err)
	}
	for _, err := range []error{
		one.Stream(t.Context(), a, []string{id}, 1, func(ews.StreamEvent) {}),
		one.Unsubscribe(t.Context(), a, id),
		one.Stream(t.Context(), a, []string{id}, 1, func(ews.StreamEvent) {}),
		other.Stream(t.Context(), a, []string{id}, 1, func(ews.StreamEvent) {}),
		other.Stream(t.Context(), a, []string{id}, 1, func(ews.StreamEvent) {}),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	_, _ = c.Folder(t.Context(), a)
	if diff := cmp.Diff([]string{
		`anna@example.com true []`,
		`anna@example.com true ["X-BackEndOverrideCookie=a.example.com~19; exchangecookie=dd"]`,
		`anna@example.com true ["X-BackEndOverrideCookie=a.example.com~19; exchangecookie=dd"]`,
		`anna@example.com true ["X-BackEndOverrideCookie=a.example.com~19"]`,
		`cecilia@example.com true []`,
		`cecilia@example.com true ["X-BackEndOverrideCookie=c.example.com~19; exchangecookie=dd"]`,
		`bo@example.com  []`,
	}, got); diff != "" {
		t.Error(diff)
	}
}

func TestSubscribe(t *testing.T) {
	a := ews.Access{Version: ews.Exchange2010SP1}
	_, err := serve(t, 200, file(t, "msdocs-subscribe-operation-03-resp.xml")).Group("").Subscribe(t.Context(), a, ews.FolderID{})
	var e *ews.Error
	if !errors.As(err, &e) || e.Code != ews.SubscriptionNoDelegate || !e.Denied() {
		t.Errorf("as a reviewer: %v", err)
	}
	id, err := serve(t, 200, file(t, "msdocs-subscribe-operation-02-resp.xml")).Group("").Subscribe(t.Context(), a, ews.FolderID{})
	if id != "39ea5d0f-f062-455e-a1e9-89c0304390f4" || err != nil {
		t.Errorf("%q, %v", id, err)
	}
	if err := serve(t, 200, file(t, "msdocs-unsubscribe-operation-02-resp.xml")).Group("").Unsubscribe(t.Context(), a, id); err != nil {
		t.Error(err)
	}
	if err := serve(t, 500, []byte(fault("ErrorServerBusy"))).Group("").Unsubscribe(t.Context(), a, id); !errors.As(err, &e) || !e.Temporary() {
		t.Errorf("busy: %v", err)
	}
	a.Version = ews.Exchange2010
	if _, err := serve(t, 200, nil).Group("").Subscribe(t.Context(), a, ews.FolderID{}); !errors.As(err, &e) || !errors.Is(err, ews.ErrOlder) || !e.Ours() {
		t.Errorf("2010: %v", err)
	}
}
