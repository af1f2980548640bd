package ews

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// ErrNotExchange is an answer that isn't Exchange's: a page of a proxy's or of
// another program, or nothing at all.
var ErrNotExchange = errors.New("ews: the answer is none of Exchange's")

// ErrIncomplete is an answer that lacks something it should have.
var ErrIncomplete = errors.New("ews: incomplete answer")

// answer reads the envelopes in a body.
type answer struct {
	*scanner
	op     string
	status int
	header http.Header
	now    func() time.Time
	server ServerInfo
	count  int  // envelopes
	many   bool // there may be several, each as large as allowed
	last   bool // no other is to be waited for
	limit  int64
	head   *peek
}

func (c *Client) answer(op string, res *http.Response) *answer {
	head := &peek{r: res.Body}
	return &answer{
		scanner: newScanner(head, c.cfg.MaxAnswer),
		op:      op, status: res.StatusCode, header: res.Header, now: c.cfg.Now, limit: c.cfg.MaxAnswer, head: head,
	}
}

// peeked is how much of a body is kept for that.
const peeked = 4 << 10

// peek keeps the beginning of what is read through it, for the title of a page.
type peek struct {
	r    io.Reader
	head []byte
}

func (p *peek) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if room := peeked - len(p.head); room > 0 {
		p.head = append(p.head, b[:min(n, room)]...)
	}
	return n, err
}

// documents reads every envelope and has body read the element in its Body,
// unless that is a fault. body may set err, which ends it.
func (a *answer) documents(body func(*answer)) error {
	for !a.last && a.root() {
		a.count++
		if a.many {
			a.left = a.limit
		}
		switch {
		case a.count > 1 && !a.many:
			a.fail("a second document")
		case a.is(soap, "Envelope"):
			for d := a.depth(); a.child(d); {
				a.part(body)
			}
		case a.space == soap: // Microsoft's own example of a stream is without envelopes
			a.part(body)
		default:
			return a.strange("no envelope")
		}
		for a.err == nil && a.depth() > 0 {
			a.step(false)
		}
		if a.err != nil {
			break
		}
	}
	var e *Error
	switch {
	case a.err == nil && a.status == http.StatusOK, errors.As(a.err, &e):
		return a.err
	case a.err == nil:
		return a.strange("an error without a reason")
	case errors.Is(a.err, ErrMalformed) && a.space != soap && a.server == (ServerInfo{}) && a.depth() < 3:
		return a.strange("no XML")
	}
	return wrap(a.op, a.status, a.err)
}

// strange makes the error of a body that is none of Exchange's.
func (a *answer) strange(what string) *Error {
	cause := fmt.Errorf("%w: %s", ErrNotExchange, what)
	_, _ = io.CopyN(io.Discard, a.head, peeked) // a page's title may not have come yet
	if len(trimLeft(a.head.head)) == 0 {
		cause = ErrIncomplete // a connection that was closed, mostly
	}
	return &Error{Op: a.op, Status: a.status, Text: clip(title(a.head.head)), Wait: retryAfter(a.header, a.now()), Err: cause}
}

// part reads an envelope's header or body.
func (a *answer) part(body func(*answer)) {
	switch {
	case a.is(soap, "Header"):
		for d := a.depth(); a.child(d); {
			if a.is(types, "ServerVersionInfo") {
				a.server = a.serverInfo()
			}
		}
	case a.is(soap, "Body"):
		for d := a.depth(); a.child(d); {
			switch {
			case a.is(soap, "Fault"):
				a.fault()
			case a.status != http.StatusOK: // it can't be trusted to be whole
			default:
				body(a)
			}
		}
	}
}

// stop ends the reading with an error.
func (a *answer) stop(err error) {
	if a.err == nil {
		a.err = err
	}
}

// fault reads a fault, which ends the reading. Its code stands in its detail, or
// at least, with a prefix, in its faultcode.
func (a *answer) fault() {
	e := &Error{Op: a.op, Status: a.status, Server: a.server, Wait: retryAfter(a.header, a.now()), fault: true}
	for d := a.depth(); a.child(d); {
		switch string(a.local) {
		case "faultcode":
			_, code, _ := bytes.Cut(a.read(), []byte(":"))
			if bytes.HasPrefix(code, []byte("Error")) {
				e.Code = ResponseCode(clip(code))
			}
		case "faultstring":
			e.Text = clip(a.read())
		case "detail":
			for d := a.depth(); a.child(d); {
				switch string(a.local) {
				case "ResponseCode":
					e.Code = ResponseCode(clip(a.read()))
				case "MessageXml":
					a.messageXML(e)
				}
			}
		}
	}
	if e.Code == "" {
		e.Err = errFault
	}
	e.hush()
	a.stop(e)
}

// errFault is a fault without one of Exchange's codes: what a server says to a
// request that it can't even read.
var errFault = errors.New("a fault without a code")

// messageXML reads what an error has to say besides: how long to wait, which
// limit was met, which error lies behind it.
func (a *answer) messageXML(e *Error) {
	for d := a.depth(); a.child(d); {
		if string(a.local) != "Value" {
			continue
		}
		switch a.attr("Name") {
		case "BackOffMilliseconds":
			if n, err := strconv.ParseInt(string(a.read()), 10, 64); err == nil {
				e.Wait = min(max(time.Duration(n)*time.Millisecond, 0), maxWait)
			}
		case "InnerErrorResponseCode":
			e.Inner = ResponseCode(clip(a.read()))
		case "Policy":
			e.Policy = clip(a.read())
		}
	}
}

// message reads a response message: each child that is not of every message is
// given to other, which may leave it. It returns the error that the message is.
// A Warning has its data and is none.
func (a *answer) message(other func()) *Error {
	e := &Error{Op: a.op, Status: a.status, Server: a.server}
	class := a.attr("ResponseClass")
	for d := a.depth(); a.child(d); {
		if a.space == messages {
			switch string(a.local) {
			case "MessageText":
				e.Text = clip(a.read())
				continue
			case "ResponseCode":
				e.Code = ResponseCode(clip(a.read()))
				continue
			case "MessageXml":
				a.messageXML(e)
				continue
			case "DescriptiveLinkKey":
				continue
			}
		}
		other()
	}
	e.hush()
	if class == "Error" || class == "" && e.Code != "" && e.Code != NoError {
		return e
	}
	return nil
}

// responses reads the response messages of an operation, of which there is one
// for each thing that was asked for, and stops at the first that is an error.
func (a *answer) responses(each func()) {
	for d := a.depth(); a.child(d); {
		if !a.is(messages, "ResponseMessages") {
			continue
		}
		for d := a.depth(); a.child(d); {
			if err := a.message(each); err != nil {
				a.stop(err)
			}
		}
	}
}
