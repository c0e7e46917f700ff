package probe

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"time"
	"unicode/utf8"
)

// Querier is what of package database/sql a probe needs: a *sql.DB, *sql.Conn or *sql.Tx. A transaction may not see what others have
// written since it began.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

const maxRows = 1000

// SQL asks a query. The document is the list of its rows, each an object by the names of the columns: [{"id": "L-17", "amount":
// 1200}]. Times are texts as in RFC 3339, NULL is null, and bytes are the text that they are in UTF-8, else base64. More than 1000
// rows are an error: let the query say which.
func SQL(db Querier, query string, args ...any) Probe {
	name := fmt.Sprintf("query %q", query)
	if len(args) > 0 {
		name += fmt.Sprintf(" with %v", args)
	}
	return Func(name, func(ctx context.Context) (any, error) {
		rows, err := db.QueryContext(ctx, query, args...)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		columns, err := rows.Columns()
		if err != nil {
			return nil, err
		}
		if twice := repeated(columns); twice != "" {
			return nil, Final(fmt.Errorf("two columns are called %q: give one another name with AS", twice))
		}
		list := []any{}
		for rows.Next() {
			if len(list) == maxRows {
				return nil, fmt.Errorf("more than %d rows", maxRows)
			}
			row, err := scan(rows, columns)
			if err != nil {
				return nil, err
			}
			list = append(list, row)
		}
		return list, rows.Err()
	})
}

func repeated(names []string) string {
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			return name
		}
		seen[name] = true
	}
	return ""
}

func scan(rows *sql.Rows, columns []string) (map[string]any, error) {
	values := make([]any, len(columns))
	into := make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	row := make(map[string]any, len(columns))
	for i, name := range columns {
		row[name] = cell(values[i])
	}
	return row, nil
}

func cell(v any) any {
	switch v := v.(type) {
	case []byte:
		if utf8.Valid(v) {
			return string(v)
		}
		return base64.StdEncoding.EncodeToString(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	}
	return v
}
