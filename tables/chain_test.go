package tables_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/tables"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

// link makes a table with the columns key and out whose lookup leads to others; the name may be that
// of another lookup of the table.
func link(t *testing.T, s *tables.Store, name, then, otherwise string, publish bool) error {
	t.Helper()
	n := schema.ParseLookupName(name)
	if _, ok := s.Catalog().Table(n.Table); !ok {
		_, err := s.Import(t.Context(), n.Table, oneRow("key", "out"), tables.ImportOptions{Publish: true})
		require.NoError(t, err)
	}
	_, _, err := s.PutLookup(t.Context(), n.Table, linked(n.Lookup, then, otherwise), tables.LookupOptions{Publish: publish})
	return err
}

func linked(name, then, otherwise string) schema.Lookup {
	return schema.Lookup{
		Name: name, Match: []schema.Match{{Column: "key", Field: "key"}}, Outputs: []schema.Output{{Column: "out", Field: "out"}},
		Then: then, Else: otherwise,
	}
}

func TestACircleIsRefusedByEveryWayThatALookupGoesLive(t *testing.T) {
	t.Parallel()
	const circle = "chain refused: it goes in a circle: "
	for name, c := range map[string]struct {
		prepare func(t *testing.T, s *tables.Store)
		live    func(t *testing.T, s *tables.Store) error
		want    string
	}{
		"put, to itself": {
			func(t *testing.T, s *tables.Store) { require.NoError(t, link(t, s, "a", "", "", true)) },
			func(t *testing.T, s *tables.Store) error { return link(t, s, "a", "", "A/a", true) }, "name",
		},
		"put, to itself by its own name": {
			func(t *testing.T, s *tables.Store) { require.NoError(t, link(t, s, "a", "", "", true)) },
			func(t *testing.T, s *tables.Store) error { return link(t, s, "a", "a/a", "", true) }, "a → a",
		},
		"put, over others": {
			func(t *testing.T, s *tables.Store) {
				require.NoError(t, link(t, s, "b/other", "c", "", true))
				require.NoError(t, link(t, s, "c", "", "a", true))
			},
			func(t *testing.T, s *tables.Store) error { return link(t, s, "a", "b/other", "", true) }, "a → b/other → c → a",
		},
		"confirm and set without a count of its work": {
			func(t *testing.T, s *tables.Store) { require.NoError(t, link(t, s, "b", "a", "", true)) },
			func(t *testing.T, s *tables.Store) error {
				require.NoError(t, link(t, s, "a", "", "", true))
				return s.SetLookup("a", linked("a", "b", ""), "")
			}, "a → b → a",
		},
		"publish a lookup": {
			func(t *testing.T, s *tables.Store) {
				require.NoError(t, link(t, s, "a", "b", "", false))
				require.NoError(t, link(t, s, "b", "a", "", true))
			},
			func(t *testing.T, s *tables.Store) error { return s.PublishLookup(t.Context(), "a", "", 1, "") }, "a → b → a",
		},
		"publish lookups together, which name each other": {
			func(t *testing.T, s *tables.Store) {
				require.NoError(t, link(t, s, "a", "a/x", "", false))
				require.NoError(t, link(t, s, "a/x", "", "a", false))
			},
			func(t *testing.T, s *tables.Store) error {
				return s.PublishTogether(t.Context(), "a", tables.PublishRequest{Lookups: map[string]int{"a": 1, "x": 1}}, "")
			}, "a → a/x → a",
		},
		"schedule a lookup": {
			func(t *testing.T, s *tables.Store) {
				require.NoError(t, link(t, s, "a", "b", "", false))
				require.NoError(t, link(t, s, "b", "a", "", true))
			},
			func(t *testing.T, s *tables.Store) error {
				request := tables.PublishRequest{Lookups: map[string]int{"a": 1}}
				trial, err := s.Try(t.Context(), "a", request)
				require.NoError(t, err)
				require.ErrorIs(t, trial.Refused, schema.ErrChain, "a dry run tells it, too")
				_, err = s.Schedule(t.Context(), "a", request, tables.ScheduleOptions{At: time.Now().Add(time.Hour)})
				table, _ := s.Catalog().Table("a")
				require.Nil(t, table.Scheduled)
				return err
			}, "a → b → a",
		},
		"schedule rows with a lookup": {
			func(t *testing.T, s *tables.Store) {
				require.NoError(t, link(t, s, "a", "b", "", false))
				require.NoError(t, link(t, s, "b", "a", "", true))
				_, err := s.Import(t.Context(), "a", oneRow("key", "out"), tables.ImportOptions{})
				require.NoError(t, err)
			},
			func(t *testing.T, s *tables.Store) error {
				_, err := s.Schedule(t.Context(), "a", tables.PublishRequest{Version: 2, Lookups: map[string]int{"a": 1}}, tables.ScheduleOptions{At: time.Now().Add(time.Hour)})
				return err
			}, "a → b → a",
		},
		"publish rows with a lookup": {
			func(t *testing.T, s *tables.Store) {
				require.NoError(t, link(t, s, "a", "b", "", false))
				require.NoError(t, link(t, s, "b", "a", "", true))
				_, err := s.Import(t.Context(), "a", oneRow("key", "out"), tables.ImportOptions{})
				require.NoError(t, err)
			},
			func(t *testing.T, s *tables.Store) error {
				return s.PublishTogether(t.Context(), "a", tables.PublishRequest{Version: 2, Lookups: map[string]int{"a": 1}}, "")
			}, "a → b → a",
		},
		"roll back": {
			func(t *testing.T, s *tables.Store) {
				require.NoError(t, link(t, s, "a", "b", "", true))
				require.NoError(t, link(t, s, "a", "", "", true))
				require.NoError(t, link(t, s, "b", "a", "", true))
			},
			func(t *testing.T, s *tables.Store) error {
				_, err := s.RollbackLookup(t.Context(), "a", "", "")
				return err
			}, "a → b → a",
		},
		"restore a lookup": {
			func(t *testing.T, s *tables.Store) {
				require.NoError(t, link(t, s, "a/x", "b", "", true))
				require.NoError(t, s.DeleteLookup("a", "x", ""))
				require.NoError(t, link(t, s, "b", "a/x", "", true))
			},
			func(t *testing.T, s *tables.Store) error { return s.RestoreLookup("a", "x", "") }, "a/x → b → a/x",
		},
		"restore a table": {
			func(t *testing.T, s *tables.Store) {
				require.NoError(t, link(t, s, "a", "b", "", true))
				require.NoError(t, s.Delete("a", ""))
				require.NoError(t, link(t, s, "b", "a", "", true))
			},
			func(t *testing.T, s *tables.Store) error {
				return s.Restore(t.Context(), "a", "", tables.Lift{Force: true, Confirm: true}, "")
			}, "a → b → a",
		},
		"restore a table under another name": {
			func(t *testing.T, s *tables.Store) {
				require.NoError(t, link(t, s, "a", "b", "", true))
				require.NoError(t, s.Delete("a", ""))
				require.NoError(t, link(t, s, "b", "", "c", true))
			},
			func(t *testing.T, s *tables.Store) error {
				return s.Restore(t.Context(), "a", "c", tables.Lift{Force: true, Confirm: true}, "")
			}, "b → c → b",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, tables.Options{})
			c.prepare(t, s)
			before := liveLinks(s)
			err := c.live(t, s)
			require.Error(t, err)
			if c.want == "name" {
				require.ErrorIs(t, err, schema.ErrInvalid, "names are of small letters")
			} else {
				require.ErrorIs(t, err, schema.ErrChain)
				require.ErrorContains(t, err, circle)
				// The circle is told whole, from whichever of its lookups.
				require.Contains(t, rotations(c.want), told(err, circle), err)
			}
			require.Equal(t, before, liveLinks(s), "nothing went live")
		})
	}
}

