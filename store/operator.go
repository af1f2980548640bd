package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/telefonist/telefonist/organization"
	"github.com/telefonist/telefonist/store/internal/db"
)

// Login returns the identity with that e-mail address.
func (s *Store) Login(ctx context.Context, email string) (Login, error) {
	row, err := s.queries.GetLogin(ctx, strings.ToLower(email))
	return loginOf(row), wrap("read login", err)
}

// Operators returns those who may see all organizations, the oldest first.
func (s *Store) Operators(ctx context.Context) ([]Login, error) {
	rows, err := s.queries.ListOperators(ctx)
	logins := make([]Login, len(rows))
	for i, row := range rows {
		logins[i] = loginOf(row)
	}
	return logins, wrap("list operators", err)
}

func loginOf(row db.OperatorLogin) Login {
	return Login{Email: row.Email, Name: row.Name, PasswordHash: row.PasswordHash, Language: row.Language,
		Operator: row.Operator, Created: fromMillis(row.CreatedAt), Seen: fromMillis(row.SeenAt)}
}

// CountLogins counts the identities that can sign in; 0 means that nobody has
// begun yet.
func (s *Store) CountLogins(ctx context.Context) (int64, error) {
	n, err := s.queries.CountLogins(ctx)
	return n, wrap("count logins", err)
}

// CountOperators counts the operators who can sign in.
func (s *Store) CountOperators(ctx context.Context) (int64, error) {
	n, err := s.queries.CountOperators(ctx)
	return n, wrap("count operators", err)
}

// PutLogin adds or replaces an identity.
func (s *Store) PutLogin(ctx context.Context, l Login) error {
	if l.Created.IsZero() {
		l.Created = s.now()
	}
	return s.write(ctx, "put login", func(w *writing) error {
		w.tell("", Members)
		return w.PutLogin(ctx, db.PutLoginParams{Email: strings.ToLower(l.Email), Name: l.Name, PasswordHash: l.PasswordHash,
			Language: l.Language, Operator: l.Operator, CreatedAt: millis(l.Created), SeenAt: millis(l.Seen)})
	})
}

// DeleteLogin takes an identity away; its memberships say nothing any more.
func (s *Store) DeleteLogin(ctx context.Context, email string) error {
	return s.change(ctx, "delete login", func(w *writing) (int64, error) {
		return w.DeleteLogin(ctx, strings.ToLower(email))
	})
}

// SetPassword keeps the hash of a new password.
func (s *Store) SetPassword(ctx context.Context, email, hash string) error {
	return s.change(ctx, "set password", func(w *writing) (int64, error) {
		return w.SetPassword(ctx, db.SetPasswordParams{Email: strings.ToLower(email), PasswordHash: hash})
	})
}

// SetLanguage keeps the language that someone chose.
func (s *Store) SetLanguage(ctx context.Context, email, language string) error {
	return s.change(ctx, "set language", func(w *writing) (int64, error) {
		return w.SetLanguage(ctx, db.SetLanguageParams{Email: strings.ToLower(email), Language: language})
	})
}

// Seen notes that someone is here now.
func (s *Store) Seen(ctx context.Context, email string) error {
	return s.change(ctx, "note login", func(w *writing) (int64, error) {
		return w.SetSeen(ctx, db.SetSeenParams{Email: strings.ToLower(email), SeenAt: millis(s.now())})
	})
}

// change runs f in a transaction; no row is ErrNotFound.
func (s *Store) change(ctx context.Context, step string, f func(w *writing) (int64, error)) error {
	return s.write(ctx, step, func(w *writing) error {
		n, err := f(w)
		return one(n, err, ErrNotFound)
	})
}

// Memberships returns where someone may go, by the organizations' names.
func (s *Store) Memberships(ctx context.Context, email string) ([]Membership, error) {
	rows, err := s.queries.Memberships(ctx, strings.ToLower(email))
	all := make([]Membership, len(rows))
	for i, r := range rows {
		all[i] = Membership{Organization: organization.ID(r.Organization), Name: r.Name, Role: organization.Role(r.Role)}
	}
	return all, wrap("list memberships", err)
}

