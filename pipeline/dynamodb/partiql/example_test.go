package partiql_test

import (
	"fmt"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/partiql"
)

func ExampleParse() {
	st, err := partiql.Parse(`SELECT lines[0] FROM "orders"."byCustomer" WHERE customer = ? AND total > 100`, []attr.Value{attr.String("c-1")})
	fmt.Println(st.Table, st.Index, st.Columns[0].Name, st.Where.Names(), err)

	_, err = partiql.Parse(`UPDATE orders SET tags = set_add(labels, <<'new'>>) WHERE id = 'o-1'`, nil)
	fmt.Println(err)
	// Output:
	// orders byCustomer lines[0] [customer total] <nil>
	// The first argument to SET_ADD must equal the assignment value at 1:26:7
}
