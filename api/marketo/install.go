package marketo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// The paths of the interface that an installation uses.
const (
	apiPath        = "/openapi.json"
	statusPath     = "/status"
	definitionPath = "/getServiceDefinition"
	picklistPath   = "/getPicklist"
)

// maxPicklists bounds the lists that are asked for.
const maxPicklists = 200

// ErrRefused is returned where the service does not take the credentials.
var ErrRefused = errors.New("the service refuses the credentials")

// installation is the conversation before the first campaign.
type installation struct {
	options     Options
	client      *client
	credentials *credentials
	names       []string // Fields of the leads.
	report      *Report
	findings    findings
}

func newInstallation(o Options, c *client) *installation {
	return &installation{options: o, client: c, names: leadNames(o.Leads), report: &Report{Server: o.Server}}
}

func (in *installation) complain(rule Rule, where, format string, args ...any) {
	in.findings.add(Problem{Rule: rule, Where: where, Message: fmt.Sprintf(format, args...)})
}

func (in *installation) run(ctx context.Context) error {
	if err := in.readAPI(ctx); err != nil {
		return err
	}
	if err := in.readStatus(ctx); err != nil {
		return err
	}
	if err := in.readDefinition(ctx); err != nil {
		return err
	}
	return in.readPicklists(ctx)
}

// readAPI reads the API definition without credentials and learns from it
// which ones the service wants. Where it cannot be read, the header x-api-key
// is tried, so that the rest can still be judged.
func (in *installation) readAPI(ctx context.Context) error {
	got, err := in.client.get(ctx, apiPath, nil)
	if err != nil {
		return fmt.Errorf("read the API definition: %w", err)
	}
	if got.status != http.StatusOK {
		in.complain(APIUnreadable, apiPath, "asked without credentials, the service answered %d %s", got.status, got.excerpt())
	} else {
		api, problems, err := ReadAPIDefinition(got.body)
		if err != nil {
			in.complain(APIUnreadable, apiPath, "%v", err)
		}
		in.findings.add(problems...)
		in.report.API = api
	}
	api := &in.report.API
	if api.ServerURL != "" && strings.TrimRight(api.ServerURL, "/") != in.options.Server {
		in.complain(APIServer, "servers[0].url", "Marketo would send its requests to %s; this simulation sends them to %s", shorten(api.ServerURL), in.options.Server)
	}
	scheme := api.Scheme
	if scheme.Type == "" {
		scheme = SecurityScheme{Type: "apiKey", In: "header", Key: "x-api-key"}
	}
	scheme.TokenURL = in.localToken(scheme.TokenURL)
	in.credentials, err = newCredentials(scheme, in.options, in.client)
	return err
}

// localToken gives the address for tokens as it is reached from here: one
// below the public address of the service is taken below Options.Server.
func (in *installation) localToken(address string) string {
	if strings.HasPrefix(address, "/") {
		return in.options.Server + address
	}
	public := strings.TrimRight(in.report.API.ServerURL, "/")
	if rest, ok := strings.CutPrefix(address, public); ok && public != "" && strings.HasPrefix(rest, "/") {
		return in.options.Server + rest
	}
	return address
}

// readStatus asks for the status with the right credentials, with wrong ones and with none.
func (in *installation) readStatus(ctx context.Context) error {
	got, err := in.client.get(ctx, statusPath, in.credentials)
	if err != nil {
		return fmt.Errorf("read the status: %w", err)
	}
	switch {
	case got.status == http.StatusUnauthorized || got.status == http.StatusForbidden:
		in.complain(CredentialsRefused, statusPath, "the service answered %d %s", got.status, got.excerpt())
		return fmt.Errorf("read the status: %w (%d)", ErrRefused, got.status)
	case got.status != http.StatusOK:
		in.complain(StatusInvalid, statusPath, "the service answered %d %s", got.status, got.excerpt())
	default:
		status, problems, err := ReadStatus(got.body)
		if err != nil {
			in.complain(StatusInvalid, statusPath, "%v", err)
		}
		in.findings.add(problems...)
		in.report.Status = status
	}
	for _, ask := range []struct {
		how  string
		with *credentials
	}{{"with wrong credentials", in.credentials.wrong()}, {"without credentials", nil}} {
		got, err := in.client.get(ctx, statusPath, ask.with)
		if err != nil {
			return fmt.Errorf("read the status %s: %w", ask.how, err)
		}
		if got.status != http.StatusUnauthorized {
			in.complain(WrongKeyAccepted, statusPath, "asked %s, the service answered %d instead of 401", ask.how, got.status)
		}
	}
	return nil
}

