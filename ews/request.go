package ews

import (
	"strconv"
	"strings"
	"time"
)

// Access says whose mailbox is meant, by which right, and in which version of
// the protocol.
type Access struct {
	// Version is what [Client.Probe] found for this mailbox.
	Version Version
	// Impersonate is the primary SMTP address of whom the account acts as, "" for
	// itself. It takes the right of impersonation: since Exchange 2010 the role
	// ApplicationImpersonation.
	Impersonate string
	// Mailbox is the address of whose folder is meant, "" for that of the account,
	// or of whom it impersonates. It takes a right to that folder.
	Mailbox string
}

// FolderID is the id of a folder as the server gave it, or, with an empty ID,
// the calendar of whomever the [Access] means.
type FolderID struct {
	ID, ChangeKey string
}

// request writes an envelope.
type request struct {
	b []byte
	a Access
}

const (
	envelopeHead = `<?xml version="1.0" encoding="utf-8"?>` + "\n" +
		`<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"` +
		` xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"` +
		` xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">` +
		`<soap:Header><t:RequestServerVersion Version="`
	envelopeTail = `</soap:Body></soap:Envelope>`
)

// newRequest begins an envelope. PrimarySmtpAddress is the one name of a mailbox
// that every version knows in the header of impersonation.
func newRequest(a Access) *request {
	r := &request{a: a, b: make([]byte, 0, 2048)}
	r.raw(envelopeHead, a.Version.String(), `"/>`)
	if a.Impersonate != "" {
		r.raw(`<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>`).text(a.Impersonate).
			raw(`</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>`)
	}
	return r.raw(`</soap:Header><soap:Body>`)
}

func (r *request) end() []byte { return append(r.b, envelopeTail...) }

// raw appends markup.
func (r *request) raw(parts ...string) *request {
	for _, p := range parts {
		r.b = append(r.b, p...)
	}
	return r
}

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\t", " ", "\n", " ", "\r", " ")

// text appends text, in an element or an attribute.
func (r *request) text(s string) *request {
	r.b = append(r.b, escapes.Replace(strings.ToValidUTF8(s, "\ufffd"))...)
	return r
}

func (r *request) int(n int) *request {
	r.b = strconv.AppendInt(r.b, int64(n), 10)
	return r
}

// instant appends a time in UTC; the server takes no finer one than seconds well.
func (r *request) instant(t time.Time) *request {
	r.b = t.UTC().AppendFormat(r.b, "2006-01-02T15:04:05Z")
	return r
}

// folder appends what a folder is called by: its id, or the calendar by its
// distinguished name, which is the same in every language. The folder's own name
// never is.
func (r *request) folder(f FolderID) *request {
	if f.ID != "" {
		r.raw(`<t:FolderId Id="`).text(f.ID)
		if f.ChangeKey != "" {
			r.raw(`" ChangeKey="`).text(f.ChangeKey)
		}
		return r.raw(`"/>`)
	}
	if r.a.Mailbox == "" {
		return r.raw(`<t:DistinguishedFolderId Id="calendar"/>`)
	}
	return r.raw(`<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>`).text(r.a.Mailbox).
		raw(`</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`)
}
