package wire

import "testing"

func TestDecoder_reads_an_object_without_allocating(t *testing.T) {
	data := []byte(`{"a":1,"b":[true,null,{"a":"x"}],"c":-12.5e3}`)
	fields := map[string]int{"a": 0, "b": 1, "c": 2}
	n := testing.AllocsPerRun(100, func() {
		d := NewDecoder(data)
		err := d.Struct(fields, func(int) error { return d.Skip() })
		if err == nil {
			err = d.End()
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Fatalf("%v allocations, want 0", n)
	}
}
