package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Source is a connection to a directory.
type Source struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Kind        string            `json:"kind"`
	Settings    map[string]string `json:"settings,omitempty"`
	Tenant      string            `json:"tenant,omitempty"` // the tenant's id once proven
	Created     time.Time         `json:"created"`
	Read        time.Time         `json:"read,omitzero"` // when something was last read
	Credentials []Credential      `json:"credentials"`
	Checked     *Check            `json:"checked,omitempty"`
	Generation  int64             `json:"generation"` // the ETag of its settings
}

// NewSource is what makes one.
type NewSource struct {
	Name     string            `json:"name"`
	Kind     string            `json:"kind,omitempty"`
	Settings map[string]string `json:"settings"`
	Password *string           `json:"password,omitempty"` // of an Exchange server's account; left out, it stays
}

// Credential is what is known of a sealed secret or key.
type Credential struct {
	ID          string    `json:"id"`
	Kind        string    `json:"kind"` // "secret", "certificate"
	Hint        string    `json:"hint"` // the first letters of a secret, the thumbprint of a certificate
	Certificate string    `json:"certificate,omitempty"`
	Expires     time.Time `json:"expires,omitzero"`
	ExpiryRead  bool      `json:"expiryRead,omitempty"` // read from the directory, not typed
	Created     time.Time `json:"created"`
}

// NewSecret is a client secret, and when it expires as Entra says; for an Exchange
// server it is its account's password, which takes the place of the one before.
type NewSecret struct {
	Secret  string    `json:"secret"`
	Expires time.Time `json:"expires,omitzero"`
}

// NewCertificate is a certificate with its private key, PEM; empty has one made.
type NewCertificate struct {
	PEM string `json:"pem,omitempty"`
}

// Check is what was found when a source was tried.
type Check struct {
	At            time.Time   `json:"at"`
	OK            bool        `json:"ok"`
	Lines         []CheckLine `json:"lines"`
	People        int         `json:"people"` // -1: could not be counted
	Groups        int         `json:"groups"`
	Tenant        string      `json:"tenant,omitempty"`
	Name          string      `json:"name,omitempty"`
	Domain        string      `json:"domain,omitempty"`
	SecretExpires time.Time   `json:"secretExpires,omitzero"`
	GroupScope    bool        `json:"groupScope"`
	MailboxKinds  bool        `json:"mailboxKinds"`
}

// CheckLine is one thing tried, with a sentence that says what to do.
type CheckLine struct {
	Subject string            `json:"subject"`
	Outcome string            `json:"outcome"` // "ok", "warn", "fail"
	Code    string            `json:"code"`
	Args    map[string]string `json:"args,omitempty"`
	Text    string            `json:"text,omitempty"`
}

// Kind is a kind of source and its settings.
type Kind struct {
	Name   string      `json:"name"`
	Fields []KindField `json:"fields"`
}

// KindField is one setting of a kind.
type KindField struct {
	Name     string   `json:"name"`
	Required bool     `json:"required"`
	Options  []string `json:"options,omitempty"`
}

// Step is a step by hand in the Entra admin center.
type Step struct {
	Key  string   `json:"key"`
	Text string   `json:"text"`
	Copy []string `json:"copy,omitempty"`
	Link string   `json:"link,omitempty"`
}

// Group is a group of a directory.
type Group struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Kind string `json:"kind,omitempty"`
}

// Count is how many there are.
type Count struct {
	Count int `json:"count"`
}

// NewExchangeScript is what the script for an Exchange server is made from; what is
// left out has its default.
type NewExchangeScript struct {
	Version   string `json:"version"` // 2007, 2010, 2013, 2016, 2019, SE
	Right     string `json:"right,omitempty"`
	Account   string `json:"account,omitempty"`
	Principal string `json:"principal,omitempty"`
	Group     string `json:"group,omitempty"` // address or name; everybody without it
	Unit      string `json:"unit,omitempty"`
	Database  string `json:"database,omitempty"`
}

// ExchangeScript is the PowerShell that makes the account on an Exchange server and
// gives it a right, and the steps around it.
type ExchangeScript struct {
	File   string `json:"file"`
	Script string `json:"script"`
	Steps  []Step `json:"steps"`
}

// ExchangeScript writes it.
func (o *Organization) ExchangeScript(ctx context.Context, n NewExchangeScript) (ExchangeScript, error) {
	return send[ExchangeScript](ctx, o.c, http.MethodPost, o.path+"/exchange-script", n)
}

func (o *Organization) source(id string) string { return o.path + "/sources/" + url.PathEscape(id) }

// Kinds lists the kinds of source.
func (o *Organization) Kinds(ctx context.Context) ([]Kind, error) {
	return list[Kind](ctx, o.c, o.path+"/kinds", nil)
}

// Sources lists the connections.
func (o *Organization) Sources(ctx context.Context) ([]Source, error) {
	return list[Source](ctx, o.c, o.path+"/sources", nil)
}

// Source reads one connection.
func (o *Organization) Source(ctx context.Context, id string) (Source, error) {
	return get[Source](ctx, o.c, o.source(id), nil)
}

// AddSource makes a connection.
func (o *Organization) AddSource(ctx context.Context, n NewSource) (Source, error) {
	return send[Source](ctx, o.c, http.MethodPost, o.path+"/sources", n)
}

