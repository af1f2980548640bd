package graph

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// tokens signs in with the first credential that isn't refused, and stays with
// it. It is azcore's TokenCredential over azidentity's.
type tokens struct {
	tenant, client string
	credentials    []Credential
	options        azcore.ClientOptions
	scope          string
	wire           *witness
	now            func() time.Time

	mu     sync.Mutex
	at     int                    // the credential in use
	source azcore.TokenCredential // made of it; nil to sign in afresh
}

func newTokens(cfg Config, options azcore.ClientOptions) (*tokens, error) {
	if len(cfg.Credentials) == 0 {
		return nil, &AuthError{Kind: CredentialMissing}
	}
	t := &tokens{tenant: cfg.Tenant, client: cfg.ClientID, credentials: cfg.Credentials,
		options: options, scope: cfg.Cloud.scope(), wire: &witness{under: options.Transport}, now: cfg.Now}
	t.options.Transport = t.wire
	if !tenantLike(t.tenant) {
		return nil, &AuthError{Kind: MalformedTenant}
	}
	if !guid(t.client) {
		return nil, &AuthError{Kind: UnknownApp}
	}
	for i := range t.credentials {
		if _, err := t.open(i); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// tenantLike is looser than Microsoft, which has the last word: a GUID or a
// domain.
func tenantLike(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == ""
}

// open makes azidentity's credential of one of ours. The clouds are in a table
// here, so Microsoft needn't be asked whether the sign-in host is its own.
func (t *tokens) open(i int) (azcore.TokenCredential, error) {
	c := t.credentials[i]
	if c.Secret != "" {
		cred, err := azidentity.NewClientSecretCredential(t.tenant, t.client, c.Secret,
			&azidentity.ClientSecretCredentialOptions{ClientOptions: t.options, DisableInstanceDiscovery: true})
		if err != nil {
			return nil, &AuthError{Kind: MalformedTenant, Credential: i}
		}
		return cred, nil
	}
	chain, key, err := c.Certificate.chain()
	if err != nil {
		return nil, &AuthError{Kind: CertificateUnreadable, Credential: i, Err: err}
	}
	cred, err := azidentity.NewClientCertificateCredential(t.tenant, t.client, chain, key,
		&azidentity.ClientCertificateCredentialOptions{ClientOptions: t.options, DisableInstanceDiscovery: true})
	if err != nil {
		return nil, &AuthError{Kind: CertificateUnreadable, Credential: i, Err: err}
	}
	return cred, nil
}

// witness remembers what the last try to connect failed of, which azidentity
// makes into text. It is used under the lock of its tokens.
type witness struct {
	under policy.Transporter
	err   error
}

func (w *witness) Do(req *http.Request) (*http.Response, error) {
	res, err := w.under.Do(req)
	w.err = err
	return res, err
}

// GetToken signs in, going through the credentials from the one that worked
// last until one is taken. What all refuse is the error of the first.
func (t *tokens) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var first *AuthError
	for range t.credentials {
		token, err := t.sign(ctx, o)
		if err == nil {
			return token, nil
		}
		if ctx.Err() != nil {
			return token, ctx.Err()
		}
		refused := classify(err, t.at, t.credentials[t.at].Secret, t.wire.err, t.now())
		if first == nil || t.at == 0 {
			first = refused
		}
		t.source = nil
		if !refused.Kind.ofCredential() {
			return token, refused
		}
		t.at = (t.at + 1) % len(t.credentials)
	}
	return azcore.AccessToken{}, first
}

func (t *tokens) sign(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if t.source == nil {
		source, err := t.open(t.at)
		if err != nil {
			return azcore.AccessToken{}, err
		}
		t.source = source
	}
	return t.source.GetToken(ctx, o)
}

// forget drops what azidentity has cached, so that the next token is new.
func (t *tokens) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.source = nil
}

// renew repeats a call once with a new token when Graph says 401, which it has
// been seen to do to a good token.
type renew struct{ tokens *tokens }

func (r renew) Do(req *policy.Request) (*http.Response, error) {
	res, err := req.Next()
	if err != nil || res.StatusCode != http.StatusUnauthorized {
		return res, err
	}
	r.tokens.forget()
	runtime.Drain(res)
	if err := req.RewindBody(); err != nil {
		return nil, err
	}
	return req.Next()
}
