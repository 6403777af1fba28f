package request_test

import (
	"fmt"
	"strings"
	"testing"

	"tablestep/engine/request"
)

// go test ./engine/request -run '^$' -bench . -count=10.
func body(leads int) []byte {
	var b strings.Builder
	b.WriteString(`{"token":"t","apiCallBackKey":"k","campaignId":1,"callbackUrl":"https://mkto-cfa.adobe.io/x","context":{"admin":{}},"objectData":[`)
	for i := range leads {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"objectType":"lead","objectContext":{"id":%d,"email":"person%d@example.com","firstName":"Grace","lastName":"Hopper","company":"Company %d","title":"VP, Marketing","country":"United States","state":"CA","phone":"+1 555 0100","industry":"Software","numberOfEmployees":1200,"leadScore":50},"flowStepContext":{"table":"companies","onNoMatch":"keep"}}`, 1000000+i, i, i)
	}
	b.WriteString(`]}`)
	return []byte(b.String())
}

func BenchmarkDecode(b *testing.B) {
	raw := body(1000)
	var batch request.Batch
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if err := batch.Decode(raw); err != nil {
			b.Fatal(err)
		}
	}
}
