"""compare.py WANT GOT...: compares what clients saw with what the round must show, member by member."""

import json
import sys

want = json.load(open(sys.argv[1], encoding="utf-8"))
failed = 0
for path in sys.argv[2:]:
    got = json.load(open(path, encoding="utf-8"))
    for name in sorted(want.keys() | got.keys()):
        if want.get(name) != got.get(name):
            failed += 1
            print(f"{path}: {name}\n  want {want.get(name)}\n  got  {got.get(name)}")
print(f"{len(sys.argv) - 2} clients saw {len(want)} things each; {failed} differ")
sys.exit(1 if failed else 0)