// liveLinks are the links between live lookups, in words.
func liveLinks(s *tables.Store) (words []string) {
	for from, to := range s.Catalog().Links() {
		words = append(words, fmt.Sprint(from, ">", to))
	}
	return words
}

func TestLookupsMayLeadToOneByTwoWays(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	require.NoError(t, link(t, s, "end", "", "", true))
	require.NoError(t, link(t, s, "left", "end", "end", true))
	require.NoError(t, link(t, s, "right", "left", "end", true))
	require.NoError(t, link(t, s, "first", "left", "right", true))
	table, _ := s.Catalog().Table("first")
	links := s.Catalog().Chain("first", &table.Lookups[0])
	require.Len(t, links, 4, "each stands once")
	at := map[string]int{}
	for n, l := range links {
		at[l.Table] = n
		require.True(t, l.There)
		for _, next := range []int{l.Then, l.Else} {
			require.True(t, next < 0 || next > n, "each stands behind those that lead to it")
		}
	}
	require.Equal(t, 0, at["first"])
	require.Equal(t, at["left"], links[0].Then)
	require.Equal(t, at["right"], links[0].Else)
	end, _ := s.Catalog().Table("end")
	require.Nil(t, s.Catalog().Chain("end", &end.Lookups[0]))
}

func TestAChainIsOfABoundedNumberOfLookups(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	name := func(n int) string { return fmt.Sprintf("t/l%02d", n) }
	for n := schema.MaxChain - 1; n >= 0; n-- {
		next := ""
		if n+1 < schema.MaxChain {
			next = name(n + 1)
		}
		require.NoError(t, link(t, s, name(n), "", next, true))
	}
	err := link(t, s, "first", name(0), "", true)
	require.ErrorIs(t, err, schema.ErrChain)
	require.ErrorContains(t, err, "more than 32 lookups")
	require.NoError(t, link(t, s, "first", name(1), "", true))
	// The chain of another lookup grows by this one.
	err = link(t, s, name(schema.MaxChain-1), "", "one/more", true)
	require.ErrorIs(t, err, schema.ErrChain)
}

