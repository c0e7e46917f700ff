package main

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A service is one entry of operations.json.
type service struct {
	Name        string                // as it is signed
	Model       string                // folder and version in botocore
	Package     string                // folder of the Go package
	Prefix      string                // of the API interface, the table and the file, for the second model of a package
	Namespace   string                // of error types in JSON
	Validation  string                // namespace of ValidationException
	External    map[string]string     // shape → import path and type of a Go type written by hand
	Operations  []string              // implemented
	QueryErrors map[string]queryError // codes of the older query protocol, which the JSON model lacks
	QueryForm   *queryForm            // where the service also speaks the older query protocol: its codec for the same types
}

type queryError struct {
	Code    string
	Status  int
	Message string // where the query protocol has another text
}

// A queryForm is the model of an older release, which has the form of requests and the names in answers that the JSON model
// has lost.
type queryForm struct {
	Model   string // as service.Model; its folder in models/ ends in "-query"
	Address string // member that the path of a request's URL stands for, if the form lacks it
}

// A model is the part of a service model that the generator uses.
type model struct {
	Metadata       metadata
	Operations     map[string]*operation
	NotImplemented []string
	Shapes         map[string]*shape
}

type metadata struct {
	APIVersion         string    `json:"apiVersion"`
	EndpointPrefix     string    `json:"endpointPrefix"`
	JSONVersion        string    `json:"jsonVersion,omitempty"`
	Protocol           string    `json:"protocol"`
	TargetPrefix       string    `json:"targetPrefix,omitempty"`
	XMLNamespace       string    `json:"xmlNamespace,omitempty"`
	AWSQueryCompatible *struct{} `json:"awsQueryCompatible,omitempty"`
}

type operation struct {
	HTTP struct {
		Method     string `json:"method"`
		RequestURI string `json:"requestUri"`
		Status     int    `json:"responseCode,omitempty"` // of success, 0 is 200
	} `json:"http"`
	Input  *ref  `json:"input,omitempty"`
	Output *ref  `json:"output,omitempty"`
	Errors []ref `json:"errors,omitempty"`
}

type ref struct {
	Shape        string `json:"shape"`
	Location     string `json:"location,omitempty"`
	LocationName string `json:"locationName,omitempty"`
	Flattened    bool   `json:"flattened,omitempty"`
}

type shape struct {
	Type      string       `json:"type"`
	Flattened bool         `json:"flattened,omitempty"`
	Location  string       `json:"locationName,omitempty"`
	Required  []string     `json:"required,omitempty"`
	Members   members      `json:"members,omitzero"`
	Member    *ref         `json:"member,omitempty"`
	Key       *ref         `json:"key,omitempty"`
	Value     *ref         `json:"value,omitempty"`
	Min       *json.Number `json:"min,omitempty"`
	Max       *json.Number `json:"max,omitempty"`
	Pattern   string       `json:"pattern,omitempty"`
	Enum      []string     `json:"enum,omitempty"`
	Sensitive bool         `json:"sensitive,omitempty"`
	Exception bool         `json:"exception,omitempty"`
	Fault     bool         `json:"fault,omitempty"`
	Error     *struct {
		Code           string `json:"code,omitempty"`
		HTTPStatusCode int    `json:"httpStatusCode,omitempty"`
		SenderFault    bool   `json:"senderFault,omitempty"`
	} `json:"error,omitempty"`
}

// members are the members of a structure in the order of the model, which violations are reported in.
type members []member

type member struct {
	name string
	ref
}

func (m *members) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(strings.NewReader(string(data)))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var r ref
		if err := d.Decode(&r); err != nil {
			return err
		}
		*m = append(*m, member{name.(string), r})
	}
	return nil
}

func (m members) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i, one := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		text, err := json.Marshal(one.ref)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%q:%s", one.name, text)
	}
	b.WriteByte('}')
	return []byte(b.String()), nil
}

func readServices(here string) ([]service, error) {
	data, err := os.ReadFile(filepath.Join(here, "operations.json"))
	if err != nil {
		return nil, err
	}
	var services []service
	return services, json.Unmarshal(data, &services)
}

func (s service) modelFile(here string) string {
	return filepath.Join(here, "models", filepath.Dir(filepath.FromSlash(s.Model))+".json")
}

func (s service) queryFile(here string) string {
	return filepath.Join(here, "models", filepath.Dir(filepath.FromSlash(s.QueryForm.Model))+"-query.json")
}

func readModel(path string) (*model, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var m model
	return &m, json.Unmarshal(data, &m)
}

// importModel reads a model of botocore and keeps the part that s asks for.
func importModel(from, here string, s service) error {
	m, err := readBotocore(from, s.Model)
	if err != nil {
		return err
	}
	if err := m.trim(s.Operations); err != nil {
		return err
	}
	return m.write(s.modelFile(here))
}

// importQueryForm keeps of an older model all operations, so that a wider choice of operations needs no older botocore again.
func importQueryForm(from, here string, s service) error {
	m, err := readBotocore(from, s.QueryForm.Model)
	if err != nil {
		return err
	}
	if m.Metadata.Protocol != "query" {
		return fmt.Errorf("the model speaks %s, not query: take it from botocore 1.29.165 or older", m.Metadata.Protocol)
	}
	if err := m.trim(slices.Sorted(maps.Keys(m.Operations))); err != nil {
		return err
	}
	return m.write(s.queryFile(here))
}

func readBotocore(from, name string) (*model, error) {
	path := filepath.Join(from, filepath.FromSlash(name), "service-2.json")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		data, err = readGzip(path + ".gz")
	}
	if err != nil {
		return nil, err
	}
	var m model
	return &m, json.Unmarshal(data, &m)
}

func (m *model) write(path string) error {
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

func readGzip(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// trim keeps the given operations and the shapes they need, and the names of the others.
func (m *model) trim(keep []string) error {
	for _, name := range keep {
		if m.Operations[name] == nil {
			return fmt.Errorf("the model has no operation %s", name)
		}
	}
	needed := map[string]bool{}
	for name, op := range m.Operations {
		if !slices.Contains(keep, name) {
			m.NotImplemented = append(m.NotImplemented, name)
			delete(m.Operations, name)
			continue
		}
		for _, r := range append(op.Errors, deref(op.Input), deref(op.Output)) {
			m.reach(r.Shape, needed)
		}
	}
	slices.Sort(m.NotImplemented)
	for name := range m.Shapes {
		if !needed[name] {
			delete(m.Shapes, name)
		}
	}
	return nil
}

// reach marks a shape and all that it refers to.
func (m *model) reach(name string, marked map[string]bool) {
	if name == "" || marked[name] {
		return
	}
	marked[name] = true
	sh := m.Shapes[name]
	for _, r := range sh.Members {
		m.reach(r.Shape, marked)
	}
	for _, r := range []*ref{sh.Member, sh.Key, sh.Value} {
		m.reach(deref(r).Shape, marked)
	}
}

func deref(r *ref) ref {
	if r == nil {
		return ref{}
	}
	return *r
}
