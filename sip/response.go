package sip

import (
	"bufio"
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"
)

// maxHead is how many bytes a message may have before its body.
const maxHead = 64 << 10

// response is what is read of an answer.
type response struct {
	status     int
	reason     string
	branch     string // of the topmost Via: which request it answers
	method     string // of CSeq
	etag       string
	expires    time.Duration // -1 where there is none
	minExpires time.Duration // -1 where there is none
	retryAfter time.Duration
	challenges []string // of WWW-Authenticate (401) or Proxy-Authenticate (407)
}

var errLongHead = errors.New("the head of a message is too long")

// readHead reads the start line and the headers of the next message, without
// the empty lines before and after them.
func readHead(r *bufio.Reader) ([]byte, error) {
	var head []byte
	for {
		line, err := r.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
		whole := err == nil
		if len(head)+len(line) > maxHead {
			return nil, errLongHead
		}
		begun := len(head) == 0 || head[len(head)-1] == '\n'
		if whole && begun && len(bytes.TrimRight(line, "\r\n")) == 0 {
			if len(head) == 0 {
				continue // keep-alives stand between messages
			}
			return head, nil
		}
		head = append(head, line...)
		if whole && begun && !bytes.Contains(head, []byte("SIP/2.0")) {
			return nil, ErrNotSIP // and its end may never come
		}
	}
}

// parse reads the head of a message, or a whole datagram. It returns nil where
// the message is a request, and always how long its body is.
func parse(head []byte) (r *response, body int, err error) {
	start, rest, _ := strings.Cut(string(head), "\n")
	if r, err = parseStart(strings.TrimRight(start, "\r")); err != nil {
		return nil, 0, err
	}
	for name, value := range headers(rest) {
		if name == "content-length" {
			if body, err = strconv.Atoi(value); err != nil || body < 0 {
				return nil, 0, ErrNotSIP
			}
		}
		if r != nil {
			r.take(name, value)
		}
	}
	return r, body, nil
}

func parseStart(line string) (*response, error) {
	version, rest, _ := strings.Cut(line, " ")
	if version != "SIP/2.0" {
		if strings.HasSuffix(line, " SIP/2.0") {
			return nil, nil
		}
		return nil, ErrNotSIP
	}
	code, reason, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	if err != nil || status < 100 || status > 699 {
		return nil, ErrNotSIP
	}
	return &response{status: status, reason: reason, expires: -1, minExpires: -1}, nil
}

// short holds the short names of RFC 3261 7.3.3 that matter here.
var short = map[string]string{"v": "via", "l": "content-length"}

// headers walks the headers of a message up to the empty line, folded ones
// joined, with their names in lower case and long.
func headers(text string) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		for len(text) > 0 {
			var line string
			line, text, _ = strings.Cut(text, "\n")
			line = strings.TrimRight(line, "\r")
			if line == "" {
				return
			}
			for len(text) > 0 && (text[0] == ' ' || text[0] == '\t') {
				var more string
				more, text, _ = strings.Cut(text, "\n")
				line += " " + strings.TrimSpace(more)
			}
			name, value, found := strings.Cut(line, ":")
			if !found {
				continue
			}
			name = strings.ToLower(strings.TrimSpace(name))
			if long, is := short[name]; is {
				name = long
			}
			if !yield(name, strings.TrimSpace(value)) {
				return
			}
		}
	}
}

// take keeps a header that matters.
func (r *response) take(name, value string) {
	switch name {
	case "via":
		if r.branch == "" {
			r.branch = branchOf(value)
		}
	case "cseq":
		if fields := strings.Fields(value); len(fields) == 2 {
			r.method = fields[1]
		}
	case "sip-etag":
		r.etag = value
	case "expires":
		r.expires = seconds(value)
	case "min-expires":
		r.minExpires = seconds(value)
	case "retry-after":
		r.retryAfter = max(0, seconds(value))
	case "www-authenticate":
		if r.status == 401 {
			r.challenges = append(r.challenges, value)
		}
	case "proxy-authenticate":
		if r.status == 407 {
			r.challenges = append(r.challenges, value)
		}
	}
}

// branchOf is the branch of the first of the Vias in value, which end at commas.
func branchOf(value string) string {
	value, _, _ = strings.Cut(value, ",")
	for parameter := range strings.SplitSeq(value, ";") {
		name, branch, found := strings.Cut(parameter, "=")
		if found && strings.EqualFold(strings.TrimSpace(name), "branch") {
			return strings.TrimSpace(branch)
		}
	}
	return ""
}

// seconds reads the whole seconds at the beginning of value, a year at most:
// Retry-After may go on with a comment and parameters. It is -1 without any.
func seconds(value string) time.Duration {
	end := strings.IndexFunc(value, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(value)
	}
	if end == 0 {
		return -1
	}
	const year = 365 * 24 * 60 * 60
	n, err := strconv.Atoi(value[:end])
	if err != nil || n > year {
		n = year
	}
	return time.Duration(n) * time.Second
}
