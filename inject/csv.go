package inject

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dyetrace/dyetrace/event"
)

// ReadCSV reads one event a row, for [Put]. The first row names for each column the path of the body that its cells are put at:
// "detail-type", "source", "detail.lead_id", "detail.lines.0.sku", where a number makes an array. A body with detail-type and
// detail is an EventBridge envelope, which a bus takes apart, and a queue takes as it is.
//
// A cell is a text, whatever it looks like, so that the telephone number 007 stays one. A type behind the path says otherwise:
// "detail.amount:number", "detail.open:bool", "detail.tags:json" for any JSON; ":text" is what there is without. An empty cell puts
// nothing there; a text that is empty is "" in a column of type json.
//
// Columns that begin with @ are no part of the body: @place, @key (message group), @deduplication (its id), @type and @source (for a
// bus, if the body is the detail alone), @attribute.NAME (message attribute, of type Number with ":number").
//
// Events that name no place are for the one given, which may be "" if all do. The error joins a *[LineError] for each cell that is
// wrong, at most 20; there are no entries then.
func ReadCSV(r io.Reader, place event.Place) ([]Entry, error) {
	in := bufio.NewReader(r)
	if mark, _ := in.Peek(len(byteOrderMark)); bytes.Equal(mark, byteOrderMark) {
		_, _ = in.Discard(len(byteOrderMark))
	}
	c := csv.NewReader(in)
	header, err := c.Read()
	if err == io.EOF {
		return nil, &LineError{Line: 1, Err: errors.New("there is no header row, which names the paths")}
	}
	if err != nil {
		return nil, csvError(err, 1)
	}
	columns, err := readHeader(header)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	var wrong []error
	for len(wrong) < maxErrors {
		row, err := c.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			wrong = append(wrong, csvError(err, 0))
			if errors.Is(err, csv.ErrFieldCount) {
				continue
			}
			break // where the next row begins is not known
		}
		line, _ := c.FieldPos(0)
		e := Entry{Place: place, Line: line}
		wrong = append(wrong, readRow(&e, columns, row)...)
		entries = append(entries, e)
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong[:min(len(wrong), maxErrors)]...)
	}
	return entries, nil
}

func csvError(err error, line int) *LineError {
	if p, ok := errors.AsType[*csv.ParseError](err); ok {
		return &LineError{Line: p.Line, Err: p.Err}
	}
	return &LineError{Line: line, Err: err}
}

// column is where the cells of one column go.
type column struct {
	name    string
	path    []string
	special string // without the @
	kind    string
}

const attributeColumn = "attribute." // after the @

func readHeader(header []string) ([]column, error) {
	var wrong []error
	columns := make([]column, len(header))
	for i, name := range header {
		c, err := readColumn(strings.TrimSpace(name))
		for _, before := range columns[:i] {
			if err == nil {
				err = clash(before, c)
			}
		}
		if err != nil {
			wrong = append(wrong, &LineError{Line: 1, Column: strconv.Quote(name), Err: err})
		}
		columns[i] = c
	}
	return columns, errors.Join(wrong[:min(len(wrong), maxErrors)]...)
}

func readColumn(name string) (column, error) {
	c := column{name: name, kind: "text"}
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		name, c.kind = name[:i], name[i+1:]
		if !slices.Contains([]string{"text", "number", "bool", "json"}, c.kind) {
			return c, fmt.Errorf("there is no type %q: use text, number, bool or json", c.kind)
		}
	}
	if special, ok := strings.CutPrefix(name, "@"); ok {
		attribute, isAttribute := strings.CutPrefix(special, attributeColumn)
		switch {
		case isAttribute && attribute == "":
			return c, errors.New("it names no attribute")
		case isAttribute && (c.kind == "text" || c.kind == "number"), slices.Contains([]string{"place", "key", "deduplication", "type", "source"}, special) && c.kind == "text":
			c.special = special
			return c, nil
		}
		return c, errors.New("of the columns with @ there are @place, @key, @deduplication, @type, @source and @attribute.NAME; they are texts, an attribute may be a number")
	}
	if !utf8.ValidString(name) {
		return c, errors.New("it is not UTF-8")
	}
	c.path = strings.Split(name, ".")
	if slices.Contains(c.path, "") {
		return c, errors.New("it is no path: names separated by dots")
	}
	if _, isIndex := index(c.path[0]); isIndex {
		return c, errors.New("the body is an object, and so its path does not begin with a number")
	}
	return c, nil
}

