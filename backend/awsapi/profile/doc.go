// Package profile reads what AWS's own tools are told about an account: credentials, region and endpoints, in environment variables and
// in the shared files ~/.aws/credentials and ~/.aws/config.
//
// It reads keys that are written there, and nothing that would need a call: a profile that asks for single sign-on, a role, a process
// or a metadata service is a *[CredentialsError], which says how to get temporary keys out of it.
//
// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files", "AWS access keys", "Service-specific endpoints".
package profile
