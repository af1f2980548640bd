package ews_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/telefonist/telefonist/ews"
)

// basic signs in with a password, as its name says; NTLM is a transport too.
type basic struct{ user, password string }

func (b basic) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.SetBasicAuth(b.user, b.password)
	return http.DefaultTransport.RoundTrip(r)
}

func ExampleClient_Availability() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, "testdata/examples/msdocs-getuseravailability-operation-02-resp.xml")
	}))
	defer server.Close()

	client, err := ews.New(ews.Config{
		URL:  server.URL + "/EWS/Exchange.asmx",
		HTTP: &http.Client{Transport: basic{`EXAMPLE\monitor`, os.Getenv("MONITOR_PASSWORD")}},
	})
	if err != nil {
		log.Fatal(err)
	}
	people := []string{"user1@example.com", "user2@example.com"}
	answers, err := client.Availability(context.Background(), ews.AvailabilityQuery{
		Addresses: people,
		From:      time.Date(2006, 10, 16, 0, 0, 0, 0, time.UTC),
		To:        time.Date(2006, 10, 17, 0, 0, 0, 0, time.UTC),
		Detailed:  true,
	}, func(i int, e *ews.BusyEvent) {
		fmt.Println(people[i], e.Start.Format("15:04"), e.End.Format("15:04"), e.Show)
	})
	if err != nil {
		log.Fatal(err)
	}
	for i, a := range answers {
		fmt.Println(people[i], a.View, a.Err)
	}
	// Output:
	// user1@example.com 13:00 13:30 Busy
	// user1@example.com 14:00 15:00 Busy
	// user1@example.com 16:40 17:10 Busy
	// user2@example.com 16:00 17:00 Tentative
	// user1@example.com Detailed <nil>
	// user2@example.com FreeBusy <nil>
}
