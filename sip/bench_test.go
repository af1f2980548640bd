package sip_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/telefonist/telefonist/sip"
	"github.com/telefonist/telefonist/sip/siptest"
)

// One publication each of many people, over connections that are kept.
func BenchmarkPublish(b *testing.B) {
	for _, transport := range []sip.Transport{sip.UDP, sip.TCP} {
		b.Run(string(transport), func(b *testing.B) {
			s := serve(b, siptest.Options{Username: "telefonist", Password: "hemligt", QOP: "auth"})
			c := client(b, sip.Config{Server: s.TCP, Transport: transport, Username: "telefonist", Password: "hemligt"})
			document := body(b, meeting)
			var person atomic.Int64
			b.SetParallelism(32)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					aor := fmt.Sprintf("sip:%d@pbx.example.se", person.Add(1))
					if _, err := c.Publish(b.Context(), sip.Publication{AOR: aor, Body: document, Expires: time.Hour}); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
