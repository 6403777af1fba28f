package main_test

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWordsOfACommandLineThatIsMistyped(t *testing.T) {
	t.Parallel()
	c := newConversation(t)
	c.file("countries.csv", "country,code\nGermany,DE\n")
	c.say(
		said{why: "nothing at all", args: ""},
		said{why: "a command with a slip", args: "tabel list"},
		said{why: "a command in the plural", args: "tables list"},
		said{why: "a command below another one", args: "import countries.csv"},
		said{why: "a command that stands at several places", args: "list"},
		said{why: "a command that nothing is like", args: "frobnicate"},
		said{why: "a group alone", args: "invocations"},
		said{why: "a command of a group with a slip", args: "table lst"},
		said{why: "a command of a group that nothing is like", args: "rules frobnicate"},
		said{why: "an argument is missing", args: "table show"},
		said{why: "an argument too many", args: "table list countries"},
		said{why: "a name with a space and without quotes", args: "table show my table"},
		said{why: "a flag with a slip", args: "table list --sever http://127.0.0.1:8080"},
		said{why: "a flag that is begun only", args: "table list --admin KEY"},
		said{why: "a flag with one dash", args: "table list -server http://127.0.0.1:8080"},
		said{why: "a flag that nothing is like", args: "serve --frobnicate"},
		said{why: "a flag without its value", args: "table list --server"},
		said{why: "a flag where a value should stand", args: "table list --server --json"},
		said{why: "a flag that is needed", args: "simulate"},
		said{why: "a word for a number", args: "table publish countries seven"},
		said{why: "a word for a number behind a flag", args: "table diff countries --from first"},
		said{why: "a word for a number in a pair", args: "table publish countries --lookup countries=two"},
		said{why: "a version below the first", args: "table export countries --version=-1"},
		said{why: "a header above the first line", args: "table import countries.csv --header-row=-1"},
		said{why: "leads sent not even once", args: "simulate --leads countries.csv --repeat 0"},
		said{why: "no pair", args: "table publish countries --lookup countries"},
		said{why: "a value that is none of a list", args: "table export countries --format pdf"},
		said{why: "a value with a slip", args: "invocations list --state deed"},
		said{why: "neither true nor false", args: "table import countries.csv --publish=perhaps"},
		said{why: "no time", args: "invocations replay --from yesterday"},
		said{why: "no time span", args: "simulate --leads countries.csv --timeout soon"},
		said{why: "flags that do not go together", args: "table lookup countries --versions --delete"},
		said{why: "a flag that needs another one", args: "table lookup countries --no-publish"},
		said{why: "nothing to publish", args: "table publish countries"},
		said{why: "nobody can be asked", args: "table delete countries"},
		said{why: "help on something that is not there", args: "help nonsense"},
		said{why: "help on a command with a slip", args: "help table imprt"},
		said{why: "help on more than a command", args: "help version now"},
		said{why: "a shell that is none of a list", args: "completion ksh93"},
		said{why: "the version", args: "version"},
		said{why: "the version, as other programs tell it", args: "--version"},
		said{why: "help on a group of commands", args: "help rules"},
		said{why: "help on a command", args: "help invocations show"},
		said{why: "help on the match modes", args: "help modes"},
	)
	c.env = []string{"TABLESTEP_QUEUE_LIMIT=many"}
	c.say(said{why: "a word for a number in a variable", args: "serve"})
	c.env = []string{"TABLESTEP_SERVER=127.0.0.1:8080"}
	c.say(said{why: "an address without http:// in a variable", args: "table list"})
	c.end("usage")
}

func TestWordsOfAStartThatFails(t *testing.T) {
	t.Parallel()
	c := newConversation(t)
	p := c.with()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)
	next := nextPort(t, port)
	c.hide = append(c.hide, ":"+port, ":TAKEN", ":"+next, ":NEXT")
	c.file("file", "x")
	c.file("strange/notes.txt", "x")
	c.env = nil
	c.say(
		said{why: "the port is taken", args: "serve --data new --addr " + taken.Addr().String()},
		said{why: "the data folder is in use", args: "serve --addr 127.0.0.1:0 --data " + p.data},
		said{why: "the data folder is a file", args: "serve --addr 127.0.0.1:0 --data file"},
		said{why: "the data folder lies below a file", args: "serve --addr 127.0.0.1:0 --data file/data"},
		said{why: "the data folder holds something else", args: "serve --addr 127.0.0.1:0 --data strange"},
		said{why: "a port alone", args: "serve --addr 8080"},
		said{why: "an address without a port", args: "serve --addr localhost"},
		said{why: "the address of a page", args: "serve --addr http://127.0.0.1:8080"},
		said{why: "a port that there is not", args: "serve --addr 127.0.0.1:80808"},
		said{why: "an address of another machine", args: "serve --data new --addr 192.0.2.1:8080"},
		said{why: "a name that is not known", args: "serve --data new --addr tablestep.invalid:8080"},
		said{why: "a public address without https", args: "serve --public-url lookup.example.com"},
		said{why: "a key that can be guessed", args: "serve --admin-key secret"},
		said{why: "a size that is none", args: "serve --max-body lots"},
		said{why: "a span that is none", args: "serve --retention forever"},
		said{why: "a number that is too small", args: "serve --queue-limit 0"},
		said{why: "a time zone that is none", args: "serve --time-zone Berlin"},
		said{why: "a network that is none", args: "serve --trusted-proxies proxy"},
		said{why: "a log level with a slip", args: "serve --log-level debgu"},
		said{why: "a demo on a port that there is not", args: "demo --once --addr 127.0.0.1:80808"},
	)
	c.end("start")
}

