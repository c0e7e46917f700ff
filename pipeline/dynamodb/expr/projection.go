package expr

import "github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"

// ProjectionExpr is a parsed projection expression.
type ProjectionExpr struct {
	paths []Path
	tree  *tree
}

// ParseProjection parses a projection expression.
func ParseProjection(src string, params *Params) (*ProjectionExpr, error) {
	p, err := newParser(Projection, src)
	if err != nil {
		return nil, err
	}
	var paths []Path
	for p.failed == nil {
		paths = append(paths, p.path())
		if !p.accept(",") {
			break
		}
	}
	if err := p.end(); err != nil {
		return nil, err
	}
	c := checker{Projection, params}
	for _, check := range []func(Path) error{c.reserved, c.bindPath} {
		for _, path := range paths {
			if err := check(path); err != nil {
				return nil, err
			}
		}
	}
	root, err := c.join(paths)
	if err != nil {
		return nil, err
	}
	return &ProjectionExpr{paths, root}, nil
}

// join builds the tree of paths that must neither overlap nor conflict.
func (c *checker) join(paths []Path) (*tree, error) {
	root, overlap, conflict := joinPaths(paths)
	switch {
	case overlap != nil:
		return nil, c.err(overlap.reason("overlap"))
	case conflict != nil:
		return nil, c.err(conflict.reason("conflict"))
	}
	return root, nil
}

// Paths returns the paths in the order of the text.
func (e *ProjectionExpr) Paths() []Path { return e.paths }

// Apply returns the parts of the item that the paths reach. Maps and lists on the way keep only those parts; a list
// closes up. What does not exist is left out, and so is a container of which nothing is left.
func (e *ProjectionExpr) Apply(item attr.Item) attr.Item { return e.tree.pickFields(item) }
