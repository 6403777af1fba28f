package check

// Together is how many looks of such memory are taken in one pass.
func Together(memory ...int64) int {
	looks := make([]look, len(memory))
	for i := range looks {
		looks[i].memory = memory[i]
	}
	return together(looks)
}

// The bounds that tests go up to.
const (
	PassBytes  = passBytes
	MaxPerCode = maxWarningsPerCode
	MaxAll     = maxWarnings
)
