package ews_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/telefonist/telefonist/ews"
)

const (
	soapHead = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><h:ServerVersionInfo xmlns:h="http://schemas.microsoft.com/exchange/services/2006/types" MajorVersion="15" MinorVersion="2" MajorBuildNumber="1748" MinorBuildNumber="10" Version="V2017_07_11"/></s:Header><s:Body>`
	soapTail = `</s:Body></s:Envelope>`
	spaces   = ` xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"`
)

// fault is one as Exchange writes it, with values in its MessageXml.
func fault(code string, values ...string) string {
	xml := ""
	for i := 0; i < len(values); i += 2 {
		xml += fmt.Sprintf(`<t:Value Name="%s">%s</t:Value>`, values[i], values[i+1])
	}
	return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>` +
		`<faultcode xmlns:a="http://schemas.microsoft.com/exchange/services/2006/types">a:` + code + `</faultcode>` +
		`<faultstring xml:lang="sv-SE">Det gick inte.</faultstring><detail>` +
		`<e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">` + code + `</e:ResponseCode>` +
		`<t:MessageXml xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">` + xml + `</t:MessageXml></detail></s:Fault></s:Body></s:Envelope>`
}

// message is an answer to GetFolder whose only message is an error.
func message(code, values string) string {
	return soapHead + `<m:GetFolderResponse` + spaces + `><m:ResponseMessages><m:GetFolderResponseMessage ResponseClass="Error">` +
		`<m:MessageText>Det gick inte.</m:MessageText><m:ResponseCode>` + code + `</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>` +
		`<m:MessageXml>` + values + `</m:MessageXml><m:Folders/></m:GetFolderResponseMessage></m:ResponseMessages></m:GetFolderResponse>` + soapTail
}

