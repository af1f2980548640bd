package console

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/directory"
	"github.com/telefonist/telefonist/language"
	"github.com/telefonist/telefonist/organization"
)

// sourceView is one connection, step by step.
type sourceView struct {
	S     desk.SourceState
	Kind  organization.Kind
	Steps []desk.Step
	Reads []directory.Field // what is read of a person
	Said  wrongs
}

func showSource(p *page) error {
	s, err := p.visit.Source(p.ctx(), p.r.PathValue("source"))
	if err != nil {
		return err
	}
	if !s.Directory() {
		return p.exchangeSource(s, nil, nil, p.ok)
	}
	return p.sourceWith(sourceView{}, p.ok)
}

func (p *page) sourceWith(v sourceView, show shower) error {
	id := p.r.PathValue("source")
	typed := v.S.Source
	var err error
	if v.S, err = p.visit.Source(p.ctx(), id); err != nil {
		return err
	}
	if v.Said != nil && typed.Settings != nil {
		v.S.Name, v.S.Settings = typed.Name, typed.Settings
	}
	if v.Kind, err = p.sourceKind(organization.Entra); err != nil {
		return err
	}
	if v.Steps, err = p.visit.Steps(p.ctx(), id); err != nil {
		return err
	}
	if v.Reads, err = p.readOf(id); err != nil {
		return err
	}
	return show(p.sourcePage(v))
}

// readOf is every property that the replicators of a source have read.
func (p *page) readOf(source string) ([]directory.Field, error) {
	all, err := p.visit.Replicators(p.ctx())
	var mappings []directory.Mapping
	var scopes []directory.Scope
	for _, r := range all {
		if r.Source == source {
			mappings, scopes = append(mappings, r.Settings.Mapping), append(scopes, r.Settings.Scope)
		}
	}
	return directory.Reads(mappings, scopes), err
}

func changeSource(p *page) error {
	id := p.r.PathValue("source")
	at := "connect/" + id
	s, err := p.visit.Source(p.ctx(), id)
	if err != nil {
		return err
	}
	switch p.form("do") {
	case "check":
		_, err := p.visit.Check(p.ctx(), id)
		return p.after(err, at+"#check", "")
	case "delete":
		err := p.visit.DeleteSource(p.ctx(), id)
		if errors.Is(err, desk.ErrConflict) {
			p.say(bad, "connect.inUse")
			return p.to(p.url(at))
		}
		return p.after(err, "connect", "connect.deleted")
	}
	if !s.Directory() {
		return changeExchange(p, s)
	}
	switch p.form("do") {
	case "save":
		return saveSource(p)
	case "secret":
		return p.addSecret(id)
	case "make":
		_, err := p.visit.MakeCertificate(p.ctx(), id)
		return p.after(err, at+"#credentials", "connect.certificateMade")
	case "certificate":
		return p.addCertificate(id)
	case "forget":
		return p.after(p.visit.DeleteCredential(p.ctx(), id, p.form("credential")), at+"#credentials", "connect.credentialGone")
	}
	return desk.ErrNotFound
}

func saveSource(p *page) error {
	n := p.readSource()
	generation, _ := strconv.ParseInt(p.form("generation"), 10, 64)
	s, err := p.visit.SaveSource(p.ctx(), p.r.PathValue("source"), n, generation)
	if said, ok := p.refused(err); ok {
		v := sourceView{Said: said}
		v.S.Source = organization.Source{Name: n.Name, Settings: n.Settings}
		return p.sourceWith(v, p.again)
	}
	return p.after(err, "connect/"+s.ID, "connect.saved")
}

func (p *page) addSecret(id string) error {
	expires, ok := p.day("expires")
	if !ok {
		return p.sourceWith(sourceView{Said: wrongs{"expires": p.T("invalid.date")}}, p.again)
	}
	_, err := p.visit.AddSecret(p.ctx(), id, p.form("secret"), expires)
	return p.credentialAdded(id, err)
}

func (p *page) addCertificate(id string) error {
	text, err := p.upload("certificate")
	if err != nil {
		return err
	}
	_, err = p.visit.AddCertificate(p.ctx(), id, text)
	return p.credentialAdded(id, err)
}

// credentialAdded tries the new credential at once: what is wrong with it is best
// heard while one still has Entra open.
func (p *page) credentialAdded(id string, err error) error {
	if said, ok := p.refused(err); ok {
		return p.sourceWith(sourceView{Said: said}, p.again)
	}
	if err == nil {
		_, err = p.visit.Check(p.ctx(), id)
		if errors.Is(err, desk.ErrNotOffered) {
			err = nil
		}
	}
	return p.after(err, "connect/"+id+"#check", "connect.credentialAdded")
}

// upload is a posted file's text, or what was pasted under the same name.
func (p *page) upload(name string) (string, error) {
	file, _, err := p.r.FormFile(name + "File")
	switch {
	case errors.Is(err, http.ErrMissingFile), errors.Is(err, http.ErrNotMultipart):
		return p.r.FormValue(name), nil
	case err != nil:
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if len(text) == 0 {
		return p.r.FormValue(name), err
	}
	return string(text), err
}

// day is a posted date, zero where none was given.
func (p *page) day(name string) (time.Time, bool) {
	text := p.form(name)
	if text == "" {
		return time.Time{}, true
	}
	at, err := time.ParseInLocation(time.DateOnly, text, p.zone)
	return at, err == nil
}

// showCertificate is the certificate that is to be uploaded in Entra, as a file.
func showCertificate(p *page) error {
	s, err := p.visit.Source(p.ctx(), p.r.PathValue("source"))
	if err != nil {
		return err
	}
	for _, c := range s.Credentials {
		if c.ID == p.r.PathValue("credential") && c.PublicPEM != "" {
			return p.file("application/x-x509-ca-cert", "telefonist.cer", c.PublicPEM)
		}
	}
	return desk.ErrNotFound
}

func showScript(p *page) error {
	shell := desk.Shell(p.r.PathValue("shell"))
	text, err := p.visit.Script(p.ctx(), p.r.PathValue("source"), shell)
	if err != nil {
		return p.after(err, "connect/"+p.r.PathValue("source"), "")
	}
	name := "telefonist-entra.ps1"
	if shell == desk.AzureCLI {
		name = "telefonist-entra.sh"
	}
	return p.file("text/plain; charset=utf-8", name, text)
}

func (p *page) file(kind, name, text string) error {
	p.w.Header().Set("Content-Type", kind)
	p.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, err := io.WriteString(p.w, text)
	return err
}

// stepText is a step's sentence.
func (p *page) stepText(s desk.Step) string { return p.lang.T(s.Key, language.Facts(s.Facts)...) }

// checkText is what one line of a check found, with its cure.
func (p *page) checkText(l directory.CheckLine) string {
	return p.lang.Reason("check.", l.Code, l.Args)
}

// checkSubject is what a line of a check tried.
func (p *page) checkSubject(l directory.CheckLine) string {
	return p.orText("check."+l.Subject, l.Subject)
}

// checkTone is how a line came out.
func checkTone(o directory.Outcome) (tone, string) {
	switch o {
	case directory.CheckFine:
		return good, "ok"
	case directory.CheckWarned:
		return warn, "warn"
	}
	return bad, "fail"
}
