package sip

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"
)

// splitHop splits host or host:port; port is "" where there is none.
func splitHop(hop string) (host, port string, err error) {
	bare := strings.TrimSuffix(strings.TrimPrefix(hop, "["), "]")
	if net.ParseIP(bare) != nil {
		return bare, "", nil
	}
	if host, port, err = net.SplitHostPort(hop); err != nil {
		host, port = hop, ""
	}
	if host == "" || strings.ContainsAny(host, " \t\r\n<>\"/@;:?") && net.ParseIP(host) == nil {
		return "", "", errors.New("neither host nor host:port")
	}
	if n, err := strconv.Atoi(port); port != "" && (err != nil || n < 1 || n > 65535) {
		return "", "", errors.New("the port is no port")
	}
	return host, port, nil
}

// dial connects to the next hop, at whatever addresses its name has now.
func (c *Client) dial(ctx context.Context, network string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, min(c.Config.Timeout, 10*time.Second))
	defer cancel()
	hop := c.Config.Server
	if c.Config.Proxy != "" {
		hop = c.Config.Proxy
	}
	host, port, err := splitHop(hop)
	if err != nil {
		return nil, err
	}
	for _, address := range c.addresses(ctx, network, host, port) {
		var conn net.Conn
		if conn, err = c.dialOne(ctx, network, host, address); err == nil {
			return conn, nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, err
}

func (c *Client) dialOne(ctx context.Context, network, host, address string) (net.Conn, error) {
	if network == "udp" {
		return c.Config.Dial(ctx, "udp", address)
	}
	conn, err := c.Config.Dial(ctx, "tcp", address)
	if err != nil || network == "tcp" {
		return conn, err
	}
	settings := new(tls.Config)
	if c.Config.TLS != nil {
		settings = c.Config.TLS.Clone()
	}
	if settings.ServerName == "" {
		settings.ServerName = host // the name asked for, not one that DNS led to (RFC 5922)
	}
	secured := tls.Client(conn, settings)
	if err := secured.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return secured, nil
}

// addresses lists where the next hop listens, best first (RFC 3263 4.2).
func (c *Client) addresses(ctx context.Context, network, host, port string) []string {
	service, proto, standard := "sip", network, "5060"
	if network == "tls" {
		service, proto, standard = "sips", "tcp", "5061"
	}
	if port == "" && net.ParseIP(host) == nil {
		var found []string
		_, records, err := c.Config.LookupSRV(ctx, service, proto, host)
		for _, r := range records {
			found = append(found, net.JoinHostPort(strings.TrimSuffix(r.Target, "."), strconv.Itoa(int(r.Port))))
		}
		if err == nil && len(found) > 0 {
			return found
		}
	}
	if port == "" {
		port = standard
	}
	return []string{net.JoinHostPort(host, port)}
}
