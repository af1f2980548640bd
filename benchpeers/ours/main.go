// Command ours reads everybody with Telefonist's graph package and reports
// how many there were.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/telefonist/telefonist/benchpeers/reader"
	"github.com/telefonist/telefonist/graph"
)

func main() {
	if err := read(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(ctx context.Context) error {
	url := os.Getenv("BENCH_URL")
	client, err := graph.New(graph.Config{
		Cloud:       graph.Cloud{Name: "simulated", Login: url, Graph: url},
		Tenant:      os.Getenv("BENCH_TENANT"),
		ClientID:    os.Getenv("BENCH_CLIENT"),
		Credentials: []graph.Credential{{Secret: os.Getenv("BENCH_SECRET")}},
	})
	if err != nil {
		return err
	}
	ids := map[string]bool{} // a delta round may give the same person twice
	for page, err := range client.Users(ctx, "", fields) {
		if err != nil {
			return err
		}
		for _, u := range page.Items {
			ids[u.ID] = true
		}
	}
	return reader.Report(len(ids))
}

// fields are those of a directory with every field mapped but the manager;
// the SDK's reader asks for the same.
var fields = []string{"id", "displayName", "givenName", "surname", "mail", "userPrincipalName", "mobilePhone", "businessPhones",
	"faxNumber", "jobTitle", "department", "companyName", "officeLocation", "city", "country", "employeeId", "employeeType",
	"preferredLanguage", "proxyAddresses", "onPremisesExtensionAttributes", "accountEnabled", "userType", "usageLocation",
	"assignedLicenses", "showInAddressList"}
