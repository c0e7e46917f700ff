package builders

import (
	"go/token"
	"strings"
	"unicode"
)

// initialisms are written in capitals in Go names.
var initialisms = map[string]string{
	"api": "API", "arn": "ARN", "cpu": "CPU", "csv": "CSV", "db": "DB", "dlq": "DLQ", "dns": "DNS", "eof": "EOF", "html": "HTML", "http": "HTTP", "https": "HTTPS",
	"id": "ID", "ids": "IDs", "ip": "IP", "json": "JSON", "sku": "SKU", "sla": "SLA", "sms": "SMS", "sql": "SQL", "ttl": "TTL", "ui": "UI", "uri": "URI",
	"url": "URL", "utc": "UTC", "uuid": "UUID", "vat": "VAT", "xml": "XML",
}

// words splits contact_id, contactId, ContactID and contact-id into contact and id.
func words(name string) []string {
	var list []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			list = append(list, strings.ToLower(string(word)))
		}
		word = nil
	}
	runes := []rune(name)
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			end()
			continue
		}
		if unicode.IsUpper(r) && i > 0 {
			before, next := runes[i-1], i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if !unicode.IsUpper(before) || next {
				end()
			}
		}
		word = append(word, r)
	}
	end()
	return list
}

// goName makes an exported Go name of any other, "" if it has nothing to make one of.
func goName(name string) string {
	var b strings.Builder
	for _, w := range words(name) {
		if capitals, ok := initialisms[w]; ok {
			b.WriteString(capitals)
			continue
		}
		runes := []rune(w)
		runes[0] = unicode.ToUpper(runes[0])
		b.WriteString(string(runes))
	}
	exported := b.String()
	if exported != "" && unicode.IsDigit([]rune(exported)[0]) {
		exported = "N" + exported
	}
	if !token.IsIdentifier(exported) {
		return ""
	}
	return exported
}

// kebab is the name of a record's fixture: contact-created.
func kebab(name string) string { return strings.Join(words(name), "-") }

// lower is an unexported Go name: contactCreated.
func lower(name string) string {
	list := words(name)
	if len(list) == 0 {
		return name
	}
	return list[0] + strings.TrimPrefix(goName(strings.Join(list, " ")), goName(list[0]))
}
