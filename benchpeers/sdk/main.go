// Command sdk reads everybody with msgraph-sdk-go, in pages of 999 and by its
// page iterator, and reports how many there were.
package main

import (
	"context"
	"fmt"
	"net/url"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	azauth "github.com/microsoft/kiota-authentication-azure-go"
	msgraphsdk "github.com/microsoftgraph/msgraph-sdk-go"
	msgraphcore "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"github.com/telefonist/telefonist/benchpeers/reader"
)

func main() {
	if err := read(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(ctx context.Context) error {
	adapter, err := connect(os.Getenv("BENCH_URL"))
	if err != nil {
		return err
	}
	first, err := msgraphsdk.NewGraphServiceClient(adapter).Users().Get(ctx, &users.UsersRequestBuilderGetRequestConfiguration{
		QueryParameters: &users.UsersRequestBuilderGetQueryParameters{Top: new(int32(999)), Select: fields},
	})
	if err != nil {
		return err
	}
	pages, err := msgraphcore.NewPageIterator[models.Userable](first, adapter, models.CreateUserCollectionResponseFromDiscriminatorValue)
	if err != nil {
		return err
	}
	ids := map[string]bool{}
	if err := pages.Iterate(ctx, func(u models.Userable) bool {
		ids[*u.GetId()] = true
		return true
	}); err != nil {
		return err
	}
	return reader.Report(len(ids))
}

// connect points the SDK, otherwise as it comes, to the simulated tenant.
func connect(address string) (*msgraphsdk.GraphRequestAdapter, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	credential, err := azidentity.NewClientSecretCredential(os.Getenv("BENCH_TENANT"), os.Getenv("BENCH_CLIENT"),
		os.Getenv("BENCH_SECRET"), &azidentity.ClientSecretCredentialOptions{DisableInstanceDiscovery: true,
			ClientOptions: azcore.ClientOptions{Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: address}}})
	if err != nil {
		return nil, err
	}
	auth, err := azauth.NewAzureIdentityAuthenticationProviderWithScopesAndValidHosts(credential,
		[]string{address + "/.default"}, []string{u.Host, u.Hostname()})
	if err != nil {
		return nil, err
	}
	adapter, err := msgraphsdk.NewGraphRequestAdapter(auth)
	if err != nil {
		return nil, err
	}
	adapter.SetBaseUrl(address + "/v1.0")
	return adapter, nil
}

// fields are what ours asks for, too.
var fields = []string{"id", "displayName", "givenName", "surname", "mail", "userPrincipalName", "mobilePhone", "businessPhones",
	"faxNumber", "jobTitle", "department", "companyName", "officeLocation", "city", "country", "employeeId", "employeeType",
	"preferredLanguage", "proxyAddresses", "onPremisesExtensionAttributes", "accountEnabled", "userType", "usageLocation",
	"assignedLicenses", "showInAddressList"}
