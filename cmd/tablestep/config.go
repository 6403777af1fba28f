package main

import (
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// A config is the settings of a service.
type config struct {
	Addr      string `default:"127.0.0.1:8080" help:"Address to listen on."`
	Data      string `default:"./tablestep-data" help:"Folder of the data." type:"path"`
	PublicURL string `name:"public-url" help:"Address at which Marketo reaches the service. Default: http:// and the address." placeholder:"URL"`

	// Who may call. Keys that are not given are made at the first start and kept in Data.
	Auth      string   `enum:"apikey" default:"apikey" help:"Scheme that the API definition names first."`
	APIKeys   []string `name:"api-key" sep:"none" help:"Key that Marketo sends; repeat it while one is rotated (in the variable: one a line, or between spaces). Default: made at the first start." placeholder:"KEY"`
	AdminKeys []string `name:"admin-key" sep:"none" help:"Key of the admin API and the web page; likewise." placeholder:"KEY"`

	// Where answers go, and how long they are tried and remembered.
	CallbackHosts   []string `name:"callback-hosts" default:"*.adobe.io,*.marketo.com" help:"Hosts that answers may be sent to."`
	CallbackPrivate bool     `name:"callback-allow-private" help:"Also allow plain http, loopback and private addresses."`
	GiveUpAfter     span     `name:"give-up-after" default:"24h" help:"Age at which an answer is given up."`
	Retention       span     `default:"30d" help:"Age at which a finished invocation is forgotten."`

	// Who may hold how much of the service at once. 0 is the default of the help text, which
	// depends on the machine.
	MaxConnections           int       `name:"max-connections" help:"Connections open at once. Default: half of what the limit of open files leaves, at most 4096." placeholder:"N"`
	MaxConnectionsPerAddress int       `name:"max-connections-per-address" help:"Of one address (IPv6: of one /64), or requests under way of one that a trusted proxy forwards for. Default: a quarter of all." placeholder:"N"`
	TrustedProxies           []network `name:"trusted-proxies" help:"Addresses or networks (10.0.0.0/8) of proxies whose X-Forwarded-For is believed." placeholder:"ADDRESS,…"`

	// Bounds of sizes and numbers. Everything that grows has one.
	MaxBody      size `name:"max-body" default:"16MiB" help:"Largest invocation."`
	MaxLeads     int  `name:"max-leads" default:"5000" help:"Leads of an invocation; one with more is answered with BATCH_INVALID."`
	MaxUpload    size `name:"max-upload" default:"512MiB" help:"Largest file."`
	QueueLimit   int  `name:"queue-limit" default:"100000" help:"Waiting invocations beyond which 429 is answered."`
	QueueBytes   size `name:"queue-bytes" default:"8GiB" help:"Largest size of the queue's file; from three quarters of it on 429 is answered."`
	TableMemory  size `name:"table-memory" default:"2GiB" help:"Memory for tables in use; those used less are answered from the disk. The process takes up to 1.5 times as much, and 128 MiB."`
	TimeZone     zone `name:"time-zone" default:"UTC" help:"Zone whose days the cells of tables are, by its name in the IANA's database, such as Europe/Berlin."`
	KeepVersions int  `name:"keep-versions" default:"20" help:"Uploads of a table that are kept, and as many changes of rows beside them; the live version always is."`

	// What Marketo is told about the service. The names are what people see in Marketo.
	Step            string   `enum:"full,simple" default:"full" help:"What marketers see in the flow step: ${enum}."`
	APIName         string   `name:"api-name" default:"tablestep" help:"Identifier of the service in Marketo."`
	StepName        string   `name:"step-name" default:"Tablestep Lookup" help:"Name of the flow step."`
	TriggerName     string   `name:"trigger-name" default:"Tablestep Lookup is Used" help:"Name of the trigger."`
	FilterName      string   `name:"filter-name" default:"Tablestep Lookup was Used" help:"Name of the filter."`
	ProviderName    string   `name:"provider-name" default:"Tablestep" help:"Name of the service provider."`
	SupportContact  string   `name:"support-contact" default:"the administrator of this service" help:"E-mail address or page for questions."`
	MyTokens        []string `name:"my-tokens" help:"Names of the tokens of programs that rules read: Event Date for {{my.Event Date}}. Marketo sends no other; it reads the list when the step is installed." placeholder:"NAME,…"`
	EnforcePicklist bool     `name:"enforce-picklist" default:"true" negatable:"" help:"Choices can only be picked; with --no-enforce-picklist tokens can be typed."`

	LogFormat string `name:"log-format" enum:"json,text," default:"" help:"Format of the log: json or text. Default: text on a terminal, else json."`
	LogLevel  string `name:"log-level" enum:"debug,info,warn,error" default:"info" help:"Least level that is logged: ${enum}."`
}

// minQueueBytes leaves room for an answer of queue.MaxBody between what requests and
// what answers may fill.
const minQueueBytes = 512 << 20

// validate checks what no single flag can.
func (c *config) validate() error {
	// A port of 0 is allowed: the log says, as publicURL, which one was taken.
	if err := checkAddr(c.Addr); err != nil {
		return err
	}
	if c.PublicURL != "" {
		// It is the beginning of addresses that Marketo is told, so a query or a fragment would
		// swallow what is put behind it.
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
			return usagef("--public-url: %q is not an address such as https://lookup.example.com", c.PublicURL)
		}
		c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	}
	c.APIKeys, c.AdminKeys = splitKeys(c.APIKeys), splitKeys(c.AdminKeys)
	// A short key can be guessed; the error names no key, for it goes into logs.
	for _, k := range append(append([]string(nil), c.APIKeys...), c.AdminKeys...) {
		if len(k) < shortestKey {
			return usagef("--api-key and --admin-key: a key needs at least %d characters", shortestKey)
		}
	}
	if c.MaxConnections < 0 || c.MaxConnectionsPerAddress < 0 {
		return usagef("--max-connections and --max-connections-per-address: must be at least 1")
	}
	if c.MaxConnections > 0 && c.MaxConnectionsPerAddress > c.MaxConnections {
		return usagef("--max-connections-per-address: %d is more than --max-connections (%d)", c.MaxConnectionsPerAddress, c.MaxConnections)
	}
	if c.QueueLimit < 1 {
		return usagef("--queue-limit: must be at least 1")
	}
	if c.MaxLeads < 1 {
		return usagef("--max-leads: must be at least 1")
	}
	if c.QueueBytes < minQueueBytes {
		return usagef("--queue-bytes: must be at least 512MiB, so that the largest answer finds room beside what waits")
	}
	if c.KeepVersions < 1 {
		return usagef("--keep-versions: must be at least 1")
	}
	var err error
	if c.MyTokens, err = bareTokens(c.MyTokens); err != nil {
		return err
	}
	// It is part of names that Marketo makes, which have no other characters.
	if c.APIName == "" || strings.ContainsFunc(c.APIName, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_')
	}) {
		return usagef("--api-name: %q may only have letters, digits and underscores", c.APIName)
	}
	return nil
}

