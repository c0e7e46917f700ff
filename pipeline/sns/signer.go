package sns

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"math/big"
	"math/rand/v2"
	"sync"
	"time"
)

// keyBits is shorter than AWS's 2048: one signature then costs a tenth of the rest of a fan-out, not three times as much, and
// nothing here is secret.
const keyBits = 1024

// A Signer signs the messages of a pipeline with one RSA key, which it makes from a seed when it is first used: runs of one seed
// have the same signatures. The key protects nothing. Safe for concurrent use.
type Signer struct {
	load func() (*rsa.PrivateKey, []byte)
}

// NewSigner returns a signer whose key depends on the seed alone.
func NewSigner(seed uint64) *Signer {
	return &Signer{load: sync.OnceValues(func() (*rsa.PrivateKey, []byte) { return credentials(seed) })}
}

// Certificate returns the certificate of the key, self-signed, in PEM.
func (s *Signer) Certificate() []byte {
	_, certificate := s.load()
	return certificate
}

// sign returns the signature of a text in base64: version 1 over its SHA-1, version 2 over its SHA-256. It is empty only where the
// program runs in a mode that forbids such keys.
//
// Source: SNS Developer Guide, "Verifying the signatures of Amazon SNS messages".
func (s *Signer) sign(version, text string) string {
	key, _ := s.load()
	var signature []byte
	var err error
	if version == "2" {
		sum := sha256.Sum256([]byte(text))
		signature, err = rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	} else {
		sum := sha1.Sum([]byte(text))
		signature, err = rsa.SignPKCS1v15(nil, key, crypto.SHA1, sum[:])
	}
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(signature)
}

// made keeps the key of each seed that the process has used: most pipelines of one test binary have the same seed.
var made sync.Map // of seed to func() (*rsa.PrivateKey, []byte)

func credentials(seed uint64) (*rsa.PrivateKey, []byte) {
	make, _ := made.LoadOrStore(seed, sync.OnceValues(func() (*rsa.PrivateKey, []byte) {
		key := generate(seed)
		return key, certificate(key)
	}))
	return make.(func() (*rsa.PrivateKey, []byte))()
}

// generate makes a key from the seed. Package crypto/rsa draws from the system's randomness only, so the primes are looked for
// here.
func generate(seed uint64) *rsa.PrivateKey {
	var chacha [32]byte
	binary.LittleEndian.PutUint64(chacha[:], seed)
	copy(chacha[8:], "sns signing key")
	random := rand.NewChaCha8(chacha)
	e := big.NewInt(65537)
	one := big.NewInt(1)
	for {
		p, q := prime(random), prime(random)
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		d := new(big.Int).ModInverse(e, phi)
		key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537}, D: d, Primes: []*big.Int{p, q}}
		if d == nil || p.Cmp(q) == 0 || key.Validate() != nil {
			continue
		}
		key.Precompute()
		return key
	}
}

// prime returns a prime of half the key's length, with its two highest bits set so that the product has the whole length.
func prime(random *rand.ChaCha8) *big.Int {
	buf := make([]byte, keyBits/16)
	for {
		random.Read(buf)
		buf[0] |= 0xc0
		buf[len(buf)-1] |= 1
		if p := new(big.Int).SetBytes(buf); p.ProbablyPrime(20) {
			return p
		}
	}
}

// certificate wraps the public key. It holds from 2000 to 2099, in whatever year a virtual clock stands.
func certificate(key *rsa.PrivateKey) []byte {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sns.dyetrace.test", Organization: []string{"dyetrace"}},
		NotBefore: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC),
		KeyUsage: x509.KeyUsageDigitalSignature, SignatureAlgorithm: x509.SHA256WithRSA, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(nil, template, template, &key.PublicKey, key)
	if err != nil {
		return nil
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
