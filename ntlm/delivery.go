package ntlm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// maxBody is how much of a body is kept that can't be had again.
const maxBody = 16 << 20

// delivery is a request that may have to be sent several times.
type delivery struct {
	r    *http.Request
	body func() (io.ReadCloser, error) // nil without a body
}

// replayable returns what gives r's body anew, nil if it has none, and closes
// the body.
func replayable(r *http.Request) (func() (io.ReadCloser, error), error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	if r.GetBody != nil {
		return r.GetBody, r.Body.Close()
	}
	whole, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err == nil && len(whole) > maxBody {
		err = fmt.Errorf("it is larger than %d bytes and has no GetBody", maxBody)
	}
	if err := errors.Join(err, r.Body.Close()); err != nil {
		return nil, fmt.Errorf("ntlm: read the request's body: %w", err)
	}
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(whole)), nil }, nil
}

// request returns a copy to send, whole or without the body: a server that
// answers with a challenge throws the body away.
func (d *delivery) request(ctx context.Context, whole bool) (*http.Request, error) {
	r := d.r.Clone(ctx)
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Del("Authorization")
	if whole && d.body != nil {
		body, err := d.body()
		r.Body, r.GetBody = body, d.body
		return r, err
	}
	r.Body, r.GetBody = nil, nil
	if d.body == nil {
		return r, nil
	}
	r.Body, r.ContentLength, r.TransferEncoding, r.Trailer, r.Close = http.NoBody, 0, nil, nil, false
	r.Header.Del("Expect")
	r.Header.Del("Connection")
	r.Header["Idempotency-Key"] = []string{} // net/http may send it twice, and doesn't send this
	return r, nil
}

// heldBody frees its connection at the end of the answer.
type heldBody struct {
	io.ReadCloser
	free func()
}

func (b *heldBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.free()
	}
	return n, err
}

func (b *heldBody) Close() error {
	err := b.ReadCloser.Close()
	b.free()
	return err
}
