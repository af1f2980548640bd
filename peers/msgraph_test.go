//go:build peers

package peers_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/m365"
)

// seen is what msgraph/main.mjs reports.
type seen struct {
	WrongSecret, Nobody        *refused
	Certificate                int
	Users, Delta, Names, Quiet int
	Again                      bool
	Groups, Members, Guests    int
	Batch                      struct {
		Answers  int
		Statuses map[string]int
	}
}

type refused struct {
	Code    string
	Status  int
	Message string
}

// Microsoft's npm libraries sign in, page, follow delta to the end and batch
// against the simulated tenant as they do against Microsoft.
func TestMicrosoftsLibrariesWorkAgainstTheSimulatedTenant(t *testing.T) {
	modules := os.Getenv("TELEFONIST_PEERS_NODE_MODULES")
	if modules == "" {
		t.Fatal("TELEFONIST_PEERS_NODE_MODULES must name the folder where npm ci was run with peers/msgraph's lock")
	}
	tenant := m365.New(m365.Options{People: 450, Seed: 7, MembersPage: 100})
	server := m365.NewServer(tenant)
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	key, thumbprint := certify(t, tenant)

	folder := t.TempDir()
	ca := filepath.Join(folder, "ca.pem")
	script, err := os.ReadFile("msgraph/main.mjs")
	if err != nil {
		t.Fatal(err)
	}
	must(t, os.WriteFile(ca, server.CA(), 0o600))
	must(t, os.WriteFile(filepath.Join(folder, "main.mjs"), script, 0o600))
	must(t, os.Symlink(filepath.Join(modules, "node_modules"), filepath.Join(folder, "node_modules")))

	cmd := exec.CommandContext(t.Context(), "node", "main.mjs")
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+ca, "M365_URL="+server.URL(), "M365_TENANT="+tenant.ID,
		"M365_CLIENT="+tenant.ClientID, "M365_SECRET="+tenant.Secret(), "M365_KEY="+key, "M365_THUMBPRINT="+thumbprint)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, stderr.Bytes())
	}
	var got seen
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	compare(t, tenant, got)
}

func compare(t *testing.T, tenant *m365.Tenant, got seen) {
	t.Helper()
	guests, members := 0, 0
	for _, p := range tenant.People() {
		if p.UserType == "Guest" {
			guests++
		}
	}
	for _, g := range tenant.Groups() {
		if g.Visibility != "HiddenMembership" { // whose members the app may not see
			members += len(tenant.Members(g.ID))
		}
	}
	statuses := map[string]int{}
	for _, p := range tenant.People()[:20] {
		if p.Purpose == "" {
			statuses["404"]++
		} else {
			statuses["200"]++
		}
	}
	want := seen{
		Certificate: 3, Users: 450, Delta: 450, Names: 450, Again: true,
		Groups: len(tenant.Groups()), Members: members, Guests: guests,
	}
	want.Batch.Answers, want.Batch.Statuses = 20, statuses
	wrong, nobody := got.WrongSecret, got.Nobody
	got.WrongSecret, got.Nobody = nil, nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the libraries saw (-want +got):\n%s", diff)
	}
	if wrong == nil || wrong.Code != "invalid_client" || !bytes.Contains([]byte(wrong.Message), []byte("AADSTS7000215")) {
		t.Errorf("a wrong secret gave %+v", wrong)
	}
	if nobody == nil || nobody.Code != "Request_ResourceNotFound" || nobody.Status != 404 {
		t.Errorf("an unknown person gave %+v", nobody)
	}
}

// certify registers a new certificate and returns its key (PEM) and SHA-256
// thumbprint (hex).
func certify(t *testing.T, tenant *m365.Tenant) (key, thumbprint string) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "peer"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	must(t, tenant.AddCertificate(der))
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})), hex.EncodeToString(sum[:])
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
