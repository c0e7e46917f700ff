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

// only reads the name of an operator; missing is the reason if the object is empty.
func (c *compiler) only(missing string) (string, *compileError) {
	name, ok, err := c.key(true)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", c.barf(missing)
	}
	return name, nil
}

// close reads the brace behind an operator unless err is set already.
func (c *compiler) close(err *compileError, reason string) *compileError {
	if err != nil {
		return err
	}
	_, more, err := c.key(false)
	if err != nil {
		return err
	}
	if more {
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
	c.wildcards = true
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

// numeric reads ["=", n], [">", n], [">", n, "<", m] and their inclusive forms. Numbers are judged when the list has
// ended, as AWS does.
func (c *compiler) numeric(t token) (operator, *compileError) {
	o := operator{op: opRange}
	if t.kind != tokenArray {
		return o, c.barf("Value of numeric must be an array.")
	}
	t, err := c.element(true)
	if err != nil {
		return o, err
	}
	if t.kind != tokenString {
		return o, c.barf("Invalid member in numeric match: " + c.raw(t))
	}
	sign := c.string(t)
	label, known := numericLabels[sign]
	if !known {
		if _, err = c.element(false); err != nil {
			return o, err
		}
		return o, c.barf("Unrecognized numeric range operator: " + sign)
	}
	number, err := c.number(label)
	if err != nil {
		return o, err
	}
	if sign == ">" || sign == ">=" {
		return c.numericTop(number, sign == ">")
	}
	if err = c.closeList("Too many elements in numeric expression"); err != nil {
		return o, err
	}
	if o.high, err = c.bound(number, sign == "<"); sign == "=" {
		o.low = o.high
	}
	return o, err
}

var numericLabels = map[string]string{"=": "equals", "<": "<", "<=": "<=", ">": ">", ">=": ">="}

// number reads the number behind a sign and returns its text.
func (c *compiler) number(label string) (string, *compileError) {
	t, err := c.element(false)
	if err != nil {
		return "", err
	}
	if t.kind != tokenNumber {
		return "", c.barf("Value of " + label + " must be numeric")
	}
	return c.raw(t), nil
}

func (c *compiler) bound(number string, open bool) (bound, *compileError) {
	n, ok := comparableNumber(number)
	if !ok {
		return bound{}, c.barf("Cannot compare number : " + number)
	}
	return bound{set: true, open: open, number: n}, nil
}

// numericTop reads what follows the lower end of a range: nothing, or the upper end.
func (c *compiler) numericTop(bottom string, open bool) (operator, *compileError) {
	o := operator{op: opRange}
	t, err := c.element(false)
	if err != nil {
		return o, err
	}
	if t.kind == tokenArrayEnd {
		o.low, err = c.bound(bottom, open)
		return o, err
	}
	if t.kind != tokenString {
		return o, c.barf("Bad value in numeric range: " + c.raw(t))
	}
	sign := c.string(t)
	if sign != "<" && sign != "<=" {
		return o, c.barf("Bad numeric range operator: " + sign)
	}
	top, err := c.number(sign)
	if err != nil {
		return o, err
	}
	if err = c.closeList("Too many terms in numeric range expression"); err != nil {
		return o, err
	}
	if o.low, err = c.bound(bottom, open); err != nil {
		return o, err
	}
	if o.high, err = c.bound(top, sign == "<"); err != nil {
		return o, err
	}
	if o.low.number >= o.high.number {
		return o, c.barf("Bottom must be less than top")
	}
	return o, nil
}

func (c *compiler) closeList(reason string) *compileError {
	t, err := c.element(false)
	if err != nil {
		return err
	}
	if t.kind != tokenArrayEnd {
		return c.barf(reason)
	}
	return nil
}
