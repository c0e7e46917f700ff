package main

import (
	"fmt"
	"regexp/syntax"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// structure writes a structure's type and the methods that its directions need.
func (g *generator) structure(name string) {
	if g.once("type:" + name) {
		switch goName := g.goName(name); {
		case strings.HasSuffix(goName, "Input") && g.goNames[name] != "":
			g.printf("\n// %s is the request of %s.\n", goName, strings.TrimSuffix(goName, "Input"))
		case g.goNames[name] != "" && strings.HasSuffix(goName, "Output"):
			g.printf("\n// %s is the answer of %s.\n", goName, strings.TrimSuffix(goName, "Output"))
		default:
			g.printf("\n// %s is the model's structure of this name.\n", goName)
		}
		g.structType(name)
	}
	query := g.model.Metadata.Protocol == "query"
	if g.inputs[name] {
		if !query && g.once("decode:"+name) {
			g.decode(name)
		}
		if query && g.once("decode form:"+name) {
			g.decodeForm(name)
		}
		if (g.constrained(name) || g.goNames[name] != "") && g.once("violations:"+name) {
			g.violations(name)
		}
	}
	if g.outputs[name] && !query && g.once("append:"+name) {
		g.appendJSON(name)
	}
	if g.outputs[name] && query && g.once("append XML:"+name) {
		g.appendXML(name)
	}
}

func (g *generator) structType(name string) {
	g.printf("type %s struct {\n", g.goName(name))
	for _, f := range g.fields(name) {
		g.printf("%s %s\n", f.goName, f.goType())
	}
	if g.inputs[name] && len(sortedRequired(g.fields(name))) > 0 {
		g.printf("\nmissing uint64 // bits of required members that the request lacks; set by the decoders\n")
	}
	g.printf("}\n")
}

func (g *generator) decode(name string) {
	goName, fields := g.goName(name), g.fields(name)
	g.printf("\nvar fieldsOf%s = map[string]int{", goName)
	var required uint64
	for _, f := range fields {
		if f.Location == "" {
			g.printf("%q: %d, ", f.name, f.index)
		}
		if f.required {
			required |= 1 << f.index
		}
	}
	g.printf("}\n\n// DecodeJSON reads the structure; members that are null count as absent, unknown ones are skipped.\n")
	g.printf("func (in *%s) DecodeJSON(d *wire.Decoder) error {\n", goName)
	if required != 0 {
		g.printf("in.missing = %#x\n", required)
	}
	g.printf("return d.Struct(fieldsOf%s, func(field int) (err error) {\n", goName)
	if len(fields) > 0 {
		g.printf("if d.Null() {\nreturn nil\n}\n")
	}
	g.printf("switch field {\n")
	for _, f := range fields {
		if f.Location != "" {
			continue
		}
		g.printf("case %d:\n", f.index)
		if f.required {
			g.printf("in.missing &^= 1 << %d\n", f.index)
		}
		g.decodeField(f)
	}
	g.printf("}\nreturn err\n})\n}\n")
}

func (g *generator) decodeField(f field) {
	place := "in." + f.goName
	switch f.kind() {
	case "opt":
		g.printf("%s.V, err = d.%s()\n%s.OK = true\n", place, g.reader(f.Shape), place)
	case "pointer":
		g.printf("%s = new(%s)\nerr = %s.DecodeJSON(d)\n", place, f.plain, place)
	default:
		g.decodeInto(place, f.Shape, 0)
	}
}

// reader returns the Decoder's method for a scalar, "" for other shapes.
func (g *generator) reader(name string) string {
	return map[string]string{
		"string": "String", "integer": "Int32", "long": "Int64", "double": "Float64", "float": "Float64", "boolean": "Bool",
		"blob": "Bytes", "timestamp": "Time",
	}[g.model.Shapes[name].Type]
}

// decodeInto writes statements that read a value into place and set err.
func (g *generator) decodeInto(place, name string, depth int) {
	_, external := g.external(name)
	sh := g.model.Shapes[name]
	switch {
	case external || sh.Type == "structure":
		g.printf("err = %s.DecodeJSON(d)\n", place)
	case sh.Type == "list" && g.model.Shapes[sh.Member.Shape].Type == "structure":
		g.printf("%s = %s{}\nerr = d.Array(func(i int) (err error) {\n%s = wire.Extend(%s)\n", place, g.plain(name), place, place)
		g.decodeInto(place+"[i]", sh.Member.Shape, depth+1)
		g.printf("return err\n})\n")
	case sh.Type == "list":
		element := fmt.Sprintf("element%d", depth)
		g.printf("%s = %s{}\nerr = d.Array(func(int) (err error) {\nvar %s %s\n", place, g.plain(name), element, g.plain(sh.Member.Shape))
		g.decodeInto(element, sh.Member.Shape, depth+1)
		g.printf("%s = append(%s, %s)\nreturn err\n})\n", place, place, element)
	case sh.Type == "map":
		value := fmt.Sprintf("value%d", depth)
		g.printf("%s = %s{}\nerr = d.Object(func(key string) (err error) {\nvar %s %s\n", place, g.plain(name), value, g.plain(sh.Value.Shape))
		g.decodeInto(value, sh.Value.Shape, depth+1)
		g.printf("%s[key] = %s\nreturn err\n})\n", place, value)
	default:
		g.printf("%s, err = d.%s()\n", place, g.reader(name))
	}
}

func (g *generator) appendJSON(name string) {
	g.printf("\n// AppendJSON appends the structure without its absent members.\n")
	g.printf("func (out *%s) AppendJSON(dst []byte) []byte {\ndst = append(dst, '{')\n", g.goName(name))
	for _, f := range g.fields(name) {
		if f.Location != "" && g.goNames[name] != "" && strings.HasSuffix(g.goNames[name], "Output") {
			g.fail("member %s of an answer stands in the %s, which is not generated yet", f.name, f.Location)
		}
		g.appendField(f)
	}
	g.printf("return append(dst, '}')\n}\n")
}

func (g *generator) appendField(f field) {
	place, value := "out."+f.goName, "out."+f.goName
	present := ""
	switch f.kind() {
	case "opt":
		present, value = place+".OK", place+".V"
	case "pointer", "nil":
		present = place + " != nil"
	case "zero":
		present = "!" + place + ".IsZero()"
	}
	if present != "" && !(f.required && f.kind() == "zero") {
		g.printf("if %s {\n", present)
		defer g.printf("}\n")
	}
	g.printf("dst = wire.AppendName(dst, %q)\n", f.name)
	g.appendValue(value, f.Shape, 0)
}

// appendValue writes statements that append a present value to dst.
func (g *generator) appendValue(place, name string, depth int) {
	_, external := g.external(name)
	sh := g.model.Shapes[name]
	if external || sh.Type == "structure" {
		g.printf("dst = %s.AppendJSON(dst)\n", place)
		return
	}
	switch sh.Type {
	case "string":
		g.printf("dst = wire.AppendString(dst, %s)\n", place)
	case "integer":
		g.printf("dst = wire.AppendInt(dst, int64(%s))\n", place)
	case "long":
		g.printf("dst = wire.AppendInt(dst, %s)\n", place)
	case "double", "float":
		g.printf("dst = wire.AppendFloat(dst, %s)\n", place)
	case "boolean":
		g.printf("dst = wire.AppendBool(dst, %s)\n", place)
	case "blob":
		g.printf("dst = wire.AppendBytes(dst, %s)\n", place)
	case "timestamp":
		g.printf("dst = wire.AppendTime(dst, %s)\n", place)
	case "list":
		i := fmt.Sprintf("i%d", depth)
		g.printf("dst = append(dst, '[')\nfor %s := range %s {\ndst = wire.AppendComma(dst)\n", i, place)
		g.appendValue(place+"["+i+"]", sh.Member.Shape, depth+1)
		g.printf("}\ndst = append(dst, ']')\n")
	case "map":
		k, v := fmt.Sprintf("k%d", depth), fmt.Sprintf("v%d", depth)
		g.printf("dst = append(dst, '{')\nfor _, %s := range wire.SortedKeys(%s) {\n", k, place)
		g.printf("%s := %s[%s]\ndst = append(wire.AppendString(wire.AppendComma(dst), %s), ':')\n", v, place, k, k)
		g.appendValue(v, sh.Value.Shape, depth+1)
		g.printf("}\ndst = append(dst, '}')\n")
	}
}

// constrained reports whether a scalar, list or map shape has constraints of its own.
func constrained(sh *shape) bool {
	return sh.Min != nil || sh.Max != nil || sh.Pattern != "" || len(sh.Enum) > 0
}

// constrained reports whether a structure, or one below it, has a rule.
func (g *generator) constrained(name string) bool {
	if known, ok := g.checked[name]; ok {
		return known
	}
	g.checked[name] = false // a structure inside itself adds nothing
	if _, ok := g.external(name); ok {
		return false
	}
	sh := g.model.Shapes[name]
	found := constrained(sh) || len(sh.Required) > 0
	for _, m := range sh.Members {
		found = g.constrained(m.Shape) || found
	}
	for _, r := range []*ref{sh.Member, sh.Key, sh.Value} {
		if r != nil {
			found = g.constrained(r.Shape) || found
		}
	}
	g.checked[name] = found
	return found
}

func (g *generator) rule(name string, sh *shape) {
	g.printf("\nvar ruleOf%s = wire.Rule{", upper(name))
	if sh.Min != nil {
		g.printf("Min: %s, HasMin: true, ", *sh.Min)
	}
	if sh.Max != nil {
		g.printf("Max: %s, HasMax: true, ", *sh.Max)
	}
	if sh.Pattern != "" {
		p := wire.NewRegexp(sh.Pattern)
		if err := p.Err(); err != nil {
			if _, ok := err.(*syntax.Error); ok {
				g.fail("pattern of %s: %v: add it to the table of rewritten patterns in pipeline/wire/pattern.go", name, err)
			}
		}
		g.printf("Pattern: wire.NewRegexp(%q), ", sh.Pattern)
	}
	if len(sh.Enum) > 0 {
		g.printf("Enum: %#v, ", sh.Enum)
	}
	if sh.Sensitive {
		g.printf("Sensitive: true, ")
	}
	g.printf("}\n")
}

func (g *generator) violations(name string) {
	g.printf("\n// Violations adds the rules of the model that the structure breaks.\n")
	g.printf("func (in *%s) Violations(v *wire.Violations) {\n", g.goName(name))
	for _, f := range g.fields(name) {
		g.check(f)
	}
	g.printf("}\n")
}

func (g *generator) check(f field) {
	label := lower(f.name)
	if f.required {
		g.printf("if in.missing&(1<<%d) != 0 {\nv.Missing(%q)\n}", f.index, label)
		if !g.constrained(f.Shape) {
			g.printf("\n")
			return
		}
		g.printf(" else ")
	}
	if !g.constrained(f.Shape) {
		return
	}
	place := "in." + f.goName
	switch {
	case f.kind() == "opt":
		g.printf("if %s.OK {\n", place)
		place += ".V"
	case f.kind() == "pointer" || f.kind() == "nil":
		g.printf("if %s != nil {\n", place)
	case f.required:
		g.printf("{\n")
	}
	g.checkValue(place, label, f.Shape)
	g.printf("}\n")
}

func (g *generator) checkValue(place, label, name string) {
	sh := g.model.Shapes[name]
	rule := "&ruleOf" + upper(name)
	switch sh.Type {
	case "string":
		g.printf("v.Str(%q, %s, %s)\n", label, place, rule)
	case "integer", "long":
		g.printf("v.Int(%q, int64(%s), %s)\n", label, place, rule)
	case "blob":
		g.printf("v.Blob(%q, %s, %s)\n", label, place, rule)
	case "structure":
		g.printf("v.In(%q)\n%s.Violations(v)\nv.Out()\n", label, place)
	case "list":
		if constrained(sh) {
			g.printf("wire.Length(v, %q, %s, %s)\n", label, place, rule)
		}
		g.checkElements(place, label, sh.Member.Shape)
	case "map":
		if constrained(sh) {
			g.printf("wire.Size(v, %q, %s, %s)\n", label, place, rule)
		}
		if constrained(g.model.Shapes[sh.Key.Shape]) {
			g.printf("wire.EachKey(v, %q, %s, &ruleOf%s)\n", label, place, upper(sh.Key.Shape))
		}
		g.checkValues(place, label, sh.Value.Shape)
	default:
		g.fail("constraints of the type %s are not generated yet", sh.Type)
	}
}

func (g *generator) checkElements(place, label, element string) {
	if !g.constrained(element) {
		return
	}
	switch sh := g.model.Shapes[element]; sh.Type {
	case "structure":
		g.printf("for i := range %s {\nv.InElement(%q, i)\n%s[i].Violations(v)\nv.Out()\n}\n", place, label, place)
	case "string":
		g.printf("wire.Each(v, %q, %s, &ruleOf%s, (*wire.Rule).AllowsString)\n", label, place, upper(element))
	case "map":
		g.printf("for i := range %s {\nv.InElement(%q, i)\n", place, label)
		g.unnamed(place+"[i]", sh)
		g.printf("v.Out()\n}\n")
	default:
		g.fail("constraints of %s inside a list are not generated yet", element)
	}
}

// unnamed checks the keys and values of a map that is itself an element.
func (g *generator) unnamed(place string, sh *shape) {
	if constrained(sh) {
		g.fail("a map of limited size inside a list is not generated yet")
	}
	if constrained(g.model.Shapes[sh.Key.Shape]) {
		g.printf("wire.EachKey(v, \"\", %s, &ruleOf%s)\n", place, upper(sh.Key.Shape))
	}
	g.checkValues(place, "", sh.Value.Shape)
}

func (g *generator) checkValues(place, label, value string) {
	if !g.constrained(value) {
		return
	}
	sh := g.model.Shapes[value]
	switch sh.Type {
	case "structure":
		g.printf("for _, key := range wire.SortedKeys(%s) {\nvalue := %s[key]\nv.InValue(%q, key)\nvalue.Violations(v)\nv.Out()\n}\n", place, place, label)
	case "string":
		g.printf("wire.EachValue(v, %q, %s, &ruleOf%s, (*wire.Rule).AllowsString)\n", label, place, upper(value))
	case "list":
		if constrained(sh) {
			g.printf("wire.EachValue(v, %q, %s, &ruleOf%s, func(r *wire.Rule, list %s) bool { return r.AllowsLen(len(list)) })\n",
				label, place, upper(value), g.plain(value))
		}
		if g.constrained(sh.Member.Shape) {
			switch g.model.Shapes[sh.Member.Shape].Type {
			case "structure":
			case "string":
				g.printf("for _, key := range wire.SortedKeys(%s) {\nv.InValue(%q, key)\n", place, label)
				g.printf("wire.Each(v, \"\", %s[key], &ruleOf%s, (*wire.Rule).AllowsString)\nv.Out()\n}\n", place, upper(sh.Member.Shape))
				return
			default:
				g.fail("constraints of %s inside a map of lists are not generated yet", sh.Member.Shape)
			}
			g.printf("for _, key := range wire.SortedKeys(%s) {\nfor i := range %s[key] {\n", place, place)
			g.printf("v.InValue(%q, key)\nv.InElement(\"\", i)\n%s[key][i].Violations(v)\nv.Out()\nv.Out()\n}\n}\n", label, place)
		}
	default:
		g.fail("constraints of %s inside a map are not generated yet", value)
	}
}
