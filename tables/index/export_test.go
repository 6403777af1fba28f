package index

import "reflect"

// SlotBytes is how long a slot of a batch is.
func SlotBytes() int { return int(reflect.TypeFor[slot]().Size()) }
