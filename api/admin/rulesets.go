package admin

import (
	"encoding/json"
	"errors"

	"github.com/gofiber/fiber/v2"

	"tablestep/engine"
	"tablestep/tables"
)

// ruleSetInfo is a rule set in a list, or whole.
type ruleSetInfo struct {
	Name     string                  `json:"name"`
	Live     *int                    `json:"live"` // null: nothing is published
	Source   string                  `json:"source,omitempty"`
	Versions []tables.RuleSetVersion `json:"versions,omitempty"` // newest first
	Damage   string                  `json:"damage,omitempty"`   // why it is set aside, and what to do
}

func describeRuleSet(r *tables.RuleSet) ruleSetInfo {
	info := ruleSetInfo{Name: r.Name}
	if r.Live != nil {
		info.Live = &r.Live.Number
	}
	if r.Damage != nil {
		info.Damage = r.Damage.Problem
	}
	return info
}

func (a *API) listRuleSets(c *fiber.Ctx) error {
	list := []ruleSetInfo{}
	for _, r := range a.store.Catalog().RuleSets() {
		list = append(list, describeRuleSet(r))
	}
	return c.JSON(fiber.Map{"ruleSets": list})
}

func (a *API) showRuleSet(c *fiber.Ctx) error {
	r, versions, err := a.store.WholeRuleSet(param(c, "ruleSet"))
	if err != nil {
		return err
	}
	info := describeRuleSet(r)
	info.Versions = versions
	if r.Live != nil {
		info.Source = r.Live.Source
	}
	return c.JSON(info)
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
	return c.JSON(d)
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
	saved, err := a.engine.SaveRuleSet(c.UserContext(), name, source, engine.SaveOptions{Publish: publish, Force: force, By: by})
	if named := (*engine.RuleSetNameError)(nil); errors.As(err, &named) {
		return fiber.NewError(fiber.StatusBadRequest, named.Error())
	}
	if err != nil {
		return err
	}
	return c.JSON(struct {
		RuleSet string `json:"ruleSet"`
		Version int    `json:"version"`
		Live    bool   `json:"live"`
		*engine.RuleSetReport
	}{name, saved.Version, saved.Live, saved.Report})
}

func (a *API) deleteRuleSet(c *fiber.Ctx) error {
	if err := a.engine.DeleteRuleSet(param(c, "ruleSet"), by); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

func (a *API) publishRuleSet(c *fiber.Ctx) error {
	var body struct {
		Version  int  `json:"version"`
		Rollback bool `json:"rollback"` // to the version that was live before, instead
	}
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
	return c.JSON(fiber.Map{"ruleSet": name, "live": body.Version})
}

func (a *API) ruleSetHistory(c *fiber.Ctx) error {
	events, err := a.store.RuleSetHistory(param(c, "ruleSet"))
	if err != nil {
		return err
	}
	if events == nil {
		events = []tables.Event{}
	}
	return c.JSON(fiber.Map{"history": events})
}

// testRuleSet runs a rule set over given leads: the live version, or the source
// that comes along. Its own tests run, too. Nothing is stored.
func (a *API) testRuleSet(c *fiber.Ctx) error {
	var body struct {
		Source string            `json:"source"` // empty is the live version
		Leads  []json.RawMessage `json:"leads"`
		Flow   json.RawMessage   `json:"flow"`
	}
	if err := decode(c, &body); err != nil {
		return err
	}
	report, results, err := a.engine.TestRuleSet(c.UserContext(), param(c, "ruleSet"), body.Source, body.Leads, body.Flow)
	if err != nil {
		return err
	}
	if results == nil {
		results = []engine.Result{}
	}
	return c.JSON(struct {
		*engine.RuleSetReport
		Results []engine.Result `json:"results"`
	}{report, results})
}