func TestFaults(t *testing.T) {
	page := `<html><head><title>Server Error in '/EWS'
		Application.</title></head><body>stack</body></html>`
	for name, c := range map[string]struct {
		status int
		header string // "Name: value"
		body   string
		code   ews.ResponseCode
		class  ews.Class
		wait   time.Duration
		text   string
	}{
		"busy, 500":                 {500, "", fault("ErrorServerBusy", "BackOffMilliseconds", "297749"), "ErrorServerBusy", ews.Temporary, 297749 * time.Millisecond, "Det gick inte."},
		"busy, in 200":              {200, "", fault("ErrorServerBusy", "BackOffMilliseconds", "5000"), "ErrorServerBusy", ews.Temporary, 5 * time.Second, "Det gick inte."},
		"busy for how long?":        {500, "", fault("ErrorServerBusy", "Policy", "MaxConcurrency"), "ErrorServerBusy", ews.Temporary, time.Minute, "Det gick inte."},
		"busy for a year":           {500, "", fault("ErrorServerBusy", "BackOffMilliseconds", "99999999999"), "ErrorServerBusy", ews.Temporary, time.Hour, "Det gick inte."},
		"busy since yesterday":      {500, "", fault("ErrorServerBusy", "BackOffMilliseconds", "-5"), "ErrorServerBusy", ews.Temporary, time.Minute, "Det gick inte."},
		"busy in a message":         {200, "", message("ErrorServerBusy", `<t:Value Name="BackOffMilliseconds">5000</t:Value>`), "ErrorServerBusy", ews.Temporary, 5 * time.Second, "Det gick inte."},
		"busy behind another":       {200, "", message("ErrorInternalServerError", `<t:Value Name="InnerErrorResponseCode">ErrorServerBusy</t:Value>`), "ErrorInternalServerError", ews.Temporary, time.Minute, "Det gick inte."},
		"denied behind another":     {500, "", fault("ErrorInternalServerError", "InnerErrorResponseCode", "ErrorAccessDenied"), "ErrorInternalServerError", ews.Denied, 0, "Det gick inte."},
		"too many connections":      {500, "", fault("ErrorExceededConnectionCount"), "ErrorExceededConnectionCount", ews.Temporary, 10 * time.Second, "Det gick inte."},
		"a move":                    {500, "", fault("ErrorMailboxMoveInProgress"), "ErrorMailboxMoveInProgress", ews.Temporary, 10 * time.Second, "Det gick inte."},
		"no impersonation, 500":     {500, "", fault("ErrorImpersonateUserDenied"), "ErrorImpersonateUserDenied", ews.Denied, 0, "Det gick inte."},
		"no impersonation, 200":     {200, "", fault("ErrorImpersonationDenied"), "ErrorImpersonationDenied", ews.Denied, 0, "Det gick inte."},
		"no right":                  {200, "", message("ErrorAccessDenied", ""), "ErrorAccessDenied", ews.Denied, 0, "Det gick inte."},
		"no folder":                 {200, "", message("ErrorItemNotFound", ""), "ErrorItemNotFound", ews.Denied, 0, "Det gick inte."},
		"no mailbox":                {500, "", fault("ErrorNonExistentMailbox"), "ErrorNonExistentMailbox", ews.Gone, 0, "Det gick inte."},
		"password expired":          {500, "", fault("ErrorPasswordExpired"), "ErrorPasswordExpired", ews.Denied, 0, "Det gick inte."},
		"schema":                    {500, "", fault("ErrorSchemaValidation"), "ErrorSchemaValidation", ews.Ours, 0, "Det gick inte."},
		"a code of tomorrow":        {500, "", fault("ErrorMoonPhase"), "ErrorMoonPhase", ews.Temporary, 10 * time.Second, "Det gick inte."},
		"a fault without a code":    {500, "", `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>?</faultstring></s:Fault></s:Body></s:Envelope>`, "", ews.Temporary, 10 * time.Second, "?"},
		"an envelope, yet 500":      {500, "", soapHead + soapTail, "", ews.Temporary, 10 * time.Second, ""},
		"empty":                     {200, "", "", "", ews.Temporary, 10 * time.Second, ""},
		"empty, 500":                {500, "", "", "", ews.Temporary, 10 * time.Second, ""},
		"spaces":                    {200, "", " \r\n", "", ews.Temporary, 10 * time.Second, ""},
		"a proxy's page":            {200, "Content-Type: text/html", "<!DOCTYPE html><html><title>Logga in</title>", "", ews.Ours, 0, "Logga in"},
		"a page without a type":     {200, "", "<html><title>Logga &in</title><p>x<br>y</html>", "", ews.Ours, 0, "Logga &in"},
		"not XML":                   {200, "", "Service OK", "", ews.Ours, 0, ""},
		"ASP.NET":                   {500, "", page, "", ews.Temporary, 10 * time.Second, "Server Error in '/EWS' Application."},
		"the queue is full":         {503, "", page, "", ews.Temporary, time.Minute, "Server Error in '/EWS' Application."},
		"the queue is full, for":    {503, "Retry-After: 120", "", "", ews.Temporary, 2 * time.Minute, ""},
		"until":                     {503, "Retry-After: Fri, 19 Jun 2026 10:00:30 GMT", "", "", ews.Temporary, 30 * time.Second, ""},
		"a proxy":                   {502, "", page, "", ews.Temporary, 10 * time.Second, "Server Error in '/EWS' Application."},
		"unauthorized":              {401, "", page, "", ews.Denied, 0, "Server Error in '/EWS' Application."},
		"forbidden":                 {403, "", page, "", ews.Denied, 0, "Server Error in '/EWS' Application."},
		"no such page":              {404, "", page, "", ews.Ours, 0, "Server Error in '/EWS' Application."},
		"signed out":                {440, "", "", "", ews.Temporary, 10 * time.Second, ""},
		"locked out":                {456, "", "", "", ews.Denied, 0, ""},
		"another state of sign-in":  {457, "", "", "", ews.Denied, 0, ""},
		"sent to the error page":    {302, "Location: /ews/genericerrorpage.htm?aspxerrorpath=/EWS/Exchange.asmx", "", "", ews.Temporary, 10 * time.Second, ""},
		"sent to the sign-in":       {302, "Location: https://mail.example.com/owa/auth/logon.aspx?url=x", "", "", ews.Ours, 0, ""},
		"cut short":                 {200, "", soapHead + `<m:GetFolderResponse` + spaces + `><m:ResponseMessages>`, "", ews.Temporary, 10 * time.Second, ""},
		"a document type":           {200, "", `<?xml version="1.0"?><!DOCTYPE s:Envelope [<!ENTITY a "b">]>` + soapHead + soapTail, "", ews.Ours, 0, ""},
		"an entity":                 {200, "", message("&lol;", ""), "", ews.Temporary, 10 * time.Second, "Det gick inte."},
		"not what was asked for":    {200, "", soapHead + `<m:GetUserPhotoResponse` + spaces + `/>` + soapTail, "", ews.Temporary, 10 * time.Second, ""},
		"two at once":               {200, "", soapHead + soapTail + soapHead + soapTail, "", ews.Temporary, 10 * time.Second, ""},
		"a message without a class": {200, "", strings.Replace(message("ErrorAccessDenied", ""), ` ResponseClass="Error"`, "", 1), "ErrorAccessDenied", ews.Denied, 0, "Det gick inte."},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if k, v, ok := strings.Cut(c.header, ": "); ok {
					w.Header().Set(k, v)
				}
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			defer s.Close()
			now := func() time.Time { return at("2026-06-19T10:00:00Z") }
			client, err := ews.New(ews.Config{URL: s.URL + "/EWS/Exchange.asmx", HTTP: s.Client(), Now: now})
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Folder(t.Context(), ews.Access{Impersonate: "anna@example.com"})
			var e *ews.Error
			if !errors.As(err, &e) {
				t.Fatalf("it is %v", err)
			}
			if e.Code != c.code || e.Class() != c.class || e.RetryAfter() != c.wait || e.Status != 0 && e.Status != c.status {
				t.Errorf("%s of class %d, wait %v, HTTP %d: %v", e.Code, e.Class(), e.RetryAfter(), e.Status, err)
			}
			if e.Text != c.text && name != "an entity" {
				t.Errorf("said %q", e.Text)
			}
			if strings.Contains(err.Error(), "anna") || strings.Contains(err.Error(), s.URL) {
				t.Errorf("the error names an address: %v", err)
			}
		})
	}
}

