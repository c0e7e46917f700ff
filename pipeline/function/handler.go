package function

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// invoker is a handler behind its JSON contract.
type invoker func(ctx context.Context, payload []byte) ([]byte, error)

// raw is what aws-lambda-go calls a Handler.
type raw interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// compile checks the shape of a handler: func(), with an optional context, an optional input, an optional output and an optional
// error, or a value with the method Invoke(context.Context, []byte) ([]byte, error).
//
// Source: AWS Lambda Developer Guide, "Define Lambda function handlers in Go", valid signatures; the words of the errors follow
// what aws-lambda-go refuses.
func compile(handler any) (invoker, error) {
	if handler == nil {
		return nil, errors.New("handler is nil")
	}
	if h, ok := handler.(raw); ok {
		return h.Invoke, nil
	}
	f := reflect.ValueOf(handler)
	t := f.Type()
	if t.Kind() != reflect.Func {
		return nil, fmt.Errorf("handler is a %s, not a func and not a value with the method Invoke(context.Context, []byte) ([]byte, error)", t.Kind())
	}
	if f.IsNil() {
		return nil, errors.New("handler is a nil func")
	}
	takesContext, takesInput, err := arguments(t)
	if err != nil {
		return nil, err
	}
	if err := results(t); err != nil {
		return nil, err
	}
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		var args []reflect.Value
		if takesContext {
			args = append(args, reflect.ValueOf(ctx))
		}
		if takesInput {
			in := reflect.New(t.In(t.NumIn() - 1))
			if err := json.NewDecoder(bytes.NewReader(payload)).Decode(in.Interface()); err != nil {
				return nil, err
			}
			args = append(args, in.Elem())
		}
		return answer(f.Call(args))
	}, nil
}

func arguments(t reflect.Type) (takesContext, takesInput bool, err error) {
	isContext := func(a reflect.Type) bool {
		return a.Kind() == reflect.Interface && contextType.Implements(a) && a.Implements(contextType)
	}
	switch {
	case t.IsVariadic():
		return false, false, errors.New("handler takes a variable number of arguments; it may take a context and one input")
	case t.NumIn() == 0:
		return false, false, nil
	case t.NumIn() == 1 && isContext(t.In(0)):
		return true, false, nil
	case t.NumIn() == 1 && t.In(0).Kind() == reflect.Interface && t.In(0).NumMethod() > 0:
		return false, false, fmt.Errorf("handler takes an interface, but it is not context.Context: %s", t.In(0))
	case t.NumIn() == 1:
		return false, true, nil
	case t.NumIn() > 2:
		return false, false, fmt.Errorf("handler takes %d arguments; it may take a context and one input", t.NumIn())
	case !isContext(t.In(0)):
		return false, false, fmt.Errorf("handler takes two arguments, but the first is not context.Context: %s", t.In(0))
	}
	return true, true, nil
}

func results(t reflect.Type) error {
	n := t.NumOut()
	switch {
	case n > 2:
		return fmt.Errorf("handler returns %d values; it may return one output and an error", n)
	case n > 0 && !t.Out(n-1).Implements(errorType):
		return fmt.Errorf("handler returns %s last; what it returns last, or alone, must be an error", t.Out(n-1))
	}
	return nil
}

// answer encodes what a handler returned. An output that is a reader and has no JSON of its own is read.
func answer(out []reflect.Value) ([]byte, error) {
	if len(out) > 0 {
		if err, ok := out[len(out)-1].Interface().(error); ok && err != nil {
			return nil, err
		}
	}
	var value any
	if len(out) > 1 {
		value = out[0].Interface()
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(value)
	if r, ok := value.(io.Reader); ok && (err != nil || strings.HasPrefix(b.String(), "{}")) {
		if closer, ok := r.(io.Closer); ok {
			defer closer.Close()
		}
		return io.ReadAll(r)
	}
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
