package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tablestep/engine/queue"
	"tablestep/tables"
	"tablestep/tables/schema"
)

// UseTime is how long ago a campaign may have used a table or rule set to count as one that
// uses it.
const UseTime = 30 * 24 * time.Hour

// Uses are who would miss a table, a lookup or a rule set.
type Uses struct {
	RuleSets  []string      // live ones that look up in the table
	Lookups   []string      // live ones that run the rule set, as the table picklist has them
	Chains    []string      // live lookups that go on to the table or lookup, likewise
	Campaigns []CampaignUse // within UseTime, the latest first
}

// A CampaignUse is what the queue knows of a campaign.
type CampaignUse struct {
	ID    int64
	Leads int // of its invocations that used the thing
	Last  time.Time
}

// Any says that somebody uses it.
func (u *Uses) Any() bool { return len(u.RuleSets)+len(u.Lookups)+len(u.Chains)+len(u.Campaigns) > 0 }

// An InUseError says why something is not deleted: who uses it. It is ErrConflict to whoever
// does not look closer.
type InUseError struct {
	What    string   // that is used, by name
	Reasons []string // each names one user, or several campaigns
}

// Error names all users and the way out.
func (e *InUseError) Error() string {
	return fmt.Sprintf("%s is in use: %s; change what uses it first, or force it", e.What, strings.Join(e.Reasons, "; "))
}

// Is says that it is a conflict.
func (e *InUseError) Is(target error) bool { return errors.Is(target, schema.ErrConflict) }

// namedCampaigns are how many a reason names one by one.
const namedCampaigns = 5

// InUse is nil where nobody uses a thing; what names it.
func (u *Uses) InUse(what string) error {
	if !u.Any() {
		return nil
	}
	e := &InUseError{What: what}
	for _, name := range u.RuleSets {
		e.Reasons = append(e.Reasons, fmt.Sprintf("rule set %q looks up in it", name))
	}
	for _, name := range u.Lookups {
		e.Reasons = append(e.Reasons, fmt.Sprintf("lookup %q runs it", name))
	}
	for _, name := range u.Chains {
		e.Reasons = append(e.Reasons, fmt.Sprintf("lookup %q goes on to it", name))
	}
	if n := len(u.Campaigns); n > 0 {
		ids := make([]string, 0, namedCampaigns)
		for _, c := range u.Campaigns[:min(n, namedCampaigns)] {
			ids = append(ids, fmt.Sprintf("%d (last on %s)", c.ID, c.Last.UTC().Format(time.DateOnly)))
		}
		more := ""
		if n > namedCampaigns {
			more = fmt.Sprintf(" and %d more", n-namedCampaigns)
		}
		e.Reasons = append(e.Reasons, fmt.Sprintf("campaigns used it within %d days: %s%s", int(UseTime/(24*time.Hour)), strings.Join(ids, ", "), more))
	}
	return e
}

// UsesOfTable are who would miss a table. A rule set looks up in its default lookup.
func (e *Engine) UsesOfTable(ctx context.Context, table string) (*Uses, error) {
	u := new(Uses)
	var err error
	if u.RuleSets, err = e.readersOf(ctx, table); err != nil {
		return nil, err
	}
	u.Chains = e.chainsOver(func(from, to schema.LookupName) bool { return to.Table == table && from.Table != table })
	u.Campaigns, err = e.campaigns(ctx, time.Time{}, func(s *queue.Summary) bool { return s.TableVersions[table] != 0 })
	return u, err
}

