package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/telefonist/telefonist/client"
	"github.com/telefonist/telefonist/language"
)

// remote is embedded in each command that speaks to a server: where that is, and
// how its answer is shown.
type remote struct {
	Server   string `help:"Address of a server; without it the socket in the data folder." env:"TELEFONIST_SERVER" placeholder:"URL"`
	Token    string `help:"API token for --server; the environment keeps it from other users' eyes." env:"TELEFONIST_TOKEN" placeholder:"TOKEN"`
	Data     string `help:"Data folder of the server on this machine." default:"./data" env:"TELEFONIST_DATA" placeholder:"FOLDER"`
	Language string `help:"sv or en; else what LANG says." placeholder:"LANGUAGE"`
	JSON     bool   `help:"Print JSON." name:"json"`
}

// session is a conversation with a server.
type session struct {
	*client.Client
	*terminal
	words  *language.Printer
	server string // its address, "" through the socket
	json   bool
	zone   *time.Location // of the organization that the command is about, nil for none
}

// with runs work in a session, and puts into words why a server could not be
// reached.
func (r remote) with(t *terminal, work func(*session) error) error {
	s := &session{terminal: t, words: language.For(spoken(r.Language, os.Getenv)), json: r.JSON, server: r.Server}
	if err := r.connect(s); err != nil {
		return err
	}
	err := work(s)
	var unreachable *url.Error
	if errors.As(err, &unreachable) && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s", s.words.T("cli.unreachable", language.Text("server", cmp.Or(r.Server, r.Data)), language.Text("why", unreachable.Err.Error())))
	}
	return err
}

func (r remote) connect(s *session) error {
	if r.Server != "" {
		if r.Token == "" {
			return errors.New(s.words.T("cli.notoken"))
		}
		s.Client = client.New(r.Server, r.Token).Speaking(s.words.Tag())
		return nil
	}
	path := filepath.Join(r.Data, "telefonist.sock")
	c, err := net.DialTimeout("unix", path, 5*time.Second)
	if errors.Is(err, os.ErrPermission) {
		return errors.New(s.words.T("cli.notyours", language.Text("socket", path)))
	}
	if err != nil {
		return errors.New(s.words.T("cli.notrunning", language.Text("data", r.Data)))
	}
	c.Close()
	s.Client = client.Socket(path).Speaking(s.words.Tag())
	return nil
}

// spoken is the language asked for, else that of the environment as gettext looks
// for it; English where there is none.
func spoken(asked string, getenv func(string) string) string {
	tag := cmp.Or(asked, getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG"), language.English)
	tag, _, _ = strings.Cut(tag, ".") // sv_SE.UTF-8
	return tag
}

// customer is embedded in each command that is about one organization.
type customer struct {
	remote
	Organization string `short:"o" help:"Id, customer number or name; not needed where there is only one." placeholder:"CUSTOMER"`
}

// in runs work for the chosen organization.
func (c customer) in(ctx context.Context, t *terminal, work func(*session, *client.Organization) error) error {
	return c.with(t, func(s *session) error {
		id, err := s.organization(ctx, c.Organization)
		if err != nil {
			return err
		}
		return work(s, s.In(id))
	})
}

// organization finds the one that ref names: its id, for the rest of the command.
func (s *session) organization(ctx context.Context, ref string) (string, error) {
	if ref != "" {
		found, err := s.In(ref).Get(ctx)
		if err == nil || !client.IsStatus(err, 404) {
			s.tellIn(found.Zone)
			return found.ID, err
		}
	}
	all, err := s.Organizations(ctx, ref)
	if err != nil {
		return "", err
	}
	one, err := choose(s, "cli.the.organization", all, ref, func(c client.CustomerState) thing { return thing{c.ID, c.Name, c.Number} })
	s.tellIn(one.Zone)
	return one.ID, err
}

// tellIn has times told, and understood, in a zone: an organization's, wherever
// whoever asks sits.
func (s *session) tellIn(zone string) {
	if where, err := time.LoadLocation(zone); zone != "" && err == nil {
		s.zone = where
	}
}

// where is the zone in which times are told.
func (s *session) where() *time.Location {
	if s.zone == nil {
		return time.Local
	}
	return s.zone
}

// thing is what a person calls something by.
type thing struct{ id, name, number string }

// choose finds among all the one that ref names, by id, number or name; without
// ref there must be only one. kind is the text of what is looked for.
func choose[T any](s *session, kind string, all []T, ref string, called func(T) thing) (one T, err error) {
	what := language.Text("what", s.words.T(kind))
	var found []T
	var names []string
	for _, candidate := range all {
		c := called(candidate)
		if ref == "" || ref == c.id || ref == c.number || strings.EqualFold(ref, c.name) {
			found = append(found, candidate)
		}
		names = append(names, c.name)
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(all) == 0 && ref == "":
		return one, errors.New(s.words.T(kind + ".none"))
	case len(found) == 0 && len(all) == 0:
		return one, errors.New(s.words.T("cli.unknown", what, language.Text("name", ref)))
	case len(found) == 0:
		return one, errors.New(s.words.T("cli.unknownnear", what, language.Text("name", ref), language.Text("near", nearest(ref, names))))
	}
	return one, errors.New(s.words.T("cli.which", what, language.Text("names", s.words.List(some(names)))))
}

// some is as many names as an error may list.
func some(names []string) []string {
	const enough = 10
	if len(names) > enough {
		return append(names[:enough:enough], "…")
	}
	return names
}
