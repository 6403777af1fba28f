package admin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/api/apitest"
)

// superseded is the body of a 412.
type superseded struct {
	Error   struct{ Code, Message string }
	Current map[string]any
	Changed []string
	By      string
	At      *time.Time
}

// held sends a change that holds only for a state, and gives the tag of the answer.
func held(t *testing.T, s *apitest.Service, method, path, tag, body string) (status int, etag string, told superseded) {
	t.Helper()
	var header []string
	if tag != "" {
		header = []string{"If-Match", tag}
	}
	got := s.Send(t, method, "/api/v1"+path, strings.NewReader(body), header...)
	if got.Status == http.StatusPreconditionFailed {
		require.NoError(t, json.Unmarshal(got.Body, &told), "%s", got.Body)
		require.Equal(t, "CHANGED_MEANWHILE", told.Error.Code)
		require.NotNil(t, told.Changed)
		require.Equal(t, "admin", told.By)
		require.WithinDuration(t, time.Now(), *told.At, time.Minute)
	}
	return got.Status, got.Header.Get("ETag"), told
}

func lookupBody(field string) string {
	return fmt.Sprintf(`{"match":[{"column":"k","field":%q}],"outputs":[{"column":"v","field":"out"}]}`, field)
}

// Two people change a lookup: the second is told what the first has made of it, and nothing
// is lost. Who names no state goes through.
func TestAChangeOfALookupThatSomebodyHasChangedIsRefused(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	s.Table(t, "t", "k,v\na,1\n", "")
	const path = "/tables/t/lookups/t"
	_, guessed, _ := held(t, s, "GET", path, "", "")
	require.Equal(t, `"0"`, guessed)
	status, first, _ := held(t, s, "PUT", path, guessed, lookupBody("one"))
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, `"1"`, first)
	_, read, _ := held(t, s, "GET", path, "", "")
	require.Equal(t, first, read, "GET and PUT tell the same")

	status, _, told := held(t, s, "PUT", path, guessed, lookupBody("two"))
	require.Equal(t, http.StatusPreconditionFailed, status)
	require.EqualValues(t, 1, told.Current["version"])
	require.Equal(t, "one", told.Current["match"].([]any)[0].(map[string]any)["field"])
	require.Empty(t, told.Changed, "the guessed one is not kept")

	// One that is not live yet is in the way as well.
	status, second, _ := held(t, s, "PUT", path+"?publish=false", first, `{"label":"L","match":[{"column":"k","field":"two"}],"outputs":[{"column":"v","field":"out"}]}`)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, `"1.2"`, second)
	status, _, told = held(t, s, "PUT", path, first, lookupBody("three"))
	require.Equal(t, http.StatusPreconditionFailed, status)
	require.EqualValues(t, 2, told.Current["version"])
	require.Equal(t, []string{"label", "match"}, told.Changed)
	status, _, told = held(t, s, "DELETE", path, `"1"`, "")
	require.Equal(t, http.StatusPreconditionFailed, status)
	require.Contains(t, told.Error.Message, "has been changed meanwhile")

	// Weak tags, several of them and a star.
	status, third, _ := held(t, s, "PUT", path, `"7", W/"1.2"`, lookupBody("three"))
	require.Equal(t, http.StatusOK, status)
	status, _, _ = held(t, s, "PUT", path, "*", lookupBody("four"))
	require.Equal(t, http.StatusOK, status)
	status, _, _ = held(t, s, "PUT", path, "", lookupBody("five"))
	require.Equal(t, http.StatusOK, status, "without If-Match it goes through")
	status, _, _ = held(t, s, "PUT", path, third, lookupBody("five"))
	require.Equal(t, http.StatusPreconditionFailed, status, "also where it would change nothing")
	for _, wrong := range []string{"3", `"3`, `"3", 4`, `'3'`, `"*"`} {
		status, _, _ = held(t, s, "PUT", path, wrong, lookupBody("six"))
		require.Equal(t, http.StatusBadRequest, status, wrong)
	}

	// A lookup that was deleted, and one that never was.
	_, added, _ := held(t, s, "PUT", "/tables/t/lookups/more", "", lookupBody("one"))
	status, _, _ = held(t, s, "DELETE", "/tables/t/lookups/more", added, "")
	require.Equal(t, http.StatusNoContent, status)
	status, _, told = held(t, s, "PUT", "/tables/t/lookups/more", added, lookupBody("two"))
	require.Equal(t, http.StatusPreconditionFailed, status)
	require.Nil(t, told.Current)
	require.Contains(t, told.Error.Message, "somebody has deleted it meanwhile")
	status, _, _ = held(t, s, "PUT", "/tables/t/lookups/more", "*", lookupBody("two"))
	require.Equal(t, http.StatusPreconditionFailed, status)
	status, again, _ := held(t, s, "PUT", "/tables/t/lookups/more", "", lookupBody("two"))
	require.Equal(t, http.StatusOK, status)
	require.NotEqual(t, added, again, "numbers are never used twice")
}

