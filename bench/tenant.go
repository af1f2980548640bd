package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// ask has the simulated tenant do something: "drift" makes n small changes,
// "roles" grants and revokes permissions, "people/ID/events" makes an event.
func (b *bench) ask(what, body string) error {
	_, err := b.call(http.MethodPost, "tenants/"+b.tenant["tenant id"]+"/"+what, body)
	return err
}

// call calls the simulator's control API and returns what it answered.
func (b *bench) call(method, path, body string) ([]byte, error) {
	r, err := http.NewRequest(method, b.tenant["graph"]+"/control/"+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	res, err := b.control.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %s %s", method, path, res.Status, text)
	}
	return text, err
}

// requests counts what has been asked of the simulator since it was last told to
// forget, whoever asked, and how much of that was a batch. Of more than 10,000 it
// knows only the last.
func (b *bench) requests() (all, batches int, err error) {
	text, err := b.call(http.MethodGet, "requests", "")
	if err != nil {
		return 0, 0, err
	}
	var list []struct{ Path string }
	if err := json.Unmarshal(text, &list); err != nil {
		return 0, 0, err
	}
	for _, r := range list {
		if strings.HasSuffix(r.Path, "/$batch") {
			batches++
		}
	}
	return len(list), batches, nil
}

func (b *bench) forgetRequests() error {
	_, err := b.call(http.MethodDelete, "requests", "")
	return err
}

// officePeople are the accounts in the tenant whose calendars are read: some are
// disabled, guests or rooms, and 10,000 are people.
const officePeople = 11_450

// moveToOffice makes b's tenant one of its own whose people have calendars, as
// an ordinary Swedish office has them; file keeps which.
func (b *bench) moveToOffice(file string) error {
	text, err := os.ReadFile(file)
	made := os.IsNotExist(err)
	if made {
		if text, err = b.call(http.MethodPost, "tenants", fmt.Sprintf(`{"people":%d,"seed":7,"name":"Kontoret AB"}`, officePeople)); err == nil {
			err = os.WriteFile(file, text, 0o600)
		}
	}
	if err != nil {
		return err
	}
	var t struct{ ID, ClientID, Secret string }
	if err := json.Unmarshal(text, &t); err != nil {
		return err
	}
	b.tenant["tenant id"], b.tenant["client id"], b.tenant["client secret"] = t.ID, t.ClientID, t.Secret
	if !made {
		return nil
	}
	// What each mailbox is for is not asked, see measureFirst.
	if err := b.ask("roles", `{"grant":["Calendars.Read"],"revoke":["MailboxSettings.Read"]}`); err != nil {
		return err
	}
	return b.ask("office", `{"speed":1}`)
}
