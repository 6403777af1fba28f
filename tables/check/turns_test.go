package check_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/tables/check"
	"tablestep/tables/scan/scantest"
	"tablestep/tables/schema"
)

func TestCellsByWhichRowsTakeTurnsKeepAVersionFromGoingLive(t *testing.T) {
	of := scantest.New([]string{"owner", "weight", "away", "region"}, [][]string{
		{"ana", "3", "", "EMEA"}, {"bo", "often", "", "EMEA"}, {"ana", "", "", "EMEA"}, {"", "1", "soon", "APAC"},
	}, 2)
	l := schema.Lookup{Name: "t", HitPolicy: schema.PolicyRotate, RowKey: "owner", WeightColumn: "weight", AwayColumn: "away", Match: []schema.Match{{Column: "region"}}}
	l = settled(t, of.Version, l)
	other := l // of the same columns: told once
	other.Name = "second"
	list, total := upload(t, of, check.Upload{Lookups: []schema.Lookup{l, other}, Key: []string{"owner", "region"}})
	told := []string{}
	for _, w := range list {
		if w.Code == schema.CodeRowKey || w.Code == schema.CodeBadTurn {
			require.Equal(t, schema.SeverityBlock, w.Severity)
			require.True(t, schema.ByUse(w.Code))
			told = append(told, fmt.Sprint(w.Row, w.Column, w.Code))
		} else {
			require.NotEqual(t, schema.WarnOverlap, w.Code, "rows that several leads hit are what turns are for")
		}
	}
	require.Equal(t, []string{"2weightBAD_TURN", "3ownerROW_KEY", "4ownerROW_KEY", "4awayBAD_TURN"}, told)
	require.Equal(t, len(list), total)

	err := check.Turns(context.Background(), of, of.Version, &l)
	require.ErrorIs(t, err, schema.ErrInvalid)
	require.ErrorContains(t, err, `row 2, column "weight": "often" is no weight`)
	l.HitPolicy = schema.PolicyFirst
	require.NoError(t, check.Turns(context.Background(), of, of.Version, &l))
}

func TestMoreRowsThanCanTakeTurnsAreAFinding(t *testing.T) {
	of := scantest.Make([]string{"owner"}, 0, func(row int, cells []string) bool {
		cells[0] = fmt.Sprint("owner", row)
		return row <= schema.MaxRotation
	})
	l := schema.Lookup{Name: "t", HitPolicy: schema.PolicyRotate, RowKey: "owner"}
	list, _ := upload(t, of, check.Upload{Lookups: []schema.Lookup{l}})
	require.Len(t, list, 1)
	require.Equal(t, schema.CodeBadTurn, list[0].Code)
	require.Contains(t, list[0].Message, "of which there may be 10000, and the version has 10001")
}