// clash tells why two columns cannot be in one file.
func clash(a, b column) error {
	switch {
	case a.special != "" && a.special == b.special:
		return errors.New("it is there twice")
	case a.path == nil || b.path == nil:
		return nil
	}
	n := min(len(a.path), len(b.path))
	for i := range n {
		if a.path[i] == b.path[i] {
			continue
		}
		_, x := index(a.path[i])
		_, y := index(b.path[i])
		if x != y {
			return fmt.Errorf("%s is an array or an object, and with column %q it would be both", strings.Join(b.path[:i], "."), a.name)
		}
		return nil
	}
	if len(a.path) == len(b.path) {
		return errors.New("it is there twice")
	}
	return fmt.Errorf("column %q is at a part of the same path: one of the two would overwrite the other", a.name)
}

func index(name string) (int, bool) {
	n, err := strconv.Atoi(name)
	return n, err == nil && n >= 0 && strconv.Itoa(n) == name
}

func readRow(e *Entry, columns []column, row []string) (wrong []error) {
	body := map[string]any{}
	for i, cell := range row {
		c := &columns[i]
		if cell == "" {
			continue
		}
		v, err := c.value(cell)
		switch {
		case err != nil:
		case c.special != "":
			c.set(e, cell)
		default:
			err = grow(body, c.path, v)
		}
		if err != nil {
			wrong = append(wrong, &LineError{Line: e.Line, Column: strconv.Quote(c.name), Err: err})
		}
	}
	text, err := encode(body)
	if err != nil {
		wrong = append(wrong, &LineError{Line: e.Line, Err: err})
	}
	e.Event.Body = text
	return wrong
}

// value reads a cell.
func (c *column) value(cell string) (any, error) {
	if !utf8.ValidString(cell) {
		return nil, errors.New("it is not UTF-8")
	}
	switch c.kind {
	case "number":
		v, err := decode(cell)
		n, ok := v.(json.Number)
		if err != nil || !ok {
			return nil, fmt.Errorf("%q is not a number as in JSON", cell)
		}
		return n, nil
	case "bool":
		if cell != "true" && cell != "false" {
			return nil, fmt.Errorf("%q is neither true nor false", cell)
		}
		return cell == "true", nil
	case "json":
		v, err := decode(cell)
		if err != nil {
			return nil, fmt.Errorf("%q is not JSON: %w", cell, err)
		}
		return v, nil
	}
	return cell, nil
}

// set puts the cell of a column that begins with @ beside the body.
func (c *column) set(e *Entry, cell string) {
	attribute := ""
	switch c.special {
	case "place":
		e.Place = event.Place(cell)
	case "key":
		e.Event.Key = cell
	case "type":
		e.Event.Type = cell
	case "source":
		e.Event.Source = cell
	case "deduplication":
		attribute = event.AttributeDeduplicationID
	default:
		attribute = strings.TrimPrefix(c.special, attributeColumn)
	}
	if attribute == "" {
		return
	}
	if e.Event.Attributes == nil {
		e.Event.Attributes = map[string]string{}
	}
	e.Event.Attributes[attribute] = cell
	if c.kind == "number" {
		if e.Event.AttributeTypes == nil {
			e.Event.AttributeTypes = map[string]string{}
		}
		e.Event.AttributeTypes[attribute] = "Number"
	}
}

// grow puts a value at a path below an object, making what is on the way: an array where a number follows.
func grow(in map[string]any, path []string, value any) error {
	var put func(in any, rest []string) (any, error)
	put = func(in any, rest []string) (any, error) {
		if len(rest) == 0 {
			return value, nil
		}
		n, isIndex := index(rest[0])
		if !isIndex {
			object, _ := in.(map[string]any)
			if object == nil {
				object = map[string]any{}
			}
			below, err := put(object[rest[0]], rest[1:])
			object[rest[0]] = below
			return object, err
		}
		array, _ := in.([]any)
		if n > len(array) {
			at := strings.Join(path[:len(path)-len(rest)], ".")
			return array, fmt.Errorf("%s.%d is there, and %s.%d is not: an array has no gaps, and its columns come in order", at, n, at, len(array))
		}
		if n == len(array) {
			array = append(array, nil)
		}
		below, err := put(array[n], rest[1:])
		array[n] = below
		return array, err
	}
	_, err := put(in, path)
	return err
}
