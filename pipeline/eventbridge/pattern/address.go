package pattern

import (
	"net/netip"
	"strconv"
	"strings"
)

// parseAddress reads an IP address literal as Java's InetAddress does, behind the two regular expressions with which
// event-ruler guards it: leading zeros are decimal, an IPv4-mapped IPv6 address is the IPv4 address, zones and
// dotted IPv6 forms are no addresses. like reports whether the text has the shape of an address at all.
func parseAddress(text string) (addr netip.Addr, like, ok bool) {
	switch {
	case shapedV4(text):
		addr, ok = parseV4(text)
		return addr, true, ok
	case shapedV6(text):
		addr, err := netip.ParseAddr(text)
		return addr.Unmap(), true, err == nil
	}
	return netip.Addr{}, false, false
}

func shapedV4(text string) bool {
	dots, run := 0, 0
	for i := 0; i < len(text); i++ {
		switch {
		case isDigit(text[i]):
			run++
		case text[i] == '.' && run > 0:
			dots++
			run = 0
		default:
			return false
		}
	}
	return dots == 3 && run > 0
}

func shapedV6(text string) bool {
	colon := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == ':':
			colon = true
		case isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f':
		default:
			return false
		}
	}
	return colon
}

func parseV4(text string) (netip.Addr, bool) {
	var bytes [4]byte
	if len(text) > 15 {
		return netip.Addr{}, false
	}
	for i := range bytes {
		part, rest, _ := strings.Cut(text, ".")
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil {
			return netip.Addr{}, false
		}
		bytes[i], text = byte(n), rest
	}
	return netip.AddrFrom4(bytes), true
}

// parseCIDR reads address/bits. The reason is AWS's, empty if all is well.
func parseCIDR(text string) (prefix netip.Prefix, reason string) {
	address, mask, slash := strings.Cut(text, "/")
	if !slash || mask == "" || strings.Contains(mask, "/") {
		return prefix, "Malformed CIDR, one '/' required"
	}
	bits, err := strconv.ParseInt(mask, 10, 32)
	if err != nil {
		return prefix, "Malformed CIDR, mask bits must be an integer"
	}
	if bits < 0 {
		return prefix, "Malformed CIDR, mask bits must not be negative"
	}
	addr, like, ok := parseAddress(address)
	switch {
	case !like:
		return prefix, "Nonstandard IP address: " + address
	case !ok:
		return prefix, "Invalid IP address: " + address
	case addr.Is4() && bits > 31:
		return prefix, "IPv4 mask bits must be < 32"
	case bits > 127:
		return prefix, "IPv6 mask bits must be < 128"
	}
	return netip.PrefixFrom(addr, int(bits)).Masked(), ""
}
