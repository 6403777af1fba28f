package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// What the operators do with two values. Where expr gives a result they give the
// same one; what they make of the rest is listed in RULES.md, "Where rules and expr
// differ".

// hint ends a message about a text that should be a number.
const hint = "; number(x) gives nil for it instead"

// order compares: below zero, zero, above zero. ok is false if a side is a blank
// text beside a number, or not a number at all.
func order(op string, a, b value) (c int, ok bool, err error) {
	if a.kind == kindText && b.kind == kindText {
		return strings.Compare(a.text, b.text), true, nil
	}
	// Dates compare as moments, whatever their zones.
	if x, isTime := a.other.(time.Time); isTime {
		if y, isTime := b.other.(time.Time); isTime {
			return x.Compare(y), true, nil
		}
	}
	if a.isNumber() || b.isNumber() {
		if a.isBlank() || b.isBlank() {
			return 0, false, nil // a form sends an empty field as an empty text
		}
		x, okX := asNumber(a)
		y, okY := asNumber(b)
		if okX && okY {
			c, ok = compareNumbers(x, y)
			return c, ok, nil
		}
		if a.kind == kindText || b.kind == kindText {
			return 0, false, fmt.Errorf("cannot compare %s %s %s: the text is no number%s", describe(a), op, describe(b), hint)
		}
	}
	_, dateLeft := a.other.(time.Time)
	_, dateRight := b.other.(time.Time)
	if dateLeft && b.kind == kindText || dateRight && a.kind == kindText {
		return 0, false, fmt.Errorf("cannot compare %s %s %s: a text is no date; write date(…) around it", describe(a), op, describe(b))
	}
	return 0, false, fmt.Errorf("cannot compare %s %s %s", describe(a), op, describe(b))
}

// compareNumbers is ok unless one of them is NaN.
func compareNumbers(x, y value) (int, bool) {
	if x.kind == kindInt && y.kind == kindInt {
		switch a, b := x.int(), y.int(); {
		case a < b:
			return -1, true
		case a > b:
			return 1, true
		}
		return 0, true
	}
	switch a, b := x.float(), y.float(); {
	case a < b:
		return -1, true
	case a > b:
		return 1, true
	case a == b:
		return 0, true
	}
	return 0, false
}

// numbers reads both sides of an arithmetic operator. ok is false if one is blank.
func numbers(op string, a, b value) (x, y value, ok bool, err error) {
	if a.isBlank() || b.isBlank() {
		return x, y, false, nil
	}
	x, okX := asNumber(a)
	y, okY := asNumber(b)
	if okX && okY {
		return x, y, true, nil
	}
	wrong := a
	if okX {
		wrong = b
	}
	err = fmt.Errorf("cannot calculate %s %s %s: %s is no number", describe(a), op, describe(b), describe(wrong))
	if wrong.kind == kindText {
		err = fmt.Errorf("%w%s", err, hint)
	}
	return x, y, false, err
}

// arithmetic is an operator on two numbers: on whole ones whole, unless that is nil.
func arithmetic(op string, whole func(a, b int) value, broken func(a, b float64) float64) operator {
	return func(_ *machine, a, b value) (value, error) {
		x, y, ok, err := numbers(op, a, b)
		switch {
		case !ok:
			return value{}, err
		case whole != nil && x.kind == kindInt && y.kind == kindInt:
			return whole(x.int(), y.int()), nil
		}
		return float(broken(x.float(), y.float())), nil
	}
}

// add is +, whose nil rule needs to see both sides. Where a text is written out beside it
// that is no number it is join instead, which is decided before any lead is seen.
func add(m *machine, a, b value) (value, error) {
	switch {
	case a.isNumber() && b.isNumber():
		return total(a, b), nil
	// Joining texts takes nil for nothing: salutation + name shall not lose the name.
	case a.kind == kindText && (b.kind == kindText || b.isNil()), a.isNil() && b.kind == kindText:
		return join(m, a, b)
	// A sum with an unknown part is unknown.
	case (a.isNil() || a.isNumber()) && (b.isNil() || b.isNumber()):
		return value{}, nil
	case a.kind == kindText && b.isNumber() || a.isNumber() && b.kind == kindText:
		x, y, ok, err := numbers("+", a, b)
		if err != nil {
			return value{}, fmt.Errorf("%w, and string(x) around the number joins texts", err)
		}
		if !ok {
			return value{}, nil // a field that nobody filled in
		}
		return total(x, y), nil
	}
	return value{}, fmt.Errorf("cannot add %s and %s", describe(a), describe(b))
}

// join is + beside a text that is written out and is no number: both sides are texts,
// numbers in decimals, and nil is nothing.
func join(m *machine, a, b value) (value, error) {
	x, okX := asText(a)
	y, okY := asText(b)
	if !okX || !okY {
		return value{}, fmt.Errorf("cannot join %s and %s: both must be texts", describe(a), describe(b))
	}
	if len(x)+len(y) > m.limits.Text {
		return value{}, m.tooLong()
	}
	if err := m.spend(effortOf(len(x) + len(y))); err != nil {
		return value{}, err
	}
	return text(x + y), nil
}

// A division by zero gives an infinity, as in expr; a rest of it is nothing at all.
var errZero = errors.New("cannot take the rest of a division by zero")

// modulo is %. The rest has the sign of the left side, as in Go and expr.
func modulo(_ *machine, a, b value) (value, error) {
	x, y, ok, err := numbers("%", a, b)
	switch {
	case !ok:
		return value{}, err
	case x.kind != kindInt || y.kind != kindInt:
		return value{}, fmt.Errorf("cannot calculate %s %% %s: both must be whole numbers", describe(a), describe(b))
	case y.int() == 0:
		return value{}, errZero
	}
	return integer(x.int() % y.int()), nil
}

