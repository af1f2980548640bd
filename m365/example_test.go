package m365_test

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"time"

	"github.com/telefonist/telefonist/m365"
)

// A tenant is started, signed in to and read, and then goes wrong.
func Example() {
	tenant := m365.New(m365.Options{People: 50, Seed: 1})
	server := m365.NewServer(tenant)
	if err := server.Start("127.0.0.1:0"); err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	client := server.Client()

	res, err := client.PostForm(server.URL()+"/"+tenant.ID+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {tenant.ClientID}, "client_secret": {tenant.Secret()},
		"scope": {"https://graph.microsoft.com/.default"},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer res.Body.Close()
	var token struct {
		Access string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&token); err != nil {
		log.Fatal(err)
	}

	server.Fault(m365.Fault{Kind: m365.Throttled, Path: "/users", RetryAfter: "2.128"})
	for range 2 {
		r, err := http.NewRequest(http.MethodGet, server.URL()+"/v1.0/users?$select=displayName&$top=3", nil)
		if err != nil {
			log.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token.Access)
		res, err := client.Do(r)
		if err != nil {
			log.Fatal(err)
		}
		defer res.Body.Close()
		var page struct {
			Value []struct{ DisplayName string }
		}
		if err := json.NewDecoder(res.Body).Decode(&page); err != nil {
			log.Fatal(err)
		}
		fmt.Println(res.Status, res.Header.Get("Retry-After"), len(page.Value))
	}
	// Output:
	// 429 Too Many Requests 2.128 0
	// 200 OK  3
}

// A meeting in two calendars, read as an app reads it.
func ExampleTenant_AddEvent() {
	tenant := m365.New(m365.Options{People: 20, Seed: 1, Roles: []string{"Calendars.Read"}})
	anna, bo := tenant.People()[1], tenant.People()[2]
	stockholm, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		log.Fatal(err)
	}
	start := time.Date(2026, 11, 23, 10, 0, 0, 0, stockholm)
	id, err := tenant.AddEvent(anna.ID, m365.Event{
		Subject: "Planering", Start: start, End: start.Add(time.Hour), Attendees: []string{bo.Mail},
		Recurrence: &m365.Recurrence{Type: "weekly", Days: []string{"monday", "thursday"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	show := func() {
		events, err := tenant.Events(bo.ID, start, start.AddDate(0, 0, 7))
		if err != nil {
			log.Fatal(err)
		}
		for _, e := range events {
			fmt.Println(e.Start.In(stockholm).Format("Mon 15:04"), e.Subject, e.ShowAs)
		}
	}
	show()
	if err := tenant.ChangeEvent(anna.ID, id, func(e *m365.Event) { e.Start, e.End = e.Start.Add(time.Hour), e.End.Add(time.Hour) }); err != nil {
		log.Fatal(err)
	}
	show()
	// Output:
	// Mon 10:00 Planering tentative
	// Thu 10:00 Planering tentative
	// Mon 11:00 Planering tentative
	// Thu 11:00 Planering tentative
}
