package probe_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"slices"
	"sync"
)

// store is a database with one answer to every query, until somebody changes it.
type store struct {
	mu      sync.Mutex
	columns []string
	rows    [][]driver.Value
	broken  error
	args    []driver.NamedValue // of the last query
}

func (s *store) set(columns []string, rows ...[]driver.Value) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.columns, s.rows = columns, rows
}

func (s *store) open() *sql.DB { return sql.OpenDB(connector{s}) }

type connector struct{ *store }

func (c connector) Connect(context.Context) (driver.Conn, error) { return conn(c), nil }
func (c connector) Driver() driver.Driver                        { return nil }

type conn struct{ *store }

func (conn) Prepare(string) (driver.Stmt, error) { return nil, errors.New("not prepared") }
func (conn) Begin() (driver.Tx, error)           { return nil, errors.New("no transactions") }
func (conn) Close() error                        { return nil }

func (c conn) QueryContext(_ context.Context, _ string, args []driver.NamedValue) (driver.Rows, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.args = args
	if c.broken != nil {
		return nil, c.broken
	}
	return &rows{columns: c.columns, left: slices.Clone(c.rows)}, nil
}

type rows struct {
	columns []string
	left    [][]driver.Value
}

func (r *rows) Columns() []string { return r.columns }
func (r *rows) Close() error      { return nil }

func (r *rows) Next(into []driver.Value) error {
	if len(r.left) == 0 {
		return io.EOF
	}
	copy(into, r.left[0])
	r.left = r.left[1:]
	return nil
}