func TestClasses(t *testing.T) {
	for class, codes := range map[ews.Class]string{
		ews.Temporary: `ErrorServerBusy ErrorInternalServerTransientError ErrorMailboxStoreUnavailable ErrorMailboxMoveInProgress
			ErrorMailboxFailover ErrorConnectionFailed ErrorTimeoutExpired ErrorTooManyObjectsOpened ErrorADUnavailable
			ErrorInsufficientResources ErrorInternalServerError ErrorExceededConnectionCount ErrorExceededSubscriptionCount
			ErrorExceededFindCountLimit ErrorFreeBusyGenerationFailed ErrorProxyRequestProcessingFailed ErrorServiceDiscoveryFailed
			ErrorAvailabilityConfigNotFound ErrorMailboxLogonFailed ErrorResultSetTooBig`,
		ews.Denied: `ErrorAccessDenied ErrorImpersonateUserDenied ErrorImpersonationDenied ErrorImpersonationFailed ErrorNoFreeBusyAccess
			ErrorItemNotFound ErrorFolderNotFound ErrorMissingEmailAddress ErrorWrongServerVersionDelegate ErrorProxyRequestNotAllowed
			ErrorSubscriptionDelegateAccessNotSupported ErrorSubscriptionAccessDenied ErrorPasswordExpired ErrorPasswordChangeRequired`,
		ews.Gone: `ErrorNonExistentMailbox ErrorMailRecipientNotFound ErrorInvalidSmtpAddress ErrorAccountDisabled ErrorInvalidUserPrincipalName`,
		ews.Lapsed: `ErrorInvalidSyncStateData ErrorSubscriptionNotFound ErrorInvalidSubscription ErrorExpiredSubscription
			ErrorInvalidWatermark ErrorMissedNotificationEvents`,
		ews.Ours: `ErrorInvalidServerVersion ErrorInvalidRequest ErrorSchemaValidation ErrorInvalidPropertyRequest
			ErrorInvalidSchemaVersionForMailboxVersion ErrorInvalidExchangeImpersonationHeaderData ErrorInvalidIdMalformed ErrorTimeZone
			ErrorTimeIntervalTooBig ErrorInvalidTimeInterval ErrorInvalidMergedFreeBusyInterval ErrorIndividualMailboxLimitReached
			ErrorMailboxDataArrayTooBig ErrorCalendarViewRangeTooBig`,
	} {
		for _, code := range strings.Fields(codes) {
			e := &ews.Error{Op: "FindItem", Code: ews.ResponseCode(code)}
			if e.Class() != class || (e.RetryAfter() > 0) != (class == ews.Temporary) {
				t.Errorf("%s is of class %d, not %d", code, e.Class(), class)
			}
			is := [...]bool{ews.Temporary: e.Temporary(), ews.Denied: e.Denied(), ews.Gone: e.Gone(), ews.Lapsed: e.Lapsed(), ews.Ours: e.Ours()}
			for c, yes := range is {
				if yes != (ews.Class(c) == class) {
					t.Errorf("%s: %v", code, is)
				}
			}
		}
	}
	account := map[string]bool{}
	for _, e := range []ews.Error{{Code: "ErrorPasswordExpired"}, {Code: "ErrorMissingEmailAddress"}, {Status: 401}, {Status: 403},
		{Code: "ErrorAccessDenied", Status: 403}, {Status: 503}} {
		account[fmt.Sprint(e.Code, e.Status)] = e.Account()
	}
	if fmt.Sprint(account) != "map[401:true 403:true 503:false ErrorAccessDenied403:false ErrorMissingEmailAddress0:true ErrorPasswordExpired0:true]" {
		t.Errorf("of the whole account: %v", account)
	}
	if !(&ews.Error{Code: "ErrorProxyRequestProcessingFailed"}).Elsewhere() || (&ews.Error{Code: "ErrorServerBusy"}).Elsewhere() {
		t.Error("Elsewhere is wrong")
	}
}

