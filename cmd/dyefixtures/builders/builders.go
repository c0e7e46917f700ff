package builders

import (
	"errors"
	"path/filepath"
	"strings"
)

// Options say what to read and how to write it.
type Options struct {
	Types   []string // Go structs of the package; none: Schemas are read
	Dir     string   // folder of that package; "" is the current one
	Schemas []string // files
	Name    string   // of the Go type of a single schema; "" makes it of the file's name
	Package string   // name of the package of the generated file
	Out     string   // the generated file: whether it is of the same package as the structs depends on its folder
}

// Generate returns the text of the generated file. The error is an *Error if something cannot be filled.
func Generate(o Options) ([]byte, error) {
	if (len(o.Types) == 0) == (len(o.Schemas) == 0) {
		return nil, errors.New("name either Go types or files of JSON Schemas")
	}
	if len(o.Schemas) > 0 {
		records, err := readSchemas(o.Schemas, o.Name)
		if err != nil {
			return nil, err
		}
		var names []string
		for _, file := range o.Schemas {
			names = append(names, filepath.Base(file))
		}
		return write(records, o.Package, strings.Join(names, ", "), "")
	}
	records, home, err := readStructs(o)
	if err != nil {
		return nil, err
	}
	return write(records, o.Package, "the Go types "+strings.Join(o.Types, ", "), home)
}
