package observe

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// RecordingVersion is the version of the format that WriteRecording writes and ReadRecording reads. It rises only when a reader of
// the version before would misunderstand a file; members that come new do not raise it.
const RecordingVersion = 1

// Origin says whose flow a Recording is of, as far as that is known. The zero value says nothing.
type Origin struct {
	Test    string   `json:"test,omitempty"`    // name of the test: "TestLead/converted"
	Covers  []string `json:"covers,omitempty"`  // requirements that the test names
	Seed    uint64   `json:"seed,omitempty"`    // of the schedule; 0 where calls were served as they came
	Backend string   `json:"backend,omitempty"` // name of the backend
	Again   string   `json:"again,omitempty"`   // the command that repeats the run
}

// recordingLine is one line of a file: it has exactly one of these members.
type recordingLine struct {
	Recording *recordingHead `json:"recording,omitempty"`
	Hop       *event.Hop     `json:"hop,omitempty"`
	End       *recordingEnd  `json:"end,omitempty"`
}

// recordingHead is the first line.
type recordingHead struct {
	Version       int            `json:"version"`
	CorrelationID string         `json:"correlationId,omitempty"`
	After         uint64         `json:"after,omitempty"`
	Start         time.Time      `json:"start"`
	Grade         string         `json:"grade"`
	Relative      string         `json:"relative,omitempty"`
	Horizon       string         `json:"horizon,omitempty"` // as time.Duration prints it
	Bounded       bool           `json:"bounded,omitempty"`
	TenantAt      []string       `json:"tenantAt,omitzero"`
	CorrelationAt []string       `json:"correlationAt,omitzero"`
	CausationAt   []string       `json:"causationAt,omitzero"`
	Known         []string       `json:"known,omitempty"`
	Origin        Origin         `json:"origin,omitzero"`
	Topology      event.Topology `json:"topology"`
}

// recordingEnd is the last line.
type recordingEnd struct {
	Hops       int              `json:"hops"`
	Lost       uint64           `json:"lost,omitempty"`
	Quiescence event.Quiescence `json:"quiescence"`
}

// WriteRecording writes a recording as JSON Lines: a line that says what it is a recording of, one line for each hop by Seq, and a
// closing line that counts them, so that a torn file is known for one. docs/guide/recording.md describes each member, and
// recording.schema.json each line. Bytes of a text that are not UTF-8 become U+FFFD.
//
// It writes nothing if two hops have the same Seq, or one has none. It does not close w.
func WriteRecording(w io.Writer, r Recording) error {
	hops := r.Hops
	bySeq := func(a, b event.Hop) int { return cmp.Compare(a.Seq, b.Seq) }
	if !slices.IsSortedFunc(hops, bySeq) {
		hops = slices.SortedStableFunc(slices.Values(hops), bySeq)
	}
	if err := numbered(hops); err != nil {
		return err
	}
	buffer := bufio.NewWriterSize(w, 64<<10)
	lines := json.NewEncoder(buffer)
	lines.SetEscapeHTML(false)
	if err := lines.Encode(recordingLine{Recording: headOf(r)}); err != nil {
		return fmt.Errorf("the recording cannot be written: %w", err)
	}
	for i := range hops {
		if err := lines.Encode(recordingLine{Hop: &hops[i]}); err != nil {
			return fmt.Errorf("hop %d of the recording cannot be written: %w", hops[i].Seq, err)
		}
	}
	if err := lines.Encode(recordingLine{End: &recordingEnd{Hops: len(hops), Lost: r.Lost, Quiescence: r.Quiescence}}); err != nil {
		return fmt.Errorf("the recording cannot be written: %w", err)
	}
	return buffer.Flush()
}

func numbered(sorted []event.Hop) error {
	var last uint64
	for i := range sorted {
		switch seq := sorted[i].Seq; seq {
		case 0:
			return errors.New("a hop of the recording has no seq: number them from 1, in the order they happened")
		case last:
			return fmt.Errorf("two hops of the recording have seq %d: are they of two backends?", seq)
		default:
			last = seq
		}
	}
	return nil
}

func headOf(r Recording) *recordingHead {
	head := &recordingHead{
		Version: RecordingVersion, CorrelationID: r.CorrelationID, After: r.After, Start: r.Start, Grade: r.Grade.String(), Relative: r.Relative, Bounded: r.Bounded,
		TenantAt: r.TenantAt, CorrelationAt: r.CorrelationAt, CausationAt: r.CausationAt, Known: r.Known, Origin: r.Origin, Topology: r.Topology,
	}
	if r.Horizon != 0 {
		head.Horizon = r.Horizon.String()
	}
	if head.Topology.Places == nil {
		head.Topology.Places = []event.Place{}
	}
	return head
}
