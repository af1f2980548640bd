package main

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/telefonist/telefonist/desk"
	"github.com/telefonist/telefonist/store"
)

// metrics are what a monitoring system may ask. Nothing in them names a person
// or a customer.
type metrics struct {
	registry *prometheus.Registry
	answers  *prometheus.HistogramVec
	late     prometheus.Histogram
}

func newMetrics(s *store.Store, d *desk.Desk) *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), answers: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "telefonist_http_seconds", Help: "How long requests took.", Buckets: []float64{.005, .02, .1, .5, 2, 10},
	}, []string{"method", "code"}), late: prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "telefonist_told_late_seconds", Help: "How long after its instant a switchboard was told an activity.",
		Buckets: []float64{.05, .1, .25, .5, 1, 2, 5, 15, 60},
	})}
	m.registry.MustRegister(m.answers, m.late, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), state{s},
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "telefonist_notifications_ignored_total",
			Help: "Notifications that were passed over, being unknown or forged."}, func() float64 { return float64(d.Forged()) }))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Timeout: 5 * time.Second})
}

// watch measures how long requests take.
func (m *metrics) watch(next http.Handler) http.Handler {
	return promhttp.InstrumentHandlerDuration(m.answers, next)
}

// state counts rows when it is asked.
type state struct{ store *store.Store }

var (
	organizations = prometheus.NewDesc("telefonist_organizations", "Organizations.", nil, nil)
	replicators   = prometheus.NewDesc("telefonist_replicators", "Replicators by state.", []string{"state"}, nil)
	rounds        = prometheus.NewDesc("telefonist_rounds", "Rounds that are not over, by state.", []string{"state"}, nil)
	mails         = prometheus.NewDesc("telefonist_mails_waiting", "Mails that have not been sent.", nil, nil)
	mailboxes     = prometheus.NewDesc("telefonist_mailboxes", "Mailboxes by how reading them goes.", []string{"state"}, nil)
	mailboxesDue  = prometheus.NewDesc("telefonist_mailboxes_due", "Mailboxes whose time to be read has come.", nil, nil)
	tellings      = prometheus.NewDesc("telefonist_tellings", "Subscribers of switchboards that are told activities.", []string{"state"}, nil)
)

// Describe implements prometheus.Collector.
func (state) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{organizations, replicators, rounds, mails, mailboxes, mailboxesDue, tellings} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (s state) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	m, err := s.store.Metrics(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(organizations, err)
		return
	}
	gauge := func(d *prometheus.Desc, n int64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), labels...)
	}
	gauge(organizations, m.Organizations)
	gauge(replicators, m.Replicators, "all")
	gauge(replicators, m.FailingReplicators, "failing")
	gauge(replicators, m.DueReplicators, "due")
	for _, r := range []store.RoundState{store.Reading, store.Waiting, store.Held, store.Applying} {
		gauge(rounds, m.Rounds[r], string(r))
	}
	gauge(mails, m.WaitingMails)
	for state, n := range m.Mailboxes {
		gauge(mailboxes, n, string(state))
	}
	gauge(mailboxesDue, m.DueMailboxes)
	gauge(tellings, m.Tellings, "all")
	gauge(tellings, m.FailingTellings, "failing")
	gauge(tellings, m.DueTellings, "due")
}
