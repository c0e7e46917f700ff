package pattern

import (
	"strings"
	"testing"
)

// matchCases are the semantics of the language, one row each. The sources are the EventBridge User Guide, the source of
// event-ruler 2.x and answers of AWS's TestEventPattern.
var matchCases = []struct {
	reason, pattern, event string
	want                   bool
}{
	{"exact string", `{"a":["x"]}`, `{"a":"x"}`, true},
	{"exact string, case counts", `{"a":["x"]}`, `{"a":"X"}`, false},
	{"any entry of a list is enough", `{"a":["x","y"]}`, `{"a":"y"}`, true},
	{"all fields must match", `{"a":["x"],"b":["y"]}`, `{"a":"x","b":"z"}`, false},
	{"fields the pattern does not name are ignored", `{"a":["x"]}`, `{"a":"x","b":{"c":1}}`, true},
	{"an event array matches by intersection", `{"a":["x","y"]}`, `{"a":["w","y"]}`, true},
	{"an empty event array has no value", `{"a":["x"]}`, `{"a":[]}`, false},
	{"null matches null", `{"a":[null]}`, `{"a":null}`, true},
	{"null does not match an absent field", `{"a":[null]}`, `{"b":1}`, false},
	{"null does not match the string null", `{"a":[null]}`, `{"a":"null"}`, false},
	{"null is not in an empty array", `{"a":[null]}`, `{"a":[]}`, false},
	{"the empty string is a value", `{"a":[""]}`, `{"a":""}`, true},
	{"true is not 1", `{"a":[true]}`, `{"a":1}`, false},
	{"true is not the string", `{"a":[true]}`, `{"a":"true"}`, false},
	{"false matches false", `{"a":[false]}`, `{"a":false}`, true},
	{"keys are case sensitive", `{"A":["x"]}`, `{"a":"x"}`, false},
	{"escapes are resolved before comparing", `{"a":["\u00e9\n\/"]}`, `{"\u0061":"é\n/"}`, true},
	{"a surrogate pair is one character", `{"a":["\ud83d\ude00"]}`, `{"a":"😀"}`, true},

	{"a number equals another spelling of it", `{"a":[300]}`, `{"a":3.0e2}`, true},
	{"a number is not a string", `{"a":[300]}`, `{"a":"300"}`, false},
	{"minus zero is zero", `{"a":[0]}`, `{"a":-0.0}`, true},
	{"long ids are compared by their text", `{"a":[12345678901234567890]}`, `{"a":12345678901234567891}`, false},
	{"long ids equal themselves", `{"a":[12345678901234567890]}`, `{"a":12345678901234567890}`, true},
	{"a 12-digit account number fits a double", `{"a":[123456789012]}`, `{"a":123456789012.0}`, true},

	{"nested", `{"a":{"b":["x"]}}`, `{"a":{"b":"x"}}`, true},
	{"a key with a dot in the pattern is a nested path", `{"a.b":["x"]}`, `{"a":{"b":"x"}}`, true},
	{"a key with a dot in the event is a nested path", `{"a":{"b":["x"]}}`, `{"a.b":"x"}`, true},
	{"a value at an inner node is not at the leaf", `{"a":{"b":["x"]}}`, `{"a":"x"}`, false},
	{"duplicate keys of an event are both values", `{"a":["x"]}`, `{"a":"x","a":"y"}`, true},
	{"a path named twice keeps its last list", `{"a":["x"],"a":["y"]}`, `{"a":"x"}`, false},

	{"prefix", `{"a":[{"prefix":"ab"}]}`, `{"a":"abc"}`, true},
	{"prefix wants a string", `{"a":[{"prefix":"1"}]}`, `{"a":12}`, false},
	{"the empty prefix matches each string", `{"a":[{"prefix":""}]}`, `{"a":""}`, true},
	{"prefix ignoring case", `{"a":[{"prefix":{"equals-ignore-case":"EventB"}}]}`, `{"a":"eventbridge"}`, true},
	{"prefix ignoring case, too short", `{"a":[{"prefix":{"equals-ignore-case":"EventB"}}]}`, `{"a":"event"}`, false},
	{"suffix", `{"a":[{"suffix":".png"}]}`, `{"a":"x.png"}`, true},
	{"suffix, case counts", `{"a":[{"suffix":".png"}]}`, `{"a":"x.PNG"}`, false},
	{"suffix ignoring case", `{"a":[{"suffix":{"equals-ignore-case":".png"}}]}`, `{"a":"x.PnG"}`, true},
	{"suffix ignoring case beyond ASCII", `{"a":[{"suffix":{"equals-ignore-case":"ÜBER"}}]}`, `{"a":"darüber"}`, true},
	{"equals-ignore-case", `{"a":[{"equals-ignore-case":"aLiCe"}]}`, `{"a":"ALICE"}`, true},
	{"equals-ignore-case is no prefix", `{"a":[{"equals-ignore-case":"ali"}]}`, `{"a":"ALICE"}`, false},
	{"equals-ignore-case: @ and ` differ by the case bit only", "{\"a\":[{\"equals-ignore-case\":\"@\"}]}", "{\"a\":\"`\"}", false},
	{"equals-ignore-case folds by the pattern's characters", `{"a":[{"equals-ignore-case":"k"}]}`, `{"a":"\u212a"}`, false},
	{"equals-ignore-case with a longer upper case", `{"a":[{"equals-ignore-case":"straße"}]}`, `{"a":"STRASSE"}`, true},
	{"equals-ignore-case of the empty string", `{"a":[{"equals-ignore-case":""}]}`, `{"a":""}`, true},
	{"exactly", `{"a":[{"exactly":"10.0.0.1"}]}`, `{"a":"10.0.0.1"}`, true},

	{"wildcard", `{"a":[{"wildcard":"dir/*.png"}]}`, `{"a":"dir/x/y.png"}`, true},
	{"a wildcard may stand for nothing", `{"a":[{"wildcard":"a*c"}]}`, `{"a":"ac"}`, true},
	{"a lone wildcard matches the empty string", `{"a":[{"wildcard":"*"}]}`, `{"a":""}`, true},
	{"a wildcard matches strings only", `{"a":[{"wildcard":"*"}]}`, `{"a":1}`, false},
	{"an escaped asterisk is an asterisk", `{"a":[{"wildcard":"a\\*c*"}]}`, `{"a":"a*cd"}`, true},
	{"an escaped asterisk is no wildcard", `{"a":[{"wildcard":"a\\*c"}]}`, `{"a":"abc"}`, false},
	{"an escaped backslash is a backslash", `{"a":[{"wildcard":"a\\\\*"}]}`, `{"a":"a\\bc"}`, true},
	{"parts may not overlap", `{"a":[{"wildcard":"ab*ba"}]}`, `{"a":"aba"}`, false},
	{"the leftmost place of a part is enough", `{"a":[{"wildcard":"*ab*ab"}]}`, `{"a":"ababab"}`, true},
	{"a wildcard without asterisk is exact", `{"a":[{"wildcard":"ab"}]}`, `{"a":"abc"}`, false},

	{"anything-but", `{"a":[{"anything-but":"x"}]}`, `{"a":"y"}`, true},
	{"anything-but, excluded", `{"a":[{"anything-but":"x"}]}`, `{"a":"x"}`, false},
	{"anything-but needs a value", `{"a":[{"anything-but":"x"}]}`, `{"b":"y"}`, false},
	{"anything-but takes null", `{"a":[{"anything-but":"x"}]}`, `{"a":null}`, true},
	{"anything-but: one value of an array is enough", `{"a":[{"anything-but":"x"}]}`, `{"a":["x","y"]}`, true},
	{"anything-but list", `{"a":[{"anything-but":["x","y"]}]}`, `{"a":"y"}`, false},
	{"anything-but strings takes numbers", `{"a":[{"anything-but":["1"]}]}`, `{"a":1}`, true},
	{"anything-but number, another spelling", `{"a":[{"anything-but":100}]}`, `{"a":1e2}`, false},
	{"anything-but zero", `{"a":[{"anything-but":0}]}`, `{"a":1}`, true},
	{"anything-but numbers takes strings", `{"a":[{"anything-but":[100,200]}]}`, `{"a":"100"}`, true},
	{"anything-but prefix", `{"a":[{"anything-but":{"prefix":"in"}}]}`, `{"a":"init"}`, false},
	{"anything-but prefix takes other kinds", `{"a":[{"anything-but":{"prefix":"in"}}]}`, `{"a":123}`, true},
	{"anything-but prefix list", `{"a":[{"anything-but":{"prefix":["in","er"]}}]}`, `{"a":"error"}`, false},
	{"anything-but suffix", `{"a":[{"anything-but":{"suffix":".txt"}}]}`, `{"a":"a.png"}`, true},
	{"anything-but suffix list", `{"a":[{"anything-but":{"suffix":[".txt",".rtf"]}}]}`, `{"a":"a.rtf"}`, false},
	{"anything-but ignoring case", `{"a":[{"anything-but":{"equals-ignore-case":"Init"}}]}`, `{"a":"INIT"}`, false},
	{"anything-but ignoring case, list", `{"a":[{"anything-but":{"equals-ignore-case":["Init","x"]}}]}`, `{"a":"y"}`, true},
	{"anything-but wildcard", `{"a":[{"anything-but":{"wildcard":"*/lib/*"}}]}`, `{"a":"/usr/lib/x"}`, false},
	{"anything-but wildcard list", `{"a":[{"anything-but":{"wildcard":["*/lib/*","*/bin/*"]}}]}`, `{"a":"/usr/etc/x"}`, true},

	{"numeric range", `{"a":[{"numeric":[">",0,"<=",5]}]}`, `{"a":5}`, true},
	{"numeric range, open end", `{"a":[{"numeric":[">",0,"<=",5]}]}`, `{"a":0}`, false},
	{"numeric equals", `{"a":[{"numeric":["=",301.8]}]}`, `{"a":3.018e2}`, true},
	{"numeric below", `{"a":[{"numeric":["<",10]}]}`, `{"a":-1e300}`, true},
	{"numeric wants a number", `{"a":[{"numeric":["=",5]}]}`, `{"a":"5"}`, false},
	{"numeric has no bound at 5e9", `{"a":[{"numeric":[">",5e9]}]}`, `{"a":6e9}`, true},
	{"numeric ignores numbers a double cannot hold", `{"a":[{"numeric":[">",0]}]}`, `{"a":12345678901234567890}`, false},

	{"exists", `{"a":[{"exists":true}]}`, `{"a":null}`, true},
	{"exists looks at leaves", `{"a":[{"exists":true}]}`, `{"a":{"b":1}}`, false},
	{"exists: an empty array is absent", `{"a":[{"exists":true}]}`, `{"a":[]}`, false},
	{"absent", `{"a":[{"exists":false}]}`, `{"b":1}`, true},
	{"absent, but there", `{"a":[{"exists":false}]}`, `{"a":1}`, false},
	{"absent: an object is no leaf", `{"a":[{"exists":false}]}`, `{"a":{"b":1}}`, true},
	{"absent or a value, absent", `{"a":[{"exists":false},"x"]}`, `{"b":1}`, true},
	{"absent or a value, the value", `{"a":[{"exists":false},"x"]}`, `{"a":"x"}`, true},
	{"absent or a value, another value", `{"a":[{"exists":false},"x"]}`, `{"a":"y"}`, false},

	{"cidr v4", `{"a":[{"cidr":"10.0.0.0/24"}]}`, `{"a":"10.0.0.255"}`, true},
	{"cidr v4, outside", `{"a":[{"cidr":"10.0.0.0/24"}]}`, `{"a":"10.0.1.0"}`, false},
	{"cidr of a host address masks it", `{"a":[{"cidr":"10.0.0.77/24"}]}`, `{"a":"10.0.0.1"}`, true},
	{"cidr v6", `{"a":[{"cidr":"2001:db8:1234:1a00::/64"}]}`, `{"a":"2001:0db8:1234:1a00:0000:0000:0000:0001"}`, true},
	{"cidr v6 does not take v4", `{"a":[{"cidr":"::/0"}]}`, `{"a":"10.0.0.1"}`, false},
	{"cidr: no address", `{"a":[{"cidr":"10.0.0.0/24"}]}`, `{"a":"ten"}`, false},
	{"a plain address is compared as an address", `{"a":["::1"]}`, `{"a":"0:0:0:0:0:0:0:1"}`, true},
	{"a plain address with leading zeros", `{"a":["10.0.0.1"]}`, `{"a":"010.0.0.001"}`, true},

	{"$or, first", `{"$or":[{"a":["x"]},{"b":["y"]}]}`, `{"a":"x"}`, true},
	{"$or, second", `{"$or":[{"a":["x"]},{"b":["y"]}]}`, `{"b":"y"}`, true},
	{"$or, none", `{"$or":[{"a":["x"]},{"b":["y"]}]}`, `{"a":"y","b":"x"}`, false},
	{"$or beside a field", `{"s":["z"],"$or":[{"a":["x"]},{"b":["y"]}]}`, `{"b":"y"}`, false},
	{"fields behind $or count for each branch", `{"$or":[{"a":["x"]},{"b":["y"]}],"s":["z"]}`, `{"b":"y"}`, false},
	{"nested $or", `{"d":{"$or":[{"a":["x"]},{"$or":[{"b":["y"]},{"c":{"e":["w"]}}]}]}}`, `{"d":{"c":{"e":"w"}}}`, true},
	{"two $or at two levels", `{"$or":[{"a":["x"]},{"b":["y"]}],"d":{"$or":[{"a":["x"]},{"b":["y"]}]}}`, `{"b":"y","d":{"a":"x"}}`, true},

	{"fields of one array element", `{"l":{"a":["x"],"b":["y"]}}`, `{"l":[{"a":"x","b":"y"}]}`, true},
	{"fields of two array elements do not add up", `{"l":{"a":["x"],"b":["y"]}}`, `{"l":[{"a":"x"},{"b":"y"}]}`, false},
	{"a later element may match", `{"l":{"a":["x"],"b":["y"]}}`, `{"l":[{"a":"x","b":"z"},{"a":"w","b":"y"},{"a":"x","b":"y"}]}`, true},
	{"different arrays are independent", `{"l":{"a":["x"]},"m":{"b":["y"]}}`, `{"l":[{"a":"w"},{"a":"x"}],"m":[{"b":"y"}]}`, true},
	{"inner arrays too", `{"l":{"m":{"a":["x"],"b":["y"]}}}`, `{"l":[{"m":[{"a":"x"},{"b":"y"}]}]}`, false},
	{"inner and outer element together", `{"l":{"k":["z"],"m":{"a":["x"]}}}`, `{"l":[{"k":"z","m":[{"a":"w"}]},{"k":"y","m":[{"a":"x"}]}]}`, false},
	{"inner and outer element together, matching", `{"l":{"k":["z"],"m":{"a":["x"]}}}`, `{"l":[{"k":"z","m":[{"a":"w"},{"a":"x"}]}]}`, true},
	{"scalars of one array match independently", `{"l":["x"],"k":["z"]}`, `{"l":["w","x"],"k":"z"}`, true},
	{"arrays of arrays", `{"l":{"a":["x"],"b":["y"]}}`, `{"l":[[{"a":"x"},{"b":"y"}]]}`, false},
	{"absent in the chosen element", `{"l":{"a":["x"],"b":[{"exists":false}]}}`, `{"l":[{"a":"x"},{"a":"w","b":1}]}`, true},
	{"absent before any element is chosen", `{"l":{"a":[{"exists":false}],"b":["y"]}}`, `{"l":[{"a":"x"},{"b":"y"}]}`, false},
	{"a dotted key and a nested one are two arrays", `{"l":{"m":{"a":["x"],"b":["y"]}}}`, `{"l.m":[{"a":"x"}],"l":{"m":[{"b":"y"}]}}`, true},
}

