// Package outbound makes the HTTP requests that the pipeline sends to the outside: API destinations of EventBridge and HTTP
// subscriptions of SNS.
//
// A test must not reach the world by mistake. A [Port] connects to this machine only, decided by the resolved address at the moment
// of dialling, so that a name which resolves to another address is refused as well; other hosts have to be allowed by name. Requests
// to some hosts can be served by a handler of the user in process, without a socket, which is what a testing/synctest bubble needs.
// Proxies of the environment are not used, redirects are not followed, connections are not kept.
package outbound
