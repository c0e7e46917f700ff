// Package sts is the AWS Security Token Service of one account: it tells clients who they are. Every client is its account's
// root, because signatures are not verified and nothing is forbidden.
package sts
