package presence_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/telefonist/telefonist/activity"
	"github.com/telefonist/telefonist/pbx/pbxtest"
	"github.com/telefonist/telefonist/pbx/presence"
	"github.com/telefonist/telefonist/sip/siptest"
)

// One activity each of many people, as when many meetings begin at once.
func BenchmarkSetActivity(b *testing.B) {
	server, err := siptest.Start(siptest.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	p, err := presence.Open(presence.Settings{Server: server.TCP, Transport: "tcp", Address: pattern}, nil, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	meeting := state(activity.Meeting, time.Now().Add(time.Hour))
	var person atomic.Int64
	b.SetParallelism(presence.AtOnce / 2)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, _, err := p.SetActivity(b.Context(), pbxtest.Subscriber(int(person.Add(1))), meeting, ""); err != nil {
				b.Error(err)
			}
		}
	})
}
