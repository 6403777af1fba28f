package file_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tablestep/engine/queue"
	"tablestep/engine/queue/file"
)

// Run with
//
//	go test -run - -bench . -benchtime 2s -count 10 ./engine/queue/
//
// The files lie in the folder of temporary files (TMPDIR), so that what is
// measured is the disk under it.

// leads makes a request of n leads of 370 bytes that compress about as real ones do.
func leads(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := []byte(`{"token":"0","campaignId":1,"objectData":[`)
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `{"objectType":"lead","objectContext":{"id":%d,"email":"%x@example%d.com","firstName":"%x","lastName":"%x","company":"Company %d","country":"%c%c","state":"CA","numberOfEmployees":%d,"leadSource":"Web form","phone":"+1 555 %07d"},"flowStepContext":{"table":"country-codes","ruleSet":"","onNoMatch":"keep"},"programMemberContext":{},"triggeringContext":{},"myTokenContext":{}}`,
			r.Uint32(), r.Uint32(), r.IntN(100), r.Uint32()>>8, r.Uint32()>>4, r.IntN(100_000), 'A'+rune(r.IntN(26)), 'A'+rune(r.IntN(26)), r.IntN(100_000), r.IntN(10_000_000))
	}
	return append(b, `]}`...)
}

var benchToken atomic.Uint64

func benchInvocation(payload []byte) queue.Invocation {
	n := benchToken.Add(1)
	return queue.Invocation{
		TokenHash: sha256.Sum256(binary.BigEndian.AppendUint64(nil, n)), HasToken: true,
		CallbackURL: "https://mkto-cfa.adobe.io/customflowaction/submitCustomFlowAction", APIKey: "0123456789abcdef0123456789abcdef",
		Token: "0123456789abcdef0123456789abcdef0123456789abcdef", MunchkinID: "123-ABC-456",
		BatchID: "batch", CampaignID: 12345, Leads: 1, Payload: payload,
	}
}

// each runs fn in callers goroutines, n times in all.
func each(callers, n int, fn func(i int)) {
	var wg sync.WaitGroup
	var next atomic.Int64
	for range callers {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				fn(int(i))
			}
		})
	}
	wg.Wait()
}

func BenchmarkPut(b *testing.B) {
	for _, size := range []int{1, 1000} {
		payload := leads(size, 1)
		for _, callers := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("leads=%d/callers=%d", size, callers), func(b *testing.B) {
				q := newQueue(b, file.Options{Bounds: queue.Bounds{Limit: 1 << 30}})
				b.SetBytes(int64(len(payload)))
				b.ReportAllocs()
				const step = 256
				puts := 0
				for b.Loop() {
					each(callers, step, func(int) {
						if _, _, err := q.Put(context.Background(), benchInvocation(payload)); err != nil {
							b.Error(err)
						}
					})
					puts += step
				}
				b.ReportMetric(float64(puts)/b.Elapsed().Seconds(), "puts/s")
				s := file.DiskOf(q)
				b.ReportMetric(float64(s.Operations)/float64(s.Commits), "ops/commit")
			})
		}
	}
}

// BenchmarkWay is the whole way: put, evaluated, delivered, with claims.
func BenchmarkWay(b *testing.B) {
	for _, size := range []int{1, 1000} {
		payload := leads(size, 1)
		callback := leads(size, 2)[:len(payload)/3]
		for _, callers := range []int{8, 64} {
			b.Run(fmt.Sprintf("leads=%d/callers=%d", size, callers), func(b *testing.B) {
				q := newQueue(b, file.Options{})
				b.SetBytes(int64(len(payload)))
				b.ReportAllocs()
				const step = 256
				done := 0
				for b.Loop() {
					each(callers, step, func(int) {
						_, _, err := q.Put(context.Background(), benchInvocation(payload))
						if err != nil {
							b.Error(err)
						}
						jobs, err := q.Claim(context.Background(), 1, time.Minute)
						if err != nil {
							b.Error(err)
						}
						for _, j := range jobs {
							if err := q.Finish(b.Context(), j.Lease, queue.Evaluated(callback, queue.Summary{Succeeded: size})); err != nil {
								b.Error(err)
							}
						}
						ds, err := q.ClaimDelivery(context.Background(), 1, time.Minute)
						if err != nil {
							b.Error(err)
						}
						for _, d := range ds {
							if err := q.Finish(b.Context(), d.Lease, queue.Arrived(queue.Attempt{Status: 200})); err != nil {
								b.Error(err)
							}
						}
					})
					done += step
				}
				b.ReportMetric(float64(done)/b.Elapsed().Seconds(), "invocations/s")
				s := file.DiskOf(q)
				b.ReportMetric(float64(s.Operations)/float64(s.Commits), "ops/commit")
			})
		}
	}
}

