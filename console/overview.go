package console

import (
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/telefonist/telefonist/desk"
)

// overviewView is how the organization stands, with its newest rounds.
type overviewView struct {
	desk.Overview
	Rounds []desk.Round
}

// showOverview is where one comes in; whose work is to find people comes to those.
func showOverview(p *page) error {
	if !p.may("Overview") && p.about.Mode != desk.NoCalendars {
		return p.to(p.url("board"))
	}
	if !p.may("Overview") {
		return p.to(p.url("subscribers"))
	}
	v, err := p.readOverview()
	if err != nil {
		return err
	}
	return p.ok(p.overviewPage(v))
}

func (p *page) readOverview() (overviewView, error) {
	o, err := p.visit.Overview(p.ctx())
	v := overviewView{Overview: o}
	if err != nil || !p.may("Rounds") {
		return v, err
	}
	v.Rounds, err = p.visit.Rounds(p.ctx(), desk.RoundFilter{Limit: 5})
	return v, err
}

func liveOverview(p *page) error {
	return p.live([]string{"round", "replicator", "standing", "link", "source"}, func(p *page) (templ.Component, error) {
		v, err := p.readOverview()
		return p.overviewBody(v), err
	})
}

// anyDirectory is true where people can be read from one of the connections.
func anyDirectory(all []desk.SourceState) bool {
	return slices.ContainsFunc(all, func(s desk.SourceState) bool { return s.Directory() })
}

// expiry is a secret or certificate that ends before long.
type expiry struct {
	Source desk.SourceState
	At     time.Time
	Days   int
	Secret bool
}

const warnDays = 60

// expiring are the sources whose last credential ends within 60 days: while two
// stand side by side the newer one counts.
func (p *page) expiring(all []desk.SourceState) []expiry {
	var out []expiry
	for _, s := range all {
		var last expiry
		for _, c := range s.Credentials {
			if c.Expires.IsZero() {
				last = expiry{}
				break
			}
			if c.Expires.After(last.At) {
				last = expiry{Source: s, At: c.Expires, Secret: c.Kind == "secret"}
			}
		}
		last.Days = int(last.At.Sub(p.now()).Hours() / 24)
		if !last.At.IsZero() && last.Days <= warnDays {
			out = append(out, last)
		}
	}
	return out
}

func (p *page) expiryText(e expiry) string {
	what := "certificate"
	if e.Secret {
		what = "secret"
	}
	if e.At.Before(p.now()) {
		return p.T("msg."+what+"expired", "source", e.Source.Name, "date", p.date(e.At))
	}
	return p.T("msg."+what+"expires", "source", e.Source.Name, "n", e.Days, "date", p.date(e.At))
}

func expiryTone(e expiry) tone {
	if e.Days < 14 {
		return bad
	}
	return warn
}

// sum adds up how many people stand somewhere, over all replicators.
func sum(all []desk.ReplicatorState, state string) int {
	var n int64
	for _, r := range all {
		for s, count := range r.People {
			if string(s) == state {
				n += count
			}
		}
	}
	return int(n)
}
