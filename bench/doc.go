// Command bench measures Tablestep on the machine it runs on and prints one table
// with ratios.
//
//	go run ./bench --gate
//	go run ./bench [--short|--turns] [--only NAME,…] [--rows N,…] [--leads N,…] [--repeat N]
//	               [--json] [--out FILE] [--dir DIR] [--profile DIR] [--list]
//
// Its nouns:
//
//   - A section is a group of measurements that are set against each other; --list
//     names them.
//   - A row is one line of the report: the median of several repetitions, the
//     smallest and largest of them, and a target where the project has set one.
//   - A batch is one rendered submitAsyncAction request; only its token is replaced
//     before it is sent. A thousand leads are about 369 KB.
//   - A subject is a server under load, always in a process of its own: the real
//     program, or one of the stand-ins of this command.
//   - A load sends batches over kept connections and counts answers and callbacks,
//     which a receiver takes. Both are written on bare sockets, because they share
//     the processors with the subject.
//
// The way of an end-to-end measurement:
//
//	load ──POST──► subject ──POST──► receiver
//	  ▲   201         │                  │
//	  └── latency     └── CPU, memory    └── callback latency, leads/s
//
// The subjects:
//
//   - durable: "tablestep serve", built from this tree. 201 after the sync, the
//     callback stored before it is sent.
//   - direct: the same evaluator and the same sender of callbacks, without a queue.
//   - floor: the same HTTP server and the same sender, which post as many bytes
//     without looking at a lead.
//   - map: what one writes in an afternoon: net/http, encoding/json into maps, the
//     CSV in a Go map.
//   - reread: the same, which reads the CSV again for each batch, as the proof of
//     concept does, and builds a map of it; reread-scan goes through its rows for
//     each lead instead.
//
// The gate is a small fixed set of pairs, each with its plain way in the same process, for
// CI: it fails where a quarter of the recorded ratio (gate_recorded.go) is lost. It counts
// processor time, so that a busy machine does not fail it.
//
// # How to read it
//
// Trust the ratios more than the values. What is set in relation is measured in
// turns, repetition by repetition, and the ratio is the median of the ratios of
// the repetitions; a change of the machine's speed then touches both sides. The
// columns low and high are the extremes over the repetitions: where they are far
// apart, the machine was busy with something else.
//
// The load takes part of the processors. Its share is in the note of each row
// (cpu: subject + load, in cores); on another machine with more cores the values
// go up and the ratios may differ.
//
// Two commits are set against each other with --turns, one short run of each after the
// other, twenty times; benchstat then says what differs:
//
//	for i in $(seq 20); do old/bench --turns >>old.txt; new/bench --turns >>new.txt; done
//	benchstat old.txt new.txt
//
// Latencies are in buckets of 3 %. The steady load is an open one: a request that
// could not be sent in time counts from when it should have been sent.
//
// Memory is what /proc says and is left out where there is none. Peaks are the
// resident size of the process (VmHWM), which has the pages of the store that
// are mapped; anonymous memory alone is given in the note.
//
// Committed results are under results, one file a run, with processor, Go
// version, commit and date on top.
package main
