package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

// What browsers fetch. htmx, hx-sse and Tabler come from npm (make assets).
//
//go:embed static
var staticFiles embed.FS

// Icons from Tabler Icons (MIT, icons/LICENSE), put into pages as they are.
//
//go:embed icons
var iconFiles embed.FS

// asset is a file with an address that changes when it does.
type asset struct {
	url    string
	kind   string // Content-Type
	body   []byte // nil where only packed is embedded
	packed []byte // gzip
}

// assets are all embedded files by name, read and packed once a process.
var assets = sync.OnceValue(func() map[string]asset {
	all := map[string]asset{}
	entries, err := fs.ReadDir(staticFiles, "static")
	if err != nil {
		return all
	}
	for _, e := range entries {
		body, err := fs.ReadFile(staticFiles, "static/"+e.Name())
		if err != nil {
			continue
		}
		sum := sha256.Sum256(body)
		name, packed := strings.CutSuffix(e.Name(), ".gz")
		a := asset{
			url:  "/static/" + hex.EncodeToString(sum[:6]) + "/" + name,
			kind: mime.TypeByExtension(path.Ext(name)),
		}
		if packed {
			a.packed = body
		} else {
			a.body, a.packed = body, pack(body)
		}
		all[name] = a
	}
	return all
})

func pack(body []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(body); err != nil {
		return nil
	}
	if err := w.Close(); err != nil {
		return nil
	}
	return b.Bytes()
}

func unpack(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// assetURL is where browsers find a file of static/.
func assetURL(name string) string { return assets()[name].url }

// serveAsset answers GET /static/{hash}/{name}. An address never changes its
// content, so it may be kept for ever; one of an earlier version is gone.
func serveAsset(w http.ResponseWriter, r *http.Request) {
	a, ok := assets()[r.PathValue("name")]
	if !ok || a.url != r.URL.Path {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	body := a.body
	switch accepts := strings.Contains(r.Header.Get("Accept-Encoding"), "gzip"); {
	case accepts && len(a.packed) > 0 && (body == nil || len(a.packed) < len(body)):
		h.Set("Content-Encoding", "gzip")
		body = a.packed
	case body == nil:
		var err error
		if body, err = unpack(a.packed); err != nil {
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
			return
		}
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a browser that went away is no error of ours
	}
}

var iconText = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	entries, err := fs.ReadDir(iconFiles, "icons")
	if err != nil {
		return all
	}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".svg"); ok {
			text, err := fs.ReadFile(iconFiles, "icons/"+e.Name())
			if err == nil {
				all[name] = strings.TrimSpace(string(text))
			}
		}
	}
	return all
})
