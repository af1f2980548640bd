package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/language"
)

// dialed is what a number or an extension looks like; which it is, is for the
// server to say.
var dialed = regexp.MustCompile(`^\+?[0-9][0-9 ()/.-]*$`)

// forwardTo is where calls are to go as it was typed, nil for nowhere.
func (s *session) forwardTo(ctx context.Context, o *client.Organization, text string) (*client.Forward, error) {
	switch {
	case text == "":
		return nil, nil
	case strings.EqualFold(text, "voicemail"):
		return &client.Forward{Kind: "voicemail"}, nil
	case dialed.MatchString(text) && !objectID.MatchString(text):
		return &client.Forward{Kind: "number", To: text}, nil
	}
	p, err := s.somebody(ctx, o, text)
	return &client.Forward{Kind: "colleague", To: p.ID}, err
}

// forwarded says where calls are to go, "" for nowhere.
func (s *session) forwarded(f *client.Forward) string {
	if f == nil {
		return ""
	}
	to := s.words.T("forward.voicemail")
	switch f.Kind {
	case "number":
		to = s.words.T("forward.toNumber", language.Text("number", f.To))
	case "colleague":
		to = s.words.T("forward.toColleague", language.Text("name", s.words.T("forward.somebody")))
	}
	return s.words.T("forward.line", language.Text("to", to))
}

// forwards prints where calls are to go, and that no switchboard does it yet.
func (s *session) forwards(state *client.State) {
	if state == nil || state.Forward == nil {
		return
	}
	fmt.Fprintf(s.out, "  %s. %s\n", printable(s.forwarded(state.Forward)), s.words.T("forward.notYet"))
}
