package observe

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// maxRecordingLine bounds what one line may hold: a body has at most 1 MiB, and at worst six bytes are written for one of it.
const maxRecordingLine = 16 << 20

// ErrTorn says that a recording ends before its closing line: what wrote it was ended, or the file was cut.
var ErrTorn = errors.New("the recording is torn")

// A RecordingError says what is wrong with a file that is read as a recording.
type RecordingError struct {
	Line int   // from 1
	Err  error // ErrTorn, a *VersionError, or what is wrong with the line
}

// Error names the line.
func (e *RecordingError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the cause.
func (e *RecordingError) Unwrap() error { return e.Err }

// A VersionError says that a recording is of a newer format than this code can read.
type VersionError struct{ Version int }

// Error says what to do.
func (e *VersionError) Error() string {
	return fmt.Sprintf("the recording has format version %d, and this dyetrace reads version %d: read it with a newer dyetrace", e.Version, RecordingVersion)
}

// ReadRecording reads what WriteRecording wrote. Members and lines that it does not know are left out: a newer dyetrace of the same
// format version may write them.
//
// The error is one of r, or a *RecordingError. It wraps ErrTorn if the closing line is not there; the Recording then has the hops
// that are whole, and Grade Inconclusive. With any other error the Recording is empty. Nothing of r is read ahead that would have
// to be kept: memory holds the recording and one line.
func ReadRecording(r io.Reader) (Recording, error) {
	p := recordingReader{lines: bufio.NewReaderSize(r, 64<<10)}
	err := p.read()
	switch {
	case err == nil:
		return p.recording, nil
	case errors.Is(err, ErrTorn):
		p.recording.Grade = event.Inconclusive
		return p.recording, &RecordingError{Line: p.line, Err: err}
	case p.foreign:
		return Recording{}, err
	}
	return Recording{}, &RecordingError{Line: max(1, p.line), Err: err}
}

// recordingReader is the state of reading one file.
type recordingReader struct {
	lines     *bufio.Reader
	line      int    // number of the last line read
	long      []byte // a line that does not fit the reader's buffer
	whole     bool   // the last line read ended in a line feed
	foreign   bool   // the error is of the underlying reader
	recording Recording
	begun     bool
	ended     bool
}

func (p *recordingReader) read() error {
	for {
		line, err := p.next()
		if errors.Is(err, io.EOF) {
			return p.end()
		}
		if err != nil {
			return err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err := p.take(line); err != nil {
			return err
		}
	}
}

func (p *recordingReader) end() error {
	switch {
	case p.ended:
		return nil
	case !p.begun:
		return errors.New("the file is empty: a recording begins with a line {\"recording\":{\"version\":1,…}}")
	}
	return p.torn()
}

func (p *recordingReader) torn() error {
	n := len(p.recording.Hops)
	if n == 0 {
		return fmt.Errorf("%w: it ends before its first hop", ErrTorn)
	}
	return fmt.Errorf("%w: it ends behind hop %d, without its closing line", ErrTorn, p.recording.Hops[n-1].Seq)
}

// next returns the next line without its line feed; it is valid until the next call.
func (p *recordingReader) next() ([]byte, error) {
	p.long = p.long[:0]
	for {
		part, err := p.lines.ReadSlice('\n')
		if err == nil || errors.Is(err, io.EOF) {
			if len(part)+len(p.long) == 0 {
				return nil, io.EOF
			}
			p.line++
			p.whole = err == nil
			if len(p.long) > 0 {
				part = append(p.long, part...)
				p.long = part
			}
			return part, nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			p.foreign = true
			return nil, err
		}
		if p.long = append(p.long, part...); len(p.long) > maxRecordingLine {
			p.line++
			return nil, fmt.Errorf("the line is longer than %d MiB: is this a recording?", maxRecordingLine>>20)
		}
	}
}

func (p *recordingReader) take(text []byte) error {
	if p.ended {
		return errors.New("there is more behind the closing line: one file holds one flow")
	}
	if !p.begun {
		return p.begin(text)
	}
	var line recordingLine
	if err := json.Unmarshal(text, &line); err != nil {
		if !p.whole {
			return p.torn()
		}
		return fmt.Errorf("this is no line of a recording: %w", err)
	}
	switch {
	case line.Recording != nil:
		return errors.New("a second recording begins here: one file holds one flow")
	case line.Hop != nil:
		return p.hop(*line.Hop)
	case line.End != nil:
		return p.close(*line.End)
	}
	return nil // of a newer dyetrace
}

// begin reads the first line. Its version is looked at before anything else: all the rest may mean something different there.
func (p *recordingReader) begin(text []byte) error {
	var format struct {
		Recording *struct {
			Version int `json:"version"`
		} `json:"recording"`
	}
	if err := json.Unmarshal(text, &format); err != nil || format.Recording == nil || format.Recording.Version < 1 {
		return errors.New("this is no recording: it does not begin with a line {\"recording\":{\"version\":1,…}}")
	}
	if format.Recording.Version > RecordingVersion {
		return &VersionError{Version: format.Recording.Version}
	}
	var line recordingLine
	if err := json.Unmarshal(text, &line); err != nil {
		return fmt.Errorf("the first line is not that of a recording: %w", err)
	}
	h := line.Recording
	grade, err := gradeOf(h.Grade)
	if err != nil {
		return err
	}
	var horizon time.Duration
	if h.Horizon != "" {
		if horizon, err = time.ParseDuration(h.Horizon); err != nil {
			return fmt.Errorf("horizon is %q; it must be a duration, as 1h0m0s", h.Horizon)
		}
	}
	if len(h.Topology.Places) == 0 {
		h.Topology.Places = nil
	}
	p.begun = true
	p.recording = Recording{
		CorrelationID: h.CorrelationID, After: h.After, Start: h.Start, Grade: grade, Relative: h.Relative, Horizon: horizon, Bounded: h.Bounded,
		TenantAt: h.TenantAt, CorrelationAt: h.CorrelationAt, CausationAt: h.CausationAt, Known: h.Known, Origin: h.Origin, Topology: h.Topology,
	}
	return nil
}

func gradeOf(text string) (event.Grade, error) {
	for g := event.Inconclusive; g <= event.Proved; g++ {
		if g.String() == text {
			return g, nil
		}
	}
	return event.Inconclusive, fmt.Errorf("grade is %q; it must be one of INCONCLUSIVE, WAITED, STATISTICAL, FENCED, SETTLED and PROVED", text)
}

func (p *recordingReader) hop(h event.Hop) error {
	if h.Seq == 0 {
		return errors.New("the hop has no seq")
	}
	if n := len(p.recording.Hops); n > 0 && h.Seq <= p.recording.Hops[n-1].Seq {
		return fmt.Errorf("hop %d stands behind hop %d: hops are in the order of seq, each one once", h.Seq, p.recording.Hops[n-1].Seq)
	}
	p.recording.Hops = append(p.recording.Hops, h)
	return nil
}

func (p *recordingReader) close(e recordingEnd) error {
	if e.Hops != len(p.recording.Hops) {
		return fmt.Errorf("%w: the closing line counts %d hops, but %d are there", ErrTorn, e.Hops, len(p.recording.Hops))
	}
	p.ended = true
	p.recording.Lost, p.recording.Quiescence = e.Lost, e.Quiescence
	return nil
}