// splitKeys takes apart keys that stand in one text, as they do in a variable. No key
// holds white space; a comma is a character like any other.
func splitKeys(texts []string) []string {
	var keys []string
	for _, t := range texts {
		keys = append(keys, strings.Fields(t)...)
	}
	return keys
}

// bareTokens are names of tokens as Marketo wants to be asked for them: without braces and
// prefix, each once. Written as in an e-mail, {{my.Event Date}}, they are understood.
func bareTokens(texts []string) ([]string, error) {
	var names []string
	for _, text := range texts {
		name := strings.TrimSpace(text)
		if inner, ok := strings.CutPrefix(name, "{{"); ok {
			name = strings.TrimSpace(strings.TrimSuffix(inner, "}}"))
		}
		name = strings.TrimSpace(strings.TrimPrefix(name, "my."))
		switch {
		case name == "":
			continue // of a comma too many
		case strings.ContainsAny(name, "{}:=") || strings.ContainsFunc(name, unicode.IsControl) || len(name) > longestToken:
			return nil, usagef("--my-tokens: %q is not the name of a token such as Event Date", text)
		case !slices.Contains(names, name):
			names = append(names, name)
		}
	}
	return names, nil
}

// longestToken is the most bytes of a token's name; Marketo's own names are shorter.
const longestToken = 255

// LogValue prints the settings that matter when reading a log, and no secrets.
func (c *config) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("addr", c.Addr),
		slog.String("data", c.Data),
		slog.String("publicURL", c.PublicURL),
		slog.Any("callbackHosts", c.CallbackHosts),
		slog.Bool("callbackAllowPrivate", c.CallbackPrivate),
		slog.Int("queueLimit", c.QueueLimit),
		slog.Int64("queueBytes", int64(c.QueueBytes)),
		slog.Int("maxLeads", c.MaxLeads),
		slog.String("step", c.Step),
		slog.Any("myTokens", c.MyTokens),
		slog.Int("apiKeys", len(c.APIKeys)),
		slog.Int("adminKeys", len(c.AdminKeys)),
	)
}
