package rules

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strings"
)

// numberFunctions read and change numbers. Where the number is nil or a text that
// is no number they give nil, but for score.
func numberFunctions() []*function {
	return []*function{
		{
			name: "number", signature: "number(x)", takes: "number", nils: "nil", result: unknown, group: "number",
			text:     "The text read as a number; spaces around it, a currency, % and signs between thousands may be there. It is read as 1,234.5, else in the one other way in which it can be; K and M behind it are thousands and millions. nil if it is no number.",
			examples: []Example{{`number("120")`, `120`}, {`number(" $1,234.50 ")`, `1234.5`}, {`number("1.234,50 €")`, `1234.5`}, {`number("1.500")`, `1.5`}, {`number("15%")`, `0.15`}, {`number("10K")`, `10000`}, {`number("$1.5M")`, `1500000`}, {`number("3m")`, `nil`}, {`number("n/a")`, `nil`}, {`number(nil)`, `nil`}, {`number("n/a") ?? 0`, `0`}},
			call: func(_ *machine, args []value) (value, error) {
				n, _ := asNumber(args[0])
				return n, nil
			},
		},
		{
			name: "integer", signature: "integer(x)", takes: "number", nils: "nil", result: unknown, group: "number",
			text:     "The text or number as a whole number, rounded half away from zero. nil if it is no number.",
			examples: []Example{{`integer("41.5")`, `42`}, {`integer("")`, `nil`}},
			call: func(_ *machine, args []value) (value, error) {
				n, ok := asNumber(args[0])
				if !ok {
					return value{}, nil
				}
				return whole(math.Round, n)
			},
		},
		{
			name: "round", signature: "round(x, digits)", takes: "number whole?", nils: "nil", result: unknown, group: "number",
			text:     "The number rounded half away from zero to so many digits behind the point, none if left out, as it is written in decimals.",
			examples: []Example{{`round(2.5)`, `3`}, {`round(3.14159, 2)`, `3.14`}, {`round(1.005, 2)`, `1.01`}, {`round("x")`, `nil`}},
			call:     roundCall,
		},
		{
			name: "floor", signature: "floor(x)", takes: "number", nils: "nil", result: unknown, group: "number",
			text: "The next whole number below.", examples: []Example{{`floor(-1.5)`, `-2`}},
			call: func(_ *machine, args []value) (value, error) { return stepCall(math.Floor, args) },
		},
		{
			name: "ceil", signature: "ceil(x)", takes: "number", nils: "nil", result: unknown, group: "number",
			text: "The next whole number above.", examples: []Example{{`ceil(1.2)`, `2`}},
			call: func(_ *machine, args []value) (value, error) { return stepCall(math.Ceil, args) },
		},
		{
			name: "abs", signature: "abs(x)", takes: "number", nils: "nil", result: unknown, group: "number",
			text: "The number without its sign.", examples: []Example{{`abs(-3)`, `3`}},
			call: func(_ *machine, args []value) (value, error) {
				n, ok := asNumber(args[0])
				if !ok {
					return value{}, nil
				}
				return positive(n), nil
			},
		},
		{
			name: "min", signature: "min(x, …)", takes: "number…", nils: "nil", result: unknown, group: "number",
			text:     "The smallest of the numbers; texts are read as numbers, a list stands for its elements, and what is no number does not count. nil if there is none.",
			examples: []Example{{`min(3, "2", nil)`, `2`}, {`min("n/a")`, `nil`}},
			call:     func(m *machine, args []value) (value, error) { return extremeCall(m, args, -1) },
		},
		{
			name: "max", signature: "max(x, …)", takes: "number…", nils: "nil", result: unknown, group: "number",
			text:     "The largest of the numbers; texts are read as numbers, a list stands for its elements, and what is no number does not count. nil if there is none.",
			examples: []Example{{`max([3, 7, 5])`, `7`}, {`max(1, ["9", "n/a"])`, `9`}},
			call:     func(m *machine, args []value) (value, error) { return extremeCall(m, args, 1) },
		},
		{
			name: "clamp", signature: "clamp(x, low, high)", takes: "number number number", nils: "nil", result: unknown, group: "number",
			text:     "The number, but at least low and at most high.",
			examples: []Example{{`clamp(120, 0, 100)`, `100`}, {`clamp("7", 0, 100)`, `7`}},
			call:     clampCall,
		},
		{
			name: "band", signature: "band(x, limit, label, limit, label, …, label)", takes: "number number any any…", nils: "nil", result: unknown, group: "number",
			text:     "The label of the first limit that the number is below, else the last label. Limits must rise.",
			examples: []Example{{`band(250, 50, "small", 1000, "medium", "large")`, `"medium"`}, {`band(1000, 50, "small", 1000, "medium", "large")`, `"large"`}, {`band(nil, 50, "small", "large")`, `nil`}},
			call:     bandCall,
		},
		{
			name: "bucket", signature: "bucket(x, n, salt)", takes: "text whole text?", nils: "1", result: isNumber, group: "number",
			text:     "A number from 0 to n-1 that depends only on the text: the same lead gets the same bucket for ever, and all buckets are equally full. Another salt gives another split.",
			examples: []Example{{`bucket("jane@example.com", 2) in [0, 1]`, `true`}, {`bucket("4711", 10) == bucket(4711, 10)`, `true`}},
			call:     bucketCall,
		},
		{
			name: "score", signature: "score(n)", takes: "number", result: isText, group: "number",
			text:     "A change of a score field: the number with its sign, as text. (A plain number sets the score.)",
			examples: []Example{{`score(+5)`, `"+5"`}, {`score(-10)`, `"-10"`}},
			call:     scoreCall,
		},
	}
}

