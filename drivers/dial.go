package drivers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// Refused is an address that customers' settings may not reach.
type Refused struct {
	Address netip.Addr
}

// Error prints the line of the settings that would allow it, unless nothing may.
func (r *Refused) Error() string {
	if never(r.Address) {
		return fmt.Sprintf("the address %s is never connected to (link-local, cloud metadata or unspecified)", r.Address)
	}
	return fmt.Sprintf("the private address %s is not allowed; to allow it, the operator adds to the settings: %s", r.Address, r.Line())
}

// Line is what the operator adds to the settings to allow the address, "" for one
// that is never connected to.
func (r *Refused) Line() string {
	if never(r.Address) {
		return ""
	}
	return fmt.Sprintf("networks: {allow: [%q]}", netip.PrefixFrom(r.Address, r.Address.BitLen()).String())
}

// NonRetriable says to whoever repeats requests that the next one will be
// refused too.
func (r *Refused) NonRetriable() {}

// Guard makes a dial function that refuses private addresses outside allow. The
// address really dialled is judged, after names were resolved, so that neither
// DNS nor a redirect gets round it.
func Guard(allow []netip.Prefix) func(ctx context.Context, network, address string) (net.Conn, error) {
	d := &net.Dialer{
		Timeout:   10 * time.Second,
		KeepAlive: 30 * time.Second,
		Control: func(_, address string, _ syscall.RawConn) error {
			host, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("judge address: %w", err)
			}
			return judge(host.Addr().Unmap(), allow)
		},
	}
	return d.DialContext
}

func judge(a netip.Addr, allow []netip.Prefix) error {
	if never(a) {
		return &Refused{a}
	}
	if !a.IsPrivate() && !a.IsLoopback() && !carrierGrade.Contains(a) {
		return nil
	}
	for _, p := range allow {
		if p.Contains(a) {
			return nil
		}
	}
	return &Refused{a}
}

// carrierGrade is the shared address space of RFC 6598.
var carrierGrade = netip.MustParsePrefix("100.64.0.0/10")

// metadata are addresses at which clouds hand out credentials, besides the
// link-local ones.
var metadata = []netip.Addr{netip.MustParseAddr("100.100.100.200"), netip.MustParseAddr("fd00:ec2::254"), netip.MustParseAddr("168.63.129.16")}

func never(a netip.Addr) bool {
	for _, m := range metadata {
		if a == m {
			return true
		}
	}
	return a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast() || a.IsMulticast() || a.IsUnspecified()
}

// own are the ranges of an organization's own network: RFC 1918 and RFC 4193.
var own = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("fc00::/7"),
}

// dial connects for a source whose address a customer has typed. Where there is
// one organization alone, the network it stands in is its own; what was refused
// for being there is dialled again with that let in.
func (d *Drivers) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if d.Dial == nil {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	conn, err := d.Dial(ctx, network, address)
	if !d.ownNetwork(ctx, err) {
		return conn, err
	}
	return Guard(own)(ctx, network, address)
}

// ownNetwork is true for the refusal of an address that is private, and not this
// machine's, where there is one organization alone.
func (d *Drivers) ownNetwork(ctx context.Context, err error) bool {
	var refused *Refused
	if !errors.As(err, &refused) || never(refused.Address) || !refused.Address.IsPrivate() {
		return false
	}
	all, err := d.Store.AllOrganizations(ctx)
	return err == nil && len(all) == 1
}
