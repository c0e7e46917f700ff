package sns

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"testing"
)

// A subscriber verifies a message with the public key of the certificate: that is what the SDKs' validators do.
func TestSigner_signs_what_its_certificate_verifies_R4_4(t *testing.T) {
	s := NewSigner(7)
	block, rest := pem.Decode(s.Certificate())
	if block == nil || block.Type != "CERTIFICATE" || len(rest) != 0 {
		t.Fatalf("%q", s.Certificate())
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	key := certificate.PublicKey.(*rsa.PublicKey)
	for version, sum := range map[string]func(text string) (crypto.Hash, []byte){
		"1": func(text string) (crypto.Hash, []byte) { sum := sha1.Sum([]byte(text)); return crypto.SHA1, sum[:] },
		"2": func(text string) (crypto.Hash, []byte) {
			sum := sha256.Sum256([]byte(text))
			return crypto.SHA256, sum[:]
		},
	} {
		signature, err := base64.StdEncoding.DecodeString(s.sign(version, "Message\nm\n"))
		if err != nil {
			t.Fatal(err)
		}
		for text, want := range map[string]bool{"Message\nm\n": true, "Message\nn\n": false} {
			hash, digest := sum(text)
			if err := rsa.VerifyPKCS1v15(key, hash, digest, signature); (err == nil) != want {
				t.Errorf("version %s of %q: %v", version, text, err)
			}
		}
	}
	if s.sign("1", "a") == s.sign("2", "a") || s.sign("1", "a") != NewSigner(7).sign("1", "a") || s.sign("1", "a") == NewSigner(8).sign("1", "a") {
		t.Error("signatures depend on version, seed and text alone")
	}
}
