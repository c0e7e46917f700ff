package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
)

// The largest key attributes, in bytes.
//
// Source: Amazon DynamoDB Developer Guide, "Quotas in Amazon DynamoDB".
const (
	maxHashKey = 2048
	maxSortKey = 1024
)

// keyAttribute is an attribute of a key and the type it must have.
type keyAttribute struct {
	name string
	kind attr.Kind
}

// keySchema names the key of a table or an index. That of a global index can have several attributes of each kind.
type keySchema struct {
	hash   keyAttribute   // the first that is HASH
	sort   keyAttribute   // the first that is RANGE; name "" is none
	all    []keyAttribute // HASH before RANGE
	hashes int            // of all
}

func newKeySchema(all []keyAttribute, hashes int) keySchema {
	k := keySchema{hash: all[0], all: all, hashes: hashes}
	if hashes < len(all) {
		k.sort = all[hashes]
	}
	return k
}

func (k *keySchema) hasSort() bool { return k.sort.name != "" }

// several reports whether the key has more than one attribute of a kind.
func (k *keySchema) several() bool { return k.hashes > 1 || len(k.all)-k.hashes > 1 }

// names reports whether the attribute is part of the key.
func (k *keySchema) names(attribute string) bool {
	for i := range k.all {
		if k.all[i].name == attribute {
			return true
		}
	}
	return false
}

func (k *keySchema) elements() []KeySchemaElement {
	list := make([]KeySchemaElement, len(k.all))
	for i, a := range k.all {
		list[i] = KeySchemaElement{AttributeName: a.name, KeyType: k.roleOf(i)}
	}
	return list
}

// roleOf returns the KeyType of attribute number i.
func (k *keySchema) roleOf(i int) string {
	if i < k.hashes {
		return KeyTypeHash
	}
	return KeyTypeRange
}

// appendPartition appends what the keys of all items of one partition begin with: eight bytes of hash, which scatter the
// partitions over the order of a Scan and its segments, and the ordered bytes of the value.
func appendPartition(dst []byte, hash attr.Value) []byte {
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
	dst, _ = attr.AppendKey(dst, hash)
	scatter(dst[at:])
	return dst
}

// scatter fills the first eight bytes with a hash of those behind.
func scatter(partition []byte) {
	h := uint64(14695981039346656037)
	for _, c := range partition[8:] {
		h = (h ^ uint64(c)) * 1099511628211
	}
	// FNV mixes its last bytes badly into the highest bits, by which the order goes.
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	h ^= h >> 32
	for i := range 8 {
		partition[i] = byte(h >> (56 - 8*i))
	}
}

// appendKey appends the bytes of an item's key by the schema. ok is false if the item lacks an attribute of it, or has it with
// another type, empty or too long: then it is not in that index.
func (k *keySchema) appendKey(dst []byte, item attr.Item) (key []byte, ok bool) {
	if k.several() {
		return k.appendSeveral(dst, func(name string) attr.Value { return item[name] })
	}
	return k.appendValues(dst, item[k.hash.name], item[k.sort.name])
}

// appendKeyOf is appendKey for an item as it is stored.
func (k *keySchema) appendKeyOf(dst []byte, item attr.Packed) (key []byte, ok bool) {
	if k.several() {
		return k.appendSeveral(dst, item.Get)
	}
	sort := attr.Value{}
	if k.hasSort() {
		sort = item.Get(k.sort.name)
	}
	return k.appendValues(dst, item.Get(k.hash.name), sort)
}

func (k *keySchema) appendValues(dst []byte, hash, sort attr.Value) (key []byte, ok bool) {
	if hash.Kind() != k.hash.kind || !fits(hash, maxHashKey) {
		return dst, false
	}
	dst = appendPartition(dst, hash)
	if !k.hasSort() {
		return dst, true
	}
	if sort.Kind() != k.sort.kind || !fits(sort, maxSortKey) {
		return dst, false
	}
	return attr.AppendKey(dst, sort)
}

