package request_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tablestep/engine/request"
)

// ofLeads is a request of n times the same item, with the callback URL behind them.
func ofLeads(n int, item string) []byte {
	return []byte(`{"token":"t","objectData":[` + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + `],"callbackUrl":"u"}`)
}

// allocated is how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestTooManyLeadsAreCountedAndNotNoted(t *testing.T) {
	for _, item := range []string{`{}`, `7`, `{"objectContext":{"id":1,"a":"b"}}`} {
		body := ofLeads(500_000, item)
		var b request.Batch
		var err error
		used := allocated(func() { err = b.DecodeWithin(body, request.Limits{Leads: 5000}) })
		var limit *request.LimitError
		require.ErrorAs(t, err, &limit)
		require.Equal(t, 500_000, limit.Leads)
		require.Contains(t, limit.Message, "500000 leads and may have 5000")
		require.Less(t, used, uint64(4<<20), "the count stops the decoding")
		require.Equal(t, "u", b.CallbackURL, "the envelope is read to its end")
		require.Equal(t, "t", b.Token)
		require.NoError(t, b.Check())
		require.Zero(t, b.Len())
		require.Equal(t, 500_000, b.Count())
	}
}

func TestAsManyLeadsAsAllowedAreNoted(t *testing.T) {
	var b request.Batch
	require.NoError(t, b.DecodeWithin(ofLeads(5000, `{"objectContext":{"id":1}}`), request.Limits{Leads: 5000}))
	require.Equal(t, 5000, b.Len())
	require.Error(t, b.DecodeWithin(ofLeads(5001, `{"objectContext":{"id":1}}`), request.Limits{Leads: 5000}))
	require.NoError(t, b.DecodeWithin(ofLeads(2, `{"objectContext":{"id":1}}`), request.Limits{Leads: 5000}))
	require.Equal(t, 2, b.Len(), "what was too much before is forgotten")
	require.Equal(t, "1", string(b.ID(1)))
}

func TestTheLastOfTwoObjectDataIsCounted(t *testing.T) {
	var b request.Batch
	require.NoError(t, b.DecodeWithin([]byte(`{"objectData":[{},{},{}],"objectData":[{"objectContext":{"id":4}}]}`), request.Limits{Leads: 2}))
	require.Equal(t, 1, b.Len())
	require.Equal(t, "4", string(b.ID(0)))
}

func TestABodyThatIsNoJSONIsThatAndNotTooLong(t *testing.T) {
	var b request.Batch
	err := b.DecodeWithin([]byte(`{"callbackUrl":"u","objectData":[{},{},{},{]}`), request.Limits{Leads: 2})
	var field *request.FieldError
	require.ErrorAs(t, err, &field)
}

// hostile are bodies of about size bytes that need much memory for each byte.
func hostile(size int) map[string][]byte {
	of := func(item func(i int) string) []byte {
		var b strings.Builder
		b.WriteString(`{"callbackUrl":"u","objectData":[`)
		for i := 0; b.Len() < size; i++ {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(item(i))
		}
		b.WriteString(`]}`)
		return []byte(b.String())
	}
	return map[string][]byte{
		"empty leads": of(func(int) string { return `{}` }),
		"as many shapes as leads": of(func(i int) string {
			return `{"objectContext":{"` + string(rune('a'+i%2)) + `":0}}`
		}),
		"as many settings as leads": of(func(i int) string { return `{"flowStepContext":{"` + strconv.Itoa(i) + `":0}}` }),
		"contexts of their own":     of(func(int) string { return `{"myTokenContext":0}` }),
		"short fields":              of(func(int) string { return `{"objectContext":{` + strings.Repeat(`"":0,`, 2000) + `"":0}}` }),
		"long settings": of(func(i int) string {
			return fmt.Sprintf(`{"flowStepContext":{"param1":"%d%s"}}`, i, strings.Repeat("x", 2000))
		}),
	}
}

func TestWhatIsNotedIsBounded(t *testing.T) {
	const size, most = 4 << 20, 4 << 20
	for name, body := range hostile(size) {
		t.Run(name, func(t *testing.T) {
			var b request.Batch
			err := b.DecodeWithin(body, request.Limits{Bytes: most})
			var limit *request.LimitError
			require.ErrorAs(t, err, &limit)
			require.Contains(t, limit.Message, "take more than 4 MiB")
			require.Positive(t, limit.Leads)
			require.Less(t, b.Size(), 1<<20, "the memory is given back")
		})
	}
}

