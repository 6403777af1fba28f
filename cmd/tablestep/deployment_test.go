package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// directive is the value of a setting in an example of another program's configuration.
func directive(t *testing.T, text, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^\s*` + pattern).FindStringSubmatch(text)
	require.NotNil(t, found, "no %s in\n%s", pattern, text)
	return found[1]
}

// defaultOf is the default of a flag of serve.
func defaultOf(t *testing.T, name string) string {
	t.Helper()
	for _, f := range settingsOf(t, "serve") {
		if f.Name == name {
			return f.Default
		}
	}
	require.Fail(t, "no such flag", name)
	return ""
}

func sizeOf(t *testing.T, text string) int64 {
	t.Helper()
	var s size
	require.NoError(t, s.UnmarshalText([]byte(text)), text)
	return int64(s)
}

func durationOf(t *testing.T, text string) int64 {
	t.Helper()
	d, err := time.ParseDuration(text)
	require.NoError(t, err, text)
	return int64(d)
}

// Proxies must let pass what the service takes, wait as long as it may take, and close
// idle connections before it does.
func TestTheProxiesOfTheDocumentsFitTheService(t *testing.T) {
	text := part(t, operatingFile, "Behind a proxy, with TLS")
	largest, body := sizeOf(t, defaultOf(t, "max-upload")), sizeOf(t, defaultOf(t, "max-body"))
	idle, answer := constant(t, "api", "idleTimeout"), constant(t, "api/route", "AnswerTime")

	nginx := fenced(t, text, "nginx")
	require.Equal(t, body, sizeOf(t, directive(t, nginx, `client_max_body_size (\S+);\s+# --max-body`)))
	require.Greater(t, sizeOf(t, directive(t, nginx, `client_max_body_size (\S+);\s+# --max-upload`)), largest)
	require.Equal(t, constant(t, "api", "maxHeader"), sizeOf(t, directive(t, nginx, `large_client_header_buffers 4 (\S+);`)))
	require.Equal(t, constant(t, "api/route", "BodyTime"), durationOf(t, directive(t, nginx, `client_body_timeout (\S+);`)))
	require.Greater(t, durationOf(t, directive(t, nginx, `proxy_read_timeout (\S+);\s+# more`)), answer)
	require.Equal(t, constant(t, "api/route", "UploadTime"), durationOf(t, directive(t, nginx, `proxy_read_timeout (\d+m);`)))
	require.Less(t, durationOf(t, directive(t, nginx, `keepalive_timeout (\S+);`)), idle)
	require.Equal(t, "off", directive(t, nginx, `proxy_request_buffering (\S+);`))
	require.Equal(t, "$proxy_add_x_forwarded_for", directive(t, nginx, `proxy_set_header X-Forwarded-For (\S+);`))
	require.Equal(t, strings.Count(nginx, "{"), strings.Count(nginx, "}"))

	caddy := fenced(t, text, "caddy")
	require.Greater(t, sizeOf(t, directive(t, caddy, `max_size (\S+)`)), largest)
	require.Less(t, durationOf(t, directive(t, caddy, `keepalive (\S+)`)), idle)
	require.GreaterOrEqual(t, durationOf(t, directive(t, caddy, `response_header_timeout (\S+)`)), constant(t, "api/route", "UploadTime"))
	require.Equal(t, strings.Count(caddy, "{"), strings.Count(caddy, "}"))
}

// What a unit and a container allow must be enough for what the documents promise.
func TestTheUnitAndTheContainerOfTheDocumentsFitTheService(t *testing.T) {
	needed := promised(sizeOf(t, defaultOf(t, "table-memory")))
	says(t, documented(t, operatingFile), "that is "+bytesOf(needed))
	stop := constant(t, "cmd/tablestep", "intakeGrace") + constant(t, "engine", "drainTime")

	unit := fenced(t, part(t, operatingFile, "systemd"), "ini")
	require.Equal(t, "/usr/local/bin/tablestep serve", directive(t, unit, `ExecStart=(.*)`))
	require.Greater(t, sizeOf(t, directive(t, unit, `MemoryMax=(\S+)`)), needed)
	require.Greater(t, durationOf(t, directive(t, unit, `TimeoutStopSec=(\d+)`)+"s"), stop)
	require.Equal(t, strconv.Itoa(exitUsage), directive(t, unit, `RestartPreventExitStatus=(\d+)`))
	require.Equal(t, "/var/lib/"+directive(t, unit, `StateDirectory=(\S+)`), directive(t, unit, `Environment=TABLESTEP_DATA=(\S+)`))

	docker := part(t, operatingFile, "Docker")
	run := fenced(t, docker, "sh")
	require.Greater(t, sizeOf(t, directive(t, run, `.*--memory (\S+)`)), needed)
	require.Greater(t, durationOf(t, directive(t, run, `.*--stop-timeout (\d+)`)+"s"), stop)
	image := documented(t, "Dockerfile")
	says(t, docker, "user "+strings.Split(directive(t, image, `USER (\S+)`), ":")[0])
	says(t, docker, "listens on `"+directive(t, image, `ENV TABLESTEP_ADDR=(\S+)`)+"`")
	says(t, docker, "keeps its data in `"+directive(t, image, `TABLESTEP_DATA=(\S+)`)+"`")
	says(t, docker, "every "+strings.TrimSuffix(directive(t, image, `HEALTHCHECK --interval=(\S+)`), "s")+" s")
	says(t, image, `CMD ["/tablestep", "health"]`)
	says(t, run, ":"+directive(t, image, `EXPOSE (\d+)`)+" ")
	says(t, run, ":"+directive(t, image, `VOLUME (\S+)`)+" ")
	says(t, run, "--build-arg "+directive(t, image, `ARG (\w+)=`)+"=")
}