// whole makes a number whole; one beyond 64 bits stays a float.
func whole(f func(float64) float64, n value) (value, error) {
	if n.kind == kindInt {
		return n, nil
	}
	r := f(n.rawFloat())
	if math.Abs(r) < 1<<62 {
		return integer(int(r)), nil
	}
	return float(r), nil
}

// stepCall is floor and ceil.
func stepCall(f func(float64) float64, args []value) (value, error) {
	n, ok := asNumber(args[0])
	if !ok {
		return value{}, nil
	}
	return whole(f, n)
}

// roundCall rounds what was written, not what the float64 is: 1.005 is stored as a little
// less than that, and becomes 1.01 with two digits all the same. 15 digits are what a
// float64 holds.
func roundCall(m *machine, args []value) (value, error) {
	digits := 0
	if len(args) == 2 {
		var err error
		if digits, err = wholeOf(args, 1); err != nil {
			return value{}, err
		}
		if digits < 0 || digits > 15 {
			return value{}, errors.New("argument 2 must be from 0 to 15")
		}
	}
	n, ok := asNumber(args[0])
	switch {
	case !ok:
		return value{}, nil
	case digits == 0 || n.kind == kindInt:
		return whole(math.Round, n)
	}
	if err := m.spend(40); err != nil {
		return value{}, err
	}
	return float(roundDecimal(n.rawFloat(), digits)), nil
}

// extremeCall is min (sign -1) and max (sign 1). Of equal numbers the first one counts, and
// keeps its kind.
func extremeCall(m *machine, args []value, sign int) (value, error) {
	var best value
	for i := range args {
		err := eachNumber(m, args[i], func(n value) {
			if c, ok := compareNumbers(n, best); best.isNil() || ok && c == sign {
				best = n
			}
		})
		if err != nil {
			return value{}, err
		}
	}
	return best, nil
}

// eachNumber goes through the numbers that a value stands for, as sum, min and max see
// it: a number, or a text that is one, is itself, a list is its elements, however deep
// they are, and everything else is none.
func eachNumber(m *machine, v value, take func(n value)) error {
	if n, ok := asNumber(v); ok {
		take(n)
		return nil
	}
	size, ok := v.length()
	if !ok {
		return nil
	}
	// Charged before it is gone through: a list may have the same list many times over.
	if err := m.spend(size); err != nil {
		return err
	}
	if l, ok := v.other.([]string); ok {
		for _, s := range l {
			if n, ok := readNumber(s); ok {
				take(n)
			}
		}
		return nil
	}
	l, _ := v.other.([]any)
	for i := range l {
		if err := eachNumber(m, fromAny(l[i]), take); err != nil {
			return err
		}
	}
	return nil
}

