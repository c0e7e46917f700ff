package inprocess_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/dyetrace/dyetrace/internal/inprocess"
)

func Example() {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Lead", "17")
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, "taken")
	})
	r, _ := http.NewRequest("POST", "http://crm.test/leads", nil)
	a := &inprocess.Answer{}
	handler.ServeHTTP(a, r)
	answer := a.Response(r)
	body, _ := io.ReadAll(answer.Body)
	fmt.Println(answer.Status, answer.Header.Get("X-Lead"), string(body))
	// Output: 202 Accepted 17 taken
}

func TestAnswer_is_what_a_server_would_send_R2_15(t *testing.T) {
	for _, c := range []struct {
		reason string
		most   int
		serve  func(w http.ResponseWriter)
		status int
		late   string // value of the header X-Late
		body   string
	}{
		{"nothing was written", 0, func(http.ResponseWriter) {}, 200, "", ""},
		{"a body without a status", 0, func(w http.ResponseWriter) { io.WriteString(w, "a") }, 200, "", "a"},
		{"the second status counts no more", 0, func(w http.ResponseWriter) { w.WriteHeader(404); w.WriteHeader(200) }, 404, "", ""},
		{"information is no answer", 0, func(w http.ResponseWriter) { w.WriteHeader(103); w.WriteHeader(201) }, 201, "", ""},
		{"a header after the status is lost", 0, func(w http.ResponseWriter) { w.WriteHeader(200); w.Header().Set("X-Late", "1") }, 200, "", ""},
		{"a header before it is not", 0, func(w http.ResponseWriter) { w.Header().Set("X-Late", "1"); w.(http.Flusher).Flush() }, 200, "1", ""},
		{"more than is kept", 3, func(w http.ResponseWriter) { io.WriteString(w, "ab"); io.WriteString(w, "cd"); io.WriteString(w, "ef") }, 200, "", "abc"},
	} {
		a := &inprocess.Answer{Most: c.most}
		c.serve(a)
		if a.Status() != c.status || a.Sent().Get("X-Late") != c.late || string(a.Body()) != c.body {
			t.Errorf("%s: %d %v %q", c.reason, a.Status(), a.Sent(), a.Body())
		}
		if n := a.Response(nil).ContentLength; n != int64(len(c.body)) {
			t.Errorf("%s: Content-Length %d", c.reason, n)
		}
	}
}

func TestAnswer_says_that_all_was_written_R2_15(t *testing.T) {
	a := &inprocess.Answer{Most: 1}
	if n, err := a.Write([]byte("abc")); n != 3 || err != nil {
		t.Error(n, err)
	}
}
