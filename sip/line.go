package sip

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// line is a connection and the requests that wait for an answer on it. It
// closes itself when nobody has used it for a while, so that the next request
// asks DNS again and no firewall on the way forgets it in silence.
type line struct {
	network string
	timeout time.Duration
	out     chan []byte

	ready chan struct{} // closed when conn or err is there
	ended chan struct{} // closed when err is there
	conn  net.Conn      // read it after ready
	err   error         // read it after ended

	mu      sync.Mutex
	waiting map[string]chan *response // by branch
	old     bool                      // takes no further requests
	proved  bool                      // has brought an answer
	idle    *time.Timer
}

const idleLimit = time.Minute

var (
	errRetired = errors.New("the connection takes no more requests")
	errIdle    = errors.New("the connection was not used")
	errHungUp  = errors.New("the server closed the connection")
)

func newLine(network string, timeout time.Duration) *line {
	return &line{network: network, timeout: timeout, out: make(chan []byte, 64),
		ready: make(chan struct{}), ended: make(chan struct{}), waiting: map[string]chan *response{}}
}

// run connects, reads and writes until the line ends.
func (l *line) run(ctx context.Context, dial func(context.Context, string) (net.Conn, error)) {
	conn, err := dial(ctx, l.network)
	if err == nil {
		l.conn = conn
		l.mu.Lock()
		l.idle = time.AfterFunc(idleLimit, l.rest)
		l.mu.Unlock()
		stop := context.AfterFunc(ctx, func() { l.end(ErrClosed) })
		defer stop()
		go l.write()
	} else {
		if ctx.Err() != nil {
			err = ErrClosed
		}
		l.end(err)
	}
	close(l.ready)
	if err == nil {
		l.end(l.read())
	}
}

// end closes the line with the first error that ends it.
func (l *line) end(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.ended:
		return
	default:
	}
	if errors.Is(err, io.EOF) {
		err = errHungUp
	}
	l.old, l.err = true, err
	close(l.ended)
	if l.idle != nil {
		l.idle.Stop()
	}
	if l.conn != nil {
		l.conn.Close()
	}
}

// rest ends the line when nobody waits on it.
func (l *line) rest() {
	l.mu.Lock()
	busy := len(l.waiting) > 0
	l.old = l.old || !busy
	if busy {
		l.idle.Reset(idleLimit)
	}
	l.mu.Unlock()
	if !busy {
		l.end(errIdle)
	}
}

// retire lets those who wait go on waiting, and others take another line.
func (l *line) retire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.old = true
	l.idle.Reset(l.timeout)
}

func (l *line) retired() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.old
}

func (l *line) await(branch string) (chan *response, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.old {
		return nil, errRetired
	}
	l.idle.Reset(idleLimit)
	answer := make(chan *response, 4)
	l.waiting[branch] = answer
	return answer, nil
}

func (l *line) forget(branch string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.waiting, branch)
}

// deliver hands an answer to who waits for it; others are repetitions, or not ours.
func (l *line) deliver(r *response) {
	if r == nil || r.method != "PUBLISH" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.proved = true
	select {
	case l.waiting[r.branch] <- r: // a nil channel takes nothing
	default:
	}
}

func (l *line) hasProved() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.proved
}

// read reads answers until the connection fails.
func (l *line) read() error {
	if l.network == "udp" {
		return l.readDatagrams()
	}
	r := bufio.NewReaderSize(l.conn, 8<<10)
	for {
		head, err := readHead(r)
		if err != nil {
			return err
		}
		answer, body, err := parse(head)
		if err != nil {
			return err
		}
		if _, err := io.CopyN(io.Discard, r, int64(body)); err != nil {
			return err
		}
		l.deliver(answer)
	}
}

func (l *line) readDatagrams() error {
	buffer := make([]byte, 64<<10)
	for {
		n, err := l.conn.Read(buffer)
		if err != nil {
			return err
		}
		if answer, _, err := parse(buffer[:n]); err == nil { // what is rubbish may come from anybody
			l.deliver(answer)
		}
	}
}

// write sends requests, over a stream as many at once as there are.
func (l *line) write() {
	w := bufio.NewWriterSize(l.conn, 32<<10)
	for {
		select {
		case request := <-l.out:
			_, err := w.Write(request)
			if err == nil && (l.network == "udp" || len(l.out) == 0) {
				err = w.Flush()
			}
			if err != nil {
				l.end(err)
				return
			}
		case <-l.ended:
			return
		}
	}
}

// ask sends a request, over UDP again and again (RFC 3261 17.1.2), and waits
// for its final answer.
func (l *line) ask(ctx context.Context, branch string, request []byte) (*response, error) {
	answer, err := l.await(branch)
	if err != nil {
		return nil, err
	}
	defer l.forget(branch)
	interval := l.timeout / 64 // T1
	longest := 8 * interval    // T2
	giveUp, repeat := time.NewTimer(l.timeout), time.NewTimer(interval)
	defer giveUp.Stop()
	defer repeat.Stop()
	again, out := repeat.C, l.out
	if l.network != "udp" {
		again = nil
	}
	for {
		select {
		case out <- request:
			out = nil
		case <-again:
			out, interval = l.out, min(2*interval, longest)
			repeat.Reset(interval)
		case r := <-answer:
			if r.status >= 200 {
				return r, nil
			}
			interval = longest
		case <-giveUp.C:
			l.retire()
			return nil, ErrTimeout
		case <-l.ended:
			return nil, l.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
