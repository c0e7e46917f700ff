package demo

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// contact is a line of the input.
type contact struct{ tenant, name, email, account string }

// InputError says what is wrong with the contacts that were given.
type InputError struct {
	Line int // 0: the file as a whole
	Why  string
}

// Error names the line.
func (e *InputError) Error() string {
	if e.Line == 0 {
		return "contacts: " + e.Why
	}
	return fmt.Sprintf("contacts, line %d: %s", e.Line, e.Why)
}

var (
	columns    = []string{"tenant", "name", "email", "account"}
	tenantName = regexp.MustCompile(`^[a-z0-9]{1,20}$`)
)

// maxContacts keeps the demo a matter of seconds.
const maxContacts = 1000

// readContacts reads CSV with a header line that names the columns tenant, name, email and, if there is one, account.
func readContacts(r io.Reader) ([]contact, error) {
	lines := csv.NewReader(r)
	lines.TrimLeadingSpace = true
	header, err := lines.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, &InputError{Why: err.Error()}
	}
	if err != nil {
		return nil, &InputError{Why: "the first line must name the columns " + strings.Join(columns, ",")}
	}
	at := map[string]int{}
	for i, name := range header {
		at[strings.TrimPrefix(name, "\ufeff")] = i
	}
	for _, name := range columns[:3] {
		if _, ok := at[name]; !ok {
			return nil, &InputError{Line: 1, Why: fmt.Sprintf("no column %q; the first line must name %s", name, strings.Join(columns, ","))}
		}
	}
	var list []contact
	for {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := lines.FieldPos(0)
		if err != nil {
			return nil, &InputError{Line: line, Why: err.Error()}
		}
		c := contact{tenant: fields[at["tenant"]], name: fields[at["name"]], email: fields[at["email"]]}
		if i, ok := at["account"]; ok {
			c.account = fields[i]
		}
		if !tenantName.MatchString(c.tenant) {
			return nil, &InputError{Line: line, Why: fmt.Sprintf("tenant %q: 1 to 20 small letters and digits, since queues are called after it", c.tenant)}
		}
		list = append(list, c)
		if len(list) > maxContacts {
			return nil, &InputError{Line: line, Why: fmt.Sprintf("more than %d contacts; the demo takes a sample", maxContacts)}
		}
	}
	if len(tenantsOf(list)) < 2 {
		return nil, &InputError{Why: "contacts of at least two tenants are needed: the demo proves that one gets nothing of the other"}
	}
	return list, nil
}

// tenantsOf returns the tenants in order of first sight.
func tenantsOf(list []contact) []string {
	var tenants []string
	for _, c := range list {
		if !slices.Contains(tenants, c.tenant) {
			tenants = append(tenants, c.tenant)
		}
	}
	return tenants
}
