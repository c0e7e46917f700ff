package layer

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/report"
)

// Compatibility says who must be able to read what whom wrote, in the words of schema registries.
type Compatibility int

// The modes. The zero value is Full.
const (
	Full     Compatibility = iota // both
	Backward                      // the new version reads what the old one wrote: what lies in queues, dead-letter queues and archives
	Forward                       // the old version reads what the new one writes: consumers that are deployed later than the producer
)

// String returns the mode in lower case.
func (c Compatibility) String() string {
	switch c {
	case Full:
		return "full"
	case Backward:
		return "backward"
	case Forward:
		return "forward"
	}
	return fmt.Sprintf("Compatibility(%d)", int(c))
}

// ChangeKind says what a reader makes of a field.
type ChangeKind string

// The kinds of change. Added is the only one that breaks nothing.
const (
	ChangeLost     ChangeKind = "lost"                  // written, and the reader does not know it: removed or renamed
	ChangeMissing  ChangeKind = "no longer written"     // the reader knows it, and it is never written
	ChangeType     ChangeKind = "type"                  // the reader cannot take the value, or takes it for another
	ChangeRequired ChangeKind = "newly required"        // the reader refuses what has no such field
	ChangeDefault  ChangeKind = "defaulted differently" // not written, and the two versions take it for different values
	ChangeRefused  ChangeKind = "refused"               // the reader refuses it for another reason
	ChangeAdded    ChangeKind = "added"                 // one version has it in addition, and the other goes without
)

// Change is one thing that a reader of one version makes of what another wrote.
type Change struct {
	Direction Compatibility // Backward or Forward
	Path      string
	Kind      ChangeKind
	Why       string
	Breaks    bool
}

// Evolution checks two versions of a payload against each other.
type Evolution struct {
	Old, New Version
	Mode     Compatibility
	Accept   []string // paths at which a break is meant, such as a field that nobody reads any more; * stands for any one name
}

// EvolutionError says what breaks.
type EvolutionError struct {
	Type     string
	Old, New string
	Mode     Compatibility
	Breaks   []Change
	Others   []Change // that break nothing
}

// Error lists the breaks, at most 30 lines.
func (e *EvolutionError) Error() string {
	var b strings.Builder
	name := ""
	if e.Type != "" {
		name = report.Clean(e.Type) + ": "
	}
	fmt.Fprintf(&b, "%s%s and %s are not compatible (%v)", name, report.Clean(e.Old), report.Clean(e.New), e.Mode)
	direction := Full
	for i, c := range e.Breaks {
		if i == 2*mostLosses {
			fmt.Fprintf(&b, "\n    and %d more", len(e.Breaks)-i)
			break
		}
		if c.Direction != direction {
			direction = c.Direction
			writer, reader := e.Old, e.New
			if direction == Forward {
				writer, reader = e.New, e.Old
			}
			fmt.Fprintf(&b, "\n  %v: %s reads what %s wrote", direction, report.Clean(reader), report.Clean(writer))
		}
		fmt.Fprintf(&b, "\n    %s: %s: %s", place(c.Path), c.Kind, report.Clean(cut(c.Why)))
	}
	b.WriteString("\n  keep the field beside its successor until nothing old is left, or give the event a new type; a break that is meant goes into Accept")
	return b.String()
}

// Check returns an *EvolutionError if the versions are not compatible in the mode.
func (e Evolution) Check() error {
	changes, err := e.Changes()
	if err != nil {
		return err
	}
	broken := &EvolutionError{Type: cmpName(e.New, e.Old), Old: e.Old.name, New: e.New.name, Mode: e.Mode}
	for _, c := range changes {
		if c.Breaks {
			broken.Breaks = append(broken.Breaks, c)
		} else {
			broken.Others = append(broken.Others, c)
		}
	}
	if len(broken.Breaks) == 0 {
		return nil
	}
	return broken
}

func cmpName(a, b Version) string {
	if a.typ != "" {
		return a.typ
	}
	return b.typ
}