// appendSeveral is appendValues for several attributes of a kind, whose sizes count together.
func (k *keySchema) appendSeveral(dst []byte, get func(string) attr.Value) (key []byte, ok bool) {
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
	hashes, sorts := 0, 0
	for i, a := range k.all {
		v := get(a.name)
		if v.Kind() != a.kind || !fits(v, maxHashKey) {
			return dst, false
		}
		if i < k.hashes {
			hashes += v.Size()
		} else {
			sorts += v.Size()
		}
		dst, _ = attr.AppendKey(dst, v)
		if i == k.hashes-1 {
			scatter(dst[at:])
		}
	}
	return dst, hashes <= maxHashKey && sorts <= maxSortKey
}

// fits reports whether the value can be part of a key. One that cannot is in no index: it may have been there before the index was.
func fits(v attr.Value, most int) bool {
	if v.Kind() == attr.KindN {
		return true
	}
	n := len(v.Str())
	return n > 0 && n <= most
}

// of returns the key attributes of an item as it is stored.
func (k *keySchema) of(item attr.Packed) attr.Packed { return item.Pick(k.names) }

// pick returns the key attributes of an item.
func (k *keySchema) pick(item attr.Item) attr.Item {
	key := make(attr.Item, 2)
	key[k.hash.name] = item[k.hash.name]
	if k.hasSort() {
		key[k.sort.name] = item[k.sort.name]
	}
	return key
}

// keySize is what the key attributes count towards the size of the item.
func (k *keySchema) keySize(item attr.Packed) int {
	n := len(k.hash.name) + item.Get(k.hash.name).Size()
	if k.hasSort() {
		n += len(k.sort.name) + item.Get(k.sort.name).Size()
	}
	return n
}

// checkKey checks the Key of a request against the schema.
func (k *keySchema) checkKey(key attr.Item) error {
	want := 1
	if k.hasSort() {
		want = 2
	}
	if len(key) != want {
		return invalid(msgKeyMismatch)
	}
	if !k.fit(key) {
		return invalid(msgKeyMismatch)
	}
	return k.checkValues(key)
}

// fit reports whether the item has the attributes of the key, with their types.
func (k *keySchema) fit(item attr.Item) bool {
	return item[k.hash.name].Kind() == k.hash.kind && (!k.hasSort() || item[k.sort.name].Kind() == k.sort.kind)
}

// checkItem checks the key attributes of an Item of a request.
func (k *keySchema) checkItem(item attr.Item) error {
	for i, a := range [...]keyAttribute{k.hash, k.sort} {
		if i == 1 && !k.hasSort() {
			break
		}
		switch v := item[a.name]; {
		case v.IsZero():
			return invalid("One or more parameter values were invalid: Missing the key " + a.name + " in the item")
		case v.Kind() != a.kind:
			return invalid("One or more parameter values were invalid: Type mismatch for key " + a.name + " expected: " + a.kind.String() + " actual: " + v.Kind().String())
		}
	}
	return k.checkValues(item)
}

// checkValues checks what both kinds of key must keep: not empty, not too long.
func (k *keySchema) checkValues(item attr.Item) error {
	for i, a := range k.all {
		if err := k.checkValue(i, item[a.name]); err != nil {
			return err
		}
	}
	return nil
}

// checkValue is checkValues for attribute number i.
func (k *keySchema) checkValue(i int, v attr.Value) error {
	a := &k.all[i]
	if a.kind == attr.KindN {
		return nil
	}
	switch n := len(v.Str()); {
	case n == 0:
		return invalid("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty " + kindWord(a.kind) + " value. Key: " + a.name)
	case i < k.hashes && n > maxHashKey:
		return invalid("One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes")
	case i >= k.hashes && n > maxSortKey:
		return invalid("One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes")
	}
	return nil
}

func kindWord(k attr.Kind) string {
	if k == attr.KindB {
		return "binary"
	}
	return "string"
}