// chainsOver are the live lookups with a link that is one of those asked for.
func (e *Engine) chainsOver(asked func(from, to schema.LookupName) bool) (names []string) {
	for from, to := range e.evaluator.store.Catalog().Links() {
		if name := from.String(); asked(from, to) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// UsesOfLookup are who would miss a lookup: rule sets where it is the default one, lookups that
// go on to it, and campaigns that have used the table since the lookup was first set, because the queue does
// not know which of its lookups they chose.
func (e *Engine) UsesOfLookup(ctx context.Context, table, lookup string) (*Uses, error) {
	u := new(Uses)
	versions, err := e.evaluator.store.LookupVersions(table, lookup)
	if errors.Is(err, tables.ErrDamaged) || errors.Is(err, schema.ErrLookupNotFound) || err == nil && len(versions) == 0 {
		return u, nil // There is nothing that anybody could miss.
	}
	if err != nil {
		return nil, err
	}
	if lookup == "" || lookup == table {
		if u.RuleSets, err = e.readersOf(ctx, table); err != nil {
			return nil, err
		}
	}
	own := schema.LookupName{Table: table, Lookup: cmp.Or(lookup, table)}
	u.Chains = e.chainsOver(func(from, to schema.LookupName) bool { return to == own && from != own })
	first := versions[len(versions)-1].Created
	u.Campaigns, err = e.campaigns(ctx, first, func(s *queue.Summary) bool { return s.TableVersions[table] != 0 })
	return u, err
}

// UsesOfRuleSet are who would miss a rule set.
func (e *Engine) UsesOfRuleSet(ctx context.Context, ruleSet string) (u *Uses, err error) {
	u = new(Uses)
	for _, t := range e.evaluator.store.Catalog().Tables() {
		for i := range t.Lookups {
			if l := &t.Lookups[i]; l.RuleSet == ruleSet {
				name := t.Name
				if l.Name != t.Name {
					name += "/" + l.Name
				}
				u.Lookups = append(u.Lookups, name)
			}
		}
	}
	u.Campaigns, err = e.campaigns(ctx, time.Time{}, func(s *queue.Summary) bool { return s.RuleSetVersions[ruleSet] != 0 })
	return u, err
}

// readersOf are the live rule sets that look up in a table.
func (e *Engine) readersOf(ctx context.Context, table string) (names []string, err error) {
	for _, set := range e.evaluator.store.Catalog().RuleSets() {
		if set.Live == nil {
			continue
		}
		read, err := e.evaluator.readsOf(ctx, set)
		if err != nil {
			return nil, err
		}
		if slices.Contains(read.tables, table) {
			names = append(names, set.Name)
		}
	}
	return names, nil
}

// campaigns goes through all invocations of the last UseTime, or since a later moment, as far
// as the queue keeps them: nothing has them by table, and it is asked seldom. Those that wait
// for their evaluation are not known to use anything yet.
func (e *Engine) campaigns(ctx context.Context, since time.Time, uses func(*queue.Summary) bool) ([]CampaignUse, error) {
	from := time.Now().Add(-UseTime)
	if since.After(from) {
		from = since
	}
	found := map[int64]*CampaignUse{}
	for f := (queue.Filter{Limit: queue.MaxList, From: from}); ; {
		list, err := e.queue.List(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("look for campaigns: %w", err)
		}
		for i := range list {
			info := &list[i]
			if !uses(&info.Summary) {
				continue
			}
			c := found[info.CampaignID]
			if c == nil {
				c = &CampaignUse{ID: info.CampaignID}
				found[info.CampaignID] = c
			}
			c.Leads += info.Leads
			if info.Accepted.After(c.Last) {
				c.Last = info.Accepted
			}
		}
		if len(list) < f.Limit {
			break
		}
		f.Before = list[len(list)-1].ID
	}
	var all []CampaignUse
	for _, c := range found {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b CampaignUse) int { return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.ID, b.ID)) })
	return all, nil
}

// An AbsentTable is a table that a live rule set looks up in and that is not there, or has no
// live version: leads fail that get there.
type AbsentTable struct {
	RuleSet string
	Version int
	Table   string
}

// AbsentTables looks through the live rule sets, in their order.
func (e *Engine) AbsentTables(ctx context.Context) (list []AbsentTable, err error) {
	catalog := e.evaluator.store.Catalog()
	for _, set := range catalog.RuleSets() {
		if set.Live == nil {
			continue
		}
		read, err := e.evaluator.readsOf(ctx, set)
		if err != nil {
			return nil, err
		}
		for _, name := range read.tables {
			if t, ok := catalog.Table(name); !ok || t.Live == nil && t.Damage == nil {
				list = append(list, AbsentTable{set.Name, set.Live.Number, name})
			}
		}
	}
	return list, nil
}
