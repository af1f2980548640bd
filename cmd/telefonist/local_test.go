package main

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/client"
)

// answers is an organization behind a server that answers by path, else that there
// is no such thing.
func answers(t *testing.T, paths map[string]string) (*session, *client.Organization, *bytes.Buffer) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for path, body := range paths {
			if strings.HasSuffix(r.URL.Path, path) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(body))
				return
			}
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	t.Cleanup(server.Close)
	s, out := testSession(), new(bytes.Buffer)
	s.out = out
	return s, client.New(server.URL, "token").In("o1"), out
}

// Who stands in the register alone is in no directory, and is explained all the same.
func TestExplainOfTheRegisterAlone(t *testing.T) {
	s, o, out := answers(t, map[string]string{
		"/people":            `{"items": [{"id": "s1", "name": "Anna Ek"}]}`,
		"/people/s1/explain": `{"person": {"name": "Anna Ek", "live": true}, "text": "From a meeting."}`,
	})
	told, err := s.explained(t.Context(), o, "anna@example.se", time.Time{})
	if err != nil || told.Activity == nil || len(told.Directory) > 0 {
		t.Fatalf("%+v, %v", told, err)
	}
	s.reasons(*told.Activity)
	if !strings.Contains(out.String(), "Anna Ek") || !strings.Contains(out.String(), "From a meeting.") {
		t.Errorf("said: %s", out)
	}
	if told, err := s.explained(t.Context(), o, "s1", time.Time{}); err != nil || told.Activity == nil {
		t.Errorf("by id: %+v, %v", told, err)
	}
	s, o, _ = answers(t, map[string]string{"/people": `{"items": []}`})
	if _, err := s.explained(t.Context(), o, "ingen@example.se", time.Time{}); err == nil || !strings.Contains(err.Error(), "ingen@example.se") {
		t.Errorf("nobody: %v", err)
	}
}

// Each connection is tried, under its name, and the worst counts.
func TestCheckOfSeveral(t *testing.T) {
	all := []client.Source{{ID: "a", Name: "Entra"}, {ID: "b", Name: "Exchange"}, {ID: "c", Name: "Third"}}
	bad := `{"ok": false, "people": -1, "lines": [{"subject": "signin", "outcome": "failed", "text": "The account is refused."}]}`
	good := `{"ok": true, "people": -1, "lines": [{"subject": "signin", "outcome": "ok", "text": "Signed in."}]}`
	s, o, out := answers(t, map[string]string{"/a/check": bad, "/b/check": good, "/c/check": good})
	if err := s.checkAll(t.Context(), o, all); !errors.Is(err, errSaid) {
		t.Errorf("one that fails: %v", err)
	}
	at := -1
	for _, part := range []string{"Entra\n", "The account is refused.", "\n\nExchange\n", "Signed in.", "\n\nThird\n"} {
		next := strings.Index(out.String()[at+1:], part)
		if next < 0 {
			t.Fatalf("%q is not told in its place:\n%s", part, out)
		}
		at += next
	}
	s, o, _ = answers(t, map[string]string{"/a/check": bad, "/c/check": good})
	if err := s.checkAll(t.Context(), o, all); err == nil || errors.Is(err, errSaid) || !strings.Contains(err.Error(), "Exchange") {
		t.Errorf("one that can't be tried: %v", err)
	}
	s, o, out = answers(t, map[string]string{"/a/check": good, "/b/check": good, "/c/check": good})
	s.json = true
	if err := s.checkAll(t.Context(), o, all); err != nil || strings.Count(out.String(), `"ok": true`) != 3 || !strings.HasPrefix(out.String(), "[") {
		t.Errorf("all well, as JSON: %v\n%s", err, out)
	}
}
