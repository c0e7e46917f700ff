package awsapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/google/go-cmp/cmp"

	"github.com/dyetrace/dyetrace/backend/awsapi"
)

func ExampleAttributes() {
	item := awsapi.Attributes(map[string]any{"id": "L-17", "amount": json.Number("1200"), "tags": []any{"new", nil}})
	text, _ := json.Marshal(item)
	fmt.Println(string(text))
	text, _ = json.Marshal(awsapi.Document(item))
	fmt.Println(string(text))
	// Output:
	// {"amount":{"N":"1200"},"id":{"S":"L-17"},"tags":{"L":[{"S":"new"},{"NULL":true}]}}
	// {"amount":1200,"id":"L-17","tags":["new",null]}
}

func TestDocument_shows_what_JSON_has_no_type_for(t *testing.T) {
	d := json.NewDecoder(strings.NewReader(`{"a":{"NS":["1","2"]},"b":{"SS":["x"]},"c":{"B":"AQ=="},"d":{"N":1},"e":"no type","f":{"L":"x"},"g":{"M":{"h":{"BOOL":true}}}}`))
	d.UseNumber()
	var item map[string]any
	if err := d.Decode(&item); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(awsapi.Document(item))
	if want := `{"a":[1,2],"b":["x"],"c":"AQ==","d":{"N":1},"e":"no type","f":{"L":"x"},"g":{"h":true}}`; string(text) != want || err != nil {
		t.Errorf("%s, %v", text, err)
	}
}

func TestDocument_is_the_inverse_of_Attributes(t *testing.T) {
	var value *rapid.Generator[any]
	value = rapid.Custom(func(t *rapid.T) any {
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			return rapid.String().Draw(t, "text")
		case 1:
			return json.Number(fmt.Sprint(rapid.Int().Draw(t, "number")))
		case 2:
			return rapid.Bool().Draw(t, "bool")
		case 3:
			return rapid.SliceOfN(value, 0, 3).Draw(t, "list")
		case 4:
			return rapid.MapOfN(rapid.String(), value, 0, 3).Draw(t, "object")
		}
		return nil
	})
	rapid.Check(t, func(t *rapid.T) {
		document := rapid.MapOfN(rapid.String(), value, 0, 5).Draw(t, "document")
		if d := cmp.Diff(document, awsapi.Document(awsapi.Attributes(document))); d != "" {
			t.Error(d)
		}
	})
}
