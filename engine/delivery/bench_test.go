package delivery_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"tablestep/engine/delivery"
)

// go test -run '^$' -bench Post -benchmem ./engine/delivery
//
// The host is in the same process, so its half of the work is measured, too.
func BenchmarkPost(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	defer server.Close()
	s := newSender(b, delivery.Options{AllowPrivate: true})
	for _, size := range []int{300, 100 << 10, 400 << 10} {
		c := callbackTo(server.URL)
		c.Body = make([]byte, size)
		b.Run("bytes="+strconv.Itoa(size), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				if o := s.Post(b.Context(), c); o.Verdict != delivery.Delivered {
					b.Fatal(o.Err)
				}
			}
		})
	}
}

func BenchmarkCheckURL(b *testing.B) {
	s := newSender(b, delivery.Options{})
	b.ReportAllocs()
	for b.Loop() {
		if err := s.CheckURL("https://mkto-cfa.adobe.io/customflowaction/submitCustomFlowAction"); err != nil {
			b.Fatal(err)
		}
	}
}
