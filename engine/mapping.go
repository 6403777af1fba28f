package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"tablestep/tables"
)

// mappingKey is the setting in which the last mapping is kept.
const mappingKey = "fieldMapping"

// A Mapping is what the admin has mapped in Marketo, as told by the last picklist
// request: the fields that come with a lead and those that may be written. A
// field that is not in Callback is dropped by Marketo without a word.
type Mapping struct {
	Invocation []string `json:"invocation"`
	Callback   []string `json:"callback"`
}

// A mappingKeeper holds the last mapping in memory and in the store.
type mappingKeeper struct {
	store *tables.Store
	mu    sync.Mutex // guards the write to the store and the swap after it
	now   atomic.Pointer[Mapping]
}

func loadMapping(store *tables.Store) (*mappingKeeper, error) {
	k := &mappingKeeper{store: store}
	raw, err := store.Setting(mappingKey)
	if err != nil && !errors.Is(err, tables.ErrDamaged) { // Else it is not known until it is told again.
		return nil, fmt.Errorf("load field mapping: %w", err)
	}
	m := new(Mapping)
	if err == nil && len(raw) > 0 {
		if err := json.Unmarshal(raw, m); err != nil {
			return nil, fmt.Errorf("load field mapping: %w", err)
		}
	}
	k.now.Store(m)
	return k, nil
}

// set keeps a mapping that differs from the last one; an empty side keeps what is
// known, because Marketo sends each side only where it has one.
func (k *mappingKeeper) set(m Mapping) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	last := k.now.Load()
	if len(m.Invocation) == 0 {
		m.Invocation = last.Invocation
	}
	if len(m.Callback) == 0 {
		m.Callback = last.Callback
	}
	if slices.Equal(m.Invocation, last.Invocation) && slices.Equal(m.Callback, last.Callback) {
		return nil
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("keep field mapping: %w", err)
	}
	if err := k.store.SetSetting(mappingKey, raw); err != nil {
		return fmt.Errorf("keep field mapping: %w", err)
	}
	k.now.Store(&m)
	return nil
}
