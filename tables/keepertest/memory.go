package keepertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"tablestep/tables"
	"tablestep/tables/schema"
)

// A Memory is what owners share.
type Memory struct {
	mu      sync.Mutex // guards the fields below
	names   map[tables.Name]*kept
	events  map[tables.Name][]tables.Event
	setting map[string][]byte
	rows    map[uint64]*storage
	last    uint64 // storage that was given out
	owners  map[*Owner]struct{}
}

// kept is what is kept of a name. It is immutable.
type kept struct {
	revision uint64
	heads    map[string]tables.Head
	versions map[string]map[int]*tables.Content
	aliases  map[string]map[int]schema.Alias
}

// storage is the rows of a version, or of an import.
type storage struct {
	groups map[int][][]byte
	lease  *Owner // has it, or nobody
	owned  bool   // by a version
}

// NewMemory is an empty one.
func NewMemory() *Memory {
	return &Memory{
		names: map[tables.Name]*kept{}, events: map[tables.Name][]tables.Event{}, setting: map[string][]byte{},
		rows: map[uint64]*storage{}, owners: map[*Owner]struct{}{},
	}
}

// A Fault is what goes wrong with a call.
type Fault struct {
	Err  error
	Done bool // the call has done its work before it failed, as when an answer is lost on its way
}

// An Owner is one keeper of a Memory. Its leases end when it is closed.
type Owner struct {
	memory *Memory

	mu      sync.Mutex // guards the fields below
	inject  func(call string) *Fault
	broken  error
	changed map[tables.Name]struct{} // by others, and not told yet
	wake    chan struct{}
}

var _ tables.Keeper = (*Owner)(nil)

// Open makes one more owner.
func (m *Memory) Open() *Owner {
	o := &Owner{memory: m, changed: map[tables.Name]struct{}{}, wake: make(chan struct{}, 1)}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.owners[o] = struct{}{}
	return o
}

// Inject has f asked before each call, by the name of its method, what is to go wrong with it;
// nil is nothing. After an ErrBroken the owner refuses to write.
func (o *Owner) Inject(f func(call string) *Fault) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.inject = f
}

// call does the work of one call, or fails.
func (o *Owner) call(ctx context.Context, name string, writes bool, work func(m *Memory) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o.mu.Lock()
	inject, broken := o.inject, o.broken
	o.mu.Unlock()
	if writes && broken != nil {
		return broken
	}
	var fault *Fault
	if inject != nil {
		fault = inject(name)
	}
	if fault == nil || fault.Done {
		o.memory.mu.Lock()
		err := work(o.memory)
		o.memory.mu.Unlock()
		if err != nil || fault == nil {
			return err
		}
	}
	if writes && errors.Is(fault.Err, tables.ErrBroken) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.broken = fault.Err
	}
	return fault.Err
}

