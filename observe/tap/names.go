package tap

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// Prefix begins the names of all queues and rules that this package makes.
const Prefix = "dyetrace-tap-"

// The tags of what it makes. A thing without TagRun is not this package's, whatever its name.
const (
	TagRun     = "dyetrace-run"     // Options.Run
	TagCreated = "dyetrace-created" // RFC 3339
	TagTest    = "dyetrace-test"    // Options.Test; absent if that is empty
)

// What a fence is called, so that patterns and filters of a system under test can leave it out.
const (
	FenceSource    = "dyetrace.tap" // of an event on a bus
	FenceType      = "Fence"        // its detail-type
	FenceAttribute = "dyetrace-tap" // message attribute, and member of the body
)

// fenceMark begins the text that makes a fence unique, fenceMark + run + ":" + number.
const fenceMark = "dyetrace-fence:"

// fenceID returns the id of the fence that a message is, "" if it is none. A transformer of the system under test may have rebuilt
// the body around the id, so it is looked for anywhere.
func fenceID(body string, attributes map[string]string) string {
	if id := attributes[FenceAttribute]; strings.HasPrefix(id, fenceMark) {
		return id
	}
	_, rest, found := strings.Cut(body, fenceMark)
	if !found {
		return ""
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return r != ':' && r != '-' && !isAlphanumeric(r) })
	if end < 0 {
		end = len(rest)
	}
	return fenceMark + rest[:end]
}

func isAlphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// newRun draws a run id.
func newRun() string {
	var b [8]byte
	rand.Read(b[:]) // never fails: crypto/rand
	return hex.EncodeToString(b[:])
}

const (
	longestRun = 40  // with Prefix and ".fifo" within the 64 characters of a rule's name
	longestTag = 256 // characters of a tag's value
)

// validRun reports whether names can be made of a run id.
func validRun(run string) bool {
	return len(run) <= longestRun && !strings.ContainsFunc(run, func(r rune) bool { return r != '-' && !isAlphanumeric(r) })
}

// tags returns what everything made for a tap is tagged with.
func (o *Options) tags(now time.Time) map[string]string {
	tags := map[string]string{TagRun: o.Run, TagCreated: now.UTC().Format(time.RFC3339)}
	if test := tagText(o.Test); test != "" {
		tags[TagTest] = test
	}
	return tags
}

// tagText returns text with what a tag's value must not have as underscores.
//
// Source: AWS tagging: letters, digits, spaces, and . : / = + - @ _ in UTF-8, at most 256 characters.
func tagText(text string) string {
	text = strings.Map(func(r rune) rune {
		if isAlphanumeric(r) || strings.ContainsRune(" .:/=+-@_", r) {
			return r
		}
		return '_'
	}, text)
	return text[:min(len(text), longestTag)]
}

// listed returns tags as EventBridge takes them.
func listed(tags map[string]string) []map[string]string {
	var list []map[string]string
	for _, key := range []string{TagRun, TagCreated, TagTest} {
		if value, ok := tags[key]; ok {
			list = append(list, map[string]string{"Key": key, "Value": value})
		}
	}
	return list
}

// ours reports whether a place is one that this package makes: a queue, or a rule on whatever bus.
func ours(p event.Place) bool {
	name := p.Name()
	if p.Kind() == event.PlaceRule {
		name = name[strings.LastIndexByte(name, '/')+1:]
	}
	return strings.HasPrefix(name, Prefix)
}
