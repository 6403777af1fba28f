package tables

import (
	"context"
	"errors"
	"time"

	"tablestep/tables/schema"
)

// A Keeper keeps what a Store knows: records of names, with their events, and the rows of
// versions, in chunks. It decides nothing: which version is live, what is too old and what
// a lookup may say is the Store's. tables/file is the one on bbolt.
//
// Records change in one way. Who wants to change some has read them, at a revision, and
// hands in a Commit that names that revision; it is done as a whole, or not at all
// because somebody was faster (ErrMoved). On bbolt that is one transaction. On PostgreSQL it is
// one as well: select … for update of the row of each name in Commit.On, in order of the
// names, compare, then write; two that take the same rows in the same order cannot
// lock each other out.
//
// Rows are written before anything refers to them. Begin gives an import a number for its
// rows, the storage, under a lease; Put writes under it; a Commit that takes it makes it a
// version's. A storage that no version owns and for which nobody has a lease is swept.
// How a lease ends with its holder is the keeper's: bbolt locks its file, so that a lease of an
// earlier opening is dead; PostgreSQL would have one row for each process, with an expiry
// that the keeper moves on while it lives, and leases that name that row. Who has lost his lease
// hears so from Put and Commit (ErrLeaseLost).
//
// All calls may come from any number of goroutines, but Close, which is the last one. A
// call ends with its context, an error then leaves open whether it has done its work.
// The errors that callers tell apart: ErrMoved, ErrLeaseLost and ErrDiskFull have done
// nothing; ErrBroken is the end of the keeper, it refuses all writing from then on;
// ErrDamaged is of what is stored and not what was written; after any other error
// of Commit nobody knows whether it was done, and who asks again, by Load, learns it.
//
// Nobody changes what was handed in or out, but for chunks: those of Put are the caller's
// again when it returns, those of Read are lent.
type Keeper interface {
	// Load reads the records of some names, or of all there are where none is given. A
	// name of which there is nothing is left out. Damage is no error: it is told in what
	// is loaded. PostgreSQL reads all in one repeatable transaction.
	Load(ctx context.Context, names ...Name) (*Stored, error)

	// Version reads one version, without its findings; ErrVersionNotFound where it is not
	// there.
	Version(ctx context.Context, of Thing, number int) (*Content, error)

	// Versions reads all that can be read, with their findings, by ascending number.
	Versions(ctx context.Context, of Thing) ([]*Content, error)

	// Findings reads those of one version of a table; none where it has none, or is not there.
	Findings(ctx context.Context, of Thing, number int) (schema.Findings, error)

	// Commit changes records, all or none.
	Commit(ctx context.Context, c *Commit) error

	// Begin gives an import its storage, which nobody has had.
	Begin(ctx context.Context, table string) (storage uint64, err error)

	// Put writes row groups, the first of which has the number group, in one transaction:
	// chunks[g][c] is the chunk of column c.
	Put(ctx context.Context, storage uint64, group int, chunks [][][]byte) error

	// Release gives a lease back; the storage is then swept. It is no error where a commit
	// has taken it.
	Release(ctx context.Context, storage uint64) error

	// Read hands the chunks of some columns of a row group to f, with the place in columns.
	// The bytes are lent until f returns. It is ErrVersionGone where the storage is gone,
	// and f's own error as it is.
	Read(ctx context.Context, storage uint64, group int, columns []int, f func(i int, chunk []byte) error) error

	// Sweep removes a piece of a storage that is nobody's, as much as holds up nobody, and
	// says whether it has. Of those that it has found it asks free, in turn, until one may
	// go; free is asked after they were found, so what a reader has begun to hold before is
	// not among them. A keeper that several processes share lets a storage rest, after
	// it became nobody's, for as long as a batch may last: it cannot ask their readers.
	Sweep(ctx context.Context, free func(storage uint64) bool) (more bool, err error)

	// Setting reads a setting, nil where there is none.
	Setting(ctx context.Context, key string) ([]byte, error)

	// SetSetting sets one; nil removes it.
	SetSetting(ctx context.Context, key string, value []byte) error

	// History reads the events of a name, its Bin aside, by ascending time. The newest
	// MaxEvents are kept. One that is damaged stands as an Event with ActionDamaged.
	History(ctx context.Context, name Name) ([]Event, error)

	// Watch tells of names that others have changed, until the context ends, which is no
	// error. It may tell too often, and of what this keeper itself has changed. bbolt's file is
	// this process's alone: it never tells. PostgreSQL would listen to a channel that every
	// commit notifies, and look at the highest revision every second beside it, because a
	// notice is lost while a connection is made anew.
	Watch(ctx context.Context, changed func(name Name)) error

	Close() error
}

// Kind says what a name names.
type Kind string

// The kinds of what has a name and records of its own.
const (
	KindTable   Kind = "table"
	KindRuleSet Kind = "ruleSet"
	KindDraft   Kind = "draft" // all drafts of a table; those of a person are a Thing of it
)

// A Name is that of a table with its lookups, or of a rule set: what is changed as one.
type Name struct {
	Kind Kind
	Name string
	Bin  int // not 0: it was deleted, and this tells it from others of its name
}

