package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
)

// startSink starts a presence server in another process.
func (b *bench) startSink() (address string, end func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	cmd := exec.Command(self, "-step", "sink")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	end = func() { in.Close(); cmd.Wait() }
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		end()
	}
	return strings.TrimSpace(line), end, err
}

// sink is that server: it takes every publication over TCP as RFC 3903 says, keeps
// none, and ends with its input. It reads no more of a request than what the answer
// repeats, so that what is measured is who asks.
func sink() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	var tags atomic.Int64
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go swallow(conn, &tags)
		}
	}()
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// swallow answers what comes over a connection.
func swallow(conn net.Conn, tags *atomic.Int64) {
	defer conn.Close()
	in, out := bufio.NewReaderSize(conn, 64<<10), bufio.NewWriterSize(conn, 64<<10)
	for {
		answer, err := take(in, tags)
		if err != nil {
			return
		}
		out.Write(answer)
		if in.Buffered() == 0 && out.Flush() != nil {
			return
		}
	}
}

// take reads a request and makes its answer.
func take(in *bufio.Reader, tags *atomic.Int64) ([]byte, error) {
	var answer bytes.Buffer
	answer.WriteString("SIP/2.0 200 OK\r\n")
	length, expires := 0, "0"
	for first := true; ; first = false {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			if first {
				return nil, nil // a keep-alive between requests
			}
			break
		}
		name, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(name) {
		case "via", "from", "to", "call-id", "cseq":
			answer.WriteString(line + "\r\n")
		case "expires":
			expires = strings.TrimSpace(value)
		case "content-length":
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return nil, err
			}
		}
	}
	if _, err := in.Discard(length); err != nil {
		return nil, err
	}
	fmt.Fprintf(&answer, "Expires: %s\r\nSIP-ETag: t%d\r\nContent-Length: 0\r\n\r\n", expires, tags.Add(1))
	return answer.Bytes(), nil
}
