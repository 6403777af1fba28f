package admin

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"tablestep/api/shape"
	"tablestep/engine"
	"tablestep/tables"
)

func (a *API) listRuleSets(c *fiber.Ctx) error {
	deleted, err := queryBool(c, "deleted", false)
	if err != nil {
		return err
	}
	var list shape.RuleSets
	if deleted {
		list.Deleted = a.deleted(tables.KindRuleSet)
	}
	for _, r := range a.store.Catalog().RuleSets() {
		list.RuleSets = append(list.RuleSets, describeRuleSet(r))
	}
	return c.JSON(list)
}

func (a *API) showRuleSet(c *fiber.Ctx) error {
	n, err := queryInt(c, "version", 0)
	if err != nil {
		return err
	}
	state, _ := a.store.RuleSetState(param(c, "ruleSet")) // before it is read: never newer than what is told
	r, versions, err := a.store.WholeRuleSet(param(c, "ruleSet"))
	if err != nil {
		return err
	}
	setTag(c, state)
	info := shape.WholeRuleSet{RuleSet: describeRuleSet(r), Versions: describeRuleSetVersions(r, versions)}
	switch {
	case n != 0:
		v, err := a.store.RuleSetVersion(r.Name, n)
		if err != nil {
			return err
		}
		info.Source = v.Source
	case r.Live != nil:
		info.Source = r.Live.Source
	}
	return c.JSON(info)
}

func (a *API) listRuleSetVersions(c *fiber.Ctx) error {
	r, versions, err := a.store.WholeRuleSet(param(c, "ruleSet"))
	if err != nil {
		return err
	}
	return c.JSON(shape.RuleSetVersions{Versions: describeRuleSetVersions(r, versions)})
}

// exportRuleSet sends the source as it came.
func (a *API) exportRuleSet(c *fiber.Ctx) error {
	n, err := queryInt(c, "version", 0)
	if err != nil {
		return err
	}
	v, err := a.store.RuleSetVersion(param(c, "ruleSet"), n)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/yaml; charset=utf-8")
	return c.SendString(v.Source)
}

// diffRuleSet compares two versions by rule; without from and to, the live one
// with the newest one before it.
func (a *API) diffRuleSet(c *fiber.Ctx) error {
	to, err := queryInt(c, "to", 0)
	if err != nil {
		return err
	}
	from, err := queryInt(c, "from", 0)
	if err != nil {
		return err
	}
	d, err := a.engine.DiffRuleSet(param(c, "ruleSet"), from, to)
	if err != nil {
		return err
	}
	return c.JSON(describeRuleSetDiff(d))
}

// putRuleSet checks a rule set, stores it as a new version and publishes it. One
// that does not compile, or whose own tests fail, is not stored.
func (a *API) putRuleSet(c *fiber.Ctx) error {
	publish, err := queryBool(c, "publish", true)
	if err != nil {
		return err
	}
	force, err := queryBool(c, "force", false)
	if err != nil {
		return err
	}
	name, source := param(c, "ruleSet"), string(c.Request().Body())
	states, err := expected(c)
	if err != nil {
		return err
	}
	saved, err := a.engine.SaveRuleSet(c.UserContext(), name, source, engine.SaveOptions{Publish: publish, Force: force, By: by, Expected: states})
	if named := (*engine.RuleSetNameError)(nil); errors.As(err, &named) {
		return fiber.NewError(fiber.StatusBadRequest, named.Error())
	}
	if err != nil {
		return a.superseded(err, a.ruleSetNow(name))
	}
	if state, there := a.store.RuleSetState(name); there && state.Newest == saved.Version {
		setTag(c, state) // else somebody has changed it again
	}
	return c.JSON(shape.StoredRuleSet{RuleSet: name, Version: saved.Version, Live: saved.Live, RuleSetReport: describeReport(saved.Report)})
}

func (a *API) publishRuleSet(c *fiber.Ctx) error {
	var body shape.Publish
	if err := decode(c, &body); err != nil {
		return err
	}
	name := param(c, "ruleSet")
	var err error
	if body.Rollback {
		body.Version, err = a.engine.RollbackRuleSet(name, by)
	} else {
		err = a.engine.PublishRuleSet(name, body.Version, by)
	}
	if err != nil {
		return err
	}
	return c.JSON(shape.LiveRuleSet{RuleSet: name, Live: body.Version})
}

func (a *API) ruleSetHistory(c *fiber.Ctx) error {
	events, err := a.store.RuleSetHistory(param(c, "ruleSet"))
	if err != nil {
		return err
	}
	return c.JSON(describeHistory(events))
}

// testRuleSet runs a rule set over given leads: the live version, or the source
// that comes along. Its own tests run, too. Nothing is stored.
func (a *API) testRuleSet(c *fiber.Ctx) error {
	var body shape.TestRules
	if err := decode(c, &body); err != nil {
		return err
	}
	at, err := a.asOf(body.AsOf)
	if err != nil {
		return err
	}
	report, results, err := a.engine.TestRuleSetAt(c.UserContext(), at, param(c, "ruleSet"), body.Source, body.Leads, body.Flow)
	if err != nil {
		return err
	}
	return c.JSON(shape.TestedRules{RuleSetReport: describeReport(report), Results: each(results, describeResult)})
}