func (in *installation) readDefinition(ctx context.Context) error {
	got, err := in.client.get(ctx, definitionPath, in.credentials)
	if err != nil {
		return fmt.Errorf("read the service definition: %w", err)
	}
	if got.status != http.StatusOK {
		in.complain(DefinitionInvalid, definitionPath, "the service answered %d %s", got.status, got.excerpt())
		return fmt.Errorf("read the service definition: the service answered %d", got.status)
	}
	definition, problems, err := ReadDefinition(got.body)
	in.findings.add(problems...)
	if err != nil {
		in.complain(DefinitionInvalid, definitionPath, "%v", err)
		return err
	}
	in.report.Definition = definition
	return nil
}

// readPicklists asks for the list of every parameter that has one, as the
// nightly refresh does.
func (in *installation) readPicklists(ctx context.Context) error {
	definition := in.report.Definition
	in.report.Picklists = make(map[string]Picklist)
	mappings := fieldMappings(definition, in.names, in.options.CallbackFields)
	for i, p := range definition.parameters() {
		if i == maxPicklists {
			in.complain(DefinitionInvalid, "picklists", "there are more than %d; the rest was not asked for", maxPicklists)
			break
		}
		body, err := json.Marshal(PicklistRequest{Name: p.name, Type: p.kind, FieldMappings: mappings})
		if err != nil {
			return fmt.Errorf("ask for the picklist of %q: %w", p.name, err)
		}
		got, err := in.client.post(ctx, picklistPath, body, in.credentials)
		if err != nil {
			return fmt.Errorf("ask for the picklist of %q: %w", p.name, err)
		}
		list := Picklist{Type: p.kind, DataType: p.dataType, Enforced: p.enforced}
		in.picklist(p, got, &list)
		in.report.Picklists[p.key()] = list
	}
	if len(in.report.Picklists) == 0 {
		return nil // a service without lists need not answer for one
	}
	return in.askUnnamed(ctx, mappings)
}

// askUnnamed asks for a picklist without saying which: a service that answers with one all
// the same shows marketers the wrong choices where a name is misspelt.
func (in *installation) askUnnamed(ctx context.Context, mappings FieldMapping) error {
	body, err := json.Marshal(PicklistRequest{Type: PicklistFlow, FieldMappings: mappings})
	if err != nil {
		return fmt.Errorf("ask for a picklist without a name: %w", err)
	}
	got, err := in.client.post(ctx, picklistPath, body, in.credentials)
	if err != nil {
		return fmt.Errorf("ask for a picklist without a name: %w", err)
	}
	if got.status != http.StatusBadRequest {
		in.complain(PicklistUnnamed, picklistPath, "asked without a name, the service answered %d instead of 400", got.status)
	}
	return nil
}

// picklist checks one list.
func (in *installation) picklist(p parameter, got answer, list *Picklist) {
	where := picklistPath + " " + p.key()
	if got.status != http.StatusOK {
		in.complain(PicklistInvalid, where, "the service answered %d %s", got.status, got.excerpt())
		return
	}
	choices, problems, err := ReadPicklist(got.body, p.dataType)
	if err != nil {
		in.complain(PicklistInvalid, where, "%v", err)
		return
	}
	for i := range problems {
		problems[i].Where = where + " " + problems[i].Where
	}
	in.findings.add(problems...)
	if list.Choices = choices; len(choices) == 0 {
		in.complain(PicklistEmpty, where, "the list is empty")
	}
}