// TestTextOfErrors is on one line, not long, and without what a terminal or a
// page could take for more.
func TestTextOfErrors(t *testing.T) {
	said := "Kan inte\r\n nås \x1b[31m <b>" + strings.Repeat("å", 500)
	body := strings.Replace(message("ErrorServerBusy", ""), "Det gick inte.", "<![CDATA["+said+"]]>", 1)
	_, err := serve(t, 200, []byte(body)).Folder(t.Context(), ews.Access{})
	var e *ews.Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	if want := "Kan inte nås ?[31m <b>" + strings.Repeat("å", 182) + "…"; e.Text != want {
		t.Errorf("said %q", e.Text)
	}
	if e.Server.String() != "15.2.1748.10" || e.Server.Product() != "Exchange 2019" || e.Server.Schema != "V2017_07_11" {
		t.Errorf("said by %v, %+v", e.Server, e.Server)
	}
}

// TestRedirects are not followed, wherever they lead: a request has the
// account's password on it.
func TestRedirects(t *testing.T) {
	asked := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer other.Close()
	for _, to := range []string{other.URL + "/EWS/Exchange.asmx", "/EWS/Exchange2.asmx"} {
		for _, status := range []int{301, 302, 307, 308} {
			c := client(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/EWS/Exchange.asmx" {
					asked++
				}
				http.Redirect(w, r, to, status)
			})
			_, err := c.Folder(t.Context(), ews.Access{})
			var e *ews.Error
			if !errors.As(err, &e) || !e.Ours() || e.Status != status || e.Location == "" || strings.Contains(e.Location, "/") {
				t.Errorf("redirected to %s by %d: %v", to, status, err)
			}
		}
	}
	if asked > 0 {
		t.Errorf("%d were followed", asked)
	}
}

func TestBounds(t *testing.T) {
	big := soapHead + `<m:GetFolderResponse` + spaces + `>`
	for name, body := range map[string]string{
		"an answer":  big + strings.Repeat("<m:X>0123456789</m:X>", 100_000),
		"a text":     big + `<m:ResponseMessages><m:M ResponseClass="Error"><m:MessageText>` + strings.Repeat("x", 3<<20),
		"a tag":      big + `<m:X Id="` + strings.Repeat("x", 1<<20),
		"a comment":  big + `<!--` + strings.Repeat("x", 3<<20),
		"depth":      big + strings.Repeat("<m:X>", 100),
		"namespaces": big + `<m:X ` + strings.Repeat(`xmlns:x="u" `, 1000) + `/>`,
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
		limit := int64(64 << 20)
		if name == "an answer" {
			limit = 1 << 20
		}
		c, err := ews.New(ews.Config{URL: s.URL, HTTP: s.Client(), MaxAnswer: limit})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Folder(t.Context(), ews.Access{})
		if small := name == "depth" || name == "namespaces"; small && !errors.Is(err, ews.ErrMalformed) || !small && !errors.Is(err, ews.ErrTooLarge) {
			t.Errorf("%s without end: %v", name, err)
		}
		s.Close()
	}
}

// TestHang is a server that takes the request and says nothing: the call ends
// after its time, and so does one that is waiting for its turn.
func TestHang(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // after which the server sees the client leave
		<-r.Context().Done()
	}))
	defer s.Close()
	c, err := ews.New(ews.Config{URL: s.URL, HTTP: s.Client(), Timeout: 50 * time.Millisecond, AtOnce: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Folder(t.Context(), ews.Access{})
	var e *ews.Error
	if !errors.As(err, &e) || !e.Temporary() || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("hung: %v", err)
	}
	slow, err := ews.New(ews.Config{URL: s.URL, HTTP: s.Client(), AtOnce: 1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ends := make(chan error)
	for range 2 { // one hangs, the other waits for it
		go func() {
			_, err := slow.Folder(ctx, ews.Access{})
			ends <- err
		}()
	}
	cancel()
	for range 2 {
		if err := <-ends; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	}
}

func TestNew(t *testing.T) {
	for _, url := range []string{"", "mail.example.com/EWS/Exchange.asmx", "ftp://mail.example.com/", "https://anna:secret@mail.example.com/", "https://"} {
		if _, err := ews.New(ews.Config{URL: url}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", url, err)
		}
	}
}
