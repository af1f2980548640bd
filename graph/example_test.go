package graph_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/telefonist/telefonist/graph"
	"github.com/telefonist/telefonist/m365"
)

// A tenant is read once in full; from then on a delta link gives what changed.
func Example() {
	tenant := m365.New(m365.Options{People: 3, Seed: 1}) // a simulated one stands in for Microsoft
	server := m365.NewServer(tenant)
	if err := server.Start("127.0.0.1:0"); err != nil {
		log.Fatal(err)
	}
	defer server.Close()

	client, err := graph.New(graph.Config{
		Cloud:       graph.Cloud{Login: server.URL(), Graph: server.URL(), CA: server.CA()}, // graph.Global for the real one
		Tenant:      tenant.ID,
		ClientID:    tenant.ClientID,
		Credentials: []graph.Credential{{Secret: tenant.Secret()}},
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	link := "" // everybody; later, what was kept
	for range 2 {
		people := 0
		for page, err := range client.Users(ctx, link, []string{"displayName", "mail", "accountEnabled"}) {
			var refused *graph.AuthError
			switch {
			case errors.Is(err, graph.ErrReset):
				log.Fatal("begin again with an empty link")
			case errors.As(err, &refused):
				log.Fatal("sign-in: ", refused.Kind)
			case err != nil:
				log.Fatal(err)
			}
			people += len(page.Items)
			link = page.Link() // keep it together with the people of the page
		}
		fmt.Println(people, "people")
	}
	// Output:
	// 3 people
	// 0 people
}