// A Thing is what has versions: a table, a rule set, a lookup of a table, or a draft, of which
// one is kept.
type Thing struct {
	Name
	Lookup string // of a table; "" is the table or rule set itself. Of a draft, the person
}

// DefaultLookup is the name under which a table's default lookup is kept. The lookup is
// called as its table is, and a table may come back under another name.
const DefaultLookup = "*"

// A Head says which versions of a thing count.
type Head struct {
	Next    int               // number of the next version; never falls
	Live    int               // 0: none
	Trail   []int             // versions that were live before, the latest last
	Left    map[int]time.Time // when versions that are kept were live last, but for the live one
	Updated time.Time         // of the last change, UTC
	Deleted time.Time         // zero: it is there
	Aliased int               // of a table: one more with each change of its aliases; also the last id that one was given

	Settings            // of a table
	Former    []string  // names that a table has had, the first one first; campaigns still find it by them
	Scheduled *Schedule // of a table: what goes live later; nil: nothing
}

// A Making is how a version came to be: as much of it as says what may go.
type Making struct {
	Number  int
	Patch   bool // a table's: made by changing rows of another version
	By      string
	Created time.Time
	Storage uint64 // a table's rows
	Damage  error  // its record cannot be read, and the fields above but Number are empty
}

// A Content is a whole version. It has one of Rows, Lookup and Source.
type Content struct {
	Making
	Rows   *schema.Version // of a table, with its Findings where they were asked for
	Lookup *schema.Lookup
	Source string        // of a rule set
	Draft  *DraftContent // of a draft, beside its Rows

	Findings error // why they cannot be read
}

// A Record is what is kept of one thing, but for versions that are not live.
type Record struct {
	Head       Head
	Damage     error    // the head cannot be read, or is missing
	Made       []Making // the versions that are kept, by ascending number
	Live       *Content // without findings; nil: none, or it cannot be read
	LiveDamage error    // why it cannot be read

	Aliases     []schema.Alias // of a lookup, by ascending id
	AliasDamage map[int]error  // those that cannot be read, by their ids
}

// Records are all that is kept of one name.
type Records struct {
	Name     Name
	Revision uint64             // one more after each commit; 0: nothing is kept, or its head cannot be read
	Things   map[string]*Record // by Thing.Lookup; "" is always there
}

// Stored is what Load has found.
type Stored struct {
	Records  []*Records
	Damage   []Damage         // of what is no name's
	Settings map[string]error // those that cannot be read
}

// A Commit changes records. The parts are done in this order.
type Commit struct {
	At     time.Time
	On     []Base        // every name that is changed, as it was
	Move   []Move        // all records of a name
	Forget []Name        // all records of a name
	Add    []Addition    // versions
	Find   []NewFindings // of versions that are there
	Drop   []ThingNumber // versions; the rows of one whose record is damaged are found and doomed
	Alias  []AliasChange // of lookups
	Heads  []ThingHead   // that of each name among them sets the name's revision to one more than in On
	Take   []uint64      // storages of imports of the same keeper, which versions own from now on
	Doom   []uint64      // storages that nobody owns any more
	Events []NamedEvent
}

// A Base is a name at the revision that a commit was made for.
type Base struct {
	Name
	Revision uint64
}

// A Move gives all records of a name to another, under which there is no more than a head,
// which is replaced.
type Move struct {
	From, To Name
	History  bool // the events of From go along, among those that To has by their times
}

// An Addition is a new version of a thing.
type Addition struct {
	Thing
	Content *Content
}

// A NewFindings is the findings of a version, in place of those that it had.
type NewFindings struct {
	Thing
	Number   int
	Findings schema.Findings
}

// A ThingNumber is a version of a thing.
type ThingNumber struct {
	Thing
	Number int
}

// An AliasChange puts an alias of a lookup in the place of that with its id, or removes it.
type AliasChange struct {
	Thing
	ID    int
	Alias *schema.Alias // nil removes
}

// A ThingHead is the new head of a thing.
type ThingHead struct {
	Thing
	Head Head
}

// A NamedEvent is one for the history of a name, its Bin aside.
type NamedEvent struct {
	Name
	Event Event
}

// MaxEvents is how many events of a name are kept.
const MaxEvents = 1000

// What a keeper ends with, and callers tell apart.
var (
	// ErrMoved says that somebody else has changed a name since it was read.
	ErrMoved = errors.New("changed by somebody else meanwhile")

	// ErrLeaseLost says that an import took so long that its rows were given up.
	ErrLeaseLost = errors.New("the rows of the import were given up, because nothing was heard of it: repeat it")

	// ErrDiskFull says that there was no room on the disk. Nothing was stored, the store
	// goes on.
	ErrDiskFull = errors.New("no room on the disk")

	// ErrBroken says that a write or a sync failed in a way after which nobody can say
	// what is on the disk.
	ErrBroken = errors.New("table file can no longer be trusted")

	// ErrDamaged says that stored bytes are not what was written. Trying again does not
	// help; a backup does, or writing the thing anew.
	ErrDamaged = errors.New("damaged")
)

// damaged says that an error is one that setting aside is for.
func damaged(err error) bool { return errors.Is(err, ErrDamaged) }
