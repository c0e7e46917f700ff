package main

import "fmt"

// overlay gives a JSON model the protocol of an older model, and its names of members, elements, keys and values. What the older
// model does not know keeps its own name; a list that is flattened names its elements in the singular there.
func (m *model) overlay(old *model) {
	m.Metadata.Protocol, m.Metadata.XMLNamespace = "query", old.Metadata.XMLNamespace
	m.Metadata.TargetPrefix, m.Metadata.JSONVersion = "", ""
	for name, sh := range m.Shapes {
		was := old.Shapes[name]
		if was == nil {
			continue
		}
		sh.Flattened, sh.Location = was.Flattened, was.Location
		for _, pair := range [][2]*ref{{sh.Member, was.Member}, {sh.Key, was.Key}, {sh.Value, was.Value}} {
			if pair[0] != nil && pair[1] != nil {
				pair[0].LocationName, pair[0].Flattened = pair[1].LocationName, pair[1].Flattened
			}
		}
		for i := range sh.Members {
			for _, one := range was.Members {
				if one.name == sh.Members[i].name {
					sh.Members[i].LocationName, sh.Members[i].Flattened = one.LocationName, one.Flattened
				}
			}
		}
	}
	for _, sh := range m.Shapes {
		for i := range sh.Members {
			one := &sh.Members[i]
			if list := m.Shapes[one.Shape]; list.Type == "list" && list.Flattened && list.Member.LocationName == "" && len(one.name) > 1 {
				one.LocationName = one.name[:len(one.name)-1]
			}
		}
	}
}

// wireName is the name of a member in forms and XML.
func (f field) wireName() string {
	switch {
	case f.LocationName != "":
		return f.LocationName
	case f.target.Location != "":
		return f.target.Location
	}
	return f.name
}

func (f field) flattened() bool { return f.Flattened || f.target.Flattened }

func or(name, fallback string) string {
	if name == "" {
		return fallback
	}
	return name
}

// address lets the path of the URL stand for a member.
func (g *generator) address(op *operation) {
	if !g.second || g.QueryForm.Address == "" {
		return
	}
	for _, f := range g.fields(op.Input.Shape) {
		if f.name == g.QueryForm.Address && f.required {
			g.printf("if in.missing&(1<<%d) != 0 && len(req.Path) > 1 {\nin.%s = req.Path\nin.missing &^= 1 << %d\n}\n", f.index, f.goName, f.index)
		}
	}
}

func (g *generator) decodeForm(name string) {
	goName, fields := g.goName(name), g.fields(name)
	g.printf("\n// DecodeForm reads the structure from a form of the query protocol; unknown fields are skipped.\n")
	g.printf("func (in *%s) DecodeForm(f wire.Form) error {\n", goName)
	if required := sortedRequired(fields); len(required) > 0 {
		var bits uint64
		for _, f := range required {
			bits |= 1 << f.index
		}
		g.printf("in.missing = %#x\n", bits)
	}
	for _, f := range fields {
		g.formField(f)
	}
	g.printf("return f.Err()\n}\n")
}

// formReader is the method of wire.Form for a scalar; blobs are not among them, because theirs has no Opt.
func (g *generator) formReader(name string) string {
	method := map[string]string{
		"string": "String", "integer": "Int32", "long": "Int64", "boolean": "Bool", "timestamp": "Time",
	}[g.model.Shapes[name].Type]
	if method == "" {
		g.fail("shape %s of type %s in a form is not generated yet", name, g.model.Shapes[name].Type)
	}
	return method
}

func (g *generator) formField(f field) {
	place := "in." + f.goName
	present := ""
	if f.required {
		present = fmt.Sprintf("in.missing &^= 1 << %d\n", f.index)
	}
	switch f.target.Type {
	case "structure":
		g.printf("if fields, ok := f.Struct(%q); ok {\n%s", f.wireName(), present)
		if f.kind() == "pointer" {
			g.printf("%s = new(%s)\n", place, f.plain)
		}
		g.printf("if err := %s.DecodeForm(fields); err != nil {\nreturn err\n}\n}\n", place)
	case "list":
		lookup, member := f.wireName(), or(f.target.Member.LocationName, "member")
		if f.flattened() {
			lookup, member = or(f.target.Member.LocationName, lookup), ""
		}
		g.printf("if list, ok := f.List(%q, %q); ok {\n%s%s = make(%s, len(list))\nfor i, e := range list {\n", lookup, member, present, place, f.plain)
		g.formValue(place+"[i]", "e", f.target.Member.Shape, "")
		g.printf("}\n}\n")
	case "map":
		entry := "entry"
		if f.flattened() {
			entry = ""
		}
		g.printf("if entries, ok := f.Map(%q, %q, %q, %q); ok {\n%s%s = make(%s, len(entries))\nfor _, e := range entries {\n",
			f.wireName(), entry, or(f.target.Key.LocationName, "key"), or(f.target.Value.LocationName, "value"), present, place, f.plain)
		g.formValue("value", "e.Value", f.target.Value.Shape, "var ")
		g.printf("%s[e.Key] = value\n}\n}\n", place)
	case "blob":
		g.printf("if b := f.Bytes(%q); b != nil {\n%s = b\n%s}\n", f.wireName(), place, present)
	default:
		if f.kind() == "opt" {
			g.printf("%s = f.%s(%q)\n", place, g.formReader(f.Shape), f.wireName())
			return
		}
		g.printf("if v := f.%s(%q); v.OK {\n%s = v.V\n%s}\n", g.formReader(f.Shape), f.wireName(), place, present)
	}
}

