package m365

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
)

// exchangeFeed is what has changed in the calendars of a server since it was
// made, and who is to be told.
type exchangeFeed struct {
	mu      sync.Mutex
	last    uint64                    // number of the last change
	epoch   uint32                    // raised where states of synchronization are forgotten
	changes map[string][]feedEntry    // by person, oldest first
	forgot  map[string]uint64         // by person: the last change that is no longer held
	subs    map[string]*exchangeSub   // by id
	watch   map[string][]*exchangeSub // by person
	made    uint64                    // subscriptions so far
}

// feedEntry is one change of a stored event.
type feedEntry struct {
	number uint64
	id     string // the event's
	kind   string // "created", "updated" or "deleted"
}

// feedLength is how many changes of a mailbox are held.
const feedLength = 2000

func newExchangeFeed() *exchangeFeed {
	return &exchangeFeed{changes: map[string][]feedEntry{}, forgot: map[string]uint64{}, subs: map[string]*exchangeSub{}, watch: map[string][]*exchangeSub{}}
}

// changed is told of every change in the tenant.
func (f *exchangeFeed) changed(ch change) {
	if ch.set != "events" {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last++
	list := f.changes[ch.owner]
	if len(list) >= feedLength {
		f.forgot[ch.owner] = list[feedLength/2-1].number
		list = slices.Clone(list[feedLength/2:])
	}
	f.changes[ch.owner] = append(list, feedEntry{f.last, ch.id, ch.kind})
	for _, sub := range f.watch[ch.owner] {
		sub.note(ch)
	}
}

// since are the changes of a mailbox after a number, each event once with all
// that happened to it; false where they are no longer held.
func (f *exchangeFeed) since(person string, number uint64) ([]feedEntry, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if number < f.forgot[person] {
		return nil, false
	}
	at := map[string]int{}
	var out []feedEntry
	for _, entry := range f.changes[person] {
		if entry.number <= number {
			continue
		}
		i, before := at[entry.id]
		if !before {
			at[entry.id] = len(out)
			out = append(out, entry)
			continue
		}
		if entry.kind == "updated" {
			entry.kind = out[i].kind // made and changed is made
		}
		out[i] = entry
	}
	slices.SortFunc(out, func(a, b feedEntry) int { return cmp.Compare(a.number, b.number) })
	return out, true
}

func (f *exchangeFeed) now() (last uint64, epoch uint32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last, f.epoch
}

// ForgetSyncStates makes every SyncState so far invalid.
func (x *Exchange) ForgetSyncStates() {
	x.feed.mu.Lock()
	defer x.feed.mu.Unlock()
	x.feed.epoch++
}

// syncState is what a SyncState says: how far its holder has read.
type syncState struct {
	epoch  uint32
	folder uint64 // hash of its id
	number uint64 // of the last change it knows of
	after  string // while all items are told: the id of the last one
}

func (s *syncState) String() string {
	b := binary.BigEndian.AppendUint32([]byte("m365"), s.epoch)
	b = binary.BigEndian.AppendUint64(b, s.folder)
	b = binary.BigEndian.AppendUint64(b, s.number)
	return base64.StdEncoding.EncodeToString(append(b, s.after...))
}

func parseSyncState(text string) (syncState, bool) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) < 24 || string(b[:4]) != "m365" {
		return syncState{}, false
	}
	return syncState{binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[16:]), string(b[24:])}, true
}

const mostChanges = 512

