package m365

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// page is what the sign-in and consent pages show.
type page struct {
	Title  string
	App    string
	People []Person
	Hint   string
	Roles  []string // on the consent page: what is asked for
}

// The pages are as plain as can be: a person, a browser under test and a
// program can all pick an account. The form goes to the address of the page.
var signInTemplate = template.Must(template.New("sign-in").Parse(`<!doctype html>
<html lang="sv"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Title}}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:3rem auto;padding:0 1rem}select,input,button{font:inherit;width:100%;padding:.5rem;margin:.25rem 0;box-sizing:border-box}</style>
<h1>{{.Title}}</h1>
<p>Simulerad Microsoft 365: appen <strong>{{.App}}</strong></p>
{{with .Roles}}<ul>{{range .}}<li>{{.}}</li>{{end}}</ul>{{end}}
<form method="post">
<label for="user">Konto</label>
<input id="user" name="user" list="people" required autofocus value="{{.Hint}}">
<datalist id="people">{{range .People}}<option value="{{.UserPrincipalName}}">{{.DisplayName}}{{with .Role}} ({{.}}){{end}}</option>{{end}}</datalist>
<button name="action" value="accept">{{if .Roles}}Acceptera{{else}}Logga in{{end}}</button>
<button name="action" value="cancel" formnovalidate>Avbryt</button>
</form>
<p>Konton: {{range $i, $p := .People}}{{if lt $i 8}}<br><code>{{$p.UserPrincipalName}}</code>{{with $p.Role}} ({{.}}){{end}}{{end}}{{end}}</p>
</html>
`))

func signInPage(w http.ResponseWriter, p page) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	signInTemplate.Execute(w, p)
}

var errorTemplate = template.Must(template.New("error").Parse(`<!doctype html>
<html lang="sv"><meta charset="utf-8"><title>Det gick inte att logga in</title><h1>Det gick inte att logga in</h1><p>{{.}}</p></html>
`))

// errorPage is for what may not be told by a redirect.
func errorPage(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	errorTemplate.Execute(w, text)
}

// redirection is the way back to the app.
type redirection struct {
	address string
	mode    string // query, fragment or form_post; empty = query
	values  url.Values
}

var formPost = template.Must(template.New("form_post").Parse(`<!doctype html>
<html><meta charset="utf-8"><title>Working...</title><body onload="document.forms[0].submit()">
<form method="post" action="{{.Address}}">{{range $name, $values := .Values}}{{range $values}}<input type="hidden" name="{{$name}}" value="{{.}}">{{end}}{{end}}
<noscript><button>Fortsätt</button></noscript></form></body></html>
`))

func (b redirection) send(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	joint := "?"
	switch {
	case b.mode == "form_post":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		formPost.Execute(w, struct {
			Address string
			Values  url.Values
		}{b.address, b.values})
		return
	case b.mode == "fragment":
		joint = "#"
	case strings.Contains(b.address, "?"):
		joint = "&"
	}
	http.Redirect(w, r, b.address+joint+b.values.Encode(), http.StatusFound)
}

// fail goes back with OAuth's error.
func (b redirection) fail(w http.ResponseWriter, r *http.Request, code, text string) {
	b.values.Set("error", code)
	b.values.Set("error_description", text)
	b.send(w, r)
}
