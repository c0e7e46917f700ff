package sqs

import "strings"

// queueURL returns the URL of a queue as the caller reaches it.
func queueURL(base, account, name string) string { return base + "/" + account + "/" + name }

// queueName takes the name from a queue URL in any form: by its last path segment only, so that a URL made for another host,
// scheme or account names the queue, too, and so does a bare name. It returns "" if there is none.
func queueName(url string) string {
	if i := strings.IndexAny(url, "?#"); i >= 0 {
		url = url[:i]
	}
	url = strings.TrimRight(url, "/")
	i := strings.LastIndexByte(url, '/')
	if i >= 0 && strings.HasSuffix(url[:i+1], "://") {
		return "" // only a host
	}
	return url[i+1:]
}

// validQueueName tells whether a standard queue may have this name: 1 to 80 letters, digits, hyphens and underscores.
func validQueueName(name string) bool {
	if name == "" || len(name) > 80 {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