// Changes lists what differs between the versions in the mode, breaking or not, first backward, then forward, by path. The error
// says that a version cannot be used.
func (e Evolution) Changes() ([]Change, error) {
	for _, v := range []Version{e.Old, e.New} {
		if v.problem != nil {
			return nil, fmt.Errorf("version %s: %w", v.name, v.problem)
		}
		if len(v.docs) == 0 {
			return nil, fmt.Errorf("version %q has nothing: make it with VersionOf or Recorded", v.name)
		}
	}
	if e.Mode < Full || e.Mode > Forward {
		return nil, fmt.Errorf("there is no mode %v: it is Full, Backward or Forward", e.Mode)
	}
	var list []Change
	for _, direction := range []Compatibility{Backward, Forward} {
		if e.Mode != Full && e.Mode != direction {
			continue
		}
		r := reading{direction: direction, writer: e.Old, reader: e.New, found: map[string]Change{}}
		if direction == Forward {
			r.writer, r.reader = e.New, e.Old
		}
		if r.reader.read == nil {
			return nil, fmt.Errorf("%s is known by samples only and cannot read what %s writes: ask for another mode than %v, or keep its Go type for VersionOf",
				r.reader.name, r.writer.name, e.Mode)
		}
		accepted := ignoring(e.Accept)
		for _, c := range r.changes() {
			c.Breaks = c.Kind != ChangeAdded && !(&losses{ignored: accepted}).ignores(strings.Split(c.Path, "."))
			list = append(list, c)
		}
	}
	return list, nil
}

// reading is one direction of a check: what the reader makes of what the writer wrote.
type reading struct {
	direction      Compatibility
	writer, reader Version
	fields         fields
	written, known map[string]any // paths that the writer writes; that the reader knows
	found          map[string]Change
}

