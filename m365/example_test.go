package m365_test

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"

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
