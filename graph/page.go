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

// pages follows a list from its first address to its end.
func pages[T any](ctx context.Context, c *Client, l list[T]) iter.Seq2[Page[T], error] {
	return func(yield func(Page[T], error) bool) {
		seed, seen := maphash.MakeSeed(), map[uint64]bool{}
		size := 0
		for link := l.first; link != ""; {
			sum := maphash.String(seed, link)
			if seen[sum] {
				yield(Page[T]{}, &Error{Step: l.step, Err: ErrLoop})
				return
			}
			seen[sum] = true
			page, err := readPage(ctx, c, l, link, size)
			if err != nil {
				yield(Page[T]{}, err)
				return
			}
			link, size = page.NextLink, len(page.Items)
			if !yield(page, nil) {
				return
			}
		}
	}
}

func readPage[T any](ctx context.Context, c *Client, l list[T], link string, size int) (Page[T], error) {
	if err := c.ours(l.step, link); err != nil {
		return Page[T]{}, err
	}
	var p Page[T]
	err := c.read(ctx, call{step: l.step, url: link, header: l.header}, func(d *decoder) error {
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
		return nil
	})
	return p, err
}

// ours refuses a link to anywhere but this cloud's Graph: the token would go
// with it.
func (c *Client) ours(step, link string) error {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" || !strings.EqualFold(u.Host, c.host) {
		return &Error{Step: step, Status: http.StatusBadRequest, Code: "foreignLink",
			Err: fmt.Errorf("the link doesn't lead to %s", c.host)}
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