// formValue reads an element or a map's value out of the form that is named from.
func (g *generator) formValue(place, from, name, declare string) {
	switch sh := g.model.Shapes[name]; {
	case sh.Type == "structure" && declare != "":
		g.printf("var %s %s\nif err := %s.DecodeForm(%s); err != nil {\nreturn err\n}\n", place, g.plain(name), place, from)
	case sh.Type == "structure":
		g.printf("if err := %s.DecodeForm(%s); err != nil {\nreturn err\n}\n", place, from)
	case declare != "":
		g.printf("%s := %s\n", place, g.formScalar(from, name))
	default:
		g.printf("%s = %s\n", place, g.formScalar(from, name))
	}
}

func (g *generator) formScalar(from, name string) string {
	if g.model.Shapes[name].Type == "blob" {
		return from + `.Bytes("")`
	}
	return from + "." + g.formReader(name) + `("").V`
}

func (g *generator) appendXML(name string) {
	g.printf("\n// AppendXML appends the structure's present members as elements.\n")
	g.printf("func (out *%s) AppendXML(dst []byte) []byte {\n", g.goName(name))
	for _, f := range g.fields(name) {
		place := "out." + f.goName
		switch f.kind() {
		case "opt":
			g.printf("if %s.OK {\n", place)
			place += ".V"
		case "nil", "pointer":
			g.printf("if %s != nil {\n", place)
		}
		g.xmlValue(place, f.wireName(), f.Shape, f.flattened(), 0)
		if f.kind() != "plain" {
			g.printf("}\n")
		}
	}
	g.printf("return dst\n}\n")
}

// xmlValue writes statements that append one element, or those of a flattened list or map.
func (g *generator) xmlValue(place, tag, name string, flattened bool, depth int) {
	sh := g.model.Shapes[name]
	scalars := map[string]string{"string": "AppendXML(dst, %q, %s)", "integer": "AppendXMLInt(dst, %q, int64(%s))", "long": "AppendXMLInt(dst, %q, %s)",
		"boolean": "AppendXMLBool(dst, %q, %s)", "blob": "AppendXMLBytes(dst, %q, %s)", "timestamp": "AppendXMLTime(dst, %q, %s)"}
	switch sh.Type {
	case "structure":
		g.printf("dst = wire.AppendXMLStart(dst, %q)\ndst = %s.AppendXML(dst)\ndst = wire.AppendXMLEnd(dst, %q)\n", tag, place, tag)
	case "list":
		i := fmt.Sprintf("i%d", depth)
		element := or(sh.Member.LocationName, "member")
		if flattened {
			element = or(sh.Member.LocationName, tag)
		} else {
			g.printf("dst = wire.AppendXMLStart(dst, %q)\n", tag)
		}
		g.printf("for %s := range %s {\n", i, place)
		g.xmlValue(place+"["+i+"]", element, sh.Member.Shape, false, depth+1)
		g.printf("}\n")
		if !flattened {
			g.printf("dst = wire.AppendXMLEnd(dst, %q)\n", tag)
		}
	case "map":
		g.xmlMap(place, tag, sh, flattened, depth)
	default:
		if scalars[sh.Type] == "" {
			g.fail("shape %s of type %s in XML is not generated yet", name, sh.Type)
			return
		}
		g.printf("dst = wire."+scalars[sh.Type]+"\n", tag, place)
	}
}

func (g *generator) xmlMap(place, tag string, sh *shape, flattened bool, depth int) {
	k, v, entry := fmt.Sprintf("k%d", depth), fmt.Sprintf("v%d", depth), tag
	if !flattened {
		entry = "entry"
		g.printf("dst = wire.AppendXMLStart(dst, %q)\n", tag)
	}
	g.printf("for _, %s := range wire.SortedKeys(%s) {\n%s := %s[%s]\ndst = wire.AppendXMLStart(dst, %q)\n", k, place, v, place, k, entry)
	g.printf("dst = wire.AppendXML(dst, %q, %s)\n", or(sh.Key.LocationName, "key"), k)
	g.xmlValue(v, or(sh.Value.LocationName, "value"), sh.Value.Shape, false, depth+1)
	g.printf("dst = wire.AppendXMLEnd(dst, %q)\n}\n", entry)
	if !flattened {
		g.printf("dst = wire.AppendXMLEnd(dst, %q)\n", tag)
	}
}
