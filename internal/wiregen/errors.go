package main

import "strings"

func (g *generator) errorConstructor(name string, sh *shape) {
	if !g.once("error:" + name) {
		return
	}
	code, status, sender, messageName := name, 400, !sh.Fault, "message"
	if sh.Fault {
		status = 500
	}
	if sh.Error != nil && sh.Error.HTTPStatusCode != 0 {
		status, sender = sh.Error.HTTPStatusCode, sh.Error.SenderFault
		if sh.Error.Code != "" && g.model.Metadata.Protocol == "query" {
			code = sh.Error.Code
		}
	}
	query, queryMessage := "", ""
	if g.model.Metadata.AWSQueryCompatible != nil {
		query = name
		if q, ok := g.QueryErrors[name]; ok {
			query, queryMessage = q.Code, q.Message
			if q.Status != 0 {
				status = q.Status
			}
		}
	}
	for _, m := range sh.Members {
		if strings.EqualFold(m.name, "message") {
			messageName = m.name
		}
	}
	g.printf("\n// Err%s makes the error %s.\nfunc Err%s(message string) *wire.Error {\n", name, name, name)
	g.printf("return &wire.Error{Code: %q, Namespace: %q, Message: message, Status: %d, SenderFault: %t", code, g.Namespace, status, sender)
	if query != "" {
		g.printf(", QueryCode: %q", query)
	}
	if queryMessage != "" {
		g.printf(", QueryMessage: %q", queryMessage)
	}
	if messageName != "message" {
		g.printf(", MessageName: %q", messageName)
	}
	g.printf("}\n}\n")
	extra := g.extras(sh)
	if len(extra) == 0 {
		return
	}
	g.printf("\n// %sMembers are the members of %s beside its message: set the error's Members to their AppendMembers.\n", name, name)
	g.model.Shapes[name+"Members"] = &shape{Type: "structure", Members: extra}
	g.structType(name + "Members")
	g.printf("\n// AppendMembers appends the members that are present, each with a comma in front.\n")
	g.printf("func (out *%sMembers) AppendMembers(dst []byte) []byte {\n", name)
	for _, f := range g.fields(name + "Members") {
		g.appendField(f)
	}
	g.printf("return dst\n}\n")
	delete(g.model.Shapes, name+"Members")
}
