package sqs

import (
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// queueURL returns the URL of a queue as the caller reaches it.
func queueURL(base, account, name string) string { return base + "/" + account + "/" + name }

// queueName takes the name from a queue URL in any form: the last segment of its path; a bare name is one, too. It returns "" if
// there is none.
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

// queueOwner takes the account and the region from a queue URL, each "" if the URL does not tell it. The region is in the host
// ("sqs.eu-west-1.amazonaws.com", "eu-west-1.queue.localhost") or in the path ("/queue/eu-west-1/000000000000/name").
func queueOwner(url string) (account, region string) {
	if i := strings.IndexAny(url, "?#"); i >= 0 {
		url = url[:i]
	}
	url = strings.TrimRight(url, "/")
	url = url[:max(0, strings.LastIndexByte(url, '/'))]
	i := strings.LastIndexByte(url, '/')
	if account = url[i+1:]; !event.IsAccount(account) {
		return "", ""
	}
	url = url[:max(0, i)]
	if j := strings.LastIndexByte(url, '/'); j >= 0 && strings.HasSuffix(url[:j], "/queue") {
		return account, url[j+1:]
	}
	_, host, _ := strings.Cut(url, "://")
	if rest, ok := strings.CutPrefix(host, "sqs."); ok {
		if name, _, more := strings.Cut(rest, "."); more {
			region = name
		}
	} else if name, _, ok := strings.Cut(host, ".queue."); ok {
		region = name
	}
	return account, region
}

// at returns the service that has the queue a URL names: the one of the account and region in the URL if there is such a queue, else
// s itself, where the name alone counts. So URLs of other accounts work as on AWS, and URLs that were written down for another
// account or emulator work, too. The scope must not be locked.
func (s *Service) at(url string) *Service {
	account, region := queueOwner(url)
	if (account == "" || account == s.scope.Account) && (region == "" || region == s.scope.Region) {
		return s
	}
	if region == "" {
		region = s.scope.Region
	}
	if other := s.of(account, region); other != nil && other.has(queueName(url)) {
		return other
	}
	return s
}

// of returns the service of another account or region, nil if nobody uses that.
func (s *Service) of(account, region string) *Service {
	scope := s.engine.Existing(account, region)
	if scope == nil {
		return nil
	}
	other, _ := scope.Receiver(event.PlaceQueue).(*Service)
	return other
}

func (s *Service) has(name string) bool {
	s.scope.Lock()
	defer s.scope.Unlock()
	return s.queues[name] != nil
}

// own is at for the operations that AWS does not permit across accounts.
//
// Source: Amazon SQS Developer Guide, "Limitations of cross-account permissions"
func (s *Service) own(url string) (*Service, error) {
	owner := s.at(url)
	if owner.scope.Account != s.scope.Account {
		return nil, &wire.Error{
			Code: "AccessDeniedException", Namespace: commonNamespace, Message: "Access to the resource " + url + " is denied.", Status: 403, QueryCode: "AccessDenied", SenderFault: true,
		}
	}
	return owner, nil
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
