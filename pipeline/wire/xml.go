package wire

import "strings"

var xmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\r", "&#xD;")

// AppendXML appends an element with text.
func AppendXML(dst []byte, name, text string) []byte {
	dst = append(append(append(dst, '<'), name...), '>')
	dst = append(dst, xmlEscapes.Replace(text)...)
	return append(append(append(dst, '<', '/'), name...), '>')
}

// AppendXMLResponse appends the document in which the query protocol answers: the result, written by result, in its
// wrapper, and the request's id.
func AppendXMLResponse(dst []byte, operation, namespace, requestID string, result func(dst []byte) []byte) []byte {
	dst = append(dst, "<"+operation+`Response xmlns="`+namespace+`"><`+operation+"Result>"...)
	dst = result(dst)
	dst = append(dst, "</"+operation+"Result><ResponseMetadata>"...)
	dst = AppendXML(dst, "RequestId", requestID)
	return append(dst, "</ResponseMetadata></"+operation+"Response>"...)
}

// AppendXML appends the error as the query protocol sends it.
func (e *Error) AppendXML(dst []byte, namespace, requestID string) []byte {
	fault := "Receiver"
	if e.SenderFault {
		fault = "Sender"
	}
	dst = append(dst, `<ErrorResponse xmlns="`+namespace+`"><Error>`...)
	dst = AppendXML(dst, "Type", fault)
	dst = AppendXML(dst, "Code", e.Code)
	dst = AppendXML(dst, "Message", e.Message)
	dst = append(dst, "</Error>"...)
	dst = AppendXML(dst, "RequestId", requestID)
	return append(dst, "</ErrorResponse>"...)
}