func TestAChangeOfARuleSetThatSomebodyHasChangedIsRefused(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	source := func(policy string, rules ...string) string {
		text := "name: r\nhitPolicy: " + policy + "\nrules:\n"
		for _, rule := range rules {
			name, when, _ := strings.Cut(rule, " ")
			text += fmt.Sprintf("  - {name: %s, when: '%s', set: {f: '\"x\"'}}\n", name, when)
		}
		return text
	}
	const path = "/rulesets/r"
	status, first, _ := held(t, s, "PUT", path, "", source("first", "a true", "b true"))
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, `"1"`, first)
	status, second, _ := held(t, s, "PUT", path, first, source("all", "a false", "c true"))
	require.Equal(t, http.StatusOK, status)
	_, read, _ := held(t, s, "GET", path, "", "")
	require.Equal(t, second, read)

	status, _, told := held(t, s, "PUT", path, first, source("first", "a true"))
	require.Equal(t, http.StatusPreconditionFailed, status)
	require.Equal(t, []string{"a", "b", "c", "hitPolicy"}, told.Changed)
	require.Equal(t, source("all", "a false", "c true"), told.Current["source"])
	require.EqualValues(t, 2, told.Current["live"])
	status, _, _ = held(t, s, "DELETE", path, first, "")
	require.Equal(t, http.StatusPreconditionFailed, status)
	// Another version is live again: the state is not the one of before, although its text is.
	require.Equal(t, http.StatusOK, asked(t, s, "POST", path+"/live", `{"version":1}`, nil))
	_, back, _ := held(t, s, "GET", path, "", "")
	require.Equal(t, `"1.2"`, back)
	status, _, told = held(t, s, "PUT", path, second, source("first", "a true"))
	require.Equal(t, http.StatusPreconditionFailed, status)
	require.Equal(t, source("first", "a true", "b true"), told.Current["source"])
	status, _, _ = held(t, s, "DELETE", path, back, "")
	require.Equal(t, http.StatusNoContent, status)
	status, _, told = held(t, s, "PUT", path, back, source("first", "a true"))
	require.Equal(t, http.StatusPreconditionFailed, status)
	require.Nil(t, told.Current)
	got := s.Send(t, "PUT", "/api/v1/rulesets/never", strings.NewReader(strings.Replace(source("first", "a true"), "name: r", "name: never", 1)), "If-Match", "*")
	require.Equal(t, http.StatusPreconditionFailed, got.Status, "there never was one")
	require.NotContains(t, string(got.Body), `"by"`)
}

// Of many who change the same state at once, one wins.
func TestOneOfManyChangesOfOneStateIsMade(t *testing.T) {
	t.Parallel()
	s := apitest.Start(t, apitest.Settings{})
	s.Table(t, "t", "k,v\na,1\n", "")
	_, tag, _ := held(t, s, "PUT", "/tables/t/lookups/t", "", lookupBody("start"))
	var all sync.WaitGroup
	statuses := make([]int, 8)
	for i := range statuses {
		all.Go(func() {
			statuses[i] = s.Send(t, "PUT", "/api/v1/tables/t/lookups/t", strings.NewReader(lookupBody(fmt.Sprint("f", i))), "If-Match", tag).Status
		})
	}
	all.Wait()
	won := 0
	for _, status := range statuses {
		if status == http.StatusOK {
			won++
		} else {
			require.Equal(t, http.StatusPreconditionFailed, status)
		}
	}
	require.Equal(t, 1, won)
}
