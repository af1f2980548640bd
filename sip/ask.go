package sip

import (
	"context"
	"crypto/rand"
	"errors"
	"time"
)

// maxDatagram is how many bytes go over UDP where TCP can be had (RFC 3261 18.1.1).
const maxDatagram = 1300

// forgetTCP is for how long a server is not asked again whether it has TCP, too.
const forgetTCP = 10 * time.Minute

// ask sends the next request of x and returns its final answer. Where the server
// closed a connection that had served before, which servers do when they tire
// of it, it is asked once more over another.
func (c *Client) ask(ctx context.Context, x *exchange) (*response, error) {
	network, again := c.network, false
	for {
		if ctx.Err() != nil {
			return nil, &Error{Err: ctx.Err()}
		}
		l := c.line(network)
		select {
		case <-l.ready:
		case <-ctx.Done():
			return nil, &Error{Err: ctx.Err()}
		}
		answer, err := c.askOver(ctx, l, x)
		switch {
		case err == nil:
			return answer, nil
		case errors.Is(err, errTooLong):
			network = "tcp"
			continue
		case errors.Is(err, errRetired), errors.Is(err, errIdle):
			continue // nothing was sent
		case c.network == "udp" && network == "tcp" && !l.connected():
			c.noTCP.Store(true)
			time.AfterFunc(forgetTCP, func() { c.noTCP.Store(false) })
			network = "udp"
			continue
		case !again && l.network != "udp" && l.hasProved() && ctx.Err() == nil && !errors.Is(err, ErrTimeout) && !errors.Is(err, ErrClosed):
			again = true
			continue
		}
		return nil, &Error{Err: err}
	}
}

var errTooLong = errors.New("too long for UDP")

func (c *Client) askOver(ctx context.Context, l *line, x *exchange) (*response, error) {
	if !l.connected() {
		<-l.ended
		return nil, l.err
	}
	branch := magic + rand.Text()
	request := c.render(x, l.network, l.conn.LocalAddr().String(), branch)
	if l.network == "udp" && len(request) > maxDatagram && !c.noTCP.Load() {
		return nil, errTooLong
	}
	return l.ask(ctx, branch, request)
}

// connected says whether the dial succeeded; ask when ready.
func (l *line) connected() bool { return l.conn != nil }