func TestALookupMayNameOneThatIsNotThere(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	require.NoError(t, link(t, s, "a", " later/one ", "NONE", true))
	table, _ := s.Catalog().Table("a")
	require.Equal(t, "later/one", table.Lookups[0].Then)
	require.Empty(t, table.Lookups[0].Else)
	require.Equal(t, [][2]schema.LookupName{{{Table: "a", Lookup: "a"}, {Table: "later", Lookup: "one"}}}, s.Catalog().Unlinked())
	links := s.Catalog().Chain("a", &table.Lookups[0])
	require.Len(t, links, 2)
	require.False(t, links[1].There)
	require.NoError(t, link(t, s, "later/one", "", "", true))
	require.Empty(t, s.Catalog().Unlinked())
	for _, wrong := range []string{"Upper", "a/", "a/b/c", "/x", "a b"} {
		err := link(t, s, "b", wrong, "", true)
		if wrong == "a/" { // its default lookup
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, schema.ErrInvalid, wrong)
		require.ErrorContains(t, err, "then: ", wrong)
	}
}

// A cycle that stands in the records all the same ends where it would go round.
func TestAChainThatGoesRoundEnds(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	require.NoError(t, link(t, s, "a", "b", "", true))
	require.NoError(t, link(t, s, "b", "", "", true))
	first := linked("b", "a", "b")
	links := s.Catalog().Chain("b", &first)
	require.Len(t, links, 4)
	problems := 0
	for _, l := range links {
		if l.Problem != "" {
			problems++
			require.Equal(t, []int{-1, -1}, []int{l.Then, l.Else})
		}
	}
	require.Equal(t, 2, problems)
}

func TestAColumnThatTheNextLookupNeedsIsNamedWithIt(t *testing.T) {
	t.Parallel()
	s := open(t, tables.Options{})
	ctx := context.Background()
	_, err := s.Import(ctx, "countries", oneRow("country", "region", "note"), tables.ImportOptions{Publish: true})
	require.NoError(t, err)
	_, err = s.Import(ctx, "owners", oneRow("region", "owner"), tables.ImportOptions{Publish: true})
	require.NoError(t, err)
	require.NoError(t, s.SetLookup("owners", schema.Lookup{Match: []schema.Match{{Column: "region", Field: "Area"}}, Outputs: []schema.Output{{Column: "owner", Field: "owner"}}}, ""))
	set := func(then string) {
		require.NoError(t, s.SetLookup("countries", schema.Lookup{
			Match:   []schema.Match{{Column: "country", Field: "country"}},
			Outputs: []schema.Output{{Column: "region", Field: "area"}, {Column: "note", Field: "note"}}, Then: then,
		}, ""))
	}
	upload := func(columns ...string) string {
		_, err := s.Import(ctx, "countries", oneRow(columns...), tables.ImportOptions{Publish: true})
		require.ErrorIs(t, err, schema.ErrConflict)
		return err.Error()
	}
	const named = `lookup "owners", to which leads go on, matches the field "area" that is written from it`
	set("owners")
	require.Contains(t, upload("country", "note"), named)
	require.NotContains(t, upload("country", "region"), "owners", "nobody matches what is written from note")
	// Behind another one, too; and where only a miss leads there, nothing is missed.
	require.NoError(t, link(t, s, "between", "", "owners", true))
	set("between")
	require.Contains(t, upload("country", "note"), named)
	require.NoError(t, s.SetLookup("countries", schema.Lookup{
		Match: []schema.Match{{Column: "country", Field: "country"}}, Outputs: []schema.Output{{Column: "region", Field: "area"}}, Else: "owners",
	}, ""))
	require.NotContains(t, upload("country", "note"), "owners")
	_, err = s.Import(ctx, "countries", oneRow("country", "note"), tables.ImportOptions{Publish: true, Force: true})
	require.NoError(t, err)
}

// oneRow is a table of one row.
func oneRow(columns ...string) *keepertest.Sheet {
	return &keepertest.Sheet{Header: columns, Make: func(row int, cells []string) bool {
		for i := range cells {
			cells[i] = fmt.Sprint("cell ", i)
		}
		return row == 0
	}}
}

// told is the circle that an error tells.
func told(err error, behind string) string {
	_, circle, _ := strings.Cut(err.Error(), behind)
	circle, _, _ = strings.Cut(circle, ":")
	return circle
}

// rotations are the ways to tell a circle.
func rotations(circle string) (all []string) {
	names := strings.Split(circle, " → ")
	for range names[1:] {
		all = append(all, strings.Join(names, " → "))
		names = append(names[1:], names[1])
	}
	return all
}
