package sigv4

import (
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

// message is what is signed of a request.
type message struct {
	method string
	path   string // as it is on the wire, that is, encoded once
	query  string // canonical
	host   string
	header http.Header
	length int    // of the body
	hash   string // of the body
}

// canonical returns the canonical request, and the names of the headers that are in it.
func (m *message) canonical() (request, signedHeaders string) {
	headers := map[string]string{"host": oneLine([]string{m.host})}
	if m.length > 0 {
		headers["content-length"] = strconv.Itoa(m.length)
	}
	for name, values := range m.header {
		if lower := strings.ToLower(name); !unsigned[lower] {
			headers[lower] = oneLine(values)
		}
	}
	names := slices.Sorted(maps.Keys(headers))
	signedHeaders = strings.Join(names, ";")
	var b strings.Builder
	for _, line := range []string{m.method, canonicalPath(m.path), m.query} {
		b.WriteString(line)
		b.WriteByte('\n')
	}
	for _, name := range names {
		b.WriteString(name)
		b.WriteByte(':')
		b.WriteString(headers[name])
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	b.WriteString(signedHeaders)
	b.WriteByte('\n')
	b.WriteString(m.hash)
	return b.String(), signedHeaders
}

// unsigned are headers that may change on their way, or that are written by the transport; host and content-length are taken from
// what it will write.
var unsigned = map[string]bool{
	"authorization": true, "user-agent": true, "x-amzn-trace-id": true, "expect": true, "connection": true, "keep-alive": true,
	"proxy-authorization": true, "proxy-connection": true, "te": true, "trailer": true, "transfer-encoding": true, "upgrade": true,
	"host": true, "content-length": true,
}

// oneLine joins the values of a header, each with its runs of white space as one space.
func oneLine(values []string) string {
	trimmed := make([]string, len(values))
	for i, v := range values {
		trimmed[i] = strings.Join(strings.Fields(v), " ")
	}
	return strings.Join(trimmed, ",")
}

// canonicalPath encodes the path of the wire once more, as all services but S3 want it, without . and .. and doubled slashes.
func canonicalPath(wire string) string {
	if wire == "" {
		return "/"
	}
	clean := path.Clean("/" + wire)
	if clean != "/" && (strings.HasSuffix(wire, "/") || strings.HasSuffix(wire, "/.") || strings.HasSuffix(wire, "/..")) {
		clean += "/"
	}
	segments := strings.Split(clean, "/")
	for i, s := range segments {
		segments[i] = encode(s)
	}
	return strings.Join(segments, "/")
}

// canonicalQuery encodes names and values, and sorts them in that form.
func canonicalQuery(query url.Values) string {
	type parameter struct{ name, value string }
	var list []parameter
	for name, values := range query {
		for _, v := range values {
			list = append(list, parameter{encode(name), encode(v)})
		}
	}
	slices.SortFunc(list, func(a, b parameter) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return strings.Compare(a.value, b.value)
	})
	parts := make([]string, len(list))
	for i, p := range list {
		parts[i] = p.name + "=" + p.value
	}
	return strings.Join(parts, "&")
}

// encode is the URI encoding of the signature: every byte but letters, digits and -._~ becomes %XX.
func encode(text string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
	return b.String()
}