func TestMatch_as_event_ruler_does_R1_4(t *testing.T) {
	for _, c := range matchCases {
		p, err := Compile([]byte(c.pattern))
		if err != nil {
			t.Errorf("%s: %v", c.reason, err)
			continue
		}
		got, err := p.Match([]byte(c.event))
		if err != nil || got != c.want {
			t.Errorf("%s: pattern %s, event %s: got %t, %v, want %t", c.reason, c.pattern, c.event, got, err, c.want)
		}
		e, err := Parse([]byte(c.event))
		if err != nil {
			t.Fatal(err)
		}
		if explained := p.Explain(e); (len(explained) == 0) != c.want {
			t.Errorf("%s: Explain gives %v for an event that matches: %t", c.reason, explained, c.want)
		}
	}
}

func TestCompile_refuses_with_the_message_of_AWS(t *testing.T) {
	for _, c := range []struct{ pattern, want string }{
		// Answers of AWS, places included.
		{`{"int": 42}`, `"int" must be an object or an array` + "\n at [Source: (String)\"{\"int\": 42}\"; line: 1, column: 11]"},
		{`{"string": "my-value"}`, `"string" must be an object or an array` + "\n at [Source: (String)\"{\"string\": \"my-value\"}\"; line: 1, column: 13]"},
		{`{"resources": []}`, "Empty arrays are not allowed\n at [Source: (String)\"{\"resources\": []}\"; line: 1, column: 17]"},
		{`{"source": ["aws.health"], "detail": {}}`, "Empty objects are not allowed\n at [Source: (String)\"{\"source\": [\"aws.health\"], \"detail\": {}}\"; line: 1, column: 40]"},
		{`{"detail": {"equal": [{"NUMERIC": ["=", 5]}]}}`, "Unrecognized match type NUMERIC\n at [Source: (String)\"{\"detail\": {\"equal\": [{\"NUMERIC\": [\"=\", 5]}]}}\"; line: 1, column: 36]"},
		{`{"my_key": [{"EXISTS": true}]}`, "Unrecognized match type EXISTS\n at [Source: (String)\"{\"my_key\": [{\"EXISTS\": true}]}\"; line: 1, column: 28]"},
		{`{"detail": {"c-count": [{"numeric": [">", 0, ">", 0]}]}}`, "Bad numeric range operator: >\n at [Source: (String)\"{\"detail\": {\"c-count\": [{\"numeric\": [\">\", 0, \">\", 0]}]}}\"; line: 1, column: 49]"},
		{`{"detail": {"c-count": [{"numeric": [">", 0, "<"]}]}}`, "Value of < must be numeric\n at [Source: (String)\"{\"detail\": {\"c-count\": [{\"numeric\": [\">\", 0, \"<\"]}]}}\"; line: 1, column: 50]"},
		{`{"EventBusArn": [{"wildcard": "arn:aws:events:us-east-1:**:event-bus/*"}]}`, "Consecutive wildcard characters at pos 26\n at [Source: (String)\"{\"EventBusArn\": [{\"wildcard\": \"arn:aws:events:us-east-1:**:event-bus/*\"}]}\"; line: 1, column: 72]"},
		{`{"detail-type": [{"equals-ignore-case": ["ec2"]}]}`, "equals-ignore-case match pattern must be a string\n at [Source: (String)\"{\"detail-type\": [{\"equals-ignore-case\": [\"ec2\"]}]}\"; line: 1, column: 42]"},
		{`{"detail": {"state": [{"anything-but": {"equals-ignore-case": 123}}]}}`, "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.\n at [Source: (String)\"{\"detail\": {\"state\": [{\"anything-but\": {\"equals-ignore-case\": 123}}]}}\"; line: 1, column: 66]"},
		{`{"detail": {"state": [{"anything-but": {"prefix": [123, "test"]}}]}}`, "prefix/suffix match pattern must be a string" + strings.Repeat("\n at [Source: (String)\"{\"detail\": {\"state\": [{\"anything-but\": {\"prefix\": [123, \"test\"]}}]}}\"; line: 1, column: 55]", 2)},
		{`{"detail": {"FileName": [{"anything-but": {"suffix": {"equals-ignore-case": ".png"}}}]}}`, "Value of anything-but must be an array or single string/number value.\n at [Source: (String)\"{\"detail\": {\"FileName\": [{\"anything-but\": {\"suffix\": {\"equals-ignore-case\": \".png\"}}}]}}\"; line: 1, column: 55]"},
		{`{"EventBusArn": [{"wildcard": 123}]}`, "wildcard match pattern must be a string\n at [Source: (String)\"{\"EventBusArn\": [{\"wildcard\": 123}]}\"; line: 1, column: 34]"},
		{`{"detail": {"sourceIPAddress": [{"cidr": ["bad-type"]}]}}`, "prefix match pattern must be a string\n at [Source: (String)\"{\"detail\": {\"sourceIPAddress\": [{\"cidr\": [\"bad-type\"]}]}}\"; line: 1, column: 43]"},
		{`{"ip": [{"cidr": "10.0.0.0"}]}`, "Malformed CIDR, one '/' required"},
		{`{"ip": [{"cidr": "10.0.0.0/xx"}]}`, "Malformed CIDR, mask bits must be an integer"},
		{`{"ip": [{"cidr": "xx.11.xx/8"}]}`, "Nonstandard IP address: xx.11.xx"},
		{`this is valid json but not a dict`, "Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: (String)\"this is valid json but not a dict\"; line: 1, column: 5]"},
		{`{'bad': 'quotation'}`, "Unexpected character (''' (code 39)): was expecting double-quote to start field name\n at [Source: (String)\"{'bad': 'quotation'}\"; line: 1, column: 2]"},
		{`{"not": closed mark"`, "Unrecognized token 'closed': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: (String)\"{\"not\": closed mark\"\"; line: 1, column: 15]"},
		{`["not", "a", "dict", "but valid json"]`, "Filter is not an object\n at [Source: (String)\"[\"not\", \"a\", \"dict\", \"but valid json\"]\"; line: 1, column: 2]"},
	} {
		_, err := Compile([]byte(c.pattern))
		if err == nil {
			t.Errorf("%s compiles", c.pattern)
			continue
		}
		if want := "Event pattern is not valid. Reason: " + c.want; err.Error() != want {
			t.Errorf("%s:\n got  %s\n want %s", c.pattern, err, want)
		}
	}
}

