package setup

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func certificate(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Telefonist"},
		NotBefore: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2028, 11, 21, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func tame(t *testing.T) Entra {
	return Entra{Name: "Telefonist", Tenant: "contoso.example", Certificate: certificate(t), PasteAt: "https://telefonist.example/connect"}
}

// nasty values try to be something else than values, in bash and in PowerShell.
var nasty = []string{
	`'; touch canary; echo '`,
	`'' ; touch canary #`,
	`"; touch canary; "`,
	"$(touch canary)`touch canary`${IFS}",
	"first\n touch canary\r\n'\ntouch canary",
	`\'; touch canary \\`,
	`’; New-Item canary; ‘‚‛“”`,
	"<#'#> ; New-Item canary",
	" @'\n'@; New-Item canary",
	"--help; & | > canary < * ? ~ ! % ^",
	"Växeln på Östra gatan",
	"{{.PEM}} {{bash .Name}}",
	"\x1b[31m\t\x7f",
}

func TestEachValueIsChecked(t *testing.T) {
	cases := map[string]func(*Entra){
		"no name":        func(e *Entra) { e.Name = " " },
		"no tenant":      func(e *Entra) { e.Tenant = "" },
		"no cloud of":    func(e *Entra) { e.Cloud = "moon" },
		"no permission":  func(e *Entra) { e.Permissions = []string{"User.ReadWrite.All"} },
		"no permissions": func(e *Entra) { e.Permissions = []string{} },
		"no certificate": func(e *Entra) { e.Certificate = nil },
		"read certificate": func(e *Entra) {
			e.Certificate = []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
		},
		"private key":        func(e *Entra) { e.Certificate = append(e.Certificate, "-----BEGIN PRIVATE KEY-----\n"...) },
		"a value holds":      func(e *Entra) { e.Name = "a\x00b" },
		"a value begins":     func(e *Entra) { e.Name = "@/etc/passwd" },
		"begins with @ or h": func(e *Entra) { e.Tenant = "a=@/etc/passwd" },
	}
	for want, spoil := range cases {
		e := tame(t)
		spoil(&e)
		for _, script := range []func() (string, error){e.PowerShell, e.AzureCLI} {
			if text, err := script(); err == nil || text != "" || !strings.Contains(err.Error(), want) {
				t.Errorf("want %q, got %v", want, err)
			}
		}
	}
}

// The ids are those of Microsoft's permissions reference.
func TestPermissions(t *testing.T) {
	want := map[string]string{
		"User.Read.All":           "df021288-bdef-4463-88db-98f22de89214",
		"GroupMember.Read.All":    "98830695-27a2-44f7-8c18-0c3ebc9698f6",
		"Group.Read.All":          "5b567255-7703-4780-807c-7be8301ae99b",
		"MailboxSettings.Read":    "40f97065-369a-49f4-947c-6a255697ae91",
		"Application.Read.All":    "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
		"Calendars.Read":          "798ee544-9d2d-430c-a058-570e29e34338",
		"Calendars.ReadBasic.All": "8ba4a692-bc31-4128-9094-475872af8a53",
	}
	got := make(map[string]string)
	for _, p := range Permissions() {
		got[p.Name] = p.ID
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	defaults := []string{"User.Read.All", "GroupMember.Read.All", "MailboxSettings.Read", "Application.Read.All"}
	if diff := cmp.Diff(defaults, DefaultPermissions()); diff != "" {
		t.Error(diff)
	}
}

func TestSteps(t *testing.T) {
	keys := func(e Entra) []string {
		steps, err := e.Steps()
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, s := range steps {
			keys = append(keys, strings.TrimPrefix(s.Key, "connect."))
		}
		return keys
	}
	e := tame(t)
	want := []string{"who", "register", "name", "permissions", "consent", "certificate", "values", "group", "calendar"}
	if diff := cmp.Diff(want, keys(e)); diff != "" {
		t.Error(diff)
	}
	e.Certificate, e.Permissions = nil, append(DefaultPermissions(), "Calendars.Read")
	want = []string{"who", "register", "name", "permissions", "consent", "secret", "values", "group"}
	if diff := cmp.Diff(want, keys(e)); diff != "" {
		t.Error(diff)
	}
	steps, _ := e.Steps()
	if got := steps[3].Facts["permissions"]; got != strings.Join(e.Permissions, ", ") || !slices.Equal(steps[3].Copy, e.Permissions) {
		t.Errorf("permissions %q, to copy %q", got, steps[3].Copy)
	}
	e.Cloud = "china"
	if steps, _ := e.Steps(); steps[0].Link != "https://entra.microsoftonline.cn" {
		t.Errorf("portal %q", steps[0].Link)
	}
	e.Cloud = "simulated"
	if steps, err := e.Steps(); err != nil || steps[0].Link != "https://entra.microsoft.com" {
		t.Errorf("a cloud of the operator's own: %v, %v", steps, err)
	}
	e.Permissions = []string{"User.ReadWrite.All"}
	if _, err := e.Steps(); err == nil {
		t.Error("an unknown permission has steps")
	}
}
