//go:build fault

package main_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A worldRecord is the answer to one lead, as far as the model knows it.
type worldRecord struct {
	LeadData map[string]any `json:"leadData"`
	Activity struct {
		Success      bool   `json:"success"`
		ErrorCode    string `json:"errorCode"`
		Reason       string `json:"reason"`
		ReturnVal    string `json:"returnVal"`
		SearchParams string `json:"searchParams"`
		Outputs      string `json:"outputs"`
		Matched      *bool  `json:"matched"`
		MatchedRow   int    `json:"matchedRow"`
		TableVersion int    `json:"tableVersion"`
		Value1       string `json:"value1"` // what lookup() saw of the key in alpha
		Value2       string `json:"value2"` // and in beta
		Value3       string `json:"value3"` // both stamps
		Value4       string `json:"value4"` // of the row that was hit
		Flag1        *bool  `json:"flag1"`  // exists() of the key in alpha
		Flag2        *bool  `json:"flag2"`  // and in beta
	} `json:"activityData"`
	Trace struct {
		Table   string `json:"table"`
		Version int    `json:"version"`
		Rules   string `json:"rules"`
	} `json:"trace"` // of a trial
}

// checkBatch holds the callback of a batch against all that may have been.
func (w *world) checkBatch(b *worldBatch) {
	within := window{b.sent, b.arrived}
	told := func(problem string) {
		w.faultLocked(kindOf(problem), "%s, %d leads, accepted and answered from %s (life %d): %s", b.token, len(b.leads), within, w.life, problem)
	}
	var callback struct {
		ErrorCode    string        `json:"errorCode"`
		ErrorMessage string        `json:"errorMessage"`
		ObjectData   []worldRecord `json:"objectData"`
	}
	if err := decodeExactly(b.raw, &callback); err != nil {
		told(fmt.Sprintf("CALLBACK: %v: %.300s", err, b.raw))
		return
	}
	if callback.ErrorCode != "" {
		told(fmt.Sprintf("%s: the whole batch: %s", callback.ErrorCode, callback.ErrorMessage))
		return
	}
	for _, problem := range w.answersOf(within, b.leads, callback.ObjectData) {
		told(problem)
	}
}

// kindOf is the beginning of a problem, by which those that are alike are counted.
func kindOf(problem string) string {
	kind, _, _ := strings.Cut(problem, ":")
	return kind
}

// checkTrial is checkBatch for what was only tried.
func (w *world) checkTrial(t trial) {
	told := func(problem string) {
		w.faultLocked("evaluate: "+kindOf(problem), "evaluate of %d leads with %s at %s: %s", len(t.leads), t.leads[0].choice.flow, t.window, problem)
	}
	var got struct {
		Results []worldRecord `json:"results"`
	}
	if err := decodeExactly(t.raw, &got); err != nil {
		told(fmt.Sprintf("ANSWER: %v: %.300s", err, t.raw))
		return
	}
	if problems := w.answersOf(t.window, t.leads, got.Results); len(problems) > 0 {
		told(strings.Join(problems, "\n    and "))
		return
	}
	for i := range got.Results {
		if problem := untrue(&got.Results[i]); problem != "" {
			told(fmt.Sprintf("TRACE: lead %d: %s", t.leads[i].id, problem))
			return
		}
	}
}

var judgement = regexp.MustCompile(`(?:judge|fleeting)/\d+`)

// untrue says where an explanation tells of something else than the answer.
func untrue(r *worldRecord) string {
	if r.Trace.Version != r.Activity.TableVersion {
		return fmt.Sprintf("the answer is of version %d, its trace of version %d of %q", r.Activity.TableVersion, r.Trace.Version, r.Trace.Table)
	}
	judged, _ := r.LeadData["judged"].(string)
	for _, told := range judgement.FindAllString(r.Trace.Rules, -1) {
		if told != judged {
			return fmt.Sprintf("the answer is of rules %s, its trace of %s", judged, told)
		}
	}
	return ""
}

func decodeExactly(raw []byte, to any) error {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	return d.Decode(to)
}

// answersOf holds all answers of one request together: each lead once, each value
// right for the version it tells, and all from one state of the world. It gives the
// first lead that is wrong by itself, and why they do not go together.
func (w *world) answersOf(within window, leads []worldLead, records []worldRecord) (problems []string) {
	byID := make(map[string]*worldRecord, len(records))
	for i := range records {
		id, _ := records[i].LeadData["id"].(json.Number)
		if byID[id.String()] != nil {
			return []string{fmt.Sprintf("LEADS: lead %s is answered twice", id)}
		}
		byID[id.String()] = &records[i]
	}
	if len(records) != len(leads) {
		return []string{fmt.Sprintf("LEADS: %d answers to %d leads", len(records), len(leads))}
	}
	var claims []claim
	for _, l := range leads {
		r := byID[strconv.FormatInt(l.id, 10)]
		if r == nil {
			return []string{fmt.Sprintf("LEADS: lead %d has no answer", l.id)}
		}
		d := reading{w: w, lead: l, r: r, want: map[string]any{"id": json.Number(strconv.FormatInt(l.id, 10))}}
		if problem := d.read(); problem != "" && len(problems) == 0 {
			problems = append(problems, fmt.Sprintf("%s; lead %d, %s, key %s and %s; came: %s", problem, l.id, l.choice.flow, l.key, l.wide, shown(r)))
		}
		claims = append(claims, d.claims...)
	}
	if problem := contradiction(within, claims); problem != "" {
		problems = append(problems, problem)
	}
	return problems
}

func shown(r *worldRecord) string {
	raw, err := json.Marshal(r)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}