// syncFolderItems answers SyncFolderItems: what was made, changed and taken
// away since a state, series as one item.
// https://learn.microsoft.com/exchange/client-developer/web-service-reference/syncfolderitems-operation
func (c *ewsCall) syncFolderItems() error {
	wanted, refused, err := c.shape("ItemShape")
	if err != nil {
		return err
	}
	most := c.op.number(0, "MaxChangesReturned")
	if most < 1 || most > mostChanges {
		return c.invalid("The 'MaxChangesReturned' element is invalid.")
	}
	if c.op.child("SyncScope") != nil && c.schema < schema2010 {
		return c.invalid("The element 'SyncScope' is not expected.")
	}
	target := c.op.child("SyncFolderId").all()
	if len(target) != 1 {
		return c.invalid("The element 'SyncFolderId' has incomplete content.")
	}
	f, err := c.reading(target[0])
	if asError, ok := err.(*ewsError); ok {
		refused = asError
	} else if err != nil {
		return err
	}
	c.respond(func() {
		var state syncState
		var told []feedEntry
		more := false
		if refused == nil {
			state, told, more, refused = c.changes(f, most)
		}
		if refused != nil {
			c.unsynced(refused)
			return
		}
		c.message(nil, func() { c.synced(f, &wanted, state, told, more) })
	})
	return nil
}

// unsynced is the answer with an error: it has an empty state.
func (c *ewsCall) unsynced(refused *ewsError) {
	tag := "m:SyncFolderItemsResponseMessage"
	c.refusal(tag, refused)
	c.out.empty("m:SyncState")
	c.out.flag("m:IncludesLastItemInRange", true)
	c.out.close(tag)
}

// changes are up to most changes after the state that was sent, and the state
// after them.
func (c *ewsCall) changes(f *folder, most int) (syncState, []feedEntry, bool, *ewsError) {
	last, epoch := c.x.feed.now()
	key := hash64(f.p.ID + "/" + f.name)
	state := syncState{epoch: epoch, folder: key, number: last, after: "-"}
	if sent := c.op.value("SyncState"); sent != "" {
		known, ok := parseSyncState(sent)
		if !ok || known.epoch != epoch || known.folder != key {
			return state, nil, false, badState
		}
		state = known
	}
	if state.after != "" {
		return c.firstChanges(f, state, most)
	}
	list, held := c.x.feed.since(f.p.ID, state.number)
	if !held {
		return state, nil, false, badState
	}
	if f.name != calendarFolder {
		list = nil
	}
	more := len(list) > most
	list = list[:min(len(list), most)]
	if len(list) > 0 {
		state.number = list[len(list)-1].number
	}
	return state, list, more, nil
}

var badState = &ewsError{code: "ErrorInvalidSyncStateData", text: "Synchronization state data is corrupt or otherwise invalid."}

// firstChanges tells everything there is, a page at a time.
func (c *ewsCall) firstChanges(f *folder, state syncState, most int) (syncState, []feedEntry, bool, *ewsError) {
	items := c.visible(c.x.items(f), f.right)
	var list []feedEntry
	for i := range items {
		if state.after != "-" && strings.Compare(items[i].ID, state.after) <= 0 {
			continue
		}
		if len(list) == most {
			state.after = list[most-1].id
			return state, list, true, nil
		}
		list = append(list, feedEntry{id: items[i].ID, kind: "created"})
	}
	state.after = ""
	return state, list, false, nil
}

// synced writes the changes. What is there no more was taken away, and of what
// the reader may not see nothing is told.
func (c *ewsCall) synced(f *folder, w *shapeWanted, state syncState, told []feedEntry, more bool) {
	box := c.x.t.mailbox(f.p)
	c.out.text("m:SyncState", state.String())
	c.out.flag("m:IncludesLastItemInRange", !more)
	c.out.open("m:Changes")
	for _, entry := range told {
		e, err := c.x.t.event(f.p, &box, entry.id)
		if entry.kind == "deleted" || err != nil {
			c.out.open("t:Delete")
			c.out.empty("t:ItemId", "Id", itemID(f.p.ID, entry.id))
			c.out.close("t:Delete")
			continue
		}
		if c.hides(&e, f.right) && c.x.private() == privateHidden {
			continue
		}
		tag := "t:Update"
		if entry.kind == "created" {
			tag = "t:Create"
		}
		c.out.open(tag)
		c.item(shownItem{p: f.p, box: &box, right: f.right, e: &e}, w)
		c.out.close(tag)
	}
	c.out.close("m:Changes")
}