// SaveSource changes a connection of the generation that was read.
func (o *Organization) SaveSource(ctx context.Context, id string, n NewSource, generation int64) (Source, error) {
	return do[Source](ctx, o.c, request{method: http.MethodPut, path: o.source(id), body: n, generation: generation})
}

// DeleteSource takes a connection away.
func (o *Organization) DeleteSource(ctx context.Context, id string) error {
	_, err := send[nothing](ctx, o.c, http.MethodDelete, o.source(id), nil)
	return err
}

// AddSecret gives a source a client secret.
func (o *Organization) AddSecret(ctx context.Context, source string, n NewSecret) (Credential, error) {
	return send[Credential](ctx, o.c, http.MethodPost, o.source(source)+"/secrets", n)
}

// AddCertificate gives a source a certificate, or has one made.
func (o *Organization) AddCertificate(ctx context.Context, source string, n NewCertificate) (Credential, error) {
	return send[Credential](ctx, o.c, http.MethodPost, o.source(source)+"/certificates", n)
}

// DeleteCredential takes a credential away.
func (o *Organization) DeleteCredential(ctx context.Context, source, id string) error {
	_, err := send[nothing](ctx, o.c, http.MethodDelete, o.source(source)+"/credentials/"+url.PathEscape(id), nil)
	return err
}

// Check tries a connection.
func (o *Organization) Check(ctx context.Context, source string) (Check, error) {
	return send[Check](ctx, o.c, http.MethodPost, o.source(source)+"/check", nil)
}

// Steps tells the steps by hand.
func (o *Organization) Steps(ctx context.Context, source string) ([]Step, error) {
	return list[Step](ctx, o.c, o.source(source)+"/steps", nil)
}

// Script writes the script that does the steps; shell is "powershell" or "azure".
func (o *Organization) Script(ctx context.Context, source, shell string, w io.Writer) error {
	return save(ctx, o.c, request{method: http.MethodGet, path: o.source(source) + "/script", query: values("shell", shell)}, w)
}

// Groups searches a directory's groups by name, or finds one by object id.
func (o *Organization) Groups(ctx context.Context, source, search string) ([]Group, error) {
	return list[Group](ctx, o.c, o.source(source)+"/groups", values("search", search))
}

// Count asks a directory how many people a scope has.
func (o *Organization) Count(ctx context.Context, source string, s Scope) (int, error) {
	n, err := send[Count](ctx, o.c, http.MethodPost, o.source(source)+"/count", s)
	return n.Count, err
}

// Preview says whom settings would take; nothing is changed.
func (o *Organization) Preview(ctx context.Context, source string, s Settings) (Preview, error) {
	return send[Preview](ctx, o.c, http.MethodPost, o.source(source)+"/preview", s)
}

// ConnectLink is a one-time link for a colleague. URL is told once.
type ConnectLink struct {
	ID        string    `json:"id"`
	Source    string    `json:"source,omitempty"`
	Colleague string    `json:"colleague"`
	Language  string    `json:"language"`
	By        string    `json:"by"`
	Created   time.Time `json:"created"`
	Expires   time.Time `json:"expires"`
	Used      time.Time `json:"used,omitzero"`
	Revoked   time.Time `json:"revoked,omitzero"`
	URL       string    `json:"url,omitempty"`
}

// NewConnectLink is what is chosen for one.
type NewConnectLink struct {
	Colleague string `json:"colleague"`
	Days      int    `json:"days"`
	Language  string `json:"language"`
	Source    string `json:"source,omitempty"`
}

// ConnectLinks lists the links given to colleagues.
func (o *Organization) ConnectLinks(ctx context.Context) ([]ConnectLink, error) {
	return list[ConnectLink](ctx, o.c, o.path+"/connect-links", nil)
}

// AddConnectLink makes a link.
func (o *Organization) AddConnectLink(ctx context.Context, n NewConnectLink) (ConnectLink, error) {
	return send[ConnectLink](ctx, o.c, http.MethodPost, o.path+"/connect-links", n)
}

// RevokeConnectLink makes a link worthless.
func (o *Organization) RevokeConnectLink(ctx context.Context, id string) error {
	_, err := send[nothing](ctx, o.c, http.MethodDelete, o.path+"/connect-links/"+url.PathEscape(id), nil)
	return err
}

// Connecting is what a colleague with a link sees.
type Connecting struct {
	Organization string    `json:"organization"`
	By           string    `json:"by"`
	Expires      time.Time `json:"expires"`
	Kinds        []Kind    `json:"kinds"`
}

// ConnectValues is what a colleague with a link gives.
type ConnectValues struct {
	Kind        string            `json:"kind"`
	Settings    map[string]string `json:"settings"`
	Secret      string            `json:"secret,omitempty"`
	Expires     time.Time         `json:"expires,omitzero"`
	Certificate string            `json:"certificate,omitempty"`
}

// Connecting reads what a link is for; the link's own text is the token.
func (o *Organization) Connecting(ctx context.Context) (Connecting, error) {
	return get[Connecting](ctx, o.c, o.path+"/connect", nil)
}

// Connect gives the values and answers with their check.
func (o *Organization) Connect(ctx context.Context, v ConnectValues) (Check, error) {
	return send[Check](ctx, o.c, http.MethodPost, o.path+"/connect", v)
}
