package pattern

const butNeedsListOrScalar = "Value of anything-but must be an array or single string/number value."

// anythingBut reads the operand of anything-but: a scalar, a list of strings or of numbers, or an object with
// prefix, suffix, equals-ignore-case or wildcard on a string or a list of strings.
func (c *compiler) anythingBut(t token) (operator, *compileError) {
	switch t.kind {
	case tokenObject:
		return c.anythingButOperator()
	case tokenArray:
		return c.anythingButList()
	case tokenString:
		return operator{op: opNotTexts, texts: map[string]struct{}{c.string(t): {}}}, nil
	case tokenNumber:
		o := exactNumber(c.raw(t))
		if o.kind != kindNumber {
			return operator{}, &compileError{reason: "Cannot compare number : " + o.text, offset: -1}
		}
		return operator{op: opNotNumbers, not: []operator{o}}, nil
	}
	return operator{}, c.barf(butNeedsListOrScalar)
}

func (c *compiler) anythingButList() (operator, *compileError) {
	o := operator{texts: make(map[string]struct{})}
	for first := true; ; first = false {
		t, err := c.element(first)
		if err != nil {
			return o, err
		}
		switch t.kind {
		case tokenArrayEnd:
			if (len(o.texts) > 0) == (len(o.not) > 0) {
				return o, c.barf("Inside anything but list, either all values are number or string, mixed type is not supported")
			}
			o.op = opNotTexts
			if len(o.not) > 0 {
				o.op = opNotNumbers
			}
			return o, nil
		case tokenString:
			o.texts[c.string(t)] = struct{}{}
		case tokenNumber:
			n := exactNumber(c.raw(t))
			if n.kind != kindNumber {
				return o, c.barf("Cannot compare number : " + n.text)
			}
			o.not = append(o.not, n)
		default:
			return o, c.barfInList("Inside anything but list, start|null|boolean is not supported.")
		}
	}
}

func (c *compiler) anythingButOperator() (operator, *compileError) {
	name, err := c.only("Anything-But expression name not found")
	if err != nil {
		return operator{}, err
	}
	switch name {
	case "prefix", "suffix", "equals-ignore-case", "wildcard":
	default:
		return operator{}, c.barf("Unsupported anything-but pattern: " + name)
	}
	t, err := c.next()
	if err != nil {
		return operator{}, err
	}
	o := operator{op: opNotAny}
	switch t.kind {
	case tokenArray:
		err = c.butList(&o, name)
	case tokenString, tokenNumber:
		var n operator
		var broken string
		if n, broken, err = c.butOperand(t, name, c.barf); broken != "" {
			err = c.barf(broken)
		}
		o.not = []operator{n}
	default:
		err = c.barf(butNeedsListOrScalar)
	}
	return o, c.close(err, "Too many elements in numeric expression")
}

func (c *compiler) butList(o *operator, name string) *compileError {
	broken := "" // a wildcard is judged when the list has ended, as AWS does
	for first := true; ; first = false {
		t, err := c.element(first)
		if err != nil {
			return err
		}
		if t.kind == tokenArrayEnd {
			if first {
				return c.barf("Empty arrays are not allowed")
			}
			if broken != "" {
				return c.barf(broken)
			}
			return nil
		}
		n, reason, err := c.butOperand(t, name, c.barfInList)
		if err != nil {
			return err
		}
		if broken == "" {
			broken = reason
		}
		o.not = append(o.not, n)
	}
}

// butOperand reads one string below anything-but. Only plain strings are allowed there, no further operator. broken is
// the reason why a wildcard is none.
func (c *compiler) butOperand(t token, name string, barf func(string) *compileError) (o operator, broken string, err *compileError) {
	if t.kind != tokenString {
		switch name {
		case "equals-ignore-case":
			err = barf("Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.")
		case "wildcard":
			err = barf("wildcard match pattern must be a string")
		default:
			err = barf("prefix/suffix match pattern must be a string")
		}
		return o, "", err
	}
	switch text := c.string(t); {
	case name == "equals-ignore-case":
		return operator{op: opFold, fold: newFoldText(text)}, "", nil
	case name == "wildcard":
		c.wildcards, o.op = true, opWildcard
		o.wild, broken = parseWildcard(text)
		return o, broken, nil
	case text == "":
		return o, "", barf("Null prefix/suffix not allowed")
	case name == "prefix":
		return operator{op: opPrefix, text: text}, "", nil
	default:
		return operator{op: opSuffix, text: text}, "", nil
	}
}
