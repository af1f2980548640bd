package api

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html
var docsHTML string

var docsPage = template.Must(template.New("docs").Parse(docsHTML))

// documented is an operation as the page shows it.
type documented struct {
	Method, Path, ID, Summary string
	Query                     []string
	Body                      string
}

// docs is a page that lists the operations, without a script and with nothing from
// elsewhere.
func docs(api *huma.OpenAPI) http.Handler {
	byTag := map[string][]documented{}
	var tags []string
	for path, item := range api.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			tag := op.Tags[0]
			if byTag[tag] == nil {
				tags = append(tags, tag)
			}
			byTag[tag] = append(byTag[tag], document(path, op))
		}
	}
	slices.Sort(tags)
	type section struct {
		Tag        string
		Operations []documented
	}
	var sections []section
	for _, tag := range tags {
		slices.SortFunc(byTag[tag], func(a, b documented) int {
			return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
		})
		sections = append(sections, section{tag, byTag[tag]})
	}
	var page bytes.Buffer
	err := docsPage.Execute(&page, sections)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err != nil {
			http.Error(w, "the page could not be made", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		w.Write(page.Bytes())
	})
}

func document(path string, op *huma.Operation) documented {
	d := documented{Method: op.Method, Path: path, ID: op.OperationID, Summary: op.Summary}
	for _, p := range op.Parameters {
		if p.In != "path" {
			d.Query = append(d.Query, p.Name)
		}
	}
	if op.RequestBody == nil {
		return d
	}
	for mime, content := range op.RequestBody.Content {
		d.Body = mime
		if content.Schema != nil && content.Schema.Ref != "" {
			d.Body = content.Schema.Ref[strings.LastIndexByte(content.Schema.Ref, '/')+1:]
		}
	}
	return d
}
