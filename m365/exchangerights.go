package m365

import (
	"fmt"
	"slices"
	"strings"
)

// ExchangeRight is what somebody may do in another's calendar.
type ExchangeRight string

// The rights, each more than the one before it.
const (
	RightNone           ExchangeRight = "none"           // not even free or busy
	RightTimes          ExchangeRight = "times"          // AvailabilityOnly: free or busy
	RightLimitedDetails ExchangeRight = "limiteddetails" // … with subject and place
	RightReviewer       ExchangeRight = "reviewer"       // reads the calendar folder
	RightFullAccess     ExchangeRight = "fullaccess"     // the whole mailbox, as its owner
)

var exchangeRightOrder = []ExchangeRight{RightNone, RightTimes, RightLimitedDetails, RightReviewer, RightFullAccess}

func (r ExchangeRight) atLeast(least ExchangeRight) bool {
	return slices.Index(exchangeRightOrder, r) >= slices.Index(exchangeRightOrder, least)
}

// exchangeRights are who may do what on a server.
type exchangeRights struct {
	everybody   ExchangeRight                       // of the entry Default in each calendar
	accounts    map[string]ExchangeRight            // by account, in all mailboxes
	mailboxes   map[string]map[string]ExchangeRight // by account and person
	impersonate map[string]string                   // by account: a group's id, or everyMailbox
}

const everyMailbox = "*"

func newExchangeRights() exchangeRights {
	return exchangeRights{
		everybody: RightTimes, accounts: map[string]ExchangeRight{}, mailboxes: map[string]map[string]ExchangeRight{}, impersonate: map[string]string{},
	}
}

// GrantEverybody sets what all may do in all calendars, the entry Default of
// each: times, until it is set.
func (x *Exchange) GrantEverybody(right ExchangeRight) error {
	if !slices.Contains(exchangeRightOrder, right) {
		return fmt.Errorf("m365: no such right: %q", clip(string(right)))
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.rights.everybody = right
	return nil
}

// Grant sets what an account may do in these people's mailboxes, by id or
// address, or with none in all those where nothing else was set for it. ""
// takes back what was set.
func (x *Exchange) Grant(user string, right ExchangeRight, mailboxes ...string) error {
	if right != "" && !slices.Contains(exchangeRightOrder, right) {
		return fmt.Errorf("m365: no such right: %q", clip(string(right)))
	}
	var people []string
	for _, who := range mailboxes {
		p, err := x.t.livePerson(who)
		if err != nil {
			return err
		}
		people = append(people, p.ID)
	}
	user = strings.ToLower(user)
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(mailboxes) == 0 {
		if x.rights.accounts[user] = right; right == "" {
			delete(x.rights.accounts, user)
		}
		return nil
	}
	own := x.rights.mailboxes[user]
	if own == nil {
		own = map[string]ExchangeRight{}
		x.rights.mailboxes[user] = own
	}
	for _, id := range people {
		if own[id] = right; right == "" {
			delete(own, id)
		}
	}
	return nil
}

// GrantImpersonation gives an account the role ApplicationImpersonation, for
// the members of a group (its id) or with "*" for all; "" takes it away.
func (x *Exchange) GrantImpersonation(user, group string) error {
	if group != "" && group != everyMailbox && !x.t.haveGroups([]string{group}) {
		return fmt.Errorf("group %q: %w", clip(group), ErrUnknown)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.rights.impersonate[strings.ToLower(user)] = group; group == "" {
		delete(x.rights.impersonate, strings.ToLower(user))
	}
	return nil
}

// rightOf is what an account may do in a person's mailbox that is not its own.
func (x *Exchange) rightOf(user, person string) ExchangeRight {
	user = strings.ToLower(user)
	x.mu.Lock()
	defer x.mu.Unlock()
	if own, set := x.rights.mailboxes[user][person]; set {
		return own
	}
	if all, set := x.rights.accounts[user]; set {
		return all
	}
	return x.rights.everybody
}

// impersonation is the group that an account may impersonate, everyMailbox, or
// "" where it lacks the role.
func (x *Exchange) impersonation(user string) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.rights.impersonate[strings.ToLower(user)]
}
