package file_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"tablestep/tables"
	"tablestep/tables/file"
	"tablestep/tables/keepertest"
	"tablestep/tables/schema"
)

// format3 is a file that the program wrote when findings were a list alone: that of format 2,
// taken over by it; a table with 150 cells that read null; and two more versions of countries.
func format3(t testing.TB) (path string) {
	t.Helper()
	return unpacked(t, "format3.db.gz")
}

func TestAFileOfFormat3IsTakenOver(t *testing.T) {
	path := format3(t)
	before, err := file.Check(path)
	require.NoError(t, err)
	require.Empty(t, before.Findings)
	require.Equal(t, []int{3, 5, 1}, []int{before.Format, before.Tables, before.RuleSets}, "it can be checked before it is taken over")
	for range 2 { // the second start finds the format of today
		s, k := at(t, path, tables.Options{KeepVersions: 3})
		require.Empty(t, s.Damaged())
		many, err := s.Versions("many")
		require.NoError(t, err)
		found := many[0].Findings
		require.Equal(t, map[string]int{schema.WarnTextNull: 150, schema.WarnEmptyKey: 150}, found.Counts, "the last line of a code tells how many more there were")
		require.Equal(t, schema.Warning{Code: schema.WarnEmptyKey, Severity: schema.SeverityChange, Message: "… and 50 more of this kind", More: 50}, found.List[len(found.List)-1])
		require.Equal(t, schema.SeverityChange, found.List[0].Severity)
		warned, err := s.Versions("warned")
		require.NoError(t, err)
		require.Equal(t, schema.Warning{Row: 2, Code: "LONG_ROW", Severity: schema.SeverityBlock, Message: "a long row"}, warned[0].Findings.List[0])
		require.Equal(t, keepertest.Countries().Rows, keepertest.Cells(t, s, "countries", 0))

		stored, err := k.Load(t.Context(), tables.Name{Kind: tables.KindTable, Name: "countries"})
		require.NoError(t, err)
		head := stored.Records[0].Things[""].Head
		require.NotEmpty(t, head.Trail)
		for _, n := range head.Trail {
			require.Equal(t, head.Updated, head.Left[n], "of what was live before nothing else is known")
		}
		require.NoError(t, s.Close())
	}
	after, err := file.Check(path)
	require.NoError(t, err)
	require.Empty(t, after.Findings)
	require.Equal(t, []int{4, before.Tables, before.RuleSets}, []int{after.Format, after.Tables, after.RuleSets})
	beside, err := file.Check(file.Beside(path, 3))
	require.NoError(t, err)
	require.Equal(t, 3, beside.Format)
}

func TestFindingsOfFormat3ThatCannotBeReadAreFoundDamaged(t *testing.T) {
	path := format3(t)
	change(t, path, func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte("findings"))
		c := b.Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			broken := append([]byte(nil), v...)
			broken[len(broken)-1] ^= 1
			if err := b.Put(append([]byte(nil), k...), broken); err != nil {
				return err
			}
		}
		return nil
	})
	s, _ := at(t, path, tables.Options{KeepVersions: 3})
	many, err := s.Versions("many")
	require.NoError(t, err)
	require.Equal(t, map[string]int{schema.WarnDamaged: 1}, many[0].Findings.Counts)
	require.Len(t, keepertest.Cells(t, s, "many", 0), 150, "and the rows are there")
	require.NoError(t, s.Close())
}
