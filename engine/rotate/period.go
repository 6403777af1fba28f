package rotate

import (
	"fmt"
	"time"

	"tablestep/tables/schema"
)

// Period names the period of a cap that a moment lies in, by the clock of its location: a day,
// a week of ISO 8601 or a month, as queue.Turn has them. It is empty where there are no caps.
func Period(p schema.CapPeriod, at time.Time) string {
	switch p {
	case schema.CapDay:
		return at.Format("2006-01-02")
	case schema.CapWeek:
		year, week := at.ISOWeek()
		return fmt.Sprintf("%04d-W%02d", year, week)
	case schema.CapMonth:
		return at.Format("2006-01")
	}
	return ""
}