// negate is the minus sign in front of a value. Nil and a blank text give nil.
func negate(a value) (value, error) {
	if a.isNil() || a.isBlank() {
		return value{}, nil
	}
	x, ok := asNumber(a)
	switch {
	case !ok:
		return value{}, fmt.Errorf("cannot calculate -%s: it is no number", describe(a))
	case x.kind == kindInt:
		return minus(0, x.int()), nil
	}
	return float(-x.rawFloat()), nil
}

// condition reads a value as true or false.
func condition(a value) (value, error) {
	switch a.kind {
	case kindBool:
		return a, nil
	case kindNil:
		return boolean(false), nil
	case kindText:
		switch {
		// Marketo sends some bools as texts.
		case strings.EqualFold(a.text, "true"):
			return boolean(true), nil
		case strings.EqualFold(a.text, "false"):
			return boolean(false), nil
		}
	}
	return value{}, fmt.Errorf("a condition must be true or false, not %s", describe(a))
}

// texts reads both sides of a text operator.
func texts(op string, a, b value) (x, y string, err error) {
	x, okX := asText(a)
	y, okY := asText(b)
	if !okX || !okY {
		return "", "", fmt.Errorf("cannot tell whether %s %s %s: both must be texts", describe(a), op, describe(b))
	}
	return x, y, nil
}

// textual is an operator that tests two texts.
func textual(op string, test func(a, b string) bool) operator {
	return func(_ *machine, a, b value) (value, error) {
		x, y, err := texts(op, a, b)
		return boolean(err == nil && test(x, y)), err
	}
}

// matches is the operator of that name. The regular expression may be made of fields, so it
// is compiled here, and kept.
func matches(m *machine, a, b value) (value, error) {
	x, y, err := texts("matches", a, b)
	if err != nil {
		return value{}, err
	}
	re, err := m.regexp(y)
	if err != nil {
		return value{}, err
	}
	if err := m.spend(re.effort(len(x))); err != nil {
		return value{}, err
	}
	return boolean(re.MatchString(x)), nil
}

// effortWithin is the effort of looking through a list of so many elements.
func effortWithin(n int) int { return 1 + n/8 }

// within is the operator in: a list that has an equal element, a mapping that has
// the key.
func within(m *machine, a, b value) (value, error) {
	switch l := b.other.(type) {
	case []any:
		if err := m.spend(effortWithin(len(l))); err != nil {
			return value{}, err
		}
		for i := range l {
			if equal(fromAny(l[i]), a) {
				return boolean(true), nil
			}
		}
		return boolean(false), nil
	case []string:
		if err := m.spend(effortWithin(len(l))); err != nil {
			return value{}, err
		}
		return boolean(a.kind == kindText && slices.Contains(l, a.text)), nil
	case map[string]any:
		_, ok := l[a.text] // nil asks for the empty key, as in expr
		return boolean(ok && (a.kind == kindText || a.isNil())), nil
	}
	switch b.kind {
	case kindNil:
		return boolean(false), nil
	case kindText:
		return value{}, fmt.Errorf("cannot tell whether %s is in %s: use contains for texts, and [ ] around a list", describe(a), describe(b))
	}
	return value{}, fmt.Errorf("cannot tell whether %s is in %s: that is no list", describe(a), describe(b))
}

// spread is the operator .. : the whole numbers from a to b.
func spread(m *machine, a, b value) (value, error) {
	if a.kind != kindInt || b.kind != kindInt {
		return value{}, fmt.Errorf("cannot make the range %s..%s: both must be whole numbers", describe(a), describe(b))
	}
	// A range that falls is empty, as in expr.
	from, to := a.int(), b.int()
	if from > to {
		return list([]any{}), nil
	}
	if size := uint64(to) - uint64(from); size >= uint64(m.limits.List) {
		return value{}, m.tooMany()
	}
	l := make([]any, to-from+1)
	for i := range l {
		l[i] = from + i
	}
	return list(l), m.spend(2 * len(l))
}

// part is what a dot or an index reads: a cell of a row, an entry of a mapping, an
// element of a list. What is not there is nil.
func part(a, b value) (value, error) {
	switch x := a.other.(type) {
	case *tableRow:
		if b.kind == kindText {
			if cell, ok := x.row.Cell(b.text); ok {
				return text(cell), nil
			}
			return value{}, fmt.Errorf("table %s has no column %s", x.table, describe(b))
		}
	case map[string]any:
		if key, ok := asText(b); ok {
			return fromAny(x[key]), nil
		}
	}
	if n, ok := a.length(); ok && (b.kind == kindInt || b.isNil()) {
		i := b.int()
		// -1 is the last element.
		if i < 0 {
			i += n
		}
		if b.isNil() || i < 0 || i >= n {
			return value{}, nil
		}
		// A list of texts is not boxed for one of its elements.
		if l, ok := a.other.([]string); ok {
			return text(l[i]), nil
		}
		l, _ := a.other.([]any)
		return fromAny(l[i]), nil
	}
	if a.isNil() {
		return value{}, nil
	}
	if a.kind == kindText {
		return value{}, fmt.Errorf("cannot take %s of the text %s: use left or right", describe(b), describe(a))
	}
	return value{}, fmt.Errorf("cannot take %s of %s", describe(b), describe(a))
}