func TestCompile_refuses(t *testing.T) {
	for _, c := range []struct{ pattern, reason string }{
		{`{}`, "Empty objects are not allowed"},
		{`{"a":["x"]`, "Unexpected end-of-input"},
		{`{"a":["x"],}`, "was expecting double-quote to start field name"},
		{`{"a":["x",]}`, "expected a valid value"},
		{`{"a":["x"]} x`, "Unrecognized token 'x'"},
		{`{"a":["x"]} {}`, "Unexpected text after"},
		{`{"a":["\x"]}`, "Unrecognized character escape"},
		{`{"a":[01]}`, "Leading zeroes"},
		{`{"a":[["x"]]}`, "Match value must be String, number, true, false, or null"},
		{`{"a":[{}]}`, "Match expression name not found"},
		{`{"a":[{"prefix":"x","suffix":"y"}]}`, "Only one key allowed in match expression"},
		{`{"a":[{"prefix":{"wildcard":"x"}}]}`, "Unsupported prefix pattern: wildcard"},
		{`{"a":[{"suffix":{}}]}`, "Suffix expression name not found"},
		{`{"a":[{"exists":"yes"}]}`, "exists match pattern must be either true or false."},
		{`{"a":[{"numeric":5}]}`, "Value of numeric must be an array."},
		{`{"a":[{"numeric":[]}]}`, "Invalid member in numeric match: ]"},
		{`{"a":[{"numeric":["!",5]}]}`, "Unrecognized numeric range operator: !"},
		{`{"a":[{"numeric":["=","5"]}]}`, "Value of equals must be numeric"},
		{`{"a":[{"numeric":["=",5,6]}]}`, "Too many elements in numeric expression"},
		{`{"a":[{"numeric":[">",5,"<",5]}]}`, "Bottom must be less than top"},
		{`{"a":[{"numeric":[">",5,"<",6,"<",7]}]}`, "Too many terms in numeric range expression"},
		{`{"a":[{"numeric":["=",12345678901234567890]}]}`, "Cannot compare number : 12345678901234567890"},
		{`{"a":[{"anything-but":[]}]}`, "either all values are number or string"},
		{`{"a":[{"anything-but":["x",1]}]}`, "either all values are number or string"},
		{`{"a":[{"anything-but":[null]}]}`, "start|null|boolean is not supported"},
		{`{"a":[{"anything-but":true}]}`, "must be an array or single string/number value"},
		{`{"a":[{"anything-but":{"numeric":["=",1]}}]}`, "Unsupported anything-but pattern: numeric"},
		{`{"a":[{"anything-but":{"prefix":[]}}]}`, "Empty arrays are not allowed"},
		{`{"a":[{"anything-but":{"prefix":""}}]}`, "Null prefix/suffix not allowed"},
		{`{"a":[{"wildcard":"a\\b"}]}`, "Invalid escape character at pos 2"},
		{`{"a":[{"cidr":"10.0.0.0/32"}]}`, "IPv4 mask bits must be < 32"},
		{`{"a":[{"cidr":"::/128"}]}`, "IPv6 mask bits must be < 128"},
		{`{"a":[{"cidr":"10.0.0.256/8"}]}`, "Invalid IP address: 10.0.0.256"},
		{`{"a":[{"cidr":"10.0.0.0/-1"}]}`, "mask bits must not be negative"},
		{`{"$or":[{"a":["x"]}]}`, "There must have at least 2 Objects in $or relationship."},
		{`{"$or":[{"a":["x"]},["y"]]}`, "Only JSON object is allowed in array of $or relationship."},
		{`{"$or":{"a":["x"]}}`, "It must be an Array followed with $or."},
		{`{"$or":[{"prefix":["x"]},{"a":["x"]}]}`, "prefix is Ruler reserved fieldName which cannot be used inside $or."},
		{"{\"a\":[\"\xff\"]}", "Invalid UTF-8"},
		{strings.Repeat(`{"a":`, 1001) + `["x"]` + strings.Repeat(`}`, 1001), "exceeds the maximum allowed"},
	} {
		_, err := Compile([]byte(c.pattern))
		if err == nil || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%.80s: got %v, want %q", c.pattern, err, c.reason)
		}
	}
}

