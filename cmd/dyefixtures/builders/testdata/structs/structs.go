// Package structs has what builders are made of in tests.
package structs

import (
	"encoding/json"
	"time"

	"github.com/dyetrace/dyetrace/cmd/dyefixtures/builders/testdata/other"
)

type Grade int

const (
	NoGrade Grade = iota
	First
	Second
)

type Mail string

type Order struct {
	ID       string            `json:"id"`
	BuyerURL string            `json:"buyer_url"`
	Name     string            `json:"buyer_name"`
	Mail     Mail              `json:"mail" validate:"email"`
	Small    int8              `json:"small"`
	Port     uint16            `json:"port" validate:"gt=1023,lte=65535"`
	Rate     float32           `json:"rate" validate:"gt=0,lt=1"`
	Grade    Grade             `json:"grade"`
	Unit     other.Unit        `json:"unit"`
	Phone    string            `json:"phone" validate:"required,e164"`
	Fixed    int               `json:"fixed" fixture:"42"`
	Zero     chan int          `json:"-,omitempty" fixture:"-"`
	Codes    []string          `json:"codes" validate:"min=2,dive,uppercase,len=3"`
	Grades   []Grade           `json:"grades"`
	Raw      json.RawMessage   `json:"raw"`
	Bytes    []byte            `json:"bytes"`
	Labels   map[string]string `json:"labels"`
	Wait     time.Duration     `json:"wait"`
	At       time.Time         `json:"at"`
	Parts    []Part            `json:"parts"`
	Also     []*Part           `json:"also"`
	Maybe    *Part             `json:"maybe"`
	Must     *Part             `json:"must" validate:"required"`
	Skipped  func()            `json:"-"`
	With     bool              `json:"with"`
	Opaque   any               `json:"opaque,omitempty"`
	hidden   chan int
}

type Part struct {
	SKU  string `validate:"oneof=a b"`
	Size int    `validate:"oneof=1 2 3"`
	Of   *Order
}

type Refused struct {
	Channel  chan int
	Anything any
	Rule     string `validate:"postcode"`
	Bound    string `validate:"min=x"`
	Never    int    `validate:"gt=5,lt=6"`
	Wrong    int    `fixture:"many"`
	Struct   Part   `fixture:"x"`
	Loop     []Loop `validate:"min=1"`
	Foreign  other.Thing
	Many     map[string]string `validate:"min=1"`
	Pointers []*Part           `validate:"min=1"`
}

type Loop struct{ Again struct{ Of Inner } }

type Inner struct{ Self Self }

type Self struct {
	Inner *Self `validate:"required"`
}

type Number int

type private struct{ N int }

type stamp struct{ At time.Time }

type Base struct{ ID string }

type Stamped struct {
	stamp
	Base
	N int
}
