package pattern

// expression reads {"operator": …} whose brace has been read. absent is true for {"exists": false}.
func (c *compiler) expression() (o operator, absent bool, err *compileError) {
	name, err := c.only("Match expression name not found")
	if err != nil {
		return o, false, err
	}
	t, err := c.next()
	if err != nil {
		return o, false, err
	}
	switch name {
	case "exactly":
		o, err = c.exactly(t)
	case "prefix":
		o, err = c.affix(t, "prefix", "Prefix", opPrefix, opPrefixFold)
	case "suffix":
		o, err = c.affix(t, "suffix", "Suffix", opSuffix, opSuffixFold)
	case "equals-ignore-case":
		o, err = c.equalsIgnoreCase(t)
	case "wildcard":
		o, err = c.wildcard(t)
	case "cidr":
		o, err = c.cidr(t)
	case "exists":
		o, absent, err = c.exists(t)
	case "numeric":
		o, err = c.numeric(t)
		return o, false, c.close(err, "Too many elements in numeric expression")
	case "anything-but":
		o, err = c.anythingBut(t)
		return o, false, c.close(err, "Too many elements in numeric expression")
	default:
		return o, false, c.barf("Unrecognized match type " + name)
	}
	return o, absent, c.close(err, "Only one key allowed in match expression")
}

// only reads the name of an operator; missing is the reason if the object is empty. The place moves behind the first
// character of the operand, where AWS's parser, which looks one token ahead, stands.
func (c *compiler) only(missing string) (string, *compileError) {
	name, ok, err := c.key(true)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", c.barf(missing)
	}
	if ahead, bad := scan(c.text, c.at); bad == nil {
		c.place = ahead.end
		if ahead.kind == tokenString {
			c.place = ahead.start + 1
		}
	}
	return name, nil
}

// close reads the brace behind an operator unless err is set already.
func (c *compiler) close(err *compileError, reason string) *compileError {
	if err != nil {
		return err
	}
	t, err := c.next()
	if err != nil {
		return err
	}
	if t.kind == tokenComma { // a second key: the parser stands on its name
		if t, err = c.next(); err != nil {
			return err
		}
	}
	if t.kind != tokenObjectEnd {
		return c.barf(reason)
	}
	return nil
}

func (c *compiler) exactly(t token) (operator, *compileError) {
	if t.kind != tokenString {
		return operator{}, c.barf("exact match pattern must be a string")
	}
	return operator{op: opEquals, kind: kindString, text: c.string(t)}, nil
}

func (c *compiler) equalsIgnoreCase(t token) (operator, *compileError) {
	if t.kind != tokenString {
		return operator{}, c.barf("equals-ignore-case match pattern must be a string")
	}
	return operator{op: opFold, fold: newFoldText(c.string(t))}, nil
}

func (c *compiler) wildcard(t token) (operator, *compileError) {
	if t.kind != tokenString {
		return operator{}, c.barf("wildcard match pattern must be a string")
	}
	w, reason := parseWildcard(c.string(t))
	if reason != "" {
		return operator{}, c.barf(reason)
	}
	return operator{op: opWildcard, wild: w}, nil
}

// affix reads the operand of prefix or suffix: a string or {"equals-ignore-case": string}.
func (c *compiler) affix(t token, name, title string, plain, fold operation) (operator, *compileError) {
	if t.kind == tokenString {
		return operator{op: plain, text: c.string(t)}, nil
	}
	if t.kind != tokenObject {
		return operator{}, c.barf(name + " match pattern must be a string")
	}
	inner, err := c.only(title + " expression name not found")
	if err != nil {
		return operator{}, err
	}
	if inner != "equals-ignore-case" {
		return operator{}, c.barf("Unsupported " + name + " pattern: " + inner)
	}
	if t, err = c.next(); err != nil {
		return operator{}, err
	}
	o, err := c.equalsIgnoreCase(t)
	o.op = fold
	return o, c.close(err, "Only one key allowed in match expression")
}

func (c *compiler) cidr(t token) (operator, *compileError) {
	if t.kind != tokenString {
		return operator{}, c.barf("prefix match pattern must be a string") // AWS's own slip
	}
	prefix, reason := parseCIDR(c.string(t))
	if reason != "" {
		return operator{}, &compileError{reason: reason, offset: -1}
	}
	return operator{op: opAddress, cidr: prefix}, nil
}

func (c *compiler) exists(t token) (o operator, absent bool, err *compileError) {
	switch {
	case t.kind == tokenLiteral && c.raw(t) == "true":
		return operator{op: opExists}, false, nil
	case t.kind == tokenLiteral && c.raw(t) == "false":
		return operator{}, true, nil
	}
	return operator{}, false, c.barf("exists match pattern must be either true or false.")
}

// numeric reads ["=", n], [">", n], [">", n, "<", m] and their inclusive forms.
func (c *compiler) numeric(t token) (operator, *compileError) {
	if t.kind != tokenArray {
		return operator{}, c.barf("Value of numeric must be an array.")
	}
	t, err := c.element(true)
	if err != nil {
		return operator{}, err
	}
	if t.kind != tokenString {
		return operator{}, c.barf("Invalid member in numeric match: " + c.raw(t))
	}
	sign := c.string(t)
	number := func(label string) (bound, *compileError) {
		n, err := c.element(false)
		if err != nil {
			return bound{}, err
		}
		if n.kind != tokenNumber {
			return bound{}, c.barf("Value of " + label + " must be numeric")
		}
		v, ok := comparableNumber(c.raw(n))
		if !ok {
			return bound{}, c.barf("Cannot compare number : " + c.raw(n))
		}
		return bound{set: true, number: v}, nil
	}
	switch sign {
	case "=":
		b, err := number("equals")
		o := operator{op: opRange, low: b, high: b}
		return o, c.closeList(err, "Too many elements in numeric expression")
	case "<", "<=":
		b, err := number(sign)
		b.open = sign == "<"
		return operator{op: opRange, high: b}, c.closeList(err, "Too many elements in numeric expression")
	case ">", ">=":
		b, err := number(sign)
		if err != nil {
			return operator{}, err
		}
		b.open = sign == ">"
		return c.numericTop(operator{op: opRange, low: b}, number)
	}
	return operator{}, c.barf("Unrecognized numeric range operator: " + sign)
}

// numericTop reads the upper end of a range, if there is one.
func (c *compiler) numericTop(o operator, number func(string) (bound, *compileError)) (operator, *compileError) {
	t, err := c.element(false)
	if err != nil || t.kind == tokenArrayEnd {
		return o, err
	}
	if t.kind != tokenString {
		return o, c.barf("Bad value in numeric range: " + c.raw(t))
	}
	sign := c.string(t)
	if sign != "<" && sign != "<=" {
		return o, c.barf("Bad numeric range operator: " + sign)
	}
	if o.high, err = number(sign); err != nil {
		return o, err
	}
	o.high.open = sign == "<"
	if err = c.closeList(nil, "Too many terms in numeric range expression"); err != nil {
		return o, err
	}
	if o.low.number >= o.high.number {
		return o, c.barf("Bottom must be less than top")
	}
	return o, nil
}

func (c *compiler) closeList(err *compileError, reason string) *compileError {
	if err != nil {
		return err
	}
	t, err := c.element(false)
	if err != nil {
		return err
	}
	if t.kind != tokenArrayEnd {
		return c.barf(reason)
	}
	return nil
}