func TestCompile_limits_the_combinations_of_or(t *testing.T) {
	branch := func(n int, field string) string {
		return `"$or":[` + strings.TrimSuffix(strings.Repeat(`{"`+field+`":["x"]},`, n), ",") + `]`
	}
	nested := func(a, b int) string { return `{` + branch(a, "a") + `,"d":{` + branch(b, "b") + `}}` }
	if _, err := Compile([]byte(nested(25, 40))); err != nil {
		t.Errorf("25 × 40 combinations: %v", err)
	}
	if _, err := Compile([]byte(nested(25, 41))); err == nil {
		t.Error("25 × 41 combinations compile")
	}
}

func TestParse_refuses_what_is_not_an_object(t *testing.T) {
	for _, event := range []string{``, `[]`, `"x"`, `{"a":1`, `{"a":}`, `{"a" 1}`, `{"a":1,}`, `{"a":[1,]}`, `{"a":1}}`, `{"a":tru}`, `{"a":"` + "\xff" + `"}`, `{1:2}`, "{\"a\":\"\n\"}"} {
		if _, err := Parse([]byte(event)); err == nil {
			t.Errorf("%q is taken for an event", event)
		}
	}
	deep := strings.Repeat(`{"a":`, 100000) + `1`
	if _, err := Parse([]byte(deep)); err == nil || !strings.Contains(err.Error(), "nested deeper") {
		t.Errorf("100000 levels: %v", err)
	}
}