func (r *reading) changes() []Change {
	r.fields = fields{maps: slices.Concat(r.writer.maps, r.reader.maps), open: slices.Concat(r.writer.open, r.reader.open)}
	r.written, r.known = r.fields.paths(r.writer.docs...), r.fields.paths(r.reader.docs...)
	for _, doc := range r.writer.docs {
		r.look(doc)
	}
	for _, path := range sortedPaths(r.known) {
		_, written := r.written[path]
		_, above := r.written[parent(path)]
		if written || !above && parent(path) != "" {
			continue
		}
		if r.direction == Forward {
			r.add(path, ChangeMissing, fmt.Sprintf("%s counts on it, and finds nothing", r.reader.name))
		} else {
			r.add(path, ChangeAdded, "")
		}
	}
	list := slices.Collect(maps.Values(r.found))
	slices.SortFunc(list, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return list
}

// add notes what was found first of a path; what is below a change is not told again.
func (r *reading) add(path string, kind ChangeKind, why string) {
	path = r.fields.name(path)
	if _, known := r.found[path]; !known {
		r.found[path] = Change{Direction: r.direction, Path: path, Kind: kind, Why: why}
	}
}

func (r *reading) read(doc any) (any, error) {
	raw, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	return r.reader.read(raw)
}

// look has the reader read a document, without the members that it cannot take.
func (r *reading) look(doc any) {
	const most = 20 // members
	for range most {
		got, err := r.read(doc)
		if err == nil {
			r.compare(doc, got)
			return
		}
		var ok bool
		if doc, ok = r.diagnose(doc, err); !ok {
			return
		}
	}
}

// diagnose finds out why the reader refuses a document, and returns the document without the reason, to look again.
func (r *reading) diagnose(doc any, refusal error) (next any, ok bool) {
	there := r.fields.paths(doc)
	if wrong, is := errors.AsType[*json.UnmarshalTypeError](refusal); is && wrong.Field != "" {
		for _, path := range sortedPaths(there) {
			if strings.ReplaceAll(path, ".*", "") == wrong.Field { // the error does not name indices
				r.add(path, ChangeType, fmt.Sprintf("%s is written, and %s takes a %s", example(there[path]), r.reader.name, wrong.Type))
				return edited(doc, strings.Split(path, "."), nil, true), true
			}
		}
	}
	for _, path := range sortedPaths(there) {
		next = edited(doc, strings.Split(path, "."), nil, true)
		if _, err := r.read(next); err != nil {
			continue
		}
		if r.knows(path) {
			r.add(path, ChangeType, fmt.Sprintf("%s is written, and %s says: %v", example(there[path]), r.reader.name, refusal))
		} else {
			r.add(path, ChangeRefused, fmt.Sprintf("%s does not know it, and says: %v", r.reader.name, refusal))
		}
		return next, true
	}
	return r.lacks(doc, there, refusal)
}

// lacks looks for a member without which the reader refuses a document.
func (r *reading) lacks(doc any, there map[string]any, refusal error) (next any, ok bool) {
	for _, path := range sortedPaths(r.known) {
		if _, is := there[path]; is && !emptyJSON(example(there[path])) {
			continue
		}
		next = edited(doc, strings.Split(path, "."), r.known[path], false)
		if _, err := r.read(next); err == nil || err.Error() != refusal.Error() {
			r.add(path, ChangeRequired, fmt.Sprintf("%s wrote without it, and %s says: %v", r.writer.name, r.reader.name, refusal))
			return next, true
		}
	}
	r.add("", ChangeRefused, fmt.Sprintf("%s says: %v: of %s", r.reader.name, refusal, example(doc)))
	return nil, false
}

// compare looks at what the reader made of a document.
func (r *reading) compare(doc, got any) {
	list, err := expect.Diff(doc, got)
	if err != nil {
		r.add("", ChangeRefused, err.Error())
		return
	}
	for _, d := range list {
		path := r.fields.name(d.Path)
		switch {
		case emptyJSON(d.Want) && emptyJSON(d.Got), sameTime(d.Want, d.Got):
		case d.Got == absent && r.direction == Forward && !r.knows(path):
			r.add(path, ChangeAdded, "")
		case d.Got == absent:
			r.add(path, ChangeLost, r.whyLost(path, d.Want))
		case d.Want == absent:
			r.defaulted(path, doc, d.Got)
		case rounded(reflect.ValueOf(json.Number(d.Want)), reflect.ValueOf(json.Number(d.Got))):
			r.add(path, ChangeType, fmt.Sprintf("%s is written, and %s takes it for %s: it reads a float64", d.Want, r.reader.name, d.Got))
		default:
			r.add(path, ChangeType, fmt.Sprintf("%s is written, and %s takes it for %s", d.Want, r.reader.name, d.Got))
		}
	}
}

func (r *reading) knows(path string) bool {
	_, known := r.known[path]
	return known
}

// whyLost says what became of a field, with the one that may be its successor.
func (r *reading) whyLost(path, value string) string {
	why := fmt.Sprintf("%s is written, and %s does not read it", value, r.reader.name)
	var heirs []string
	for _, other := range sortedPaths(r.known) {
		_, written := r.written[other]
		if !written && parent(other) == parent(path) && reflect.TypeOf(r.known[other]) == reflect.TypeOf(r.written[path]) {
			heirs = append(heirs, other)
		}
	}
	if len(heirs) > 0 {
		why += fmt.Sprintf("; renamed to %s?", strings.Join(heirs, " or "))
	}
	return why
}

// defaulted compares what the two versions take a field for that was not written.
func (r *reading) defaulted(path string, doc any, got string) {
	if _, known := r.written[path]; !known {
		r.add(path, ChangeAdded, fmt.Sprintf("%s where it is not written", got))
		return
	}
	if r.writer.read == nil {
		return
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		return
	}
	own, err := r.writer.read(raw)
	if err != nil {
		return
	}
	list, err := expect.Diff(doc, own)
	if err != nil {
		return
	}
	mine := absent
	for _, d := range list {
		if r.fields.name(d.Path) == path {
			mine = d.Got
		}
	}
	if mine == got || emptyJSON(mine) && emptyJSON(got) {
		return
	}
	if mine == absent {
		mine = "nothing"
	}
	r.add(path, ChangeDefault, fmt.Sprintf("where it is not written, %s takes it for %s, and %s for %s", r.writer.name, mine, r.reader.name, got))
}

// sameTime holds for two forms of one instant.
func sameTime(a, b string) bool {
	x, errX := time.Parse(`"`+time.RFC3339Nano+`"`, a)
	y, errY := time.Parse(`"`+time.RFC3339Nano+`"`, b)
	return errX == nil && errY == nil && x.Equal(y)
}

func example(v any) string {
	raw, err := compact(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return cut(string(raw))
}
