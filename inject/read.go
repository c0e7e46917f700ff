package inject

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// The formats of files with events.
const (
	FormatCSV       = "csv"       // see ReadCSV
	FormatJSONL     = "jsonl"     // see ReadJSONL
	FormatRecording = "recording" // of a flow, see Stimulus
)

// File is what a file has for an injection.
type File struct {
	Format  string      // of the file
	Entries []Entry     // in the order of the file
	Left    []event.Hop // of a recording: what set off the flow and cannot be repeated
}

// Read reads a file in one of the formats; "" tells by its first bytes which: a recording begins with its head, other lines of JSON
// with a brace or bracket, and anything else is a CSV. Events that name no place are for the one given; those of a recording are for
// the places they came to, unless one is given.
func Read(r io.Reader, format string, place event.Place) (File, error) {
	in := bufio.NewReader(r)
	if format == "" {
		format = formatOf(in)
	}
	f := File{Format: format}
	var err error
	switch format {
	case FormatCSV:
		f.Entries, err = ReadCSV(in, place)
	case FormatJSONL:
		f.Entries, err = ReadJSONL(in, place)
	case FormatRecording:
		var recording observe.Recording
		if recording, err = observe.ReadRecording(in); err == nil {
			f.Entries, f.Left = Stimulus(recording)
		}
		for i := range f.Entries {
			if place != "" {
				f.Entries[i].Place = place
			}
		}
	default:
		err = fmt.Errorf("there is no format %q: use csv, jsonl or recording", format)
	}
	return f, err
}

const sniffed = 512

func formatOf(in *bufio.Reader) string {
	head, _ := in.Peek(sniffed)
	head = bytes.TrimLeft(bytes.TrimPrefix(head, byteOrderMark), " \t\r\n")
	switch {
	case bytes.HasPrefix(head, []byte(`{"recording":`)):
		return FormatRecording
	case bytes.HasPrefix(head, []byte("{")), bytes.HasPrefix(head, []byte("[")):
		return FormatJSONL
	}
	return FormatCSV
}
