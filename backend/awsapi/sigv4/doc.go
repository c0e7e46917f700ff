// Package sigv4 signs HTTP requests with AWS Signature Version 4, in the Authorization header.
//
// A request is reduced to a canonical form (method, path, query, headers, hash of the body). Its hash, the time and the credential
// scope (day, region, service) make the string to sign, and a key derived from the secret and the scope signs that.
//
// Not here: presigned URLs, bodies that are signed in chunks, the path rules of S3, and Signature Version 4A.
//
// Source: IAM User Guide, "AWS Signature Version 4 for API requests", "Create a signed AWS API request".
package sigv4
