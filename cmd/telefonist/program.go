package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path"
	"sync"
	"time"

	"github.com/telefonist/telefonist/api"
	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/drivers"
	"github.com/telefonist/telefonist/engine"
	"github.com/telefonist/telefonist/graph"
	"github.com/telefonist/telefonist/notify"
	"github.com/telefonist/telefonist/reconcile"
	"github.com/telefonist/telefonist/seal"
	"github.com/telefonist/telefonist/store"
)

// Program is the whole server as a value: set it up, Start it, Stop it.
type Program struct {
	Settings Settings
	Log      *slog.Logger
	Now      func() time.Time

	Store *store.Store
	Desk  *desk.Desk
	// Address is where it listens, once started.
	Address string

	folder  *folder
	drivers *drivers.Drivers
	rounds  *reconcile.Due
	clock   *reconcile.Clock
	boxes   *reconcile.Mailboxes
	ears    *reconcile.Listening
	engine  *engine.Engine
	notify  *notify.Notifier
	metrics *metrics

	running context.Context // ends with Stop
	stop    context.CancelFunc
	working sync.WaitGroup
	servers []*http.Server
}

// grace is how long a stop waits for requests under way.
const grace = 8 * time.Second

// Start opens the data folder and begins to serve and to work.
func (p *Program) Start(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			p.Stop()
		}
	}()
	p.running, p.stop = context.WithCancel(context.Background())
	if p.Now == nil {
		p.Now = time.Now
	}
	if err := p.Settings.check(); err != nil {
		return err
	}
	if p.folder, err = openFolder(p.Settings.Data); err != nil {
		return err
	}
	if err := p.open(ctx); err != nil {
		return err
	}
	if err := p.wire(); err != nil {
		return err
	}
	if err := p.listen(); err != nil {
		return err
	}
	if err := p.rounds.Resume(ctx); err != nil {
		return err
	}
	p.work()
	return nil
}

// open opens the database and the key.
func (p *Program) open(ctx context.Context) (err error) {
	database := p.Settings.Database
	if database == "" {
		database = "sqlite:" + p.folder.file("telefonist.db")
	}
	if p.Store, err = store.Open(ctx, database, store.Options{Now: p.Now, Log: p.Log}); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	return nil
}

// wire makes the parts and ties them to each other.
func (p *Program) wire() error {
	file := p.Settings.Key
	if file == "" {
		file = p.folder.file("key.json")
	}
	key, err := seal.File(file)
	if err != nil {
		return fmt.Errorf("open key: %w", err)
	}
	if p.drivers, err = p.newDrivers(key); err != nil {
		return err
	}
	r := &reconcile.Reconciler{
		Store: p.Store, Log: p.Log, Now: p.Now,
		OpenSource: p.drivers.Source, OpenRegister: p.drivers.Register,
		OpenCalendar: p.drivers.Calendar, OpenSwitchboard: p.drivers.Switchboard,
	}
	if p.Settings.PublicURL != "" {
		r.NotifyURL = p.Settings.PublicURL + api.NotificationPath
	}
	p.rounds = &reconcile.Due{Reconciler: r}
	p.engine = &engine.Engine{Log: p.Log, Now: p.Now}
	r.Woken = func() { p.engine.Wake(desk.WakeRounds) }
	r.Wake = p.engine.Wake
	if p.notify, err = p.newNotifier(); err != nil {
		return err
	}
	r.Told = p.notify.Round
	p.Desk = p.newDesk(key, r)
	if p.Desk.Consent, err = p.consent(); err != nil {
		return err
	}
	p.addWork()
	p.metrics = newMetrics(p.Store, p.Desk)
	r.Late = func(late time.Duration) { p.metrics.late.Observe(late.Seconds()) }
	return nil
}

// newDrivers reads the clouds of the settings.
func (p *Program) newDrivers(key *seal.Key) (*drivers.Drivers, error) {
	allow, err := prefixes(p.Settings.Networks.Allow)
	if err != nil {
		return nil, err
	}
	d := &drivers.Drivers{Store: p.Store, Unseal: key.Open, Dial: drivers.Guard(allow), Now: p.Now, Clouds: map[string]drivers.Cloud{}}
	for name, c := range p.Settings.Clouds {
		cloud := drivers.Cloud{
			Cloud:     graph.Cloud{Name: name, Login: c.Login, Graph: c.Graph},
			AppClient: c.App.Client, AppSecret: c.App.Secret, Trusted: true,
		}
		if c.CA != "" {
			if cloud.CA, err = os.ReadFile(c.CA); err != nil {
				return nil, fmt.Errorf("clouds.%s.ca: %w", name, err)
			}
		}
		d.Clouds[name] = cloud
	}
	return d, nil
}

// listen opens the server's address and the command line's socket.
func (p *Program) listen() error {
	l, err := net.Listen("tcp", p.Settings.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w; choose another address with --listen", err)
	}
	p.Address = l.Addr().String()
	p.Desk.Base = p.Settings.address(p.Address)
	p.notify.Base = p.Desk.Base
	p.Desk.Base = p.Settings.address(p.Address)
	if p.Settings.TLS.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(p.Settings.TLS.Certificate, p.Settings.TLS.Key)
		if err != nil {
			l.Close()
			return fmt.Errorf("tls: %w", err)
		}
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}})
	}
	socket, err := p.folder.socket()
	if err != nil {
		l.Close()
		return err
	}
	handler, owner, err := p.handlers()
	if err != nil {
		l.Close()
		socket.Close()
		return err
	}
	p.serve(l, p.untilStop(handler))
	p.serve(socket, p.untilStop(owner))
	return nil
}

func (p *Program) serve(l net.Listener, h http.Handler) {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(p.Log.Handler(), slog.LevelDebug),
	}
	p.servers = append(p.servers, s)
	p.working.Go(func() {
		if err := s.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			p.Log.Error("server stopped", "address", l.Addr(), "error", err)
		}
	})
}

// untilStop ends what would else hold a stop up until its grace is over: the live
// regions of pages and the API's events, which last as long as somebody listens.
func (p *Program) untilStop(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if last := path.Base(r.URL.Path); last == "live" || last == "events" {
			ctx, cancel := context.WithCancel(r.Context())
			defer cancel()
			defer context.AfterFunc(p.running, cancel)()
			r = r.WithContext(ctx)
		}
		h.ServeHTTP(w, r)
	})
}

// work starts the engine.
func (p *Program) work() {
	p.working.Go(func() { p.engine.Run(p.running); p.rounds.Wait(); p.boxes.Wait() })
	p.working.Go(func() { p.follow(p.running) })
	p.working.Go(func() { p.clock.Run(p.running) })
	p.working.Go(func() { p.ears.Run(p.running) })
}

// Stop ends what is under way, within ten seconds: requests are answered, rounds
// stop where they are and are taken up by the next start.
func (p *Program) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if p.stop != nil {
		p.stop()
	}
	var errs []error
	for _, s := range p.servers {
		if err := s.Shutdown(ctx); err != nil {
			errs = append(errs, s.Close())
		}
	}
	p.working.Wait()
	if p.Store != nil {
		errs = append(errs, p.Store.Close())
	}
	if p.folder != nil {
		errs = append(errs, p.folder.close())
	}
	return errors.Join(errs...)
}
