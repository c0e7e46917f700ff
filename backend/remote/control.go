package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// maxAnswer bounds what is read of one answer.
const maxAnswer = 256 << 20

// RefusedError is an answer of the control API that is not 200.
type RefusedError struct {
	Status  int
	Code    string // "ClockNotManual"
	Message string // says what to do
}

// Error returns the server's own words.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s (%d %s)", e.Message, e.Status, e.Code)
}

// ask sends one command of the control API and decodes its answer into out.
func (b *Backend) ask(ctx context.Context, method, command string, query url.Values, out any) error {
	return b.tell(ctx, method, command, query, nil, out)
}

// tell is ask with a body.
func (b *Backend) tell(ctx context.Context, method, command string, query url.Values, body []byte, out any) error {
	r, err := http.NewRequestWithContext(ctx, method, b.url+"/_dyetrace/"+command+"?"+query.Encode(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	if b.token != "" {
		r.Header.Set("X-Dyetrace-Token", b.token)
	}
	answer, err := b.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return refused(answer.StatusCode, text)
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(out); err != nil {
		return fmt.Errorf("its answer is not the JSON of a dyetrace server: %w", err)
	}
	return nil
}

func refused(status int, body []byte) error {
	var said struct {
		Code    string `json:"__type"`
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &said) != nil || said.Code == "" {
		said.Code, said.Message = "Unknown", "it answered something that no dyetrace server does"
	}
	return &RefusedError{Status: status, Code: said.Code, Message: said.Message}
}