// nextPort is the port that is told where one is taken.
func nextPort(t *testing.T, port string) string {
	t.Helper()
	n, err := net.LookupPort("tcp", port)
	require.NoError(t, err)
	if n == 65535 {
		return "8081"
	}
	return strings.TrimPrefix((&net.TCPAddr{Port: n + 1}).String(), ":")
}

func TestWordsOfAServiceThatIsNotReached(t *testing.T) {
	t.Parallel()
	c := newConversation(t)
	p := c.with()
	c.env = nil
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if strings.HasPrefix(r.URL.Path, "/gone") {
			w.WriteHeader(http.StatusBadGateway)
		}
		_, _ = w.Write([]byte("<h1>Welcome</h1>"))
	}))
	defer other.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // the client is refused by its own side
	secure.StartTLS()
	defer secure.Close()
	cut := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer cut.Close()
	half := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("country,code\nGermany,DE\n"))
	}))
	defer half.Close()
	none := freePort(t)
	for _, h := range []struct{ address, name string }{{other.URL, "http://OTHER"}, {secure.URL, "https://SECURE"}, {cut.URL, "http://CUT"}, {half.URL, "http://HALF"}, {none, "NONE"}} {
		c.hide = append(c.hide, h.address, h.name)
	}
	address := strings.TrimPrefix(p.url, "http://")
	key := " --admin-key " + testAdminKey
	c.file("leads.csv", "id,country\n1,Germany\n")
	c.file("old/admin.key", "cut\n")
	c.say(
		said{why: "no key", args: "table list --server " + p.url},
		said{why: "a key that was cut short", args: "table list --data old --server " + p.url},
		said{why: "a wrong key", args: "table list --admin-key wrong-wrong-wrong --server " + p.url},
		said{why: "no service", args: "table list --server http://" + none + key},
		said{why: "no service to simulate against", args: "simulate --leads leads.csv --api-key x --server http://" + none},
		said{why: "no service that is ready", args: "health --addr " + none},
		said{why: "an address without http://", args: "table list --server " + address + key},
		said{why: "an address without http:// to simulate against", args: "simulate --leads leads.csv --api-key x --server " + address},
		said{why: "an address that begins otherwise", args: "table list --server ftp://" + address + key},
		said{why: "https where there is http", args: "table list --server https://" + address + key},
		said{why: "a certificate that nobody knows", args: "table list --server " + secure.URL + key},
		said{why: "a name that is not known", args: "table list --server http://tablestep.invalid" + key},
		said{why: "another program", args: "table list --server " + other.URL + key},
		said{why: "a proxy without its service", args: "table list --server " + other.URL + "/gone" + key},
		said{why: "a connection that is cut", args: "table list --server " + cut.URL + key},
		said{why: "a list that is cut", args: "table list --server " + half.URL + key},
		said{why: "a table that is cut", args: "table export countries -o countries.csv --server " + half.URL + key},
		said{why: "no API key", args: "simulate --leads leads.csv --server " + p.url},
		said{why: "a wrong API key", args: "simulate --leads leads.csv --api-key wrong-wrong-wrong --server " + p.url},
		said{why: "the address of the page, from a browser", args: "table list --server " + p.url + "/ui/#/tables" + key},
		said{why: "a service that is ready", args: "health --addr " + address},
	)
	require.NoFileExists(t, filepath.Join(c.dir, "countries.csv"), "half of a table looks like a whole one")
	c.end("address")
}

func TestWordsOfFoldersAndBackups(t *testing.T) {
	t.Parallel()
	c := newConversation(t)
	p := c.with()
	c.file("notes.txt", "x")
	c.file("full/notes.txt", "x")
	c.file("lost/queue.db", "x")
	c.say(
		said{why: "a folder that is not there", args: "check nowhere"},
		said{why: "a file", args: "check notes.txt"},
		said{why: "a folder of something else", args: "check full"},
		said{why: "a folder that has lost a file", args: "check lost"},
		said{why: "a folder in use", args: "check " + p.data},
		said{why: "a folder in use, to be compacted", args: "compact --yes --data " + p.data},
		said{why: "a folder that is not there, to be compacted", args: "compact --yes --data nowhere"},
		said{why: "nobody can be asked", args: "restore backup.tar --data new"},
		said{why: "no backup file", args: "backup"},
		said{why: "a folder of backups that is not there", args: "backup nowhere/backup.tar"},
		said{why: "no backup", args: "restore notes.txt --yes --data new"},
		said{why: "a backup that is not there", args: "restore backup.tar --yes --data new"},
		said{why: "standard input, and nobody to ask", args: "restore - --data new"},
	)
	code, out, errs := command(t, "backup", filepath.Join(c.dir, "backup.tar"), "--server", p.url, "--admin-key", testAdminKey)
	require.Zero(t, code, "%s%s", out, errs)
	c.say(
		said{why: "a folder that is not empty", args: "restore backup.tar --yes --data full"},
		said{why: "a backup with a slip in its name", args: "restore bakup.tar --yes --data new"},
	)
	c.end("folders")
}
