package server

import (
	"cmp"
	"context"
	"errors"
	"hash/crc32"
	"net/http"
	"runtime/debug"
	"strconv"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// An answer is what goes back to the client. Its body lies in the request's buffers.
type answer struct {
	status      int
	body        []byte
	contentType string
	requestID   string
	errorType   string // of rest-json
	queryError  string
	checksum    bool // the answer carries the CRC-32 of its body
	close       bool // the connection is of no use any more
	smithy      bool
}

// answer serves one request of an AWS API; b is empty at the start, and the answer lies in it at the end.
func (s *Server) answer(r *http.Request, b *buffers, client, baseURL string) (a answer) {
	signed := credentialOf(r)
	services := s.engine.Scope(signed.account, signed.region)
	c := &engine.Call{
		Context: r.Context(), Scope: services, Client: client, CorrelationID: correlationOf(r), Cause: s.causeOf(r), BaseURL: baseURL, Signed: signed.service != "",
	}
	if trace := r.Header["X-Amzn-Trace-Id"]; len(trace) > 0 {
		c.TraceHeader = trace[0]
	}
	rt := &b.route
	*rt = route{dialect: bareXML}
	defer func() {
		if p := recover(); p != nil {
			a = s.failure(c, rt, b, s.panicked(c, p))
		}
	}()
	if err := b.read(r.Body, r.ContentLength); err != nil {
		*rt = services.Built().(*Services).find(r, nil, signed)
		a = s.failure(c, rt, b, unreadable(err))
		a.close = true
		return a
	}
	*rt = services.Built().(*Services).find(r, b.in, signed)
	if rt.err == nil {
		rt.err = rt.expand(r, b)
	}
	c.Service, c.Operation, c.Body = rt.serviceName, rt.operation, b.in
	if rt.err != nil && rt.operation == "" {
		return s.failure(c, rt, b, rt.err)
	}
	body, err := s.engine.Do(c, func() ([]byte, error) { return s.serve(c, rt, b) })
	if err == nil && rt.dialect == queryJSON {
		body, err = rt.service.AsJSON(body)
	}
	if err != nil {
		return s.failure(c, rt, b, err)
	}
	b.out = body
	return answer{status: cmp.Or(rt.op.Status, http.StatusOK), body: body, contentType: rt.contentType(), requestID: c.RequestID, checksum: rt.checksum()}
}

// serve runs the operation. The request id is drawn here, behind the gate, so that it depends on the seed alone.
func (s *Server) serve(c *engine.Call, rt *route, b *buffers) (body []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			body, err = nil, s.panicked(c, p)
		}
	}()
	c.RequestID = s.engine.NewRequestID()
	if rt.err != nil {
		return nil, rt.err
	}
	return rt.op.Serve(c, &rt.request, b.out[:0])
}

// panicked logs and counts a panic; its text never reaches the client.
func (s *Server) panicked(c *engine.Call, p any) error {
	s.Panicked("answering "+c.Service+":"+c.Operation, p, debug.Stack())
	return &wire.Error{Code: "InternalFailure", Namespace: coral, Status: http.StatusInternalServerError,
		Message: "The request processing has failed because of an unknown error, exception or failure."}
}

// Panicked logs and counts a panic of the pipeline. Safe for concurrent use.
func (s *Server) Panicked(where string, panic any, stack []byte) {
	s.panics.Add(1)
	s.log.Error("the pipeline itself failed", "where", where, "panic", panic, "stack", string(stack))
}

const coral = "com.amazon.coral.service"

// unreadable is the answer to a request whose body could not be read.
//
// Source: AWS API references, "Common Errors".
func unreadable(err error) error {
	if errors.Is(err, errTooLarge) {
		return &wire.Error{Code: "RequestEntityTooLargeException", Namespace: coral, Status: http.StatusRequestEntityTooLarge, Message: err.Error(), SenderFault: true}
	}
	return &wire.Error{Code: "RequestAbortedException", Namespace: coral, Message: "the request body could not be read: " + err.Error(), SenderFault: true}
}

// correlationOf returns the correlation id that the request tells: in its own header, or by traceparent: the one that the trace was
// made of, or the trace id.
func correlationOf(r *http.Request) string {
	if told := r.Header[HeaderCorrelation]; len(told) > 0 && told[0] != "" {
		return told[0]
	}
	if id := event.Correlation(r.Context()); id != "" {
		return id
	}
	if parent := r.Header["Traceparent"]; len(parent) > 0 {
		if t, ok := event.ParseTrace(parent[0]); ok {
			return cmp.Or(t.Correlation(), t.ID)
		}
	}
	return ""
}

// causeOf returns the hop that led to the request, as its context or its header tells; 0 if neither does, or no such hop was recorded.
func (s *Server) causeOf(r *http.Request) uint64 {
	if seq := event.Cause(r.Context()); seq != 0 {
		return seq
	}
	told := r.Header[HeaderCause]
	if len(told) == 0 {
		return 0
	}
	seq, err := strconv.ParseUint(told[0], 10, 64)
	if last, _ := s.engine.LastSeq(); err != nil || seq > last {
		return 0
	}
	return seq
}

