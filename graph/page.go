package graph

import (
	"context"
	"fmt"
	"hash/maphash"
	"iter"
	"net/http"
	"net/url"
	"strings"
)

// Page is one answer of a list. It is the caller's to keep.
type Page[T any] struct {
	Items     []T
	NextLink  string // where the list goes on, "" on the last page
	DeltaLink string // on the last page of a delta round: where the next round begins
	Count     int64  // @odata.count where it was asked for, else -1
}

// Link is what to go on from after this page: within the round, or, once
// [Page.Last], with the next one.
func (p *Page[T]) Link() string {
	if p.NextLink != "" {
		return p.NextLink
	}
	return p.DeltaLink
}

// Last says that the page ends its list or round.
func (p *Page[T]) Last() bool { return p.NextLink == "" }

// list is how one kind of list is read.
type list[T any] struct {
	step   string
	first  string // address of the first page
	delta  bool   // the last page must have a deltaLink
	header http.Header
	item   func(*decoder, *T) error
}

// sameAgain and emptyAgain are how many times in a row a page may hold what
// the one before held, or nothing. Microsoft repeats what it has told and sends
// pages without items, but a round must end.
const (
	sameAgain  = 3
	emptyAgain = 1000
)

// circle notices pages that lead in one: by a link that was followed before,
// or by links that are new each time and what they lead to, the same.
type circle struct {
	links  map[uint64]bool
	last   uint64
	repeat int
}

func (c *circle) followed(link string) bool {
	sum := maphash.String(seed, link)
	if c.links[sum] {
		return true
	}
	c.links[sum] = true
	return false
}

// undigested is the digest of items that aren't directory objects: whether
// they repeat isn't known.
var undigested = maphash.String(seed, "")

func (c *circle) read(items int, digest uint64) bool {
	if digest != c.last || digest == undigested && items > 0 {
		c.last, c.repeat = digest, 0
		return false
	}
	c.repeat++
	return c.repeat == sameAgain && items > 0 || c.repeat == emptyAgain
}

// pages follows a list from its first address to its end.
func pages[T any](ctx context.Context, c *Client, l list[T]) iter.Seq2[Page[T], error] {
	return func(yield func(Page[T], error) bool) {
		seen, size := circle{links: map[uint64]bool{}}, 0
		for link := l.first; link != ""; {
			if seen.followed(link) {
				yield(Page[T]{}, &Error{Step: l.step, Err: ErrLoop})
				return
			}
			page, digest, err := readPage(ctx, c, l, link, size)
			if err != nil {
				yield(Page[T]{}, err)
				return
			}
			if seen.read(len(page.Items), digest) {
				yield(Page[T]{}, &Error{Step: l.step, Err: ErrLoop})
				return
			}
			link, size = page.NextLink, len(page.Items)
			if !yield(page, nil) {
				return
			}
		}
	}
}

// readPage reads one page, with a digest of what it holds.
func readPage[T any](ctx context.Context, c *Client, l list[T], link string, size int) (p Page[T], digest uint64, err error) {
	if err := c.ours(l.step, link); err != nil {
		return p, 0, err
	}
	err = c.read(ctx, call{step: l.step, url: link, header: l.header}, func(d *decoder) error {
		p = Page[T]{Items: make([]T, 0, size), Count: -1}
		if err := d.page(&p.NextLink, &p.DeltaLink, &p.Count, func() error {
			var zero T
			p.Items = append(p.Items, zero)
			return l.item(d, &p.Items[len(p.Items)-1])
		}); err != nil {
			return err
		}
		if l.delta && p.NextLink == "" && p.DeltaLink == "" {
			return fmt.Errorf("%w: neither nextLink nor deltaLink", ErrIncomplete)
		}
		digest = d.digest.Sum64()
		return nil
	})
	return p, digest, err
}

// ours refuses a link to anywhere but this cloud's Graph: the token would go
// with it.
func (c *Client) ours(step, link string) error {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" || !strings.EqualFold(u.Host, c.host) {
		return &Error{Step: step, Err: errForeign}
	}
	return nil
}

// page reads the envelope of a list and calls item at each of its items.
func (d *decoder) page(next, delta *string, count *int64, item func() error) error {
	found := false
	err := d.members(func(name string) (err error) {
		switch name {
		case "value":
			found = true
			return d.elements(item)
		case "@odata.nextLink", "odata.nextLink":
			*next, err = d.string()
		case "@odata.deltaLink", "odata.deltaLink":
			*delta, err = d.string()
		case "@odata.count":
			*count, err = d.int()
		default:
			return d.dec.SkipValue()
		}
		return err
	})
	if err == nil && !found {
		return fmt.Errorf("%w: no value", ErrIncomplete)
	}
	return err
}