// The memory that a request takes is what Size says, so that a bound on the latter
// bounds the former.
func TestSizeIsNoLessThanTheMemory(t *testing.T) {
	for name, body := range hostile(1 << 20) {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			b := new(request.Batch)
			runtime.GC()
			runtime.ReadMemStats(&before)
			require.NoError(t, b.Decode(body))
			runtime.GC()
			runtime.ReadMemStats(&after)
			used := int(after.HeapAlloc) - int(before.HeapAlloc)
			require.LessOrEqual(t, used, b.Size()*5/4+64<<10)
			runtime.KeepAlive(b)
			runtime.KeepAlive(body)
		})
	}
}

func TestALegitimateRequestOf16MBStaysFarBelowTheBound(t *testing.T) {
	var lead strings.Builder
	lead.WriteString(`{"objectType":"lead","objectContext":{"id":1000000`)
	for i := range 160 {
		fmt.Fprintf(&lead, `,"customFieldNo%03d":%d`, i, rand.IntN(10))
	}
	lead.WriteString(`},"flowStepContext":{"table":"t","param1":"x"},"myTokenContext":{"my.a":"b"}}`)
	n := (16 << 20) / lead.Len()
	require.Greater(t, n, 4000)
	var b request.Batch
	require.NoError(t, b.DecodeWithin(ofLeads(n, lead.String()), request.Limits{Leads: 5000}))
	require.Less(t, b.Size(), request.DefaultBytes/4)
}

func TestNumbersStandForTexts(t *testing.T) {
	for _, c := range []struct{ json, token, batch string }{
		{`"token":12345,"batchid":678`, "12345", "678"},
		{`"token":-1.50e3,"batchid":9007199254740993`, "-1.50e3", "9007199254740993"},
		{`"token":"x","batchid":true`, "x", ""},
		{`"token":"x","batchid":{"a":[1]}`, "x", ""},
		{`"token":null,"batchid":null`, "", ""},
	} {
		b, err := read([]byte(`{` + c.json + `,"apiCallBackKey":5,"callbackUrl":"u","objectData":[]}`))
		require.NoError(t, err, c.json)
		require.Equal(t, c.token, b.Token)
		require.Equal(t, c.batch, b.BatchID)
		require.Equal(t, "5", b.APICallbackKey)
	}
	for _, token := range []string{`{}`, `[1]`, `true`, `01`, `-`} {
		_, err := read([]byte(`{"token":` + token + `,"callbackUrl":"u","objectData":[]}`))
		require.Error(t, err, token)
	}
}

// FuzzLimits holds a bounded decoding to an unbounded one: the envelope and the count
// are the same, and what is refused for its size is refused for nothing else.
func FuzzLimits(f *testing.F) {
	f.Add([]byte(`{"token":"t","objectData":[{},{},{}],"callbackUrl":"u"}`), uint8(2))
	f.Add([]byte(`{"objectData":[{"objectContext":{"id":1,"a":1}},7],"objectData":[{"flowStepContext":{"table":"t"}}],"batchid":5}`), uint8(1))
	f.Add([]byte(`{"objectData":[{"objectContext":{"id":1}},{"myTokenContext":{}},{]}`), uint8(1))
	f.Fuzz(func(t *testing.T, body []byte, leads uint8) {
		var free, bounded request.Batch
		freeErr := free.Decode(body)
		err := bounded.DecodeWithin(body, request.Limits{Leads: int(leads), Bytes: 2000})
		var limit *request.LimitError
		if !errors.As(err, &limit) {
			require.Equal(t, freeErr == nil, err == nil)
			require.True(t, err != nil || free.Len() == bounded.Len())
			return
		}
		require.NoError(t, freeErr)
		require.Equal(t, free.Envelope, bounded.Envelope)
		require.Equal(t, free.Len(), limit.Leads)
		require.Equal(t, free.Len(), bounded.Count())
		require.Zero(t, bounded.Len())
	})
}