// failure is the answer to a request that failed with err.
func (s *Server) failure(c *engine.Call, rt *route, b *buffers, err error) answer {
	if c.RequestID == "" {
		c.RequestID = s.engine.NewRequestID()
	}
	e := s.shape(c, err)
	a := answer{status: e.HTTPStatus(), requestID: c.RequestID, contentType: rt.contentType(), checksum: rt.checksum()}
	switch rt.dialect {
	case awsJSON:
		b.out = e.AppendJSON(b.out[:0])
		if rt.service != nil && rt.service.QueryCompatible {
			a.queryError = e.QueryError()
		}
	case restJSON:
		b.out, a.errorType = e.AppendJSON(b.out[:0]), e.Code
	case queryXML:
		namespace := ""
		if rt.service != nil {
			namespace = rt.service.XMLNamespace
		}
		b.out = e.AppendXML(b.out[:0], namespace, c.RequestID)
	case queryJSON:
		b.out = e.AppendQueryJSON(b.out[:0], c.RequestID)
	case rpcCBOR:
		b.out, a.smithy = appendCBOR(b.out[:0], "__type", e.Type(), "message", e.Message), true
	default:
		b.out = appendBareXML(b.out[:0], e)
	}
	a.body = b.out
	return a
}

// shape turns any error into one that AWS's protocols can carry.
func (s *Server) shape(c *engine.Call, err error) *wire.Error {
	if e, ok := errors.AsType[*wire.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[engine.Coder](err); ok {
		status := 0
		if coded, ok := e.(interface{ HTTPStatus() int }); ok {
			status = coded.HTTPStatus()
		}
		return &wire.Error{Code: e.ErrorCode(), Status: status, Message: e.Error(), SenderFault: status < http.StatusInternalServerError}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &wire.Error{Code: "RequestAbortedException", Namespace: coral, Message: "the client went away, or the pipeline is shutting down"}
	}
	s.log.Error("a service failed without an AWS error", "service", c.Service, "operation", c.Operation, "error", err)
	return &wire.Error{Code: "InternalFailure", Namespace: coral, Status: http.StatusInternalServerError, Message: err.Error()}
}

func (rt *route) contentType() string {
	switch rt.dialect {
	case awsJSON:
		if rt.service != nil && rt.service.JSONVersion == "1.1" {
			return "application/x-amz-json-1.1"
		}
		return "application/x-amz-json-1.0"
	case restJSON, queryJSON:
		return "application/json"
	case queryXML:
		return "text/xml"
	case rpcCBOR:
		return "application/cbor"
	}
	return ""
}

// checksum reports whether answers carry x-amz-crc32, which DynamoDB's clients compare.
func (rt *route) checksum() bool { return rt.dialect == awsJSON && rt.serviceName == "dynamodb" }

// appendBareXML writes what AWS's front end answers outside of any protocol, and S3's form of an error.
func appendBareXML(dst []byte, e *wire.Error) []byte {
	if e.Message == "" {
		return append(append(append(dst, '<'), e.Code...), "/>\n"...)
	}
	dst = wire.AppendXML(append(dst, "<Error>"...), "Code", e.Code)
	return append(wire.AppendXML(dst, "Message", e.Message), "</Error>\n"...)
}

// appendCBOR appends a CBOR map of texts, given as names and values.
//
// Source: RFC 8949, major types 3 and 5.
func appendCBOR(dst []byte, pairs ...string) []byte {
	dst = append(dst, 0xa0|byte(len(pairs)/2))
	for _, text := range pairs {
		dst = append(dst, 0x79, byte(len(text)>>8), byte(len(text)))
		dst = append(dst, text...)
	}
	return dst
}

// header writes the answer's header fields into h, all values in one allocation.
func (a *answer) header(h http.Header) {
	values := make([]string, 0, 7)
	set := func(name, value string) {
		values = append(values, value)
		h[name] = values[len(values)-1 : len(values) : len(values)]
	}
	set("X-Amzn-Requestid", a.requestID)
	if a.status != http.StatusNoContent {
		set("Content-Length", strconv.Itoa(len(a.body)))
	}
	if a.contentType != "" {
		set("Content-Type", a.contentType)
	} else {
		h["Content-Type"] = nil // keeps net/http from guessing
	}
	if a.checksum {
		set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(a.body)), 10))
	}
	if a.queryError != "" {
		set("X-Amzn-Query-Error", a.queryError)
	}
	if a.errorType != "" {
		set("X-Amzn-Errortype", a.errorType)
	}
	if a.smithy {
		set("Smithy-Protocol", "rpc-v2-cbor")
	}
}

// write sends the answer over TCP, head and body in one write.
func (a *answer) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	a.header(h)
	if a.close {
		h.Set("Connection", "close")
	}
	if len(a.body) > corkFrom && r.Method != http.MethodHead {
		if c, ok := r.Context().Value(connKey{}).(*corkedConn); ok {
			c.cork(len(a.body))
		}
	}
	w.WriteHeader(a.status)
	w.Write(a.body)
}