// BenchmarkBacklog measures Put and Claim while a number of invocations wait;
// what is put in is also taken out, so that the number stays.
func BenchmarkBacklog(b *testing.B) {
	payload := leads(1, 1)
	for _, waiting := range []int{100, 100_000} {
		q := newQueue(b, file.Options{Bounds: queue.Bounds{Limit: 1 << 30}})
		each(256, waiting, func(int) {
			if _, _, err := q.Put(context.Background(), benchInvocation(payload)); err != nil {
				b.Error(err)
			}
		})
		b.Run(fmt.Sprintf("put/waiting=%d", waiting), func(b *testing.B) {
			var jobs []queue.Job
			for b.Loop() {
				each(64, 256, func(int) {
					if _, _, err := q.Put(context.Background(), benchInvocation(payload)); err != nil {
						b.Error(err)
					}
				})
				b.StopTimer()
				took, err := q.Claim(context.Background(), 256, time.Hour)
				require.NoError(b, err)
				jobs = append(jobs, took...)
				b.StartTimer()
			}
			b.ReportMetric(256*float64(b.N)/b.Elapsed().Seconds(), "puts/s")
			b.StopTimer()
			each(64, len(jobs), func(i int) {
				if err := q.Finish(b.Context(), jobs[i].Lease, queue.Abandoned("bench")); err != nil {
					b.Error(err)
				}
			})
		})
		b.Run(fmt.Sprintf("claim/waiting=%d", waiting), func(b *testing.B) {
			for b.Loop() {
				jobs, err := q.Claim(context.Background(), 8, time.Hour)
				if err != nil || len(jobs) != 8 {
					b.Fatal(err, len(jobs))
				}
				for _, j := range jobs {
					if err := q.Finish(b.Context(), j.Lease, queue.Released()); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, waiting := range []int{100, 100_000} {
		b.Run(fmt.Sprintf("waiting=%d", waiting), func(b *testing.B) {
			path := b.TempDir() + "/queue.db"
			q, _, err := file.Open(path, file.Options{})
			require.NoError(b, err)
			payload := leads(1, 1)
			each(256, waiting, func(int) {
				if _, _, err := q.Put(context.Background(), benchInvocation(payload)); err != nil {
					b.Error(err)
				}
			})
			require.NoError(b, q.Close())
			for b.Loop() {
				q, _, err := file.Open(path, file.Options{})
				require.NoError(b, err)
				require.NoError(b, q.Close())
			}
		})
	}
}

// BenchmarkAnswer is the evaluation alone: claimed, and its answer stored, with and without
// turns. Of those that keep rows all are new.
func BenchmarkAnswer(b *testing.B) {
	payload := leads(1000, 1)
	callback := leads(1000, 2)[:len(payload)/3]
	for _, turns := range []int{0, 50} {
		for _, keep := range []int{0, 1000} {
			for _, callers := range []int{1, 16} {
				b.Run(fmt.Sprintf("turns=%d/keep=%d/callers=%d", turns, keep, callers), func(b *testing.B) {
					q := newQueue(b, file.Options{Bounds: queue.Bounds{Limit: 1 << 30}})
					var given []queue.Turn
					for i := range turns {
						given = append(given, queue.Turn{Rotation: rotation("owners"), Row: fmt.Sprintf("owner%d@example.com", i), Leads: 20, Advance: 4000, Period: "2026-11-30", Cap: 1 << 40})
					}
					b.ReportAllocs()
					const step = 64
					var lead atomic.Uint64
					for b.Loop() {
						b.StopTimer()
						each(64, step, func(int) {
							if _, _, err := q.Put(context.Background(), benchInvocation(payload)); err != nil {
								b.Error(err)
							}
						})
						b.StartTimer()
						each(callers, step, func(int) {
							jobs, err := q.Claim(context.Background(), 1, time.Minute)
							if err != nil || len(jobs) != 1 {
								b.Error(err, len(jobs))
								return
							}
							var kept []queue.Stuck
							for range keep {
								kept = append(kept, stuckTo("owners", fmt.Sprint(lead.Add(1)), "owner7@example.com", time.Time{}))
							}
							if _, err := q.Counters(b.Context(), rotation("owners")); err != nil {
								b.Error(err)
							}
							out := queue.Evaluated(callback, queue.Summary{Succeeded: 1000}).WithTurns(given, kept)
							if err := q.Finish(b.Context(), jobs[0].Lease, out); err != nil {
								b.Error(err)
							}
						})
					}
					b.ReportMetric(step*float64(b.N)/b.Elapsed().Seconds(), "answers/s")
				})
			}
		}
	}
}

// BenchmarkAsk reads the counters of 50 rows, and the rows of 1,000 leads of many.
func BenchmarkAsk(b *testing.B) {
	q := newQueue(b, file.Options{})
	var turns []queue.Turn
	for i := range 50 {
		turns = append(turns, turnOf("owners", fmt.Sprintf("owner%d@example.com", i)))
	}
	for n := range 10 {
		var kept []queue.Stuck
		for i := range 50_000 {
			kept = append(kept, stuckTo("owners", fmt.Sprint(n*50_000+i), "owner7@example.com", time.Time{}))
		}
		answer(b, q, n, turns, kept...)
	}
	b.Run("counters/rows=50", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if rows, err := q.Counters(b.Context(), rotation("owners")); err != nil || len(rows) != 50 {
				b.Fatal(err, len(rows))
			}
		}
	})
	for name, first := range map[string]int{"known": 100_000, "unknown": 1_000_000} {
		var ask []string
		for i := range 1000 {
			ask = append(ask, fmt.Sprint(first+i*37))
		}
		b.Run("stuck/leads=1000/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := q.StuckTo(b.Context(), rotation("owners"), ask); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
