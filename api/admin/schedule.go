package admin

import (
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/shape"
	"tablestep/engine"
	"tablestep/tables"
	"tablestep/tables/schema"
)

// later schedules what goes live at a time, or, in a dry run, says what would come of it now.
func (a *API) later(c *fiber.Ctx, name string, body *shape.PublishTable, p tables.PublishRequest, dry bool) (*tables.DryRun, error) {
	if body.Rollback {
		return nil, fiber.NewError(fiber.StatusBadRequest, "rollback and at do not go together: which version was live before is known only when the time has come, so name the version")
	}
	at, err := a.store.ReadTime(body.At)
	if err != nil {
		return nil, err
	}
	replace, err := queryBool(c, "replace", false)
	if err != nil {
		return nil, err
	}
	o := tables.ScheduleOptions{At: at, Replace: replace, By: by}
	if dry {
		return a.store.TrySchedule(c.UserContext(), name, p, o)
	}
	_, err = a.store.Schedule(c.UserContext(), name, p, o)
	return nil, err
}

// notScheduled refuses to delete a lookup of which a version goes live later, unless the request forces it.
func (a *API) notScheduled(c *fiber.Ctx, table, lookup string) error {
	force, err := queryBool(c, "force", false)
	if err != nil || force {
		return err
	}
	t, ok := a.store.Catalog().Table(table)
	if !ok || t.Scheduled == nil || t.Scheduled.Named(table)[lookup] == 0 {
		return nil
	}
	return &engine.InUseError{
		What:    fmt.Sprintf("lookup %q of table %q", lookup, table),
		Reasons: []string{fmt.Sprintf("version %d of it is scheduled to go live at %s", t.Scheduled.Named(table)[lookup], t.Scheduled.At.Format(time.RFC3339))},
	}
}

// try says what would come of publishing now.
func (a *API) try(c *fiber.Ctx, name string, body *shape.PublishTable, p tables.PublishRequest) (*tables.DryRun, error) {
	if body.Rollback {
		return a.store.TryRollback(c.UserContext(), name, p.Lift)
	}
	return a.store.Try(c.UserContext(), name, p)
}

// asIs is a table as it is live, for an answer by which nothing went live.
func (a *API) asIs(name string, trial *tables.DryRun) shape.LiveTable {
	answer := shape.LiveTable{Table: name}
	if t, ok := a.store.Catalog().Table(name); ok {
		if answer.Scheduled = describeScheduled(t); t.Live != nil {
			answer.Live = &t.Live.Number
		}
	}
	if trial != nil {
		answer.Trial = &shape.Trial{Version: trial.Version, Counts: trial.Findings.Counts, Refusals: describeReasons(trial.Reasons())}
		if trial.Diff != nil {
			count := describeCount(trial.Diff)
			answer.Trial.Diff = &count
		}
	}
	return answer
}

// cancelScheduled takes away what goes live later.
func (a *API) cancelScheduled(c *fiber.Ctx) error {
	if err := a.store.Unschedule(param(c, "table"), by); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

func describeScheduled(t *tables.Table) *shape.Scheduled {
	p := t.Scheduled
	if p == nil {
		return nil
	}
	s := &shape.Scheduled{
		Version: p.Version, Lookups: p.Named(t.Name), At: p.At, By: p.By, Asked: p.Asked, Base: p.Base, Tried: p.Tried, Refusals: describeReasons(p.Refusals),
	}
	if !p.Refused.IsZero() {
		s.Refused = &p.Refused
	}
	return s
}

func describeReasons(list []tables.Reason) shape.List[shape.Detail] {
	return each(list, func(r *tables.Reason) shape.Detail {
		return shape.Detail{Code: r.Code, Severity: string(schema.SeverityBlock), Lift: r.Lift, Lookup: r.Lookup, Row: r.Row, Column: r.Column, Message: r.Message, More: r.More}
	})
}
