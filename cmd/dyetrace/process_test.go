package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A process is a server under measurement, in a process of its own so that its cost can be told from the client's.
type process struct {
	cmd    *exec.Cmd
	url    string
	client *http.Client
	took   time.Duration // from exec to the first answer
}

// build compiles the binary as its users have it; a test binary would start later and hold more.
func build(b *testing.B, path string) (binary string) {
	b.Helper()
	binary = filepath.Join(b.TempDir(), "server.exe")
	if out, err := exec.Command("go", "build", "-o", binary, path).CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return binary
}

// launch starts a server that prints one line of JSON with its url, and waits until it answers a call.
func launch(b *testing.B, command []string) *process {
	b.Helper()
	p := &process{cmd: exec.Command(command[0], command[1:]...), client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { p.cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		b.Fatalf("%s printed no line: %v", command[0], err)
	}
	var first struct{ URL string }
	if err := json.Unmarshal(line, &first); err != nil {
		b.Fatal(err)
	}
	p.url = first.URL
	if _, err := p.call("AmazonSQS.ListQueues", "{}"); err != nil {
		b.Fatal(err)
	}
	p.took = time.Since(began)
	return p
}

// stop ends the process and returns how much CPU time it used, of the kernel too.
func (p *process) stop() time.Duration {
	p.client.CloseIdleConnections()
	p.cmd.Process.Kill()
	p.cmd.Wait()
	return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
}

// resident returns the process's resident memory in bytes, 0 where there is no /proc.
func (p *process) resident() int {
	status, _ := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/status")
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	line, _, _ := strings.Cut(rest, "\n")
	kib, _ := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(line, "kB")))
	return kib << 10
}

// cpu returns how much CPU time the process has used so far, of the kernel too, in steps of 10 ms; 0 where there is no /proc.
func (p *process) cpu() time.Duration {
	stat, _ := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/stat")
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // the name before may hold anything
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

var signed = map[string]string{"AmazonSQS": "sqs", "DynamoDB_20120810": "dynamodb", "AWSEvents": "events", "pipes": "pipes", "sns": "sns"}

// call sends one request with the headers an SDK sends, without an SDK, which would cost more than the server.
func (p *process) call(target, body string) (answer []byte, err error) {
	return p.send(http.MethodPost, "/", target, body)
}

func (p *process) send(method, path, target, body string) ([]byte, error) {
	r, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	prefix, operation, _ := strings.Cut(target, ".")
	r.Header = http.Header{
		"Content-Type":          {"application/x-amz-json-1.0"},
		"Authorization":         {"AWS4-HMAC-SHA256 Credential=test/20260102/us-east-1/" + signed[prefix] + "/aws4_request, SignedHeaders=amz-sdk-invocation-id;amz-sdk-request;content-length;content-type;host;x-amz-date;x-amz-target, Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
		"User-Agent":            {"aws-sdk-go-v2/1.47.7 ua/2.1 os/linux lang/go#1.26.8 md/GOOS#linux md/GOARCH#amd64 api/sqs#1.52.10 m/E"},
		"Amz-Sdk-Invocation-Id": {"6c1e7a0e-0f3a-4a4f-8f2b-3b1a1e9d7b11"},
		"Amz-Sdk-Request":       {"attempt=1; max=3"},
		"X-Amz-Date":            {"20260102T030405Z"},
	}
	if target == "sns" { // the query protocol
		r.Header["Content-Type"] = []string{"application/x-www-form-urlencoded"}
	}
	if operation != "" {
		r.Header["X-Amz-Target"] = []string{target}
	}
	got, err := p.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer got.Body.Close()
	var answer bytes.Buffer
	if _, err := io.Copy(&answer, got.Body); err != nil {
		return nil, err
	}
	if got.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s %s", target, got.Status, &answer)
	}
	return answer.Bytes(), nil
}

// together runs do with so many workers, each of them rounds times; the first error ends the benchmark.
func together(b *testing.B, workers, rounds int, do func(worker, round int) error) {
	b.Helper()
	var all sync.WaitGroup
	failed := make([]error, workers)
	for w := range workers {
		all.Go(func() {
			for i := range rounds {
				if failed[w] = do(w, i); failed[w] != nil {
					return
				}
			}
		})
	}
	all.Wait()
	for _, err := range failed {
		if err != nil {
			b.Fatal(err)
		}
	}
}
