package schema

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// MaxRotation is the most rows of a version whose rows take turns. All of them are in memory
// with their weights, caps and absences, and each has a counter.
const MaxRotation = 10_000

// maxSticky is the longest time for which a lead keeps its row: beyond it, it keeps it for ever.
const maxSticky = 10 * 365 * 24 * time.Hour

// StickyForEver is what Sticky says where a lead keeps its row without an end.
const StickyForEver = "true"

// MatchesAll says that every row of the table is a hit, because nothing is matched.
func (l *Lookup) MatchesAll() bool {
	return len(l.Match) == 0 && (l.HitPolicy == PolicyRotate || l.HitPolicy == PolicyCollect)
}

// StickyTime is how long a lead keeps its row; false where it does not. For ever is 0.
func (l *Lookup) StickyTime() (time.Duration, bool) {
	d, err := readSticky(l.Sticky)
	return d, err == nil && l.Sticky != ""
}

// readSticky reads how long a lead keeps its row, in hours, days or weeks: 12h, 90d, 4w.
func readSticky(text string) (time.Duration, error) {
	if text == "" || text == StickyForEver {
		return 0, nil
	}
	units := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	unit, known := units[text[len(text)-1]]
	n, err := strconv.Atoi(text[:len(text)-1])
	if !known || err != nil || n < 1 || int64(n) > int64(maxSticky/unit) {
		return 0, fmt.Errorf("%w: sticky %q: write a time such as 12h, 90d or 4w, up to ten years, or %s for ever", ErrInvalid, Excerpt(text), StickyForEver)
	}
	return time.Duration(n) * unit, nil
}

// settleRotate checks what belongs to the hit policy by which rows take turns.
func (l *Lookup) settleRotate(v *Version) error {
	if l.Sticky = strings.ToLower(strings.TrimSpace(l.Sticky)); l.Sticky == "false" {
		l.Sticky = ""
	}
	if l.HitPolicy != PolicyRotate {
		for _, s := range l.rotateSettings() {
			if *s.value != "" {
				return fmt.Errorf("%w: %s %q with hit policy %s: only %s takes it; leave it out", ErrInvalid, s.name, Excerpt(*s.value), l.HitPolicy, PolicyRotate)
			}
		}
		if l.CapPeriod != "" || l.Sticky != "" {
			return fmt.Errorf("%w: capPeriod or sticky with hit policy %s: only %s takes them; leave them out", ErrInvalid, l.HitPolicy, PolicyRotate)
		}
		return nil
	}
	if l.RowKey == "" {
		return fmt.Errorf("%w: hit policy %s needs a rowKey: name the column whose cells name a row over versions, such as the owner's address; no two rows may have the same", ErrInvalid, PolicyRotate)
	}
	for _, s := range l.rotateSettings() {
		if *s.value == "" {
			continue
		}
		name, err := v.spelled(*s.value)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		*s.value = name
	}
	periods := []CapPeriod{CapDay, CapWeek, CapMonth}
	switch {
	case l.CapColumn == "" && l.CapPeriod != "":
		return fmt.Errorf("%w: capPeriod %q without a capColumn: name the column of caps, or leave the period out", ErrInvalid, Excerpt(string(l.CapPeriod)))
	case l.CapColumn != "" && l.CapPeriod != CapDay && l.CapPeriod != CapWeek && l.CapPeriod != CapMonth:
		return fmt.Errorf("%w: capPeriod %q: the caps of column %q are those of a %s%s", ErrInvalid, Excerpt(string(l.CapPeriod)), Excerpt(l.CapColumn), Joined(periods), Meant(string(l.CapPeriod), periods))
	}
	if _, err := readSticky(l.Sticky); err != nil {
		return err
	}
	if v.Rows > MaxRotation {
		return fmt.Errorf("%w: hit policy %s over version %d, which has %d rows: %d are the most that can take turns; put them into a table of their own", ErrInvalid, PolicyRotate, v.Number, v.Rows, MaxRotation)
	}
	return nil
}

// rotateSetting is a column that PolicyRotate takes, under the name of its setting.
type rotateSetting struct {
	name  string
	value *string
}

func (l *Lookup) rotateSettings() []rotateSetting {
	return []rotateSetting{{"rowKey", &l.RowKey}, {"weightColumn", &l.WeightColumn}, {"capColumn", &l.CapColumn}, {"awayColumn", &l.AwayColumn}}
}
