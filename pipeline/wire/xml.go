package wire

import (
	"encoding/base64"
	"strconv"
	"time"
	"unicode/utf8"
)

// AppendXML appends an element with text.
func AppendXML(dst []byte, name, text string) []byte {
	dst = AppendXMLStart(dst, name)
	dst = appendXMLText(dst, text)
	return AppendXMLEnd(dst, name)
}

// AppendXMLStart appends the start tag of an element.
func AppendXMLStart(dst []byte, name string) []byte {
	return append(append(append(dst, '<'), name...), '>')
}

// AppendXMLEnd appends the end tag of an element.
func AppendXMLEnd(dst []byte, name string) []byte {
	return append(append(append(dst, '<', '/'), name...), '>')
}

// appendXMLText escapes what XML demands, and a carriage return, which parsers would read as a line feed. Characters that XML
// cannot hold become U+FFFD.
func appendXMLText(dst []byte, text string) []byte {
	start := 0
	for i := 0; i < len(text); {
		c := text[i]
		size, escape := 1, ""
		switch {
		case c == '&':
			escape = "&amp;"
		case c == '<':
			escape = "&lt;"
		case c == '>':
			escape = "&gt;"
		case c == '"':
			escape = "&quot;"
		case c == '\r':
			escape = "&#xD;"
		case c < ' ' && c != '\t' && c != '\n':
			escape = "\ufffd"
		case c >= utf8.RuneSelf:
			var r rune
			r, size = utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError && size == 1 || r == 0xFFFE || r == 0xFFFF {
				escape = "\ufffd"
			}
		}
		if escape != "" {
			dst = append(append(dst, text[start:i]...), escape...)
			start = i + size
		}
		i += size
	}
	return append(dst, text[start:]...)
}

// AppendXMLInt appends an element with an integer.
func AppendXMLInt(dst []byte, name string, n int64) []byte {
	return AppendXMLEnd(strconv.AppendInt(AppendXMLStart(dst, name), n, 10), name)
}

// AppendXMLBool appends an element with true or false.
func AppendXMLBool(dst []byte, name string, b bool) []byte {
	return AppendXMLEnd(strconv.AppendBool(AppendXMLStart(dst, name), b), name)
}

// AppendXMLBytes appends an element with bytes in base64.
func AppendXMLBytes(dst []byte, name string, b []byte) []byte {
	return AppendXMLEnd(base64.StdEncoding.AppendEncode(AppendXMLStart(dst, name), b), name)
}

// AppendXMLTime appends an element with a time in ISO 8601, in UTC and milliseconds.
func AppendXMLTime(dst []byte, name string, t time.Time) []byte {
	return AppendXMLEnd(t.UTC().AppendFormat(AppendXMLStart(dst, name), "2006-01-02T15:04:05.000Z"), name)
}

// AppendXMLResponse appends the document in which the query protocol answers: the result, written by result, in its
// wrapper, and the request's id. A nil result is that of an operation without one.
func AppendXMLResponse(dst []byte, operation, namespace, requestID string, result func(dst []byte) []byte) []byte {
	dst = append(dst, "<"+operation+`Response xmlns="`+namespace+`">`...)
	if result != nil {
		dst = append(dst, "<"+operation+"Result>"...)
		empty := len(dst)
		if dst = result(dst); len(dst) == empty {
			dst = append(dst[:empty-1], "/>"...)
		} else {
			dst = append(dst, "</"+operation+"Result>"...)
		}
	}
	dst = append(dst, "<ResponseMetadata>"...)
	dst = AppendXML(dst, "RequestId", requestID)
	return append(dst, "</ResponseMetadata></"+operation+"Response>"...)
}

// AppendQueryJSON appends the error as the query protocol sends it to clients that accept JSON.
//
// Source: answers of SQS and SNS that API Gateway handed on, quoted in public.
func (e *Error) AppendQueryJSON(dst []byte, requestID string) []byte {
	fault, message := e.queryFault()
	dst = AppendString(append(dst, `{"Error":{"Code":`...), e.ErrorCode())
	dst = AppendString(append(dst, `,"Message":`...), message)
	dst = AppendString(append(dst, `,"Type":`...), fault)
	return append(AppendString(append(dst, `},"RequestId":`...), requestID), '}')
}

// queryFault returns whose fault the error is, and its text, in the query protocol.
func (e *Error) queryFault() (fault, message string) {
	fault, message = "Receiver", e.Message
	if e.SenderFault {
		fault = "Sender"
	}
	if e.QueryMessage != "" {
		message = e.QueryMessage
	}
	return fault, message
}

// AppendXML appends the error as the query protocol sends it. The element Detail is SQS's, the one service whose errors have a
// code of their own in this protocol.
//
// Source: answers of SQS and SNS quoted in public issues.
func (e *Error) AppendXML(dst []byte, namespace, requestID string) []byte {
	fault, message := e.queryFault()
	dst = append(dst, `<ErrorResponse xmlns="`+namespace+`"><Error>`...)
	dst = AppendXML(dst, "Type", fault)
	dst = AppendXML(dst, "Code", e.ErrorCode())
	dst = AppendXML(dst, "Message", message)
	if e.QueryCode != "" {
		dst = append(dst, "<Detail/>"...)
	}
	dst = append(dst, "</Error>"...)
	dst = AppendXML(dst, "RequestId", requestID)
	return append(dst, "</ErrorResponse>"...)
}
