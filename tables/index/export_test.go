package index

import "unsafe"

// SlotBytes is how long a slot of a batch is.
const SlotBytes = unsafe.Sizeof(slot{})