// AddOperatorToken keeps an API token of an operator by the hash of its text.
func (s *Store) AddOperatorToken(ctx context.Context, t organization.Token, hash string) (organization.Token, error) {
	if t.ID == "" {
		t.ID = NewID()
	}
	t.Role, t.Created = organization.Operator, s.now().UTC().Truncate(time.Millisecond)
	return t, s.write(ctx, "add operator token", func(w *writing) error {
		return w.AddOperatorToken(ctx, db.AddOperatorTokenParams{ID: t.ID, Name: t.Name, Hash: hash, CreatedBy: t.By,
			CreatedAt: millis(t.Created), ExpiresAt: millis(t.Expires)})
	})
}

// OperatorTokens returns the operators' API tokens, the oldest first.
func (s *Store) OperatorTokens(ctx context.Context) ([]organization.Token, error) {
	rows, err := s.queries.ListOperatorTokens(ctx)
	tokens := make([]organization.Token, len(rows))
	for i, row := range rows {
		tokens[i] = operatorTokenOf(row)
	}
	return tokens, wrap("list operator tokens", err)
}

// OperatorTokenByHash returns the token with that hash; whether it has expired or
// was revoked is for the caller to see.
func (s *Store) OperatorTokenByHash(ctx context.Context, hash string) (organization.Token, error) {
	row, err := s.queries.OperatorTokenByHash(ctx, hash)
	return operatorTokenOf(row), wrap("find operator token", err)
}

// RevokeOperatorToken ends a token.
func (s *Store) RevokeOperatorToken(ctx context.Context, id string) error {
	return s.change(ctx, "revoke operator token", func(w *writing) (int64, error) {
		return w.RevokeOperatorToken(ctx, db.RevokeOperatorTokenParams{ID: id, RevokedAt: millis(s.now())})
	})
}

// TouchOperatorToken notes that the token was used now.
func (s *Store) TouchOperatorToken(ctx context.Context, id string) error {
	return s.change(ctx, "touch operator token", func(w *writing) (int64, error) {
		return w.TouchOperatorToken(ctx, db.TouchOperatorTokenParams{ID: id, UsedAt: millis(s.now())})
	})
}

func operatorTokenOf(row db.OperatorToken) organization.Token {
	return organization.Token{ID: row.ID, Name: row.Name, Role: organization.Operator, By: row.CreatedBy,
		Created: fromMillis(row.CreatedAt), Expires: fromMillis(row.ExpiresAt), Used: fromMillis(row.UsedAt),
		Revoked: fromMillis(row.RevokedAt)}
}

// FindToken returns the organization and the API token with that hash.
func (s *Store) FindToken(ctx context.Context, hash string) (organization.ID, organization.Token, error) {
	row, err := s.queries.FindToken(ctx, hash)
	return organization.ID(row.Organization), tokenOf(row), wrap("find token", err)
}

// FindConnectLink returns the organization and the connect link with that hash.
func (s *Store) FindConnectLink(ctx context.Context, hash string) (organization.ID, ConnectLink, error) {
	row, err := s.queries.FindConnectLink(ctx, hash)
	return organization.ID(row.Organization), connectLinkOf(row), wrap("find connect link", err)
}

// FindConsent returns the organization and the sign-in with that state.
func (s *Store) FindConsent(ctx context.Context, stateHash string) (organization.ID, Consent, error) {
	row, err := s.queries.FindConsent(ctx, stateHash)
	return organization.ID(row.Organization), consentOf(row), wrap("find consent", err)
}

// FindSubscription returns the organization, the source and the change
// subscription with Graph's id.
func (s *Store) FindSubscription(ctx context.Context, id string) (organization.ID, string, Subscription, error) {
	row, err := s.queries.FindSubscription(ctx, id)
	return organization.ID(row.Organization), row.Source, subscriptionOf(row), wrap("find subscription", err)
}

// AddInvite keeps a one-time word by its hash.
func (s *Store) AddInvite(ctx context.Context, hash string, i Invite) error {
	return s.write(ctx, "add invite", func(w *writing) error {
		return w.AddInvite(ctx, db.AddInviteParams{Hash: hash, Email: strings.ToLower(i.Email), Purpose: i.Purpose, ExpiresAt: millis(i.Expires)})
	})
}

