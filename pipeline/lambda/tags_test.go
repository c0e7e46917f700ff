package lambda_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"
)

// The statuses, and what becomes of keys that are there and that are not, were recorded against AWS by LocalStack.
func TestTags_of_event_source_mappings_R1_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		m := f.ofQueue(`,"Tags":{"made":"with"}`)
		tags := func(id string) string {
			return "/2017-03-31/tags/" + url.PathEscape("arn:aws:lambda:us-east-1:"+account+":event-source-mapping:"+id)
		}
		for _, row := range []struct {
			why, method, query, body string
			want                     map[string]string
		}{
			{"those it was made with", "GET", "", "", map[string]string{"made": "with"}},
			{"two more", "POST", "", `{"Tags":{"a":"1","b":"2"}}`, map[string]string{"made": "with", "a": "1", "b": "2"}},
			{"one again", "POST", "", `{"Tags":{"b":"3"}}`, map[string]string{"made": "with", "a": "1", "b": "3"}},
			{"one off", "DELETE", "?tagKeys=made", "", map[string]string{"a": "1", "b": "3"}},
			{"one off that is not there", "DELETE", "?tagKeys=made", "", map[string]string{"a": "1", "b": "3"}},
			{"the rest off", "DELETE", "?tagKeys=a&tagKeys=b&tagKeys=c", "", map[string]string{}},
		} {
			status := 204
			if row.method == "GET" {
				status = 200
			}
			if got, answer := f.try(row.method, tags(m.UUID)+row.query, "", "lambda", row.body); got != status || status == 204 && answer != "" {
				f.Errorf("%s: %d %s", row.why, got, answer)
			}
			_, answer := f.try("GET", tags(m.UUID), "", "lambda", "")
			var said struct{ Tags map[string]string }
			if err := json.Unmarshal([]byte(answer), &said); err != nil || said.Tags == nil || !maps.Equal(said.Tags, row.want) {
				f.Errorf("%s: %s, want %v", row.why, answer, row.want)
			}
		}
		const unknown = "1ce1c0de-0000-4000-8000-000000000000"
		var many []string
		for i := range 51 {
			many = append(many, fmt.Sprintf(`"k%d":"v"`, i))
		}
		for _, row := range []struct {
			why, method, path, body string
			status                  int
			says                    string
		}{
			{"tags of none", "POST", tags(unknown), `{"Tags":{"a":"1"}}`, 404, "Event source mapping not found: arn:aws:lambda:us-east-1:" + account + ":event-source-mapping:" + unknown},
			{"none of none", "DELETE", tags(unknown) + "?tagKeys=a", "", 404, "Event source mapping not found: "},
			{"a list of none", "GET", tags(unknown), "", 404, "Event source mapping not found: "},
			{"no ARN", "GET", "/2017-03-31/tags/worker", "", 400, "Value 'worker' at 'resource' failed to satisfy constraint"},
			{"too many", "POST", tags(m.UUID), `{"Tags":{` + strings.Join(many, ",") + `}}`, 400, "at most 50 tags"},
			{"a function", "GET", "/2017-03-31/tags/" + url.PathEscape("arn:aws:lambda:us-east-1:"+account+":function:worker"), "", 501, "dyetrace has tags of the event source mappings"},
		} {
			if got, answer := f.try(row.method, row.path, "", "lambda", row.body); got != row.status || !strings.Contains(answer, row.says) {
				f.Errorf("%s: %d %s", row.why, got, answer)
			}
		}
		if status, _ := f.try("PUT", mappings+"/"+m.UUID, "", "lambda", `{"BatchSize":5}`); status != 202 {
			f.Errorf("an update is answered with %d", status)
		}
		if status, _ := f.try("DELETE", mappings+"/"+m.UUID, "", "lambda", ""); status != 202 {
			f.Errorf("a deletion is answered with %d", status)
		}
	})
}
