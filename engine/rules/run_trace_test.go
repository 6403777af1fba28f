package rules_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/rules"
)

var update = flag.Bool("update", false, "rewrite the golden traces")

func TestTracesSayWhatHappenedAndWhy(t *testing.T) {
	for _, c := range []struct {
		file  string
		leads []lead
	}{
		{"routing.yaml", []lead{
			{"lead.country": "US", "lead.numberOfEmployees": 5000, "lead.state": "CA"},
			{"lead.country": "US", "lead.numberOfEmployees": "120", "lead.email": "jane@gmail.com", "lead.industry": "Retail Bank"},
			{"lead.country": "DE", "lead.numberOfEmployees": "120", "lead.email": "jane@gmail.com"},
			{"lead.country": "DE", "lead.numberOfEmployees": "120", "lead.email": "jane@example.com"},
			{"lead.country": "DE", "lead.numberOfEmployees": "many"},
			{"lead.title": "broken"},
			{},
		}},
		{"scoring.json", []lead{
			{"lead.title": "VP Sales", "lead.created": "2024-01-31"},
			{"lead.title": "Analyst", "row": true},
		}},
	} {
		data, err := os.ReadFile(filepath.Join("testdata", "cases", c.file))
		require.NoError(t, err)
		p := compile(t, string(data))
		batch := batchOf(c.leads...)
		out := run(t, p, batch)
		var all strings.Builder
		for i := range c.leads {
			trace, err := p.Trace(context.Background(), batch, i)
			require.NoError(t, err)
			all.WriteString(trace.String())
			all.WriteString("= " + outcome(out, i) + "\n\n")
			var held []string
			for _, r := range trace.Rules {
				if r.State == rules.Held {
					held = append(held, r.Rule)
				}
			}
			if out.Failure(i) == nil {
				require.Equal(t, out.RulesFired(i), held, "trace and run disagree on row %d", i)
			}
		}
		golden := filepath.Join("testdata", "cases", c.file+".trace")
		if *update {
			require.NoError(t, os.WriteFile(golden, []byte(all.String()), 0o600))
		}
		want, err := os.ReadFile(golden)
		require.NoError(t, err)
		require.Equal(t, string(want), all.String(), "see %s; -update rewrites it", golden)
	}
}

func TestATraceOfARowThatIsNotThereIsAnError(t *testing.T) {
	_, err := compile(t, routing).Trace(context.Background(), batchOf(lead{}), 1)
	require.ErrorContains(t, err, "there is no row 1 in a batch of 1")
}
