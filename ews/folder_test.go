package ews_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telefonist/telefonist/ews"
)

func TestFolder(t *testing.T) {
	folder := func(rights string) []byte {
		return []byte(soapHead + `<m:GetFolderResponse` + spaces + `><m:ResponseMessages><m:GetFolderResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>` +
			`<m:Folders><t:CalendarFolder><t:FolderId Id="AAMk" ChangeKey="AgAA"/>` + rights + `</t:CalendarFolder></m:Folders>` +
			`</m:GetFolderResponseMessage></m:ResponseMessages></m:GetFolderResponse>` + soapTail)
	}
	id := ews.FolderID{ID: "AAMk", ChangeKey: "AgAA"}
	for body, want := range map[string]ews.Folder{
		string(folder(`<t:EffectiveRights><t:CreateContents>false</t:CreateContents><t:Delete>false</t:Delete><t:Modify>false</t:Modify><t:Read>true</t:Read></t:EffectiveRights>`)): {ID: id, Rights: ews.Rights{Read: true}},
		string(folder(`<t:EffectiveRights><t:CreateContents>true</t:CreateContents><t:Delete>true</t:Delete><t:Modify>1</t:Modify><t:Read>true</t:Read></t:EffectiveRights>`)):       {ID: id, Rights: ews.Rights{Read: true, Create: true, Modify: true, Delete: true}},
		string(folder("")): {ID: id},
		string(file(t, "msdocs-how-to-get-appointments-and-meetings-02-resp.xml")): {ID: id},
	} {
		got, err := serve(t, 200, []byte(body)).Folder(t.Context(), ews.Access{})
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
	}
}

func TestChanges(t *testing.T) {
	for name, c := range map[string]struct {
		file          string
		state         string
		changed, more bool
		code          ews.ResponseCode
	}{
		"the first time":  {"msdocs-how-to-synchronize-items-02-resp.xml", "H4sIAAA", true, false, ""},
		"a foreign state": {"msdocs-syncfolderitems-operation-03-resp.xml", "", false, false, ews.InvalidSyncState},
		"throttled":       {"ewsrs-soap-L526.xml", "", false, false, ews.ServerBusy},
	} {
		state, changed, more, err := serve(t, 200, file(t, c.file)).Changes(t.Context(), ews.Access{}, ews.FolderID{ID: "AAMk"}, "x")
		var e *ews.Error
		errors.As(err, &e)
		if !strings.HasPrefix(state, c.state) || (state == "") != (c.state == "") || changed != c.changed || more != c.more || (e == nil) != (c.code == "") || e != nil && e.Code != c.code {
			t.Errorf("%s: %q, changed %v, more %v, %v", name, state, changed, more, err)
		}
		if c.code == ews.InvalidSyncState && !e.Lapsed() {
			t.Errorf("%s: class %d", name, e.Class())
		}
	}
	none := soapHead + `<m:SyncFolderItemsResponse` + spaces + `><m:ResponseMessages><m:SyncFolderItemsResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>` +
		`<m:SyncState>H4s=</m:SyncState><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange><m:Changes/></m:SyncFolderItemsResponseMessage></m:ResponseMessages></m:SyncFolderItemsResponse>` + soapTail
	state, changed, more, err := serve(t, 200, []byte(none)).Changes(t.Context(), ews.Access{}, ews.FolderID{}, "H4s=")
	if state != "H4s=" || changed || more || err != nil {
		t.Errorf("nothing new: %q, changed %v, more %v, %v", state, changed, more, err)
	}
	some := strings.Replace(strings.Replace(none, "Range>true", "Range>false", 1), "<m:Changes/>", "<m:Changes><t:Delete/></m:Changes>", 1)
	if _, changed, more, err := serve(t, 200, []byte(some)).Changes(t.Context(), ews.Access{}, ews.FolderID{}, "H4s="); !changed || !more || err != nil {
		t.Errorf("a part: changed %v, more %v, %v", changed, more, err)
	}
	if _, _, _, err := serve(t, 200, []byte(strings.Replace(none, "H4s=", "", 1))).Changes(t.Context(), ews.Access{}, ews.FolderID{}, ""); !errors.Is(err, ews.ErrIncomplete) {
		t.Errorf("without a state: %v", err)
	}
}

