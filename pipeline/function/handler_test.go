package function

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

type contact struct {
	ID   string `json:"id"`
	Note string `json:"note,omitempty"`
}

type method struct{}

func (method) Invoke(_ context.Context, payload []byte) ([]byte, error) {
	return append([]byte("raw "), payload...), nil
}

func TestHandler_shapes_that_aws_lambda_go_takes_R1_6(t *testing.T) {
	for _, c := range []struct {
		reason  string
		handler any
		want    string
	}{
		{"nothing in, nothing out", func() {}, "null"},
		{"an error only", func() error { return nil }, "null"},
		{"an input", func(in contact) error { return nil }, "null"},
		{"a context only", func(ctx context.Context) error { return ctx.Err() }, "null"},
		{"a context and an input", func(_ context.Context, in contact) error { return nil }, "null"},
		{"an output", func() (contact, error) { return contact{ID: "C-1"}, nil }, `{"id":"C-1"}`},
		{"input and output", func(in contact) (contact, error) { return contact{ID: in.ID + "!"}, nil }, `{"id":"C-17!"}`},
		{"all of it", func(_ context.Context, in *contact) (*contact, error) { return in, nil }, `{"id":"C-17","note":"<b>"}`},
		{"any input", func(in any) (any, error) { return in.(map[string]any)["id"], nil }, `"C-17"`},
		{"bytes as they are", method{}, `raw {"id":"C-17","note":"<b>"}`},
		{"a reader without JSON of its own", func() (io.Reader, error) { return bytes.NewBufferString("streamed"), nil }, "streamed"},
	} {
		f, err := compile(c.handler)
		if err != nil {
			t.Errorf("%s: %v", c.reason, err)
			continue
		}
		got, err := f(t.Context(), []byte(`{"id":"C-17","note":"<b>"}`))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: got %s, %v, want %s", c.reason, got, err, c.want)
		}
	}
}

func TestHandler_refuses_other_shapes(t *testing.T) {
	var none func()
	for _, c := range []struct {
		reason  string
		handler any
		want    string
	}{
		{"nil", nil, "nil"},
		{"no func", 17, "handler is a int"},
		{"a nil func", none, "nil func"},
		{"three arguments", func(context.Context, int, int) {}, "takes 3 arguments"},
		{"two inputs", func(int, int) {}, "the first is not context.Context: int"},
		{"an interface that is no context", func(error) {}, "not context.Context: error"},
		{"a variadic func", func(...int) {}, "variable number"},
		{"an output without an error", func() int { return 1 }, "must be an error"},
		//lint:ignore ST1008 it is refused for that
		{"the error first", func() (error, int) { return nil, 1 }, "returns int last"},
		{"three results", func() (int, int, error) { return 1, 1, nil }, "returns 3 values"},
	} {
		err := new(Registry).Register("f", c.handler)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.reason, err, c.want)
		}
	}
	for _, name := range []string{"", "a b", "arn:aws:lambda:us-east-1:1:function:f", "arn:aws:lambda:us-east-1:111111111111:function:f:live"} {
		if err := new(Registry).Register(name, func() {}); err == nil {
			t.Errorf("name %q is taken", name)
		}
	}
	if err := new(Registry).Register("f", Function{Handler: func() {}, DeadLetter: "arn:aws:sqs:us-east-1:111111111111:q.fifo"}); err == nil {
		t.Error("a FIFO queue is taken as dead-letter queue")
	}
}

func TestHandler_input_that_does_not_fit_and_errors_come_back(t *testing.T) {
	f, err := compile(func(in contact) error { return errors.New("no " + in.ID) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f(t.Context(), []byte(`{"id":17}`)); err == nil || !strings.Contains(err.Error(), "cannot unmarshal number") {
		t.Errorf("got %v", err)
	}
	if _, err := f(t.Context(), []byte(`{"id":"C-1"}`)); err == nil || err.Error() != "no C-1" {
		t.Errorf("got %v", err)
	}
}
