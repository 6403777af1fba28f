package api_test

import "testing"

// A service that is stopped at once stops, too: the stop may come before the first
// connection is waited for.
func TestAServiceThatIsStoppedAtOnceStops(t *testing.T) {
	for range 20 {
		t.Run("", func(t *testing.T) { start(t, settings{}) })
	}
}
