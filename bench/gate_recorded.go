package main

// The ratios that the gate was last recorded with; see bench/results for the machine. Who
// makes one of them worse on purpose writes the new one here, with the reason.
const (
	recordedAnswer = 10.5
	recordedRules  = 11.7
	recordedDecode = 21.5
	recordedCSV    = 0.40 // we look for delimiter, encoding and header, and count findings
	recordedImport = 0.10 // as above, and all checks, the index, the difference to the version before, and what is stored
)
