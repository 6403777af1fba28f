package tables

import (
	"runtime"
	"time"
)

// A breather lets others run while something long is done. Giving way is not enough:
// as long as there is something to run on every processor, the runtime looks at the
// network only every 10 ms, and requests wait for that. So now and then the
// processor is left with nothing to do for a moment.
type breather struct{ last time.Time }

const (
	breathEvery = time.Millisecond
	breath      = 20 * time.Microsecond
)

func (b *breather) pause() {
	if now := time.Now(); now.Sub(b.last) < breathEvery {
		runtime.Gosched()
		return
	}
	time.Sleep(breath)
	b.last = time.Now()
}
