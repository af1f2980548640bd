package graph

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// newTransport makes the carrier of a client that was given none.
func newTransport(ca []byte, dial func(context.Context, string, string) (net.Conn, error)) (*http.Transport, error) {
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dial,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          16,
		MaxIdleConnsPerHost:   8,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 100 * time.Second,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if dial == nil {
		t.DialContext = (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	}
	if ca != nil {
		t.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM(ca) {
			return nil, errors.New("graph: the cloud's CA holds no certificate in PEM")
		}
	}
	return t, nil
}

// options are those of both pipelines: ours to Graph, azidentity's to the
// sign-in. Every wait is set, because azcore's own make a name that doesn't
// resolve cost close to twenty seconds.
func (cfg *Config) options() azcore.ClientOptions {
	return azcore.ClientOptions{
		Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: cfg.Cloud.Login},
		Transport: &http.Client{
			Transport: cfg.Transport,
			// Graph's JSON never redirects; following one would carry the
			// request past the address that was checked.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		Retry: policy.RetryOptions{
			MaxRetries:    tries - 1,
			RetryDelay:    cfg.Backoff,
			MaxRetryDelay: cfg.MaxWait,
			TryTimeout:    cfg.Timeout,
			ShouldRetry:   retryable,
		},
		Telemetry: policy.TelemetryOptions{ApplicationID: cmp.Or(cfg.Application, "telefonist")},
	}
}

// retryable says whether a try that ended so is worth another: what Microsoft
// calls transient, and connections that failed for another reason than a name
// that doesn't exist.
func retryable(res *http.Response, err error) bool {
	if err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) {
			return !dns.IsNotFound
		}
		var cert *tls.CertificateVerificationError
		return !errors.As(err, &cert)
	}
	return transient(res.StatusCode)
}

// transient holds the statuses after which the same request may succeed.
func transient(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout, 509:
		return true
	}
	return false
}