func TestExplain_names_each_leaf_R1_6(t *testing.T) {
	for _, c := range []struct {
		pattern, event string
		want           []string
	}{
		{`{"detail":{"state":["running"],"n":[{"numeric":[">",3]}]},"source":["a"]}`, `{"source":"a","detail":{"state":"stopped","n":1}}`,
			[]string{`detail.n: want [{"numeric":[">",3]}], got 1`, `detail.state: want ["running"], got "stopped"`}},
		{`{"a":[ "x", {"exists": false} ]}`, `{"a":["y",null]}`, []string{`a: want ["x",{"exists":false}], got "y", null`}},
		{`{"a":["x"]}`, `{"a":{}}`, []string{`a: want ["x"], absent`}},
		{`{"$or":[{"a":["x"],"b":["x"]},{"c":["<z>"]}]}`, `{"a":1}`, []string{`c: want ["<z>"], absent`}},
		{`{"l":{"a":["x"],"b":["y"]}}`, `{"l":[{"a":"x"},{"b":"y"}]}`,
			[]string{`l.b: want ["y"], got "y" (not in the array element that the other fields match)`}},
	} {
		e, err := Parse([]byte(c.event))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range MustCompile(c.pattern).Explain(e) {
			got = append(got, m.String())
		}
		if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s, %s:\n got  %q\n want %q", c.pattern, c.event, got, c.want)
		}
	}
}

func TestAppendTexts(t *testing.T) {
	for _, c := range []struct{ reason, pattern, want string }{
		{"what must be equal", `{"detail-type":["A","B"],"source":["s"]}`, "A B"},
		{"what must not be, too: it is a name as well", `{"detail-type":[{"anything-but":["A"]}]}`, "A"},
		{"a part of a name is none", `{"detail-type":[{"prefix":"A"},{"wildcard":"A*"},{"exists":true}]}`, ""},
		{"in each alternative", `{"$or":[{"detail-type":["A"]},{"detail-type":["B"]}]}`, "A B"},
		{"elsewhere of the same name", `{"detail":{"detail-type":["A"]}}`, ""},
		{"numbers are no text", `{"detail-type":[1,null,true]}`, ""},
	} {
		if got := strings.Join(MustCompile(c.pattern).AppendTexts(nil, "detail-type"), " "); got != c.want {
			t.Errorf("%s: %s names %q, want %q", c.reason, c.pattern, got, c.want)
		}
	}
	if got := (*Pattern)(nil).AppendTexts(nil, "source"); got != nil {
		t.Errorf("no pattern names %q", got)
	}
}