// Invite returns a one-time word that can still be used.
func (s *Store) Invite(ctx context.Context, hash string) (Invite, error) {
	row, err := s.queries.GetInvite(ctx, hash)
	if err == nil && (row.UsedAt != 0 || row.ExpiresAt <= millis(s.now())) {
		err = ErrNotFound
	}
	return Invite{Email: row.Email, Purpose: row.Purpose, Expires: fromMillis(row.ExpiresAt)}, wrap("read invite", err)
}

// UseInvite uses a one-time word up. A second use, and one too late, is
// ErrNotFound.
func (s *Store) UseInvite(ctx context.Context, hash string) (i Invite, err error) {
	err = s.write(ctx, "use invite", func(w *writing) error {
		n, err := w.UseInvite(ctx, db.UseInviteParams{Hash: hash, UsedAt: millis(s.now())})
		if err := one(n, err, ErrNotFound); err != nil {
			return err
		}
		row, err := w.GetInvite(ctx, hash)
		i = Invite{Email: row.Email, Purpose: row.Purpose, Expires: fromMillis(row.ExpiresAt)}
		return err
	})
	return i, err
}

// AddOperatorEntry writes a line into the operators' audit log; id and time are
// filled in.
func (s *Store) AddOperatorEntry(ctx context.Context, e Entry) error {
	return s.write(ctx, "audit", func(w *writing) error {
		w.tell("", Entries)
		return w.AddOperatorEntry(ctx, db.AddOperatorEntryParams{ID: s.next(), At: millis(s.now()), Actor: e.Actor,
			Verb: e.Verb, Object: e.Object, Detail: encodeMap(e.Detail)})
	})
}

// OperatorEntries returns lines of the operators' audit log, the newest first,
// those with an id below before; 0 begins with the newest.
func (s *Store) OperatorEntries(ctx context.Context, before int64, limit int) ([]Entry, error) {
	rows, err := s.queries.ListOperatorEntries(ctx, db.ListOperatorEntriesParams{ID: newest(before), Limit: int32(limit)})
	if err != nil {
		return nil, wrap("list audit", err)
	}
	entries, err := each(rows, func(r db.OperatorAudit) (Entry, error) {
		detail, err := decodeMap[string](r.Detail)
		return Entry{ID: r.ID, At: fromMillis(r.At), Actor: r.Actor, Role: organization.Operator, Verb: r.Verb,
			Object: r.Object, Detail: detail}, err
	})
	return entries, wrap("list audit", err)
}

// newest is where a list that goes backwards begins.
func newest(before int64) int64 {
	if before <= 0 {
		return 1<<63 - 1
	}
	return before
}

// hashed is what is kept of a session's token, so that the table opens no session.
func hashed(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// FindCtx returns the data of the session with the token, of which the store knows
// a hash alone. With CommitCtx and DeleteCtx it makes the Store an scs.CtxStore.
func (s *Store) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	data, err := s.queries.FindSession(ctx, db.FindSessionParams{TokenHash: hashed(token), ExpiresAt: millis(s.now())})
	if err := wrap("find session", err); errors.Is(err, ErrNotFound) {
		return nil, false, nil
	} else if err != nil {
		return nil, false, err
	}
	return data, true, nil
}

// CommitCtx keeps a session's data until expiry.
func (s *Store) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.write(ctx, "keep session", func(w *writing) error {
		return w.PutSession(ctx, db.PutSessionParams{TokenHash: hashed(token), Data: data, ExpiresAt: millis(expiry)})
	})
}

// DeleteCtx ends a session.
func (s *Store) DeleteCtx(ctx context.Context, token string) error {
	return s.write(ctx, "end session", func(w *writing) error { return w.DeleteSession(ctx, hashed(token)) })
}

// Find, Commit and Delete are the same without a context, which scs.Store wants.
func (s *Store) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit keeps a session's data until expiry.
func (s *Store) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete ends a session.
func (s *Store) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// PurgeSessions forgets the sessions and invites that have expired.
func (s *Store) PurgeSessions(ctx context.Context) error {
	for {
		var rows int64
		err := s.write(ctx, "purge sessions", func(w *writing) (err error) {
			if rows, err = w.PurgeSessions(ctx, millis(s.now())); err != nil {
				return err
			}
			_, err = w.PurgeInvites(ctx, millis(s.now()))
			return err
		})
		if err != nil || rows == 0 {
			return err
		}
	}
}
