package layer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/dyetrace/dyetrace/layer"
)

type contactV1 struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Phone string   `json:"phone,omitempty"`
	Score int64    `json:"score"`
	Tags  []string `json:"tags"`
}

type (
	added struct {
		contactV1
		Email string `json:"email"`
	}
	removed struct {
		ID    string   `json:"id"`
		Name  string   `json:"name"`
		Score int64    `json:"score"`
		Tags  []string `json:"tags"`
	}
	renamed struct {
		removed
		Tel string `json:"tel"`
	}
	retyped struct {
		ID    string   `json:"id"`
		Name  string   `json:"name"`
		Phone string   `json:"phone,omitempty"`
		Score string   `json:"score"`
		Tags  []string `json:"tags"`
	}
	rounded struct {
		ID    string   `json:"id"`
		Name  string   `json:"name"`
		Phone string   `json:"phone,omitempty"`
		Score float64  `json:"score"`
		Tags  []string `json:"tags"`
	}
	requires  struct{ added }
	defaults  struct{ contactV1 }
	strict    struct{ contactV1 }
	nobody    struct{ A string }
	nestedOld struct {
		Lines []struct {
			SKU   string `json:"sku"`
			Price int    `json:"price"`
		} `json:"lines"`
	}
	nestedNew struct {
		Lines []struct {
			SKU   string `json:"sku"`
			Price string `json:"price"`
			Cents int    `json:"cents"`
		} `json:"lines"`
	}
)

func (c requires) Validate() error {
	if c.Email == "" {
		return errors.New("email is missing")
	}
	return nil
}

func (c *defaults) UnmarshalJSON(raw []byte) error {
	c.Phone = "unknown"
	return json.Unmarshal(raw, &c.contactV1)
}

func (c *strict) UnmarshalJSON(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(&c.contactV1)
}

func (nobody) Validate() error { return errors.New("no") }

type (
	labelled struct {
		Labels map[string]string          `json:"labels"`
		Prices map[string]struct{ N int } `json:"prices"`
		Any    any                        `json:"any"`
		Raw    json.RawMessage            `json:"raw"`
	}
	labelledMore struct {
		First  string `json:"first"` // what is generated for the rest is other than before
		Second []int  `json:"second"`
		labelled
	}
	labelledLess struct {
		Labels map[string]string             `json:"labels"`
		Prices map[string]struct{ M string } `json:"prices"`
	}
)