func TestOOF(t *testing.T) {
	settings := func(state, duration string) []byte {
		return []byte(soapHead + `<GetUserOofSettingsResponse xmlns="http://schemas.microsoft.com/exchange/services/2006/messages"><ResponseMessage ResponseClass="Success"><ResponseCode>NoError</ResponseCode></ResponseMessage>` +
			`<OofSettings xmlns="http://schemas.microsoft.com/exchange/services/2006/types"><OofState>` + state + `</OofState><ExternalAudience>All</ExternalAudience>` + duration +
			`<InternalReply xml:lang="sv"><Message>Jag har &lt;b&gt;semester</Message></InternalReply></OofSettings><AllowExternalOof>All</AllowExternalOof></GetUserOofSettingsResponse>` + soapTail)
	}
	const duration = `<Duration><StartTime>2026-06-19T22:00:00</StartTime><EndTime>2026-07-19T22:00:00Z</EndTime></Duration>`
	for name, c := range map[string]struct {
		body []byte
		want ews.OOF
	}{
		"off, with an old time": {settings("Disabled", duration), ews.OOF{}},
		"on":                    {settings("Enabled", duration), ews.OOF{On: true}},
		"for a time":            {settings("Scheduled", duration), ews.OOF{On: true, From: at("2026-06-19T22:00:00Z"), To: at("2026-07-19T22:00:00Z")}},
	} {
		got, err := serve(t, 200, c.body).OOF(t.Context(), ews.Access{Impersonate: "a@example.com"})
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	denied := soapHead + `<GetUserOofSettingsResponse xmlns="http://schemas.microsoft.com/exchange/services/2006/messages"><ResponseMessage ResponseClass="Error"><ResponseCode>ErrorAccessDenied</ResponseCode></ResponseMessage></GetUserOofSettingsResponse>` + soapTail
	var e *ews.Error
	if _, err := serve(t, 200, []byte(denied)).OOF(t.Context(), ews.Access{Mailbox: "a@example.com"}); !errors.As(err, &e) || !e.Denied() {
		t.Errorf("denied: %v", err)
	}
	if _, err := serve(t, 200, settings("", "")).OOF(t.Context(), ews.Access{Mailbox: "a@example.com"}); !errors.Is(err, ews.ErrIncomplete) {
		t.Errorf("without a state: %v", err)
	}
}

func TestTimeZones(t *testing.T) {
	body := strings.Replace(string(file(t, "msdocs-getservertimezones-operation-04-resp.xml")), "</ResponseCode>", "</m:ResponseCode>", 1)
	got, err := serve(t, 200, []byte(body)).TimeZones(t.Context(), ews.Access{Version: ews.Exchange2010})
	if err == nil && len(got) == 0 {
		t.Error("none")
	}
	if len(got) > 0 && got[0].ID != "Eastern Standard Time" {
		t.Errorf("%+v, %v", got, err)
	}
	whole := soapHead + `<m:GetServerTimeZonesResponse` + spaces + `><m:ResponseMessages><m:GetServerTimeZonesResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>` +
		`<m:TimeZoneDefinitions><t:TimeZoneDefinition Id="UTC" Name="(UTC) Koordinerad"/><t:TimeZoneDefinition Id="W. Europe Standard Time" Name="(UTC+01:00) Amsterdam"><t:Periods/></t:TimeZoneDefinition></m:TimeZoneDefinitions>` +
		`</m:GetServerTimeZonesResponseMessage></m:ResponseMessages></m:GetServerTimeZonesResponse>` + soapTail
	got, err = serve(t, 200, []byte(whole)).TimeZones(t.Context(), ews.Access{Version: ews.Exchange2010})
	if diff := cmp.Diff([]ews.TimeZone{{ID: "UTC", Name: "(UTC) Koordinerad"}, {ID: "W. Europe Standard Time", Name: "(UTC+01:00) Amsterdam"}}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestProbe is against servers of every age, each with its own way to say that
// it doesn't know a version.
func TestProbe(t *testing.T) {
	ok := string(file(t, "msdocs-how-to-get-appointments-and-meetings-02-resp.xml"))
	answer := func(status int, body string, major, minor, build int) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, strings.Replace(body, `MajorVersion="15" MinorVersion="0" MajorBuildNumber="731"`, fmt.Sprintf(`MajorVersion="%d" MinorVersion="%d" MajorBuildNumber="%d"`, major, minor, build), 1))
		}
	}
	withHead := strings.Replace(fault("ErrorInvalidServerVersion"), `<s:Body>`, `<s:Header><t:ServerVersionInfo xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" MajorVersion="14" MinorVersion="3" MajorBuildNumber="123" MinorBuildNumber="3"/></s:Header><s:Body>`, 1)
	denied := strings.Replace(message("ErrorAccessDenied", ""), `MinorVersion="2" MajorBuildNumber="1748"`, `MinorVersion="1" MajorBuildNumber="2507"`, 1)
	for name, c := range map[string]struct {
		knows   ews.Version
		refuses func(http.ResponseWriter)
		answers func(http.ResponseWriter)
		want    ews.Version
		product string
		asked   int
		code    ews.ResponseCode
	}{
		"2019":                 {ews.Exchange2016, nil, answer(200, ok, 15, 2, 1748), ews.Exchange2016, "Exchange 2019", 1, ""},
		"SE":                   {ews.Exchange2016, nil, answer(200, ok, 15, 2, 2562), ews.Exchange2016, "Exchange SE", 1, ""},
		"2013 SP1":             {ews.Exchange2013SP1, answer(500, fault("ErrorInvalidServerVersion"), 0, 0, 0), answer(200, ok, 15, 0, 847), ews.Exchange2013SP1, "Exchange 2013", 2, ""},
		"2013":                 {ews.Exchange2013, answer(500, fault("ErrorInvalidRequest"), 0, 0, 0), answer(200, ok, 15, 0, 516), ews.Exchange2013, "Exchange 2013", 3, ""},
		"2010 SP3":             {ews.Exchange2010SP2, answer(500, fault("ErrorInvalidServerVersion"), 0, 0, 0), answer(200, ok, 14, 3, 123), ews.Exchange2010SP2, "Exchange 2010", 4, ""},
		"2010 SP3, which says": {ews.Exchange2010SP2, answer(500, withHead, 0, 0, 0), answer(200, ok, 14, 3, 123), ews.Exchange2010SP2, "Exchange 2010", 2, ""},
		"2010":                 {ews.Exchange2010, answer(500, fault("ErrorSchemaValidation"), 0, 0, 0), answer(200, ok, 14, 0, 639), ews.Exchange2010, "Exchange 2010", 6, ""},
		"2007 SP3":             {ews.Exchange2007SP1, answer(500, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>?</faultstring></s:Fault></s:Body></s:Envelope>`, 0, 0, 0), answer(200, ok, 8, 3, 83), ews.Exchange2007SP1, "Exchange 2007", 7, ""},
		"an older mailbox":     {ews.Exchange2010SP2, answer(200, message("ErrorInvalidSchemaVersionForMailboxVersion", ""), 0, 0, 0), answer(200, ok, 15, 0, 847), ews.Exchange2010SP2, "Exchange 2013", 4, ""},
		"no right":             {ews.Exchange2016, nil, answer(200, denied, 0, 0, 0), ews.Exchange2016, "Exchange 2016", 1, ews.AccessDenied},
		"no impersonation":     {ews.Exchange2016, nil, answer(500, fault("ErrorImpersonateUserDenied"), 0, 0, 0), 0, "", 1, ews.ImpersonateUserDenied},
		"knows none":           {0, answer(500, fault("ErrorInvalidServerVersion"), 0, 0, 0), nil, 0, "", 7, ews.InvalidServerVersion},
		"not Exchange":         {ews.Exchange2016, nil, answer(404, "", 0, 0, 0), 0, "", 1, ""},
	} {
		var asked []string
		cl := client(t, func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			_, rest, _ := strings.Cut(string(b), `RequestServerVersion Version="`)
			name, _, _ := strings.Cut(rest, `"`)
			asked = append(asked, name)
			if v, err := ews.ParseVersion(name); err != nil || v > c.knows {
				c.refuses(w)
				return
			}
			c.answers(w)
		})
		v, info, err := cl.Probe(t.Context(), ews.Access{})
		var e *ews.Error
		errors.As(err, &e)
		if v != c.want || info.Product() != c.product || len(asked) != c.asked || c.code != "" && (e == nil || e.Code != c.code) || c.want != 0 && c.code == "" && err != nil {
			t.Errorf("%s: %v, %v (%s) after %v: %v", name, v, info, info.Product(), asked, err)
		}
		if c.want == 0 && err == nil {
			t.Errorf("%s: no version and no error", name)
		}
	}
}
