package file

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"tablestep/engine/queue"
)

// turnVersion is the first byte of every row of a rotation, a counter and a lead that keeps
// a row, and what the meta bucket says of all of them.
const turnVersion = 1

// Lengths of the parts of keys.
const (
	numberBytes = 8
	leadBytes   = 16
)

// leadKey is what the leads of a file are hashed with.
type leadKey [16]byte

// rotationKey is the key of a rotation: the texts of its instance, table and lookup.
func rotationKey(r queue.Rotation) []byte {
	b := make([]byte, 0, 6+len(r.Instance)+len(r.Table)+len(r.Lookup))
	return appendString(appendString(appendString(b, r.Instance), r.Table), r.Lookup)
}

func decodeRotationKey(k []byte) (queue.Rotation, error) {
	d := decoder{b: k}
	r := queue.Rotation{Instance: d.text(queue.MaxName), Table: d.text(queue.MaxName), Lookup: d.text(queue.MaxName)}
	if d.err == nil && (len(d.b) > 0 || r.Check() != nil) {
		d.fail("name")
	}
	if d.err != nil {
		return queue.Rotation{}, fmt.Errorf("key of a rotation: %w: %w", d.err, queue.ErrDamaged)
	}
	return r, nil
}

// turnPrefix is how the keys of all rows of a rotation begin that has that number. It leaves room
// for the rest of a key.
func turnPrefix(instance string, number uint64, rest int) []byte {
	b := make([]byte, 0, 3+len(instance)+numberBytes+rest)
	return binary.BigEndian.AppendUint64(appendString(b, instance), number)
}

// splitTurnKey takes apart the key of a counter, or of a lead that keeps a row.
func splitTurnKey(k []byte) (number uint64, rest []byte, err error) {
	d := decoder{b: k}
	instance, n := d.text(queue.MaxName), d.take(numberBytes)
	if d.err != nil || instance == "" || len(d.b) == 0 {
		return 0, nil, fmt.Errorf("key %.40x of a turn: %w", k, queue.ErrDamaged)
	}
	return binary.BigEndian.Uint64(n), d.b, nil
}

func counterKey(instance string, number uint64, row string) []byte {
	return append(turnPrefix(instance, number, len(row)), row...)
}

// stuckKey hashes the lead with the key of the file and the number of the rotation.
func stuckKey(instance string, number uint64, key leadKey, lead string) []byte {
	var buf [128]byte
	sum := sha256.Sum256(append(binary.BigEndian.AppendUint64(append(buf[:0], key[:]...), number), lead...))
	return append(turnPrefix(instance, number, leadBytes), sum[:leadBytes]...)
}

// sealRow puts the checksum behind a row that begins at start.
func sealRow(b []byte, start int) []byte {
	return binary.BigEndian.AppendUint32(b, checksum(b[start:]))
}

// openRow takes version and checksum off a row.
func openRow(what string, row []byte) (decoder, error) {
	if len(row) < 5 {
		return decoder{}, fmt.Errorf("%s of %d bytes: %w", what, len(row), queue.ErrDamaged)
	}
	if row[0] != turnVersion {
		return decoder{}, fmt.Errorf("%s of version %d: %w", what, row[0], queue.ErrDamaged)
	}
	body := row[:len(row)-4]
	if checksum(body) != binary.BigEndian.Uint32(row[len(row)-4:]) {
		return decoder{}, fmt.Errorf("%s: checksum differs: %w", what, queue.ErrDamaged)
	}
	return decoder{b: body[1:]}, nil
}

// end says what is wrong with a row, after its last field.
func (d *decoder) end(what string) error {
	if d.err == nil && len(d.b) != 0 {
		d.err = fmt.Errorf("%d bytes left over", len(d.b))
	}
	if d.err != nil {
		return fmt.Errorf("%s: %w: %w", what, d.err, queue.ErrDamaged)
	}
	return nil
}

func appendRotation(b []byte, number uint64) []byte {
	start := len(b)
	return sealRow(binary.BigEndian.AppendUint64(append(b, turnVersion), number), start)
}

func decodeRotation(row []byte) (number uint64, err error) {
	d, err := openRow("row of a rotation", row)
	if err != nil {
		return 0, err
	}
	if n := d.take(numberBytes); len(n) == numberBytes {
		number = binary.BigEndian.Uint64(n)
	}
	if number == 0 {
		d.fail("number")
	}
	return number, d.end("row of a rotation")
}

func appendCounter(b []byte, c *queue.Counter) []byte {
	start := len(b)
	b = append(b, turnVersion, boolByte(c.Out))
	for _, n := range [...]int64{c.Leads, c.Pass} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	b = binary.AppendUvarint(appendString(b, c.Period), uint64(c.InPeriod))
	b = binary.AppendUvarint(appendString(b, c.Earlier), uint64(c.InEarlier))
	return sealRow(appendTime(b, c.Last), start)
}

// decodeCounter reads the row of a counter; name is the end of its key.
func decodeCounter(name, row []byte) (queue.Counter, error) {
	d, err := openRow("counter", row)
	if err != nil {
		return queue.Counter{}, err
	}
	c := queue.Counter{Row: string(name), Out: d.flag(), Leads: d.amount(), Pass: d.amount()}
	c.Period, c.InPeriod = d.text(queue.MaxName), d.amount()
	c.Earlier, c.InEarlier = d.text(queue.MaxName), d.amount()
	if c.Last = d.time(); !c.Last.IsZero() {
		c.Last = c.Last.UTC()
	}
	if err := d.end("counter"); err != nil {
		return queue.Counter{}, err
	}
	if err := c.Check(); err != nil {
		return queue.Counter{}, fmt.Errorf("%w: %w", err, queue.ErrDamaged)
	}
	return c, nil
}

// amount reads a number that is not below zero.
func (d *decoder) amount() int64 {
	n, size := binary.Uvarint(d.b)
	if size <= 0 || n > math.MaxInt64 {
		d.fail("number")
		return 0
	}
	d.b = d.b[size:]
	return int64(n)
}

func appendStuck(b []byte, row string, until time.Time) []byte {
	start := len(b)
	return sealRow(appendTime(appendString(append(b, turnVersion), row), until), start)
}

func decodeStuck(row []byte) (name string, until time.Time, err error) {
	d, err := openRow("row of a lead that keeps one", row)
	if err != nil {
		return "", time.Time{}, err
	}
	name = d.text(queue.MaxRow)
	if until = d.time(); !until.IsZero() {
		until = until.UTC()
	}
	if name == "" {
		d.fail("name")
	}
	return name, until, d.end("row of a lead that keeps one")
}