func TestEvolution_knows_what_means_nothing_to_a_type_R2_14(t *testing.T) {
	old := layer.VersionOf[labelled]("v1")
	for _, c := range []struct {
		new  layer.Version
		want string
	}{
		{layer.VersionOf[labelledMore]("v2"), ""},
		{layer.VersionOf[labelledLess]("v2"), "backward any lost, backward prices.*.N lost, backward raw lost, forward any no longer written, forward prices.*.N no longer written, forward raw no longer written"},
	} {
		if got := breaksOf(layer.Evolution{Old: old, New: c.new}.Check()); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// Samples are foreign bytes: whatever they are, the check ends with an answer.
func FuzzRecorded(f *testing.F) {
	for _, s := range []string{`{"id":"c-1","score":1}`, `{"tags":{"a":[1,{"b":null}]}}`, `[{"id":1}]`, `null`, `{"":{"":1},"a.b":2,"*":3,"0":[]}`, `{`} {
		f.Add([]byte(s))
	}
	known := layer.VersionOf[contactV1]("v1")
	loose := layer.VersionOf[labelled]("v1")
	f.Fuzz(func(t *testing.T, raw []byte) {
		kept := layer.Recorded("kept", fstest.MapFS{"a.json": {Data: raw}}, "*.json")
		for _, v := range []layer.Version{known, loose} {
			if err := (layer.Evolution{Old: kept, New: v, Mode: layer.Backward}).Check(); err != nil && strings.Count(err.Error(), "\n") >= 30 {
				t.Errorf("%d lines", strings.Count(err.Error(), "\n"))
			}
		}
	})
}

func breaksOf(err error) string {
	e, ok := errors.AsType[*layer.EvolutionError](err)
	if !ok {
		if err == nil {
			return ""
		}
		return err.Error()
	}
	var list []string
	for _, c := range e.Breaks {
		list = append(list, fmt.Sprintf("%v %s %s", c.Direction, c.Path, c.Kind))
	}
	return strings.Join(list, ", ")
}

func TestEvolution_says_what_breaks_R2_14(t *testing.T) {
	v1 := layer.VersionOf[contactV1]("v1")
	for _, c := range []struct {
		reason string
		check  layer.Evolution
		want   string
		says   string
	}{
		{"nothing changed", layer.Evolution{Old: v1, New: layer.VersionOf[contactV1]("v2")}, "", ""},
		{"a field was added: either side goes without", layer.Evolution{Old: v1, New: layer.VersionOf[added]("v2")}, "", ""},
		{"a field was removed", layer.Evolution{Old: v1, New: layer.VersionOf[removed]("v2")}, "backward phone lost, forward phone no longer written", "v1 counts on it"},
		{"only what was written before matters", layer.Evolution{Old: v1, New: layer.VersionOf[removed]("v2"), Mode: layer.Backward}, "backward phone lost", ""},
		{"only who reads later matters", layer.Evolution{Old: v1, New: layer.VersionOf[removed]("v2"), Mode: layer.Forward}, "forward phone no longer written", ""},
		{"the removal is meant", layer.Evolution{Old: v1, New: layer.VersionOf[removed]("v2"), Accept: []string{"phone"}}, "", ""},
		{"a field was renamed", layer.Evolution{Old: v1, New: layer.VersionOf[renamed]("v2"), Mode: layer.Backward}, "backward phone lost", "renamed to tel?"},
		{"a number became a text", layer.Evolution{Old: v1, New: layer.VersionOf[retyped]("v2")}, "backward score type, forward score type", "v2 takes a string"},
		{"a number loses digits", layer.Evolution{Old: v1, New: layer.VersionOf[rounded]("v2"), Mode: layer.Backward}, "backward score type", "it reads a float64"},
		{"a field is newly required", layer.Evolution{Old: v1, New: layer.VersionOf[requires]("v2")}, "backward email newly required", "email is missing"},
		{"a default is another one", layer.Evolution{Old: v1, New: layer.VersionOf[defaults]("v2"), Mode: layer.Backward}, "backward phone defaulted differently",
			`v1 takes it for nothing, and v2 for "unknown"`},
		{"an old reader that refuses what it does not know", layer.Evolution{Old: layer.VersionOf[strict]("v1"), New: layer.VersionOf[added]("v2")},
			"forward email refused", "unknown field"},
		{"within arrays", layer.Evolution{Old: layer.VersionOf[nestedOld]("v1"), New: layer.VersionOf[nestedNew]("v2"), Mode: layer.Backward},
			"backward lines.*.price type", ""},
		{"no payload passes", layer.Evolution{Old: v1, New: layer.VersionOf[nobody]("v2")}, "version v2: no generated payload of v2 passes its own Validate: give VersionOf values that do", ""},
		{"no such mode", layer.Evolution{Old: v1, New: v1, Mode: 7}, "there is no mode Compatibility(7): it is Full, Backward or Forward", ""},
		{"nothing given", layer.Evolution{Old: v1}, `version "" has nothing: make it with VersionOf or Recorded`, ""},
	} {
		err := c.check.Check()
		if got := breaksOf(err); got != c.want {
			t.Errorf("%s: %q, want %q\n%v", c.reason, got, c.want, err)
		} else if err != nil && (!strings.Contains(err.Error(), c.says) || strings.Count(err.Error(), "\n") >= 30) {
			t.Errorf("%s: does not say %q\n%v", c.reason, c.says, err)
		}
	}
}

func TestEvolution_from_recorded_samples_R2_14(t *testing.T) {
	kept := layer.Recorded("2024", os.DirFS("testdata"), "contact.v0*.json")
	for _, c := range []struct {
		reason string
		check  layer.Evolution
		want   string
	}{
		{"what lies in archives is still read", layer.Evolution{Old: kept, New: layer.VersionOf[contactV1]("v1"), Mode: layer.Backward, Accept: []string{"fax"}}, ""},
		{"not all of it", layer.Evolution{Old: kept, New: layer.VersionOf[contactV1]("v1"), Mode: layer.Backward}, "backward fax lost"},
		{"a sample cannot read", layer.Evolution{Old: kept, New: layer.VersionOf[contactV1]("v1")},
			"2024 is known by samples only and cannot read what v1 writes: ask for another mode than full, or keep its Go type for VersionOf"},
		{"no file", layer.Evolution{Old: layer.Recorded("v0", fstest.MapFS{}, "x*.json"), New: kept}, "version v0: no file is called x*.json"},
	} {
		if got := breaksOf(c.check.Check()); got != c.want {
			t.Errorf("%s: %q, want %q", c.reason, got, c.want)
		}
	}
}

func TestVersion_saves_a_sample_with_all_fields_R2_14(t *testing.T) {
	dir := t.TempDir()
	v1 := layer.VersionOf[contactV1]("v1")
	if err := v1.Save(filepath.Join(dir, "events", "contact.v1.json")); err != nil {
		t.Fatal(err)
	}
	saved := layer.Recorded("v1 as kept", os.DirFS(dir), "events/*.json")
	if got := breaksOf(layer.Evolution{Old: saved, New: layer.VersionOf[removed]("v2"), Mode: layer.Backward}.Check()); got != "backward phone lost" {
		t.Errorf("%q", got)
	}
}