// clampCall gives nil for a lead's value that is no number. Bounds that are none are a
// mistake in the rule, and an error.
func clampCall(_ *machine, args []value) (value, error) {
	var n [3]value
	for i := range n {
		var ok bool
		if n[i], ok = asNumber(args[i]); !ok {
			if i == 0 {
				return value{}, nil
			}
			return value{}, fmt.Errorf("argument %d must be a number, not %s", i+1, describe(args[i]))
		}
	}
	if c, _ := compareNumbers(n[1], n[2]); c > 0 {
		return value{}, errors.New("low is above high")
	}
	if c, _ := compareNumbers(n[0], n[1]); c < 0 {
		return n[1], nil
	}
	if c, _ := compareNumbers(n[0], n[2]); c > 0 {
		return n[2], nil
	}
	return n[0], nil
}

// bandCall looks at all limits before it looks for one: limits that do not rise are a mistake
// of the rule that must show with the first lead, not with the rare one behind them. NaN is
// below none, and has the last label.
func bandCall(_ *machine, args []value) (value, error) {
	if len(args)%2 != 0 {
		return value{}, errors.New("it takes a value, pairs of limit and label, and a last label")
	}
	x, isNumber := asNumber(args[0])
	last := value{}
	for i := 1; i+1 < len(args); i += 2 {
		limit, ok := asNumber(args[i])
		if !ok {
			return value{}, fmt.Errorf("argument %d must be a number, not %s", i+1, describe(args[i]))
		}
		if c, ok := compareNumbers(limit, last); !last.isNil() && (!ok || c <= 0) {
			return value{}, fmt.Errorf("argument %d: the limits must rise", i+1)
		}
		last = limit
	}
	if !isNumber {
		return value{}, nil
	}
	for i := 1; i+1 < len(args); i += 2 {
		limit, _ := asNumber(args[i])
		if c, ok := compareNumbers(x, limit); ok && c < 0 {
			return args[i+1], nil
		}
	}
	return args[len(args)-1], nil
}

// bucketCall must give the same for ever, in every version of the program: experiments rely on
// it. The NUL keeps salt and text apart. The
// remainder favours the first buckets by far less than any experiment could see.
func bucketCall(m *machine, args []value) (value, error) {
	s, err := textOf(args, 0)
	if err != nil {
		return value{}, err
	}
	n, err := wholeOf(args, 1)
	if err != nil {
		return value{}, err
	}
	if n < 1 || n > 1_000_000 {
		return value{}, errors.New("argument 2 must be from 1 to 1000000")
	}
	salt, err := textOf(args, 2)
	if err != nil {
		return value{}, err
	}
	if err := m.spend(40 + (len(s)+len(salt))/4); err != nil {
		return value{}, err
	}
	sum := sha256.Sum256([]byte(salt + "\x00" + s))
	return integer(int(binary.BigEndian.Uint64(sum[:8]) % uint64(n))), nil
}

// hashCall is charged by the length, since SHA-256 reads all of it.
func hashCall(m *machine, args []value) (value, error) {
	s, err := textOf(args, 0)
	if err != nil {
		return value{}, err
	}
	if err := m.spend(40 + len(s)/4); err != nil {
		return value{}, err
	}
	sum := sha256.Sum256([]byte(s))
	return text(hex.EncodeToString(sum[:8])), nil
}

// scoreCall fails where there is no number: a text "+" would set the score to nothing.
func scoreCall(_ *machine, args []value) (value, error) {
	n, ok := asNumber(args[0])
	if !ok {
		return value{}, fmt.Errorf("argument 1 must be a number, not %s", describe(args[0]))
	}
	s, _ := asText(n)
	// Zero is +0, a change by nothing.
	if !strings.HasPrefix(s, "-") {
		s = "+" + s
	}
	return text(s), nil
}
