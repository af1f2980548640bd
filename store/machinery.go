package store

import (
	"context"
	"time"

	"github.com/telefonist/telefonist/calendar"
	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store/internal/db"
)

// DueReplicators returns replicators that are due and not paused, the longest due
// first. What a paused one has begun is still brought to its end.
func (s *Store) DueReplicators(ctx context.Context, now time.Time, limit int) ([]Due, error) {
	rows, err := s.queries.DueReplicators(ctx, db.DueReplicatorsParams{DueAt: millis(now), Limit: int32(limit)})
	due := make([]Due, len(rows))
	for i, r := range rows {
		due[i] = Due{Organization: organization.ID(r.Organization), Replicator: r.ID, At: fromMillis(r.DueAt)}
	}
	return due, wrap("list due replicators", err)
}

// NextReplicatorDue is when the next replicator is due, zero for never.
func (s *Store) NextReplicatorDue(ctx context.Context) (time.Time, error) {
	at, err := s.queries.NextReplicatorDue(ctx)
	return fromMillis(at), wrap("next replicator", err)
}

// UnfinishedRounds returns the rounds that read or apply, the oldest first; after a
// start these are the ones that were interrupted.
func (s *Store) UnfinishedRounds(ctx context.Context) ([]Unfinished, error) {
	rows, err := s.queries.UnfinishedRounds(ctx)
	all := make([]Unfinished, len(rows))
	for i, r := range rows {
		all[i] = Unfinished{Organization: organization.ID(r.Organization), Round: r.ID, Replicator: r.Replicator}
	}
	return all, wrap("list unfinished rounds", err)
}

// DueMails returns mails that are due, the longest due first.
func (s *Store) DueMails(ctx context.Context, now time.Time, limit int) ([]Mail, error) {
	rows, err := s.queries.DueMails(ctx, db.DueMailsParams{DueAt: millis(now), Limit: int32(limit)})
	mails := make([]Mail, len(rows))
	for i, row := range rows {
		mails[i] = mailOf(row)
	}
	return mails, wrap("list due mails", err)
}

// NextMailDue is when the next mail is due, zero for never.
func (s *Store) NextMailDue(ctx context.Context) (time.Time, error) {
	at, err := s.queries.NextMailDue(ctx)
	return fromMillis(at), wrap("next mail", err)
}

// ExpiringCredentials returns credentials that end before then, the first to end
// first, those that have ended too.
func (s *Store) ExpiringCredentials(ctx context.Context, before time.Time) ([]ExpiringCredential, error) {
	rows, err := s.queries.ExpiringCredentials(ctx, millis(before))
	all := make([]ExpiringCredential, len(rows))
	for i, r := range rows {
		all[i] = ExpiringCredential{Organization: organization.ID(r.Organization), Source: r.Source, WarnedDays: r.WarnedDays,
			Credential: credentialOf(db.Credential{ID: r.ID, Kind: r.Kind, Hint: r.Hint, PublicPem: r.PublicPem,
				ExpiresAt: r.ExpiresAt, ExpiryRead: r.ExpiryRead, CreatedAt: r.CreatedAt})}
	}
	return all, wrap("list expiring credentials", err)
}

// SourceSubscription is a change subscription with the source it belongs to.
type SourceSubscription struct {
	Organization organization.ID
	Source       string
	Subscription
}

// AllSubscriptions returns the change subscriptions of all organizations, but for
// those of mailboxes.
func (s *Store) AllSubscriptions(ctx context.Context) ([]SourceSubscription, error) {
	rows, err := s.queries.AllSubscriptions(ctx)
	all := make([]SourceSubscription, len(rows))
	for i, r := range rows {
		all[i] = SourceSubscription{Organization: organization.ID(r.Organization), Source: r.Source, Subscription: subscriptionOf(r)}
	}
	return all, wrap("list subscriptions", err)
}

