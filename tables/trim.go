package tables

import (
	"slices"
	"time"
)

// trim drops versions that are too old, but never the live one or one that is to go live later, and none
// whose rows are being read: that goes the next time.
func (c *change) trim(t Thing, r *Record) {
	keep := c.store.options.KeepVersions
	if len(r.Made) <= keep {
		return // too few of either kind
	}
	var old []int
	for _, m := range surplus(r.Made, keep) {
		if m.Number != r.Head.Live && !c.isScheduled(t, m.Number) && (m.Storage == 0 || !c.store.isRead(t.Name.Name, m.Storage)) {
			old = append(old, m.Number)
		}
	}
	if len(old) > 0 {
		c.drop(t, r, old)
	}
}

// burst is the time within which a patch stands for those before it.
const burst = time.Minute

// surplus is what is beyond so many uploads and so many patches, of versions in
// order of their numbers. Of uploads the oldest go. Of patches those go first that
// one by the same hand followed within a minute, the oldest first: somebody who
// corrects a hundred rows one by one does not push out what others did last week.
// Only tables have patches; one whose record is damaged counts as an upload.
func surplus(versions []Making, keep int) []Making {
	var uploads, passed, patches []Making
	for i, v := range versions {
		followed := slices.ContainsFunc(versions[i+1:], func(o Making) bool {
			return o.Patch && o.By == v.By && o.Created.Sub(v.Created).Abs() <= burst
		})
		switch {
		case !v.Patch:
			uploads = append(uploads, v)
		case followed:
			passed = append(passed, v)
		default:
			patches = append(patches, v)
		}
	}
	patches = append(passed, patches...)
	return slices.Concat(uploads[:max(0, len(uploads)-keep)], patches[:max(0, len(patches)-keep)])
}
