package server

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// expand replaces a compressed body of a call of DynamoDB, which takes gzip and deflate, by what it stands for, at most 16 MiB. Other
// services are not known to take any, so theirs are refused.
//
// Source: ScyllaDB's test_compressed_request.py, which is run against AWS, also for the status 500 of what cannot be expanded.
func (rt *route) expand(r *http.Request, b *buffers) error {
	encoding := r.Header.Get("Content-Encoding")
	switch encoding {
	case "", "identity", "amz-1.0": // amz-1.0 names JSON in older SDKs
		return nil
	}
	if rt.serviceName != "dynamodb" {
		return &wire.Error{Code: "SerializationException", Namespace: coral, Message: "the request body must not be compressed (Content-Encoding: " + strconv.Quote(encoding) + ")", SenderFault: true}
	}
	whole, err := inflate(encoding, b.in)
	switch {
	case errors.Is(err, errTooLarge):
		return unreadable(err)
	case err != nil:
		return &wire.Error{Code: "InternalServerError", Namespace: rt.service.Namespace, Status: http.StatusInternalServerError,
			Message: "the request body cannot be expanded (Content-Encoding: " + strconv.Quote(encoding) + "): " + err.Error()}
	}
	b.in, rt.request.Body = whole, whole
	return nil
}

// inflate returns what a compressed body stands for. Nothing may be left behind it.
func inflate(encoding string, body []byte) ([]byte, error) {
	packed := bytes.NewReader(body)
	var from io.Reader
	var err error
	switch encoding {
	case "gzip":
		from, err = gzip.NewReader(packed)
	case "deflate":
		from, err = zlib.NewReader(packed)
	default:
		err = errors.New("this encoding is not known")
	}
	if err != nil {
		return nil, err
	}
	whole, err := io.ReadAll(io.LimitReader(from, maxBody+1))
	switch {
	case err != nil:
		return nil, err
	case len(whole) > maxBody:
		return nil, errTooLarge
	case packed.Len() > 0:
		return nil, errors.New(strconv.Itoa(packed.Len()) + " bytes are left behind it")
	}
	return whole, nil
}