// DueEventSubscriptions returns the change subscriptions of mailboxes that are to be
// made, renewed or tried again, the longest due first.
func (s *Store) DueEventSubscriptions(ctx context.Context, now time.Time, limit int) ([]SourceSubscription, error) {
	rows, err := s.queries.DueEventSubscriptions(ctx, db.DueEventSubscriptionsParams{DueAt: millis(now), Limit: int32(limit)})
	all := make([]SourceSubscription, len(rows))
	for i, r := range rows {
		all[i] = SourceSubscription{Organization: organization.ID(r.Organization), Source: r.Source, Subscription: subscriptionOf(r)}
	}
	return all, wrap("list due subscriptions", err)
}

// NextEventSubscriptionDue is when the next of them is due, zero for never.
func (s *Store) NextEventSubscriptionDue(ctx context.Context) (time.Time, error) {
	at, err := s.queries.NextEventSubscriptionDue(ctx)
	return fromMillis(at), wrap("next subscription", err)
}

// RunningReplicator is a replicator with its organization.
type RunningReplicator struct {
	Organization organization.ID
	ReplicatorState
}

// RunningReplicators returns the replicators of all organizations that are not
// paused.
func (s *Store) RunningReplicators(ctx context.Context) ([]RunningReplicator, error) {
	rows, err := s.queries.RunningReplicators(ctx)
	if err != nil {
		return nil, wrap("list running replicators", err)
	}
	all, err := each(rows, func(row db.Replicator) (RunningReplicator, error) {
		state, err := replicatorOf(row)
		return RunningReplicator{organization.ID(row.Organization), state}, err
	})
	return all, wrap("list running replicators", err)
}

// OrganizationConsent is a sign-in with the organization it is for.
type OrganizationConsent struct {
	Organization organization.ID
	Consent
}

// ConsentsAt returns the sign-ins of all organizations that stand at a step and
// have not expired.
func (s *Store) ConsentsAt(ctx context.Context, step string) ([]OrganizationConsent, error) {
	rows, err := s.queries.ConsentsAt(ctx, db.ConsentsAtParams{Step: step, ExpiresAt: millis(s.now())})
	all := make([]OrganizationConsent, len(rows))
	for i, row := range rows {
		all[i] = OrganizationConsent{organization.ID(row.Organization), consentOf(row)}
	}
	return all, wrap("list consents", err)
}

// SourcesOfTenant returns the sources, of all organizations, that were proven to be
// the tenant.
func (s *Store) SourcesOfTenant(ctx context.Context, tenant string) ([]TenantSource, error) {
	rows, err := s.queries.SourcesOfTenant(ctx, tenant)
	all := make([]TenantSource, len(rows))
	for i, r := range rows {
		all[i] = TenantSource{Organization: organization.ID(r.Organization), Source: r.ID, Name: r.Name}
	}
	return all, wrap("list sources of tenant", err)
}

// Metrics counts what an operator watches.
func (s *Store) Metrics(ctx context.Context) (m Metrics, err error) {
	if m.Organizations, err = s.queries.CountOrganizations(ctx); err != nil {
		return m, wrap("count", err)
	}
	replicators, err := s.queries.CountReplicators(ctx, millis(s.now()))
	if err != nil {
		return m, wrap("count", err)
	}
	m.Replicators, m.FailingReplicators, m.DueReplicators = replicators.Replicators, replicators.Failing, replicators.Due
	states, err := s.queries.CountRoundStates(ctx)
	if err != nil {
		return m, wrap("count", err)
	}
	m.Rounds = map[RoundState]int64{}
	for _, st := range states {
		m.Rounds[RoundState(st.State)] = st.Rounds
	}
	if m.WaitingMails, err = s.queries.CountMails(ctx); err != nil {
		return m, wrap("count", err)
	}
	return m, wrap("count", s.calendarMetrics(ctx, &m))
}

func (s *Store) calendarMetrics(ctx context.Context, m *Metrics) error {
	now := millis(s.now())
	boxes, err := s.queries.CountMailboxStates(ctx, now)
	if err != nil {
		return err
	}
	m.Mailboxes = map[calendar.State]int64{}
	for _, b := range boxes {
		m.Mailboxes[calendar.State(b.Health)] = b.Mailboxes
		m.DueMailboxes += b.Due
	}
	tellings, err := s.queries.CountAllTellings(ctx, now)
	m.Tellings, m.FailingTellings, m.DueTellings = tellings.Tellings, tellings.Failing, tellings.Due
	return err
}
