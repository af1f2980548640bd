package m365

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// ExchangeTLS is how an Exchange that listens by itself does TLS.
type ExchangeTLS string

// The ways of TLS.
const (
	ModernTLS ExchangeTLS = ""     // 1.2 and 1.3, with a certificate of the customer's own authority
	OldTLS    ExchangeTLS = "old"  // 1.0 alone, as on Windows Server 2008, with a self-signed SHA-1 certificate
	NoTLS     ExchangeTLS = "none" // plain HTTP
)

// exchangeListener is where an Exchange listens by itself.
type exchangeListener struct {
	http   *http.Server
	url    string
	tls    ExchangeTLS
	issued atomic.Pointer[issued]
	done   chan struct{}
}

// issued is a certificate with whom to trust for it.
type issued struct {
	ca          []byte
	certificate *tls.Certificate
}

// Start lets x listen by itself, as a customer's own server does, over
// HTTP/1.1: "127.0.0.1:0" picks a port. It is served besides where AddExchange
// put it.
func (x *Exchange) Start(addr string, way ExchangeTLS) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("m365: listen: %w", err)
	}
	l := &exchangeListener{tls: way, url: "http://" + listener.Addr().String(), done: make(chan struct{})}
	l.http = &http.Server{
		Handler: x, ConnContext: ExchangeConn, ReadHeaderTimeout: 10 * time.Second, Protocols: new(http.Protocols),
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // clients that do not trust us are no news
	}
	l.http.Protocols.SetHTTP1(true)
	serve := l.http.Serve
	if way != NoTLS {
		if err := l.certify(); err != nil {
			listener.Close()
			return err
		}
		l.url, l.http.TLSConfig = "https://"+listener.Addr().String(), l.config()
		serve = func(n net.Listener) error { return l.http.ServeTLS(n, "", "") }
	}
	x.listener.Store(l)
	go func() { defer close(l.done); _ = serve(listener) }()
	return nil
}

// URL is the address of the service where Start listens, as a customer names
// it: https://127.0.0.1:8443/EWS/Exchange.asmx. "" before Start.
func (x *Exchange) URL() string {
	l := x.listener.Load()
	if l == nil {
		return ""
	}
	return l.url + "/EWS/Exchange.asmx"
}

// CA is whom to trust (PEM) where Start listens; nil before it and without TLS.
func (x *Exchange) CA() []byte {
	if i := x.issued(); i != nil {
		return i.ca
	}
	return nil
}

// Certificate is the one that is shown where Start listens (DER); nil before it
// and without TLS.
func (x *Exchange) Certificate() []byte {
	if i := x.issued(); i != nil {
		return i.certificate.Certificate[0]
	}
	return nil
}

func (x *Exchange) issued() *issued {
	l := x.listener.Load()
	if l == nil {
		return nil
	}
	return l.issued.Load()
}

// Renew shows another certificate from now on, of another authority; it is an
// error before Start and without TLS.
func (x *Exchange) Renew() error {
	if x.issued() == nil {
		return errors.New("m365: there is no certificate to renew")
	}
	return x.listener.Load().certify()
}

// Close stops listening and cuts off who is connected.
func (x *Exchange) Close() error {
	l := x.listener.Load()
	if l == nil {
		return nil
	}
	err := l.http.Close()
	<-l.done
	return err
}

func (l *exchangeListener) certify() (err error) {
	var i issued
	if l.tls == OldTLS {
		i, err = selfSigned()
	} else {
		var a *authority
		if a, err = newAuthority(""); err == nil {
			i = issued{a.pem, &a.config.Certificates[0]}
		}
	}
	if err != nil {
		return err
	}
	l.issued.Store(&i)
	return nil
}

func (l *exchangeListener) config() *tls.Config {
	c := &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return l.issued.Load().certificate, nil }}
	if l.tls == OldTLS {
		c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10
		c.CipherSuites = []uint16{
			tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA,
		}
	}
	return c
}

// selfSigned makes what Exchange's setup made in 2007: an RSA certificate for
// itself, signed with SHA-1.
func selfSigned() (issued, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return issued{}, fmt.Errorf("m365: key: %w", err)
	}
	from := time.Now().Add(-24 * time.Hour)
	about := &x509.Certificate{
		SerialNumber: big.NewInt(from.Unix()), Subject: pkix.Name{CommonName: "EXCH01"}, NotBefore: from, NotAfter: from.AddDate(5, 0, 0),
		DNSNames: []string{"EXCH01", "localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		SignatureAlgorithm: x509.SHA1WithRSA,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		return issued{}, fmt.Errorf("m365: certificate: %w", err)
	}
	return issued{pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}}, nil
}
