package m365

import "net/http"

// officeControl is the control API's part about offices; doc.go describes it.
func officeControl(at func(string, func(*Tenant, http.ResponseWriter, *http.Request))) {
	at("POST /control/tenants/{tenant}/office", func(t *Tenant, w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Speed float64 `json:"speed"`
		}
		if take(w, r, &asked) {
			t.OpenOffice(asked.Speed)
			done(w)
		}
	})
	at("POST /control/tenants/{tenant}/office/drift", func(t *Tenant, w http.ResponseWriter, r *http.Request) {
		asked := struct {
			N int `json:"n"`
		}{1}
		o := t.office.Load()
		switch {
		case !take(w, r, &asked):
		case o == nil:
			refuseControl(w, http.StatusConflict, "the office is not open")
		default:
			writeJSON(w, http.StatusOK, o.Drift(min(asked.N, 10_000)))
		}
	})
}
