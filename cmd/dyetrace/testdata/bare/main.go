// Command bare answers every call with a constant: no state, no parsing. What it costs is what net/http and the socket cost, the
// least that any server can reach. With the argument large, a receive is answered with one message of 256 KiB instead of ten of 1 KiB.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
)

var answers = map[string]string{
	"ListQueues":  `{}`,
	"CreateQueue": `{"QueueUrl":"http://127.0.0.1/000000000000/load"}`,
	"CreateTable": `{"TableDescription":{"TableName":"load","TableStatus":"ACTIVE"}}`,
	"SendMessage": `{"MessageId":"00000000-0000-0000-0000-000000000000","MD5OfMessageBody":"5a2b12d9d63bc4a1a4ee4fa4c0f3f6c6"}`,
	"PutItem":     `{}`,
	"UpdateItem":  `{}`,
	"GetItem":     `{"Item":` + item + `}`,
	"Query":       `{"Count":100,"Items":[` + strings.Repeat(item+",", 99) + item + `],"ScannedCount":100}`,

	"TransactWriteItems": `{}`,

	"SendMessageBatch":   `{"Successful":[` + ten(`{"Id":"0","MessageId":"00000000-0000-0000-0000-000000000000","MD5OfMessageBody":"5a2b12d9d63bc4a1a4ee4fa4c0f3f6c6"}`) + `]}`,
	"ReceiveMessage":     `{"Messages":[` + ten(message(1<<10)) + `]}`,
	"DeleteMessageBatch": `{"Successful":[` + ten(`{"Id":"0"}`) + `]}`,
}

var item = `{"data":{"S":"` + strings.Repeat("x", 200) + `"},"n":{"N":"42"},"pk":{"S":"p0-0"},"sk":{"S":"10"}}`

func message(size int) string {
	return `{"MessageId":"00000000-0000-0000-0000-000000000000","ReceiptHandle":"00000000-0000-0000-0000-000000000000",` +
		`"MD5OfBody":"5a2b12d9d63bc4a1a4ee4fa4c0f3f6c6","Body":"` + strings.Repeat("x", size) + `"}`
}

func ten(element string) string { return strings.Repeat(element+",", 9) + element }

func main() {
	if slices.Contains(os.Args[1:], "large") {
		answers["ReceiveMessage"] = `{"Messages":[` + message(256<<10) + `]}`
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("{\"url\":%q}\n", "http://"+l.Addr().String())
	log.Fatal(http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		target := r.Header.Get("X-Amz-Target")
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		io.WriteString(w, answers[target[strings.LastIndexByte(target, '.')+1:]])
	})))
}
