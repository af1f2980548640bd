package drivers

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
)

func TestGuardJudgesTheAddressReallyDialled(t *testing.T) {
	home := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("169.254.0.0/16")}
	for _, c := range []struct {
		address string
		allow   []netip.Prefix
		ok      bool
	}{
		{"93.184.216.34", nil, true},
		{"127.0.0.1", nil, false},
		{"::1", nil, false},
		{"::ffff:127.0.0.1", nil, false},
		{"10.1.2.3", nil, false},
		{"10.1.2.3", home, true},
		{"10.2.2.3", home, false},
		{"192.168.1.1", nil, false},
		{"fd12::1", nil, false},
		{"0.0.0.0", home, false},
		{"169.254.169.254", home, false}, // metadata never, whatever is allowed
		{"fe80::1", nil, false},
		{"100.64.1.1", nil, false},
		{"100.100.100.200", []netip.Prefix{netip.MustParsePrefix("100.64.0.0/10")}, false},
	} {
		err := judge(netip.MustParseAddr(c.address).Unmap(), c.allow)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v, want ok %v", c.address, err, c.ok)
		}
	}
}

func TestRefusalPrintsTheLineToAdd(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = Guard(nil)(context.Background(), "tcp", l.Addr().String())
	var refused *Refused
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), `networks: {allow: ["127.0.0.1/32"]}`) {
		t.Errorf("got %v", err)
	}
	conn, err := Guard([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})(context.Background(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}