// Load reads records.
func (o *Owner) Load(ctx context.Context, names ...tables.Name) (*tables.Stored, error) {
	stored := &tables.Stored{Settings: map[string]error{}}
	err := o.call(ctx, "Load", false, func(m *Memory) error {
		if len(names) == 0 {
			names = slices.Collect(maps.Keys(m.names))
		}
		for _, name := range names {
			if k := m.names[name]; k != nil {
				stored.Records = append(stored.Records, k.records(name))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return stored, nil
}

func (k *kept) records(name tables.Name) *tables.Records {
	r := &tables.Records{Name: name, Revision: k.revision, Things: map[string]*tables.Record{}}
	for lookup, head := range k.heads {
		record := &tables.Record{Head: head}
		record.Head.Trail, record.Head.Left = slices.Clone(head.Trail), maps.Clone(head.Left)
		for _, n := range slices.Sorted(maps.Keys(k.versions[lookup])) {
			c := k.content(name, lookup, n, false)
			record.Made = append(record.Made, c.Making)
			if n == head.Live {
				record.Live = c
			}
		}
		for _, id := range slices.Sorted(maps.Keys(k.aliases[lookup])) {
			record.Aliases = append(record.Aliases, k.aliases[lookup][id])
		}
		r.Things[lookup] = record
	}
	return r
}

// content is a version, or nil, as its name is called now.
func (k *kept) content(name tables.Name, lookup string, number int, findings bool) *tables.Content {
	c := k.versions[lookup][number]
	if c == nil {
		return nil
	}
	copied := *c
	if c.Rows != nil {
		rows := *c.Rows
		rows.Table = name.Name
		if !findings {
			rows.Findings = schema.Findings{}
		}
		copied.Rows = &rows
	}
	if c.Lookup != nil {
		l := *c.Lookup
		if l.Name = lookup; lookup == tables.DefaultLookup {
			l.Name = ""
		}
		copied.Lookup = &l
	}
	return &copied
}

// Version reads one version.
func (o *Owner) Version(ctx context.Context, of tables.Thing, number int) (c *tables.Content, err error) {
	err = o.call(ctx, "Version", false, func(m *Memory) error {
		if k := m.names[of.Name]; k != nil {
			c = k.content(of.Name, of.Lookup, number, false)
		}
		if c == nil {
			return fmt.Errorf("%w: version %d of %s", schema.ErrVersionNotFound, number, of)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Findings reads those of one version.
func (o *Owner) Findings(ctx context.Context, of tables.Thing, number int) (f schema.Findings, err error) {
	err = o.call(ctx, "Findings", false, func(m *Memory) error {
		if k := m.names[of.Name]; k != nil && k.versions[of.Lookup][number] != nil {
			f = k.versions[of.Lookup][number].Rows.Findings
		}
		return nil
	})
	return f, err
}

// Versions reads all versions.
func (o *Owner) Versions(ctx context.Context, of tables.Thing) (list []*tables.Content, err error) {
	err = o.call(ctx, "Versions", false, func(m *Memory) error {
		k := m.names[of.Name]
		if k == nil {
			return nil
		}
		for _, n := range slices.Sorted(maps.Keys(k.versions[of.Lookup])) {
			list = append(list, k.content(of.Name, of.Lookup, n, true))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// Commit changes records, and tells all owners.
func (o *Owner) Commit(ctx context.Context, c *tables.Commit) error {
	return o.call(ctx, "Commit", true, func(m *Memory) error {
		names, err := m.changed(c)
		if err != nil {
			return err
		}
		for _, id := range c.Take {
			if s := m.rows[id]; s == nil || s.lease != o {
				return tables.ErrLeaseLost
			}
		}
		m.names = names
		for _, id := range c.Take {
			m.rows[id].lease, m.rows[id].owned = nil, true
		}
		for _, id := range c.Doom {
			if s := m.rows[id]; s != nil {
				s.owned = false
			}
		}
		for _, move := range c.Move {
			if !move.History {
				continue
			}
			move.From.Bin, move.To.Bin = 0, 0
			list := slices.Concat(m.events[move.To], m.events[move.From])
			slices.SortStableFunc(list, func(a, b tables.Event) int { return a.At.Compare(b.At) })
			m.events[move.To] = list[max(0, len(list)-tables.MaxEvents):]
			delete(m.events, move.From)
		}
		for _, e := range c.Events {
			e.Bin = 0
			list := append(slices.Clone(m.events[e.Name]), e.Event)
			m.events[e.Name] = list[max(0, len(list)-tables.MaxEvents):]
		}
		for owner := range m.owners {
			for _, on := range c.On {
				owner.tell(on.Name)
			}
		}
		return nil
	})
}

// changed is what is kept of all names after a commit.
func (m *Memory) changed(c *tables.Commit) (map[tables.Name]*kept, error) {
	names, revisions := maps.Clone(m.names), map[tables.Name]uint64{}
	for _, on := range c.On {
		now := uint64(0)
		if k := names[on.Name]; k != nil {
			now = k.revision
		}
		if now != on.Revision {
			return nil, fmt.Errorf("%w: %s", tables.ErrMoved, tables.Thing{Name: on.Name})
		}
		revisions[on.Name] = now
	}
	for _, move := range c.Move {
		names[move.To] = names[move.From]
		delete(names, move.From)
	}
	for _, name := range c.Forget {
		delete(names, name)
	}
	copied := map[tables.Name]bool{}
	of := func(t tables.Thing) *kept {
		k := names[t.Name]
		switch {
		case k == nil:
			k = &kept{heads: map[string]tables.Head{}, versions: map[string]map[int]*tables.Content{}, aliases: map[string]map[int]schema.Alias{}}
		case !copied[t.Name]:
			k = &kept{revision: k.revision, heads: maps.Clone(k.heads), versions: maps.Clone(k.versions), aliases: maps.Clone(k.aliases)}
			for lookup, list := range k.aliases {
				k.aliases[lookup] = maps.Clone(list)
			}
			for lookup, list := range k.versions {
				k.versions[lookup] = maps.Clone(list)
			}
		}
		names[t.Name], copied[t.Name] = k, true
		return k
	}
	for _, a := range c.Add {
		versions := of(a.Thing).versions
		if versions[a.Lookup] == nil {
			versions[a.Lookup] = map[int]*tables.Content{}
		}
		versions[a.Lookup][a.Content.Number] = a.Content
	}
	for _, f := range c.Find {
		versions := of(f.Thing).versions
		if c := versions[f.Lookup][f.Number]; c != nil {
			content, rows := *c, *c.Rows
			rows.Findings, content.Rows = f.Findings, &rows
			versions[f.Lookup][f.Number] = &content
		}
	}
	for _, d := range c.Drop {
		delete(of(d.Thing).versions[d.Lookup], d.Number)
	}
	for _, a := range c.Alias {
		aliases := of(a.Thing).aliases
		if aliases[a.Lookup] == nil {
			aliases[a.Lookup] = map[int]schema.Alias{}
		}
		delete(aliases[a.Lookup], a.ID)
		if a.Alias != nil {
			aliases[a.Lookup][a.ID] = *a.Alias
		}
	}
	for _, h := range c.Heads {
		k := of(h.Thing)
		k.heads[h.Lookup] = h.Head
		if h.Lookup == "" {
			k.revision = revisions[h.Name] + 1
		}
	}
	return names, nil
}

// tell has an owner hear of a change.
func (o *Owner) tell(name tables.Name) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.changed[name] = struct{}{}
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Watch tells of changes by all owners.
func (o *Owner) Watch(ctx context.Context, changed func(tables.Name)) error {
	for {
		if err := o.call(context.WithoutCancel(ctx), "Watch", false, func(*Memory) error { return nil }); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-o.wake:
		}
		o.mu.Lock()
		names := slices.Collect(maps.Keys(o.changed))
		clear(o.changed)
		o.mu.Unlock()
		for _, name := range names {
			changed(name)
		}
	}
}

// Begin gives an import its storage.
func (o *Owner) Begin(ctx context.Context, _ string) (id uint64, err error) {
	err = o.call(ctx, "Begin", true, func(m *Memory) error {
		m.last++
		id = m.last
		m.rows[id] = &storage{groups: map[int][][]byte{}, lease: o}
		return nil
	})
	return id, err
}

// Put writes row groups.
func (o *Owner) Put(ctx context.Context, id uint64, group int, chunks [][][]byte) error {
	return o.call(ctx, "Put", true, func(m *Memory) error {
		s := m.rows[id]
		if s == nil || s.lease != o {
			return tables.ErrLeaseLost
		}
		for g, columns := range chunks {
			copied := make([][]byte, len(columns))
			for i, chunk := range columns {
				copied[i] = bytes.Clone(chunk)
			}
			s.groups[group+g] = copied
		}
		return nil
	})
}

// Release gives a lease back.
func (o *Owner) Release(ctx context.Context, id uint64) error {
	return o.call(ctx, "Release", true, func(m *Memory) error {
		if s := m.rows[id]; s != nil && s.lease == o {
			s.lease = nil
		}
		return nil
	})
}

// Read hands chunks to f.
func (o *Owner) Read(ctx context.Context, id uint64, group int, columns []int, f func(i int, chunk []byte) error) error {
	var chunks [][]byte
	err := o.call(ctx, "Read", false, func(m *Memory) error {
		s := m.rows[id]
		if s == nil {
			return schema.ErrVersionGone
		}
		for _, c := range columns {
			if c >= len(s.groups[group]) {
				return fmt.Errorf("%w: no chunk of column %d in row group %d", tables.ErrDamaged, c+1, group)
			}
			chunks = append(chunks, s.groups[group][c])
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, chunk := range chunks {
		if err := f(i, chunk); err != nil {
			return err
		}
	}
	return nil
}

// Sweep removes a storage that is nobody's.
func (o *Owner) Sweep(ctx context.Context, free func(storage uint64) bool) (more bool, err error) {
	var list []uint64
	err = o.call(ctx, "Sweep", true, func(m *Memory) error {
		for id, s := range m.rows {
			if !s.owned && s.lease == nil {
				list = append(list, id)
			}
		}
		return nil
	})
	slices.Sort(list)
	at := slices.IndexFunc(list, free)
	if err != nil || at < 0 {
		return false, err
	}
	return true, o.call(ctx, "Sweep", true, func(m *Memory) error {
		delete(m.rows, list[at])
		return nil
	})
}

// Setting reads a setting.
func (o *Owner) Setting(ctx context.Context, key string) (value []byte, err error) {
	err = o.call(ctx, "Setting", false, func(m *Memory) error {
		if v, ok := m.setting[key]; ok {
			value = append([]byte{}, v...)
		}
		return nil
	})
	return value, err
}

// SetSetting sets a setting.
func (o *Owner) SetSetting(ctx context.Context, key string, value []byte) error {
	return o.call(ctx, "SetSetting", true, func(m *Memory) error {
		if value == nil {
			delete(m.setting, key)
		} else {
			m.setting[key] = bytes.Clone(value)
		}
		return nil
	})
}

// History reads events.
func (o *Owner) History(ctx context.Context, name tables.Name) (events []tables.Event, err error) {
	err = o.call(ctx, "History", false, func(m *Memory) error {
		name.Bin = 0
		events = slices.Clone(m.events[name])
		return nil
	})
	return events, err
}

// Close ends the owner and its leases.
func (o *Owner) Close() error {
	o.memory.mu.Lock()
	defer o.memory.mu.Unlock()
	delete(o.memory.owners, o)
	for _, s := range o.memory.rows {
		if s.lease == o {
			s.lease = nil
		}
	}
	return nil
}

// Storages are the numbers of those that there are, with whether a version owns them.
func (m *Memory) Storages() map[uint64]bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := map[uint64]bool{}
	for id, s := range m.rows {
		list[id] = s.owned
	}
	return list
}
