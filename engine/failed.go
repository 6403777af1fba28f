package engine

import (
	"fmt"
	"sync"

	"tablestep/engine/queue"
)

// failedBatches count what went wrong with whole batches since the start, for people:
// a batch that fails as a whole is a fault of the setup or of the service, and not of
// a lead.
type failedBatches struct {
	mu                            sync.Mutex // guards the rest
	batches, evaluations          int
	batchReason, evaluationReason string
}

// batch counts one that was answered with a chunk error.
func (f *failedBatches) batch(job *queue.Job, why *failure) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.batches++
	f.batchReason = fmt.Sprintf("invocation %s (%d leads), %s: %s", job.ID, job.Leads, why.code, why.reason)
}

// evaluation counts one that is tried again.
func (f *failedBatches) evaluation(job *queue.Job, why error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.evaluations++
	f.evaluationReason = fmt.Sprintf("invocation %s (%d leads): %v", job.ID, job.Leads, why)
}

func (f *failedBatches) tell(s *Stats) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s.FailedBatches, s.FailedBatch = f.batches, f.batchReason
	s.FailedEvaluations, s.FailedEvaluation = f.evaluations, f.evaluationReason
}
