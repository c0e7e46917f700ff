package server

import (
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// dialect is the form of an answer: that of the protocol the client speaks.
type dialect uint8

const (
	bareXML  dialect = iota // of requests that no protocol claims, and of S3
	awsJSON                 // error in the body
	restJSON                // error in the body, its name in a header
	queryXML
	queryJSON // the same for clients that accept JSON, of services that have it
	rpcCBOR
)

// A route is what a request turned out to ask for.
type route struct {
	dialect     dialect
	service     *Service // nil if the request is for no service of ours
	serviceName string   // as it is signed; of foreign services, too
	operation   string   // as it is called; of unknown ones, too
	op          Operation
	request     wire.Request
	err         error // why it cannot be served; op is set if it is nil
}

// find tells what r asks for.
//
// The order is that of certainty: a header that only one protocol has, then paths that one service owns, then forms. What
// nothing claims is answered as AWS's front end does.
func (s *Services) find(r *http.Request, body []byte, signed credential) route {
	if strings.HasPrefix(r.Header.Get("Smithy-Protocol"), "rpc-v2-cbor") {
		return s.findCBOR(r, signed)
	}
	if targets := r.Header["X-Amz-Target"]; len(targets) > 0 {
		return s.findTarget(r, targets, body)
	}
	path := r.URL.EscapedPath()
	if svc := s.named(signed.service, wire.RESTJSON); svc != nil {
		return findPath(svc, r, path, body)
	}
	if path == "/v1/pipes" || strings.HasPrefix(path, "/v1/pipes/") {
		if svc := s.named("pipes", wire.RESTJSON); svc != nil {
			return findPath(svc, r, path, body)
		}
	}
	if text, ok := formText(r, body); ok {
		return s.findAction(r, text, signed)
	}
	if _, ours := s.byName[signed.service]; signed.service != "" && !ours {
		return foreign(signed.service, clip(r.Method+" "+path))
	}
	return unclaimed(signed)
}

// unclaimed is the route of what no protocol claims.
//
// Source: AWS's front end answers 404 with the body "<UnknownOperationException/>" and no content type.
func unclaimed(signed credential) route {
	return route{dialect: bareXML, serviceName: signed.service, err: &wire.Error{Code: "UnknownOperationException", Status: http.StatusNotFound, SenderFault: true}}
}

// foreign is the route of a request to a service that the pipeline does not have.
func foreign(service, operation string) route {
	rt := route{dialect: restJSON, serviceName: service, operation: operation, err: wire.NotImplemented(service, operation)}
	if service == "s3" {
		rt.dialect = bareXML
	}
	return rt
}

func (s *Services) findTarget(r *http.Request, targets []string, body []byte) route {
	prefix, operation, _ := strings.Cut(targets[0], ".")
	rt := route{dialect: awsJSON, service: s.byTarget[prefix], operation: clip(operation), request: wire.Request{Body: body}}
	switch {
	case len(targets) > 1 || r.Method != http.MethodPost || !isJSON(r.Header.Get("Content-Type")):
		rt.service, rt.dialect, rt.err = nil, bareXML, &wire.Error{Code: "UnknownOperationException", Status: http.StatusNotFound, SenderFault: true}
	case rt.service == nil && operation != "" && isTarget(targets[0]):
		rt.serviceName, rt.err = prefix, wire.NotImplemented(prefix, operation)
	case rt.service == nil:
		rt.err = wire.UnknownOperation()
	default:
		rt.serviceName = rt.service.Name
		rt.op, rt.err = rt.service.Operation(operation)
	}
	return rt
}

// isJSON holds for the content types of the JSON protocols. A missing one is let pass, for requests made by hand.
func isJSON(contentType string) bool {
	switch contentType {
	case "application/x-amz-json-1.0", "application/x-amz-json-1.1", "application/json", "":
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/x-amz-json-1.0" || media == "application/x-amz-json-1.1" || media == "application/json")
}

// isTarget holds for what can be the name of an operation in X-Amz-Target, so that it may be named in an answer.
func isTarget(target string) bool {
	if len(target) > 128 {
		return false
	}
	for i := range len(target) {
		if c := target[i]; (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' && c != '_' {
			return false
		}
	}
	return true
}

func findPath(svc *Service, r *http.Request, path string, body []byte) route {
	rt := route{dialect: restJSON, service: svc, serviceName: svc.Name, operation: clip(r.Method + " " + path)}
	op, labels, err := svc.Route(r.Method, path)
	if err != nil {
		rt.err = err
		if len(svc.NotImplemented) > 0 {
			rt.err = wire.NotImplemented(svc.Name, rt.operation)
		}
		return rt
	}
	rt.op, rt.operation = op, op.Name
	rt.request = wire.Request{Body: body, Labels: labels}
	if r.URL.RawQuery != "" {
		if rt.request.Query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
			rt.err = wire.Malformed(&wire.SyntaxError{Reason: "query of the URL: " + err.Error()})
		}
	}
	return rt
}

// formText returns what a request in the query protocol has as its form: the body of a POST, or what is behind the URL's
// question mark, of a POST without a body, too.
//
// Source: recorded against AWS by LocalStack, test_publish_by_path_parameters.
func formText(r *http.Request, body []byte) (text string, ok bool) {
	switch r.Method {
	case http.MethodPost:
		if len(body) == 0 && hasAction(r.URL.RawQuery) {
			return r.URL.RawQuery, true
		}
		media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		return string(body), err == nil && media == "application/x-www-form-urlencoded"
	case http.MethodGet:
		return r.URL.RawQuery, hasAction(r.URL.RawQuery)
	}
	return "", false
}

func hasAction(query string) bool {
	return strings.HasPrefix(query, "Action=") || strings.Contains(query, "&Action=")
}

// findAction finds the operation that the field Action names.
//
// Source: AWS API references, "Common Errors": MissingAction, InvalidAction.
func (s *Services) findAction(r *http.Request, text string, signed credential) route {
	form, err := wire.ParseForm(text)
	if err != nil {
		return route{dialect: queryXML, serviceName: signed.service, err: err}
	}
	operation := clip(form.String("Action").V)
	if operation == "" {
		return route{dialect: queryXML, serviceName: signed.service, err: &wire.Error{Code: "MissingAction", Message: "The request is missing an action or a required parameter.", SenderFault: true}}
	}
	svc := s.named(signed.service, wire.Query)
	if svc == nil && signed.service == "" {
		svc = s.speaking(wire.Query, operation, form.String("Version").V)
	}
	rt := route{dialect: queryXML, service: svc, serviceName: signed.service, operation: operation, request: wire.Request{Form: form, Path: r.URL.Path}}
	switch {
	case svc != nil:
		if svc.AsJSON != nil && strings.Contains(r.Header.Get("Accept"), "application/json") {
			rt.dialect = queryJSON
		}
		rt.serviceName = svc.Name
		rt.op, rt.err = svc.Operation(operation)
		if rt.err != nil && rt.err.(*wire.Error).Code == "UnknownOperationException" {
			rt.err = invalidAction(svc, operation, clip(form.String("Version").V))
		}
	case s.byName[signed.service] != nil:
		rt.err = &wire.Error{Code: "NotImplemented", Status: http.StatusNotImplemented, Message: "dyetrace speaks the JSON protocol of " + signed.service +
			", not its older query protocol (Action=" + operation + "): use an SDK release of 2024 or later"}
	default:
		service := signed.service
		if service == "" {
			service = "an unnamed service"
		}
		rt.err = wire.NotImplemented(service, operation)
	}
	return rt
}

// invalidAction is the answer to an operation that the service does not know.
//
// Source: answers of SQS and of IAM, recorded in public test suites; SQS words it in its own way.
func invalidAction(svc *Service, operation, version string) *wire.Error {
	e := &wire.Error{Code: "InvalidAction", Message: "Could not find operation " + operation + " for version " + version, SenderFault: true}
	if svc.QueryCompatible {
		e.QueryCode, e.Message = e.Code, "The action "+operation+" is not valid for this endpoint."
	}
	return e
}

// findCBOR names the operation of a request in the protocol that SDKs are moving to: /service/NAME/operation/OPERATION.
func (s *Services) findCBOR(r *http.Request, signed credential) route {
	_, operation, _ := strings.Cut(r.URL.Path, "/operation/")
	return route{dialect: rpcCBOR, serviceName: signed.service, operation: clip(operation), err: &wire.Error{
		Code: "NotImplemented", Status: http.StatusNotImplemented,
		Message: "dyetrace does not speak the protocol rpc-v2-cbor: configure the client for AWS's JSON protocol",
	}}
}
